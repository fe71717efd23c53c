"""``Client`` and ``AsyncClient``: a session's loop with a transport, a store and a clock."""

from __future__ import annotations

import time

from . import _drive
from ._results import Wait
from ._session import NoStore, Session, system_clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
    from typing import Any, TypeAlias, TypeVar

    from ._core import Keys
    from ._session import Instance
    from ._types import AsyncTransport, Clock, Known, Result, Store, Transport

    T = TypeVar("T")
    Steps: TypeAlias = Generator[Any, Any, T]


class _Base:
    def __init__(self, instance: Instance, keys: Keys, store: Store | None, clock: Clock) -> None:
        self._instance, self._keys, self._clock = instance, keys, clock
        self._store: Store = NoStore() if store is None else store

    def refresh(
        self,
        login_id: str,
        *,
        keep: Iterable[str] | None = None,
        known: Known | None = None,
        policy: Mapping[str, Any] | None = None,
        store: Store | None = None,
    ) -> Session:
        """A live refresh of a login. Begin one only while its user is there: the bank may send an SMS."""
        return self._begin("refresh", keep, known, policy, store, loginId=login_id)

    def resume(
        self,
        request_id: str,
        *,
        keep: Iterable[str] | None = None,
        known: Known | None = None,
        policy: Mapping[str, Any] | None = None,
        store: Store | None = None,
    ) -> Session:
        """A refresh whose ``requestId`` your server has. Never pass one from a browser."""
        return self._begin("resume", keep, known, policy, store, requestId=request_id)

    def _begin(
        self,
        op: str,
        keep: Iterable[str] | None,
        known: Known | None,
        policy: Mapping[str, Any] | None,
        store: Store | None,
        **more: Any,
    ) -> Session:
        more["keep"] = keep if keep is None or isinstance(keep, str) else list(keep)
        more["known"], more["policy"] = known, policy
        store = self._store if store is None else store
        return Session.begin(op, self._instance, self._keys, clock=self._clock, store=store, **more)

    def _restore(self, row: str | None, store: Store) -> Session | None:
        if row is None:
            return None
        return Session.restore(row, self._instance, self._keys, clock=self._clock, store=store)

    def _seconds(self, until: int) -> float:
        return max(until - self._clock(), 0) / 1000


class Client(_Base):
    """Sends what a session asks for. ``transport`` is the standard library, or another one such as
    ``reconnect.over_httpx.Transport()``. ``clock`` and ``sleep`` are for tests."""

    def __init__(
        self,
        instance: Instance,
        keys: Keys,
        *,
        store: Store | None = None,
        transport: Transport | None = None,
        clock: Clock = system_clock,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        super().__init__(instance, keys, store, clock)
        if transport is None:
            from ._http import Http

            transport = Http()
        self._transport = transport
        self._sleep = sleep

    def load(self, store: Store | None = None) -> Session | None:
        """The session of a store, or of the client's own; ``None`` if it has none."""
        store = self._store if store is None else store
        row: Any = store.load()
        return self._restore(row, store)

    def advance(self, session: Session) -> Result:
        """Goes on until the user is asked or the session is over."""
        result = _run(_drive.steps(session, self._transport, self._wait))
        assert not isinstance(result, Wait)
        return result

    def step(self, session: Session) -> Result | Wait:
        """As ``advance``, but it returns what there is to wait for. Store the session meanwhile, and load it then."""
        return _run(_drive.steps(session, self._transport, None))

    def show(self, session: Session) -> str | None:
        """The widget's URL for one showing. ``None`` if nothing is asked any more: then ``advance`` has the result."""
        return _run(_drive.show(session, self._transport, self._wait))

    def close(self) -> None:
        """Closes the transport."""
        close = getattr(self._transport, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait(self, until: int) -> None:
        self._sleep(self._seconds(until))


class AsyncClient(_Base):
    """As ``Client``, with ``await``. It needs the extra ``httpx``, or another transport.

    If a task is cancelled while a request is under way, the session counts its reply as lost. The methods of a store
    may be plain functions or coroutines.
    """

    def __init__(
        self,
        instance: Instance,
        keys: Keys,
        *,
        store: Store | None = None,
        transport: AsyncTransport | None = None,
        clock: Clock = system_clock,
        sleep: Callable[[float], Awaitable[object]] | None = None,
    ) -> None:
        super().__init__(instance, keys, store, clock)
        if transport is None:
            from . import over_httpx

            transport = over_httpx.AsyncTransport()
        self._transport, self._sleep = transport, sleep

    async def load(self, store: Store | None = None) -> Session | None:
        """The session of a store, or of the client's own; ``None`` if it has none."""
        store = self._store if store is None else store
        return self._restore(await _result(store.load()), store)

    async def advance(self, session: Session) -> Result:
        """Goes on until the user is asked or the session is over."""
        result = await _arun(_drive.steps(session, self._transport, self._wait))
        assert not isinstance(result, Wait)
        return result

    async def step(self, session: Session) -> Result | Wait:
        """As ``advance``, but it returns what there is to wait for. Store the session meanwhile, and load it then."""
        return await _arun(_drive.steps(session, self._transport, None))

    async def show(self, session: Session) -> str | None:
        """The widget's URL for one showing. ``None`` if nothing is asked any more: then ``advance`` has the result."""
        return await _arun(_drive.show(session, self._transport, self._wait))

    async def aclose(self) -> None:
        """Closes the transport."""
        close = getattr(self._transport, "aclose", None)
        if close is not None:
            await close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _wait(self, until: int) -> Awaitable[object]:
        if self._sleep is None:
            import asyncio

            return asyncio.sleep(self._seconds(until))
        return self._sleep(self._seconds(until))


def _run(steps: Steps[T]) -> T:
    value = None
    while True:
        try:
            value = steps.send(value)
        except StopIteration as end:
            result: T = end.value
            return result


async def _arun(steps: Steps[T]) -> T:
    try:
        work = next(steps)
        while True:
            try:
                value = await _result(work)
            except BaseException as error:
                work = steps.throw(error)
            else:
                work = steps.send(value)
    except StopIteration as end:
        result: T = end.value
        return result


async def _result(work: Any) -> Any:
    return await work if hasattr(work, "__await__") else work
