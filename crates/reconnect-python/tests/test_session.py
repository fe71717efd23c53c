"""A session without a network: bad input, what is printed, and when a request is handed out."""

from __future__ import annotations

import json
import math
import pickle
import threading
from typing import Any

import pytest
from conftest import CANARY, first_request
from reconnect import Ask, Client, Error, Failed, Instance, Keys, Reply, Request, Session, Wait, revision, session_id

TOOLBOX = Instance.named("toolbox", "customer")
TOKEN = b'{"HttpStatusCode":200,"Token":"' + CANARY.encode() + b'-token"}'
QUESTION = (
    b'{"HttpStatusCode":203,"RequestId":"' + CANARY.encode() + b'-request","SecurityChallenges":'
    b'[{"Type":"QuestionAndAnswer","Prompt":"' + CANARY.encode() + b' city?"}]}'
)


def begun(**policy: Any) -> Session:
    keys = Keys(secret=CANARY, api=CANARY)
    known = {"key": CANARY}
    return Session.begin("refresh", TOOLBOX, keys, clock=lambda: 0, loginId=CANARY, known=known, policy=policy)


def sent(session: Session, now: int = 0) -> Request:
    session.turn(now)
    request = session.take(now)
    assert isinstance(request, Request)
    return request


def asking(**policy: Any) -> Session:
    session = begun(**policy)
    sent(session)
    session.receive(200, [], TOKEN, 1)
    sent(session, 2)
    session.receive(203, [], QUESTION, 3)
    session.turn(4)
    assert isinstance(session.take(4), Ask)
    return session


def code(call: Any, *args: Any, **more: Any) -> tuple[str, str | None]:
    with pytest.raises(Error) as caught:
        call(*args, **more)
    assert CANARY not in str(caught.value) + repr(caught.value)
    assert caught.value.args == (caught.value.code, caught.value.field, caught.value.message)
    return caught.value.code, caught.value.field


@pytest.mark.parametrize("now", [math.nan, math.inf, -1, 1.5, 2**53 + 1, 2**64, 2**80, "1", b"1"])
def test_a_moment_that_is_none(now: Any) -> None:
    session = begun()
    before = session.look(0)
    calls = [
        session.turn, session.take, session.end_reply, session.lost, session.open, session.shown, session.cancel,
        session.ask, session.look, session.outcome,
    ]  # fmt: skip
    for call in calls:
        assert code(call, now=now) == ("invalidField", "now"), call
    assert code(session.returned, "{}", now) == ("invalidField", "now")
    assert code(session.fault, "timeout", sent=True, now=now) == ("invalidField", "now")
    assert code(Session.begin, "refresh", TOOLBOX, Keys(), clock=lambda: now, loginId="l") == ("invalidField", "now")
    assert session.look(0) == before
    sent(session)
    session.begin_reply(200, [])
    assert code(session.end_reply, now) == ("invalidField", "now")
    assert session.lost(1) == "took"


def test_what_can_be_no_text() -> None:
    surrogate = f"{CANARY}\ud800"
    assert code(Keys, secret=surrogate) == ("invalidField", "secret")
    assert code(Keys, api=surrogate) == ("invalidField", "api")
    assert code(Keys, secret=f"{CANARY}\n{CANARY}")[0] == "invalidKey"
    assert code(Keys, secret="") == ("invalidKey", None)
    client = Client(TOOLBOX, Keys())
    for wrong in (surrogate, f"{CANARY}\0", "", 1.5, None, [CANARY], "x" * 200):
        assert code(client.refresh, wrong) == ("invalidField", "loginId"), wrong
    assert code(client.refresh, object())[0] == "invalidField"
    assert code(client.refresh, CANARY, known={"lastSent": math.nan})[0] == "invalidField"
    assert code(client.refresh, CANARY, keep=CANARY) == ("invalidField", "keep")
    session = begun()
    assert code(session.returned, surrogate) == ("invalidField", "news")
    assert session.returned(f"{CANARY}\0") == "not_ours"
    assert session.returned(CANARY * (33 << 20 >> 3)) == "not_ours"
    assert code(session.confirm, surrogate) == ("invalidField", "loginId")


