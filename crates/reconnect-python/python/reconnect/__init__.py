"""Flinks Reconnect: brings an end user back to a bank's question, so that a stored bank connection works again.

``Client`` and ``AsyncClient`` send what a session asks for. ``Session`` alone sends nothing.
"""

from ._client import AsyncClient, Client
from ._core import Account, Address, Balance, Holder, Keys, Request, Transaction
from ._error import Error, Fault
from ._results import Ask, Challenge, Deadline, Done, Failed, Look, Refreshed, StartOver, Wait
from ._session import Instance, NoStore, Session, revision, session_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._http import Http
    from ._types import AsyncTransport, Heard, Known, Recovery, Reply, Result, Store, Transport


def __getattr__(name: str) -> object:
    """What few programs use while they run is imported when they do."""
    if name not in __all__:
        raise AttributeError(f"module 'reconnect' has no attribute {name!r}")
    from . import _http, _types

    return getattr(_http if name == "Http" else _types, name)


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
    "session_id",
]
