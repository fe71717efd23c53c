"""Flinks Reconnect: brings an end user back to a bank's question, so that a stored bank connection works again.

``Client`` and ``AsyncClient`` send what a session asks for. ``Session`` alone sends nothing.
"""

from ._client import AsyncClient, AsyncTransport, Client
from ._core import Account, Address, Balance, Holder, Keys, Request, Transaction
from ._error import Error, Fault
from ._http import Http, Reply, Transport
from ._results import Ask, Challenge, Deadline, Done, Failed, Heard, Look, Recovery, Refreshed, Result, StartOver, Wait
from ._session import Instance, Known, NoStore, Session, Store, revision

__all__ = [
    "Account",
    "Address",
    "Ask",
    "AsyncClient",
    "AsyncTransport",
    "Balance",
    "Challenge",
    "Client",
    "Deadline",
    "Done",
    "Error",
    "Failed",
    "Fault",
    "Heard",
    "Holder",
    "Http",
    "Instance",
    "Keys",
    "Known",
    "Look",
    "NoStore",
    "Recovery",
    "Refreshed",
    "Reply",
    "Request",
    "Result",
    "Session",
    "StartOver",
    "Store",
    "Transaction",
    "Transport",
    "Wait",
    "revision",
]