def test_codes_of_misuse() -> None:
    session = begun()
    assert code(session.take) == ("noTurn", None)
    assert code(session.lost) == ("noExchange", None)
    assert code(session.end_reply) == ("noExchange", None)
    assert code(session.answer, 1, {"a": ["b"]}) == ("notAsking", None)
    sent(session)
    assert code(session.turn) == ("exchangeUnderWay", None)
    assert code(session.fault, CANARY, sent=True) == ("invalidField", "fault")
    assert code(session.begin_reply, 70_000, []) == ("invalidField", "status")
    assert code(session.begin_reply, -1, []) == ("invalidField", "status")
    assert code(session.begin_reply, 200, [("a", f"{CANARY}\ud800")]) == ("invalidField", "headers")
    assert session.fault("refused", sent=False) == "took"
    assert code(Session.restore, CANARY, TOOLBOX, Keys(), clock=lambda: 0) == ("invalidField", "snapshot")
    assert code(Session.restore, '{"version":99}', TOOLBOX, Keys(), clock=lambda: 0)[1] == "snapshot"
    assert code(Instance.named, "a/b", "c") == ("invalidInstance", "instance")
    assert code(Instance.named, "toolbox", "c", agent=CANARY) == ("invalidInstance", "instance")
    assert code(begun, backoff=1) == ("invalidPolicy", "backoff")
    row = begun().turn(0)
    assert row is not None
    other = Instance.named("other", "c")
    assert code(Session.restore, row, other, Keys(), clock=lambda: 0) == ("otherInstance", None)
    assert code(asking().answer, 1, {f"{CANARY} city?": ["x"]}) == ("widgetOnly", None)
    through_api = asking(mfa="widgetOrApi")
    assert code(through_api.answer, 1, {f"{CANARY} city?": "letters"}) == ("invalidField", "answers")
    assert code(through_api.answer, 9, {f"{CANARY} city?": ["x"]}) == ("otherPrompt", None)
    assert through_api.answer(1, {f"{CANARY} city?": ["Montreal"]}, 5) == "took"


def test_a_request_says_all_that_a_client_obeys() -> None:
    session = begun()
    mint = sent(session)
    assert (mint.id, mint.method, mint.once, mint.limit_ms, mint.max_body) == (1, "POST", False, 30_000, 32 << 20)
    assert mint.url.endswith("/v3/customer/BankingServices/GenerateAuthorizeToken")
    assert ("flinks-auth-key", CANARY) in mint.headers
    assert mint.body == b""
    session.receive(200, [], TOKEN, 1)
    live = sent(session, 2)
    assert (live.id, live.method, live.once, live.limit_ms) == (2, "POST", True, 240_000)
    assert ("flinks-auth-key", f"{CANARY}-token") in live.headers and ("x-api-key", CANARY) not in live.headers
    assert live.body is not None and CANARY.encode() in live.body
    assert isinstance(live.headers, list) and isinstance(live.headers[0], tuple)


@pytest.mark.parametrize(("sent_out", "reason"), [(True, "outcome_unknown"), (False, None)])
def test_a_live_call_that_did_not_leave_may_go_again(sent_out: bool, reason: str | None) -> None:
    session = begun()
    sent(session)
    session.receive(200, [], TOKEN, 1)
    assert sent(session, 2).once
    session.fault("broken" if sent_out else "refused", sent=sent_out, now=3)
    session.turn(4)
    work = session.take(4)
    assert work.reason == reason and work.guess if isinstance(work, Failed) else not sent_out


def test_a_reply_says_when_to_try_again() -> None:
    session = begun()
    sent(session)
    session.receive(503, [("Retry-After", "7")], b"", 1)
    session.turn(2)
    assert session.take(2) == Wait(7001)

    once = begun(tries=1)
    sent(once, 100_000)
    once.receive(503, [("Retry-After", "7")], b"", 100_001)
    once.turn(100_002)
    failed = once.take(100_003)
    assert isinstance(failed, Failed)
    assert (failed.recovery, failed.not_before) == ("try_later", 107_001)


