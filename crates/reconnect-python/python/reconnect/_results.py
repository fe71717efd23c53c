"""What a session says: plain values for ``match``. What may be secret or personal is in no ``repr``."""

from __future__ import annotations

from ._value import Value, snake

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._core import Account
    from ._types import Recovery


class Wait(Value):
    """Nothing is to be done until this moment, in milliseconds since 1970."""

    until: int


class Deadline(Value):
    """When to go on at the latest, and why."""

    at: int
    why: str


class Challenge(Value, hides=("prompt", "choices")):
    """One question of the bank."""

    type: str
    prompt: str
    choices: tuple[str, ...]


class Ask(Value, hides=("request_id", "connect_url")):
    """The bank asks the end user: show the widget. ``connect_url`` is for one showing."""

    request_id: str
    connect_url: str
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

    @classmethod
    def later(cls, text: str) -> Ask:
        """An ask whose JSON is read when a field is wanted: a loop that only shows the widget wants none."""
        made = cls.__new__(cls)
        made.__dict__["_text"] = text
        return made

    def __getattr__(self, name: str) -> Any:
        text = self.__dict__.get("_text")
        if text is not None:
            self.__dict__.update(_ask(text))
            self.__dict__.pop("_text", None)
        try:
            return self.__dict__[name]
        except KeyError:
            pass
        raise AttributeError(f"an Ask has no {name!r}")


class Refreshed(Value, hides=("login_id", "request_id", "kept", "missing")):
    """What is known of a refresh that succeeded."""

    login_id: str | None
    request_id: str
    institution: str | None
    kept: tuple[str, ...]
    missing: tuple[str, ...]
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


class Done(Value, hides=("accounts",)):
    """The refresh succeeded. The accounts are there once, and not in a session that was loaded after its end."""

    accounts: list[Account]
    refreshed: Refreshed


class StartOver(Value):
    """For the URL of an ordinary Connect session."""

    institution: str | None
    language: str | None


class Failed(Value, hides=("login_id", "request_id", "resume", "other_login_id", "connect_url")):
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
    login_id: str | None
    request_id: str | None
    resume: str | None
    other_login_id: str | None
    token_invalid: int
    last_refresh: int | None
    cached_may_fail: bool
    start_over: StartOver
    connect_url: str | None


class Look(Value, hides=("login_id", "request_ids", "keep")):
    """Where a session is."""

    stage: str
    deadline: Deadline | None
    revision: int
    login_id: str | None
    request_ids: tuple[str, ...]
    keep: tuple[str, ...] | None
    withholds: bool
    open: bool


def _deadline(raw: dict[str, Any] | None) -> Deadline | None:
    if raw is None:
        return None
    raw["why"] = snake(raw["why"])
    return Deadline.of(raw)


def _challenge(raw: dict[str, Any]) -> Challenge:
    raw["choices"] = tuple(raw["choices"])
    return Challenge.of(raw)


def _ask(text: str) -> dict[str, Any]:
    raw = _loads(text)
    raw["challenges"] = tuple([_challenge(one) for one in raw["challenges"]])
    raw["deadline"] = _deadline(raw["deadline"])
    raw["showing"] = snake(raw["showing"])
    return Ask.fields(raw)


def look(text: str) -> Look:
    raw = _loads(text)
    raw["deadline"] = _deadline(raw["deadline"])
    raw["stage"], raw["requestIds"] = snake(raw["stage"]), tuple(raw["requestIds"])
    raw["keep"] = None if raw["keep"] is None else tuple(raw["keep"])
    return Look.of(raw)


def outcome(text: str, now: int, accounts: list[Account]) -> Done | Failed | None:
    raw = _loads(text)
    if raw is None:
        return None
    if raw["result"] == "done":
        raw["kept"] = tuple([account["id"] for account in raw["kept"]])
        raw["missing"], raw["unread"] = tuple(raw["missing"]), tuple(raw["unread"])
        raw["via"], raw["narrowed"] = snake(raw["via"]), snake(raw["narrowed"])
        return Done(accounts, Refreshed.of(raw))
    error, later = raw["error"], raw["error"]["retryAfterMs"]
    raw |= {key: error[key] for key in ("message", "code", "status", "fault", "place")}
    raw["recovery"], raw["reason"] = snake(raw["result"]), snake(raw["reason"])
    raw["notBefore"] = None if later is None else now + later
    raw["startOver"] = StartOver.of(raw["startOver"])
    raw.setdefault("connectUrl", None)
    return Failed.of(raw)


_decode: Callable[[str], Any] | None = None


def _loads(text: str) -> Any:
    global _decode
    if _decode is None:
        import json

        _decode = json.JSONDecoder().decode
    return _decode(text)
