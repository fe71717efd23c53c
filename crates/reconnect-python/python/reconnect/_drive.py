"""The loop around a session, once for both clients. It yields what a store, a transport or a sleep returned. ``Client``
sends that back at once, and ``AsyncClient`` awaits it first."""

from __future__ import annotations

from ._core import Request
from ._error import Error, Fault
from ._results import Ask, Wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any, TypeAlias, TypeVar

    from ._session import Session
    from ._types import Result

    T = TypeVar("T")
    Exchange: TypeAlias = Callable[[Request, Session], Any]
    Sleep: TypeAlias = Callable[[int], Any]


def steps(session: Session, exchange: Exchange, sleep: Sleep | None) -> Generator[Any, Any, Result | Wait]:
    """Sends, stores and sleeps until the user is asked or the session is over. Without ``sleep`` it returns a wait."""
    return (yield from _alone(session, _steps(session, exchange, sleep)))


def show(session: Session, exchange: Exchange, sleep: Sleep) -> Generator[Any, Any, str | None]:
    """The widget's URL for one showing; ``None`` if nothing is asked any more."""
    return (yield from _alone(session, _show(session, exchange, sleep)))


def _alone(session: Session, work: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    if not session._going_on.acquire(False):
        raise Error("exchangeUnderWay", None, "this session goes on already: wait for that call first")
    try:
        return (yield from work)
    finally:
        session._going_on.release()


def _steps(session: Session, exchange: Exchange, sleep: Sleep | None) -> Generator[Any, Any, Result | Wait]:
    while True:
        row = session.turn()
        if row is not None:
            kept = yield session.store.swap(session.loaded, row)
            if not isinstance(kept, bool):
                raise TypeError("swap has to return whether it wrote the row, as True or False")
            if not kept:
                session.reload((yield session.store.load()))
                continue
        work = session.take()
        if isinstance(work, Request):
            try:
                yield exchange(work, session)
                session.end_reply()
            except Fault as fault:
                session.fault(fault.kind, sent=fault.sent)
            except BaseException:
                session.lost()
                raise
        elif isinstance(work, Wait) and sleep is not None:
            yield sleep(work.until)
        elif work is not None:
            return work


def _show(session: Session, exchange: Exchange, sleep: Sleep) -> Generator[Any, Any, str | None]:
    while True:
        session.open()
        prompt = session.ask()
        if prompt is None or prompt.opens_again is None:
            break
        yield sleep(prompt.opens_again)
    result = yield from _steps(session, exchange, sleep)
    return result.connect_url if isinstance(result, Ask) else None
