"""``Instance`` and ``Session``: a refresh as a value, without a network."""

from __future__ import annotations

import time
from _thread import allocate_lock

from . import _results
from ._core import Keys, Machine, Request
from ._error import Error
from ._results import Ask, Wait
from ._value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from ._core import Account
    from ._results import Done, Failed, Look
    from ._types import Clock, Heard, Store


def system_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Instance(Value):
    """Where the service is, as JSON. Make it with ``named`` or ``at``."""

    where: str

    @classmethod
    def named(cls, name: str, customer_id: str, *, agent: str | None = None) -> Instance:
        """The instance with this name at Flinks, such as ``toolbox``. ``agent`` is your program, as ``my-app/1.0``."""
        return cls._sound({"name": name, "customerId": customer_id, "agent": agent})

    @classmethod
    def at(cls, api_url: str, widget_url: str, customer_id: str, *, agent: str | None = None) -> Instance:
        """An instance at these addresses, such as a sandbox."""
        return cls._sound({"apiUrl": api_url, "widgetUrl": widget_url, "customerId": customer_id, "agent": agent})

    @classmethod
    def _sound(cls, where: Mapping[str, str | None]) -> Instance:
        made = cls(_dumps(where))
        # A session that nobody sends checks the instance, so that a wrong one is reported where it is written.
        Machine(0, _line("refresh", made, {"loginId": "check"}), Keys()).close()
        return made


class NoStore:
    """Keeps nothing: a session ends with its process."""

    def load(self) -> str | None:
        return None

    def swap(self, loaded: int | None, snapshot: str) -> bool:
        return True


def revision(snapshot: str) -> int:
    """The revision of a snapshot: a column for the ``swap`` of a store."""
    import json

    return int(json.loads(snapshot)["revision"])


def session_id(snapshot: str) -> str | None:
    """The id of a snapshot's session, for a column beside ``revision``. A snapshot of version 1 has none."""
    import json

    found = json.loads(snapshot).get("id")
    return None if found is None else str(found)