def test_values() -> None:
    wait = Wait(5)
    assert (wait.until, wait, repr(wait)) == (5, Wait(until=5), "Wait(until=5)")
    for wrong in ((), (1, 2)):
        with pytest.raises(TypeError):
            Wait(*wrong)
    with pytest.raises(AttributeError):
        wait.until = 6  # type: ignore[misc]


def test_the_columns_of_a_row() -> None:
    row = begun().turn(0)
    assert row is not None
    assert (revision(row), session_id(row)) == (1, json.loads(row)["id"])
    assert session_id('{"version":1,"revision":3}') is None


def test_a_request_that_was_held_up_is_not_handed_out() -> None:
    session = begun()
    request = sent(session)
    session.receive(200, [], TOKEN, 1)
    assert session.turn(2) is not None
    held_up_till = 2 + 10 * 60 * 1000
    assert session.take(held_up_till) is None
    session.turn(held_up_till)
    again = session.take(held_up_till)
    assert not (isinstance(again, Request) and again.id == request.id + 1)


def test_a_client_sends_nothing_that_was_held_up() -> None:
    now = 0

    class Slow:
        def load(self) -> None:
            pass

        def swap(self, loaded: int | None, snapshot: str) -> bool:
            nonlocal now
            now += 0 if loaded else 10 * 60 * 1000
            return True

    def transport(request: Request, reply: Reply) -> None:
        pytest.fail("its time is over")

    client = Client(TOOLBOX, Keys(secret=CANARY), store=Slow(), transport=transport, clock=lambda: now)
    assert isinstance(client.step(client.refresh(CANARY)), Wait)


def test_a_session_that_is_closed() -> None:
    session = begun()
    with session:
        assert session.loaded is None
    calls = [
        session.turn, session.take, session.end_reply, session.lost, session.open, session.shown, session.cancel,
        session.ask, session.look, session.outcome,
    ]  # fmt: skip
    for call in calls:
        assert code(call) == ("closed", None), call
    assert code(session.append, b"") == ("closed", None)
    assert code(lambda: session.loaded) == ("closed", None)
    assert code(lambda: session.accounts) == ("closed", None)
    session.close()


def test_nothing_secret_is_printed() -> None:
    session = asking()
    session.open(5)
    session.turn(5)
    mint = session.take(5)
    assert isinstance(mint, Request)
    assert CANARY in str(mint.headers) + mint.url
    session.receive(200, [], TOKEN, 6)
    session.turn(7)
    prompt = session.take(7)
    assert isinstance(prompt, Ask) and CANARY in prompt.connect_url
    other, request = first_request(TOOLBOX)
    accounts_of = {"HttpStatusCode": 200}
    keys = Keys(secret=CANARY, api=CANARY)
    client = Client(TOOLBOX, keys)
    for thing in (keys, session, mint, prompt, request, other, client, session.look(7), accounts_of):
        for text in (repr(thing), str(thing), f"{thing}", repr([thing])):
            assert CANARY not in text, thing
    with pytest.raises(TypeError):
        pickle.dumps(keys)
    session.cancel(8)
    session.turn(8)
    failed = session.take(8)
    assert CANARY not in repr(failed) + str(failed)


def test_a_body_that_is_too_large_is_read_no_further() -> None:
    session, request = first_request(TOOLBOX)
    session.begin_reply(200, [])
    assert session.append(b"x" * (request.max_body - 1))
    assert not session.append(b"xx")
    assert session.end_reply(1) == "took"
    session.turn(2)
    failed = session.take(2)
    assert isinstance(failed, Failed) and failed.reason == "too_large"


def test_threads_share_a_session() -> None:
    session = begun()
    session.turn(0)
    taken: list[object] = []

    def take() -> None:
        try:
            taken.append(session.take(0))
        except Error as error:
            taken.append(error.code)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one if isinstance(one, str) else "sent" for one in taken) == ["noTurn"] * 7 + ["sent"]
