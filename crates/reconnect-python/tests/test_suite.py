"""The conformance suite: each vector is told to a session, and each of its answers is compared with the suite's."""

from __future__ import annotations

import datetime
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from reconnect import Account, Ask, Client, Done, Error, Failed, Instance, Keys, Request, Session, Wait, revision

FILES = sorted((Path(__file__).parents[2] / "reconnect-testkit/vectors").glob("*.json"))
KEYS = Keys(secret="{{secretKey}}", api="{{apiKey}}")
# A session checks by itself whether it may send, and it has no name.
NO_CALLS = {"delivered", "maySend", "call", "callReply", "close"}
WORDS = {"why", "showing", "stage", "via", "narrowed", "recovery", "reason"}
SENT = ("id", "method", "url", "headers", "body", "limit_ms", "max_body", "once")
KEPT = ("id", "title", "type", "category", "currency", "accountNumber", "balance")
Json = Any


def camel(name: str) -> str:
    return re.sub("_(.)", lambda found: found[1].upper(), name)


def plain(value: Json) -> Json:
    """A value of this package, as it is in a line."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (Decimal, datetime.date)):
        return str(value)
    if isinstance(value, dict):
        return {name: json.loads(text) for name, text in value.items()}
    if not type(value).__module__.startswith("reconnect."):
        return value
    names = getattr(value, "_fields", None) or [name for name in dir(value) if not name.startswith("_")]
    words = [getattr(value, name) for name in names if name in WORDS]
    assert not any(word and re.search("[A-Z]", word) for word in words), words
    fields = {camel(name): plain(getattr(value, name)) for name in names}
    return {name: camel(one) if name in WORDS and one else one for name, one in fields.items()}


def begun(op: str, tell: Json, now: int) -> Session:
    fields = {name: value for name, value in tell.items() if name not in ("op", "now", "instance")}
    instance = Instance(json.dumps(tell.get("instance")))
    client = Client(instance, KEYS, clock=lambda: now)
    if op == "restore":
        return Session.restore(json.dumps(fields["snapshot"]), instance, KEYS, clock=lambda: now)
    if op == "refresh":
        return client.refresh(fields.pop("loginId", None), **fields)
    if op == "resume":
        return client.resume(fields.pop("requestId"), **fields)
    return Session.begin(op, instance, KEYS, clock=lambda: now, **fields)


def polled(session: Session, now: int) -> Json:
    row, work = session.turn(now), session.take(now)
    assert row in (None, session.snapshot())
    assert session.loaded == revision(session.snapshot())
    match work:
        case Request() as request:
            said = {camel(name): getattr(request, name) for name in SENT}
            headers = [list(pair) for pair in request.headers]
            # A line has no body where a request has an empty one.
            body = request.body.decode() if request.body else None
            return {**said, "action": "send", "headers": headers, "body": body}
        case Wait(until):
            return {"action": "wait", "until": until}
        case Ask() as ask:
            return {"action": "ask", **plain(ask)}
        case Done() | Failed():
            return {"action": "done"}
        case held_up:
            pytest.fail(f"a turn that is taken at once is in time: {held_up}")


def kept(account: Account) -> Json:
    whole = plain(account)
    return {**{name: whole[name] for name in KEPT}, "transactions": len(account.transactions)}


def kept_before(account: str) -> Json:
    """A session that was restored after its end has the ids only."""
    nothing = dict.fromkeys([*KEPT, "transactions"])
    return {**nothing, "id": account, "balance": dict.fromkeys(["current", "available", "limit"])}


def ended(session: Session, now: int) -> Json:
    match session.outcome(now):
        case Done(accounts, refreshed):
            all_kept = [kept(account) for account in accounts] or [kept_before(id) for id in refreshed.kept]
            assert refreshed.kept == tuple(account["id"] for account in all_kept)
            return {"result": "done", **plain(refreshed), "kept": all_kept}
        case Failed() as failed:
            said = plain(failed)
            advice, later = said.pop("recovery"), said.pop("notBefore")
            error = {name: said.pop(name) for name in ("code", "status", "fault", "place", "message")}
            error |= {"recovery": advice, "retryAfterMs": None if later is None else later - now}
            return {"result": advice, "error": error, **said}
    return None


def received(session: Session, now: int, tell: Json) -> str:
    if "fault" in tell:
        return session.fault(tell["fault"], sent={"no": False, "maybe": True}[tell["reached"]], now=now)
    session.begin_reply(tell.get("status"), [tuple(pair) for pair in tell.get("headers", [])])
    body = tell["body"].encode()
    assert all(session.append(body[start : start + 7]) for start in range(0, len(body), 7))
    return session.end_reply(now)


def told(session: Session, op: str, now: int, tell: Json) -> Json:
    match op:
        case "poll":
            return polled(session, now)
        case "look":
            return {"look": plain(session.look(now))}
        case "outcome":
            return {"outcome": ended(session, now)}
        case "snapshot":
            return {"snapshot": session.snapshot()}
        case "accounts":
            every = session.accounts
            return {"account": plain(every[0]) if every else None, "index": 0, "count": len(every)}
        case "receive":
            return {"heard": camel(received(session, now, tell))}
        case "answer":
            return {"heard": camel(session.answer(tell.get("number"), tell["answers"], now))}
        case "returned":
            return {"heard": camel(session.returned(tell["news"], now))}
        case "confirm":
            return {"heard": camel(session.confirm(tell["loginId"], now))}
        case "open" | "shown" | "cancel" | "lost":
            return {"heard": camel(getattr(session, op)(now))}


def expected(hear: Json) -> Json:
    """What is missing in a line is None in Python, and a snapshot is text."""
    if "snapshot" in hear:
        return {"snapshot": json.dumps(hear["snapshot"], separators=(",", ":"), ensure_ascii=False)}
    outcome = hear.get("outcome") or {}
    if "error" in outcome:
        return {"outcome": {"connectUrl": None, **outcome}}
    return hear


def passes(name: str, steps: Json) -> bool:
    session, sent = None, None
    for step in steps:
        tell, hear = step["tell"], step["hear"]
        op, now = tell["op"], tell["now"]
        foreign = op in ("receive", "lost") and tell["id"] != sent
        if op in NO_CALLS or "session" in tell or foreign or tell.get("reached") == "yes":
            return False
        try:
            if session is None or op in ("refresh", "restore", "resume", "resumeClaimed", "dance"):
                session, said = begun(op, tell, now), {"ok": True}
            else:
                said = told(session, op, now, tell)
        except Error as error:
            said = {"misuse": {"code": error.code, "field": error.field, "message": error.message}}
        assert said == expected(hear), f"{name}: {tell}"
        sent = said.get("id", sent)
    return True


def test_a_session_passes_the_vectors() -> None:
    passed = 0
    for file in FILES:
        suite = json.loads(file.read_text("utf-8"))
        for case in suite["cases"]:
            passed += passes(f"{suite['name']} / {case['name']}", suite["begin"] + case["steps"])
    assert passed >= 900