class Session:
    """One refresh. It sends nothing: a ``Client`` does, or you do.

    ``turn``; store the snapshot that it returns; ``take``; do what that says; say what happened. ``now`` is in
    milliseconds since 1970; without it the session asks its clock.
    """

    __slots__ = ("_going_on", "_machine", "clock", "store")

    def __init__(self, machine: Machine, clock: Clock, store: Store) -> None:
        self._machine, self.clock, self.store = machine, clock, store
        # A client holds it while it goes on: two loops would store each other's turns.
        self._going_on = allocate_lock()

    @classmethod
    def begin(
        cls,
        op: str,
        instance: Instance,
        keys: Keys,
        *,
        clock: Clock = system_clock,
        store: Store | None = None,
        **fields: Any,
    ) -> Session:
        """Begins as the line ``op`` of ``reconnect drive`` does. The reference lists its ``fields``."""
        machine = Machine(clock(), _line(op, instance, fields), keys)
        return cls(machine, clock, NoStore() if store is None else store)

    @classmethod
    def restore(
        cls,
        snapshot: str,
        instance: Instance,
        keys: Keys,
        *,
        clock: Clock = system_clock,
        store: Store | None = None,
    ) -> Session:
        """A stored session."""
        import json

        try:
            row = json.loads(snapshot)
        except (TypeError, ValueError):
            row = None
        return cls.begin("restore", instance, keys, clock=clock, store=store, snapshot=row)

    def turn(self, now: int | None = None) -> str | None:
        """What comes next, tried on a copy. Returns the snapshot that has to be stored before ``take``, if any."""
        return self._machine.turn(self.clock() if now is None else now)

    def take(self, now: int | None = None) -> Request | Wait | Ask | Done | Failed | None:
        """What to do, now that the snapshot is stored. ``None``: it took too long, so take another turn."""
        now = self.clock() if now is None else now
        work = self._machine.take(now)
        if isinstance(work, Request):
            return work
        if isinstance(work, int):
            return Wait(work)
        return self.ask(now) if work == "ask" else self.outcome(now) if work == "done" else None

    def receive(
        self, status: int, headers: Iterable[tuple[str, str]], body: bytes, now: int | None = None
    ) -> Heard:
        """A whole reply."""
        machine = self._machine
        machine.begin_reply(status, list(headers))
        machine.append(body)
        return _HEARD[machine.end_reply(self.clock() if now is None else now)]

    def begin_reply(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """The head of a reply. Its body comes in pieces."""
        self._machine.begin_reply(status, list(headers))

    def append(self, piece: bytes) -> bool:
        """The next bytes of the body. ``False``: it is too large, so read no further, and end the reply."""
        return self._machine.append(piece)

    def end_reply(self, now: int | None = None) -> Heard:
        """The reply is whole."""
        return _HEARD[self._machine.end_reply(self._at(now))]

    def fault(self, kind: str, *, sent: bool, now: int | None = None) -> Heard:
        """No whole reply came. ``sent`` is false only if no byte of the request can have left."""
        return _HEARD[self._machine.fault(self._at(now), kind, "maybe" if sent else "no")]

    def lost(self, now: int | None = None) -> Heard:
        """Nobody waits for the reply any more."""
        return _HEARD[self._machine.lost(self._at(now))]

    def returned(self, news: str | Mapping[str, Any], now: int | None = None) -> Heard:
        """The widget's message, or the URL of its redirect."""
        return _HEARD[self._machine.returned(self._at(now), news if isinstance(news, str) else _dumps(news))]

    def answer(self, number: int | None, answers: Mapping[str, Iterable[str]], now: int | None = None) -> Heard:
        """The user's answers, if the policy lets MFA be answered through the API. ``number`` is that of the prompt;
        ``None`` is the prompt that stands."""
        lists: dict[str, Any] = {
            # A text alone would be taken for a list of its letters.
            prompt: values if isinstance(values, str) else list(values)
            for prompt, values in answers.items()
        }
        return _HEARD[self._machine.answer(self._at(now), number, lists)]

    def open(self, now: int | None = None) -> Heard:
        """The widget is about to be shown: the next turns mint a token for one showing."""
        return _HEARD[self._machine.open(self._at(now))]

    def shown(self, now: int | None = None) -> Heard:
        """A page shows the prompt, so its answer is given there."""
        return _HEARD[self._machine.shown(self._at(now))]

    def confirm(self, login_id: str, now: int | None = None) -> Heard:
        """This login, which the replies named, is no other user's."""
        return _HEARD[self._machine.confirm(self._at(now), login_id)]

    def cancel(self, now: int | None = None) -> Heard:
        """The user does not want to."""
        return _HEARD[self._machine.cancel(self._at(now))]

    def ask(self, now: int | None = None) -> Ask | None:
        """The prompt, if the user is asked."""
        text = self._machine.ask(self._at(now))
        return None if text is None else Ask.later(text)

    def look(self, now: int | None = None) -> Look:
        """Where the session is."""
        return _results.look(self._machine.look(self._at(now)))

    def outcome(self, now: int | None = None) -> Done | Failed | None:
        """How it ended; ``None`` while it goes on."""
        now = self._at(now)
        return _results.outcome(self._machine.outcome(now), now, self._machine.accounts())

    def snapshot(self) -> str:
        """The session as it is now. Store what ``turn`` returns: this is for a test, or to have a look at."""
        return self._machine.snapshot()

    @property
    def accounts(self) -> list[Account]:
        """The accounts, once the refresh has succeeded."""
        return self._machine.accounts()

    @property
    def loaded(self) -> int | None:
        """The revision that the store has."""
        return self._machine.loaded

    def reload(self, row: str | None, now: int | None = None) -> None:
        """The store has another revision: goes on from its row, and says again what was said here."""
        self._machine.reload(self._at(now), row)

    def close(self) -> None:
        """Forgets the session and its keys. Every later call is an ``Error``."""
        self._machine.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _at(self, now: int | None) -> int:
        return self.clock() if now is None else now


_HEARD: dict[str, Heard] = {"took": "took", "knew": "knew", "late": "late", "notOurs": "not_ours"}


def _line(op: str, instance: Instance, fields: Mapping[str, Any]) -> str:
    # To encode texts is quicker than to encode an object.
    given = [f",{_dumps(name)}:{_dumps(value)}" for name, value in fields.items() if value is not None]
    return f'{{"op":{_dumps(op)},"instance":{instance.where}{"".join(given)}}}'


_encode: Callable[[Any], str] | None = None


def _dumps(value: Any) -> str:
    global _encode
    if _encode is None:
        import json

        _encode = json.JSONEncoder(allow_nan=False).encode
    try:
        return _encode(value)
    except (TypeError, ValueError):
        pass
    # Raised here, since the first error might print what it was about.
    raise Error("invalidField", None, "a value is not one of JSON")
