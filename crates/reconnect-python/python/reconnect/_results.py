"""What a session says: plain values for ``match``. What may be secret or personal is in no ``repr``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Literal, TypeAlias

from ._core import Account

Heard: TypeAlias = Literal["took", "knew", "late", "not_ours"]
Recovery: TypeAlias = Literal["try_later", "start_over", "ask_the_user", "act_at_the_bank", "fix_the_setup"]


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is to be done until this moment, in milliseconds since 1970."""

    until: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """When to go on at the latest, and why."""

    at: int
    why: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """One question of the bank."""

    type: str
    prompt: str = field(repr=False)
    choices: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ask:
    """The bank asks the end user: show the widget. ``connect_url`` is for one showing."""

    request_id: str = field(repr=False)
    connect_url: str = field(repr=False)
    challenges: tuple[Challenge, ...]
    wrong: bool
    number: int
    shown: bool
    ended: str | None
    token_invalid: int
    accounts_left_out: bool
    opens_again: int | None
    left: bool
    widget_error: str | None
    showing: str
    assumed: bool
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What is known of a refresh that succeeded."""

    login_id: str | None = field(repr=False)
    request_id: str = field(repr=False)
    institution: str | None
    kept: tuple[str, ...] = field(repr=False)
    missing: tuple[str, ...] = field(repr=False)
    left_out: int
    last_refresh: int | None
    via: str
    narrowed: str
    named_others: bool
    named_other_request: bool
    other_request: bool
    reselect: bool
    token_invalid: int
    unread: tuple[str, ...]
    unread_count: int
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Done:
    """The refresh succeeded. The accounts are there once, and not in a session that was loaded after its end."""

    accounts: list[Account] = field(repr=False)
    refreshed: Refreshed


@dataclass(frozen=True, slots=True)
class StartOver:
    """For the URL of an ordinary Connect session."""

    institution: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Failed:
    """The session ended without data. ``recovery`` says what to do. ``not_before`` is the moment for ``try_later``."""

    recovery: Recovery
    reason: str
    not_before: int | None
    message: str
    code: str | None
    status: int | None
    fault: str | None
    place: str | None
    guess: bool
    login_id: str | None = field(repr=False)
    request_id: str | None = field(repr=False)
    resume: str | None = field(repr=False)
    other_login_id: str | None = field(repr=False)
    token_invalid: int
    last_refresh: int | None
    cached_may_fail: bool
    start_over: StartOver
    connect_url: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Look:
    """Where a session is."""

    stage: str
    deadline: Deadline | None
    revision: int
    login_id: str | None = field(repr=False)
    request_ids: tuple[str, ...] = field(repr=False)
    keep: tuple[str, ...] | None = field(repr=False)
    withholds: bool
    open: bool


Result: TypeAlias = Ask | Done | Failed


@cache
def snake(word: str) -> str:
    """``notOurs`` is ``not_ours`` in Python."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in word)


def _made(kind: type[Any], raw: dict[str, Any]) -> Any:
    """An object of JSON as a value: its keys in snake case, its lists as tuples."""
    values = (raw[key] for key in _KEYS[kind])
    return kind(*(tuple(value) if isinstance(value, list) else value for value in values))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


_KEYS: dict[type[Any], tuple[str, ...]] = {
    kind: tuple(_camel(one.name) for one in fields(kind)) for kind in (Ask, Refreshed, Failed, Look)
}


def _deadline(raw: dict[str, Any] | None) -> Deadline | None:
    return None if raw is None else Deadline(raw["at"], snake(raw["why"]))


def ask(text: str) -> Ask:
    raw = json.loads(text)
    raw["challenges"] = [Challenge(one["type"], one["prompt"], tuple(one["choices"])) for one in raw["challenges"]]
    raw["deadline"] = _deadline(raw["deadline"])
    raw["showing"] = snake(raw["showing"])
    made: Ask = _made(Ask, raw)
    return made


def look(text: str) -> Look:
    raw = json.loads(text)
    raw["deadline"] = _deadline(raw["deadline"])
    raw["stage"] = snake(raw["stage"])
    made: Look = _made(Look, raw)
    return made


def outcome(text: str, now: int, accounts: list[Account]) -> Done | Failed | None:
    raw = json.loads(text)
    if raw is None:
        return None
    if raw["result"] == "done":
        raw["kept"] = [account["id"] for account in raw["kept"]]
        raw["via"], raw["narrowed"] = snake(raw["via"]), snake(raw["narrowed"])
        return Done(accounts, _made(Refreshed, raw))
    error, later = raw["error"], raw["error"]["retryAfterMs"]
    raw |= {key: error[key] for key in ("message", "code", "status", "fault", "place")}
    raw["recovery"], raw["reason"] = snake(raw["result"]), snake(raw["reason"])
    raw["notBefore"] = None if later is None else now + later
    raw["startOver"] = StartOver(**raw["startOver"])
    made: Failed = _made(Failed, raw)
    return made
