"""Types that only annotations name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Literal, Protocol, TypeAlias, TypedDict

from ._core import Request
from ._results import Ask, Done, Failed

Clock: TypeAlias = Callable[[], int]
Heard: TypeAlias = Literal["took", "knew", "late", "not_ours"]
Recovery: TypeAlias = Literal["try_later", "start_over", "ask_the_user", "act_at_the_bank", "fix_the_setup"]
Result: TypeAlias = Ask | Done | Failed


class Known(TypedDict, total=False):
    """What you know of a session. The names are those of the JSON lines."""

    loginId: str
    lastSent: int
    institution: str
    language: str
    tag: str
    key: str


class Store(Protocol):
    """The row of one session. Keep what is in it like a password."""

    def load(self) -> str | None | Awaitable[str | None]:
        """The snapshot, or ``None`` if there is no row."""

    def swap(self, loaded: int | None, snapshot: str) -> bool | Awaitable[bool]:
        """Writes the snapshot if the row has the revision ``loaded``, or if there is no row and ``loaded`` is ``None``.
        Returns whether it did.

        If the row has an ``id``, as ``session_id`` reads it, the snapshot must have the same one: two sessions may have
        the same revision. A row of version 1 has none, and is compared by its revision.
        ``reconnect.testing.check_store`` tests a store."""


class Reply(Protocol):
    """Where a transport puts what comes back. ``append`` is false if the body is too large: then read no further."""

    def begin_reply(self, status: int, headers: Iterable[tuple[str, str]], /) -> None: ...

    def append(self, piece: bytes, /) -> bool: ...


class Transport(Protocol):
    """Sends a request once, and puts what comes back into ``reply``. If no whole reply comes, it raises ``Fault``."""

    def __call__(self, request: Request, reply: Reply, /) -> None: ...


class AsyncTransport(Protocol):
    """As ``Transport``, as a coroutine."""

    async def __call__(self, request: Request, reply: Reply, /) -> None: ...
