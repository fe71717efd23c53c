"""Whole refreshes against the strict sandbox: the bank asks, its user answers, and a restart comes between."""

from __future__ import annotations

import asyncio
import datetime
from decimal import Decimal

import pytest
from reconnect import Ask, AsyncClient, Client, Done, Error, Failed, Http, Result, Transport, Wait, over_httpx
from reconnect import revision, session_id
from reconnect.testing import Sandbox

class Row:
    """A store in memory that swaps as a table does."""

    def __init__(self) -> None:
        self.snapshot: str | None = None
        self.swaps = 0

    def load(self) -> str | None:
        return self.snapshot

    def swap(self, loaded: int | None, snapshot: str) -> bool:
        row = self.snapshot
        if loaded != (None if row is None else revision(row)):
            return False
        if row is not None and session_id(row) not in (None, session_id(snapshot)):
            return False
        self.snapshot, self.swaps = snapshot, self.swaps + 1
        return True


class AsyncRow(Row):
    """The same with coroutines."""

    async def load(self) -> str | None:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().load()

    async def swap(self, loaded: int | None, snapshot: str) -> bool:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().swap(loaded, snapshot)


def client(bank: Sandbox, row: Row, transport: Transport | None = None) -> Client:
    return Client(bank.instance, bank.keys, store=row, transport=transport, clock=bank.clock, sleep=bank.sleep)


def is_done(result: Result) -> None:
    match result:
        case Done(accounts=accounts, refreshed=info):
            assert [one.title for one in accounts] == ["Chequing CAD", "Savings CAD", "Visa Card", "Chequing USD"]
            assert accounts[0].balance.current == Decimal("49983.20")
            assert str(accounts[0].balance.current) == "49983.20"
            assert isinstance(accounts[0].transactions[0].date, datetime.date)
            assert info.kept == tuple(one.id for one in accounts)
            assert info.via == "live"
        case _:
            pytest.fail(f"it is not done: {result}")


@pytest.mark.parametrize("transport", [Http, over_httpx.Transport])
def test_a_refresh_with_a_restart(reconnect_sandbox: Sandbox, transport: type[Http]) -> None:
    bank, row = reconnect_sandbox, Row()
    before = client(bank, row, transport())
    assert before.load() is None
    session = before.refresh(bank.logins["Greatday"])
    asked = before.advance(session)
    assert isinstance(asked, Ask) and asked.challenges[0].prompt == "What city were you born in?"
    session.close()

    after = client(bank, row, transport())
    restored = after.load()
    assert restored is not None
    url = after.show(restored)
    assert url is not None and "authorizeToken=" in url
    assert restored.returned(bank.answer_in_widget(url)) == "took"
    is_done(after.advance(restored))
    assert restored.look().stage == "done"
    assert after.show(restored) is None
    assert bank.doctor() == []


@pytest.mark.parametrize("kind", [Row, AsyncRow])
def test_an_async_refresh_with_a_restart(reconnect_sandbox: Sandbox, kind: type[Row]) -> None:
    bank, row = reconnect_sandbox, kind()

    def new() -> AsyncClient:
        return AsyncClient(bank.instance, bank.keys, store=row, clock=bank.clock, sleep=bank.async_sleep)

    async def refresh() -> Result:
        async with new() as before:
            assert isinstance(await before.advance(before.refresh(bank.logins["Greatday"])), Ask)
        async with new() as after:
            session = await after.load()
            assert session is not None
            url = await after.show(session)
            assert url is not None
            session.returned(await asyncio.to_thread(bank.answer_in_widget, url))
            return await after.advance(session)

    is_done(asyncio.run(refresh()))
    assert bank.doctor() == []


def test_each_showing_has_a_token_of_its_own(reconnect_sandbox: Sandbox) -> None:
    bank, slept = reconnect_sandbox, [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        bank.sleep(seconds)

    one = Client(bank.instance, bank.keys, clock=bank.clock, sleep=sleep)
    session = one.refresh(bank.logins["Greatday"])
    assert isinstance(one.advance(session), Ask)
    first, second = one.show(session), one.show(session)
    assert first is not None and second is not None and first != second
    assert max(slept) > 0, "the second token comes a while after the first"
    session.returned(bank.answer_in_widget(second))
    slept.clear()
    is_done(one.advance(session))
    assert slept, "the data is pending for a while"
    assert bank.doctor() == []


def test_a_request_id_that_the_server_has(reconnect_sandbox: Sandbox) -> None:
    bank = reconnect_sandbox
    asked = client(bank, Row()).advance(client(bank, Row()).refresh(bank.logins["Greatday"]))
    assert isinstance(asked, Ask)
    row, other = Row(), client(bank, Row())
    session = other.resume(asked.request_id, known={"loginId": bank.logins["Greatday"]}, store=row)
    assert isinstance(other.advance(session), Ask) and row.swaps > 0
    loaded = other.load(row)
    assert loaded is not None and loaded.look().request_ids == (asked.request_id,)
    url = other.show(loaded)
    assert url is not None
    loaded.returned(bank.answer_in_widget(url))
    is_done(other.advance(loaded))
    assert bank.doctor() == []


def test_only_the_selected_accounts(reconnect_sandbox: Sandbox) -> None:
    bank, row = reconnect_sandbox, Row()
    every = client(bank, row).advance(client(bank, row).refresh(bank.logins["Greatday_NoMFA"]))
    assert isinstance(every, Done)
    keep = every.accounts[1].id
    some = client(bank, Row()).advance(client(bank, Row()).refresh(bank.logins["Greatday_NoMFA"], keep=[keep]))
    assert isinstance(some, Done) and [one.id for one in some.accounts] == [keep]
    assert bank.doctor() == []


def test_a_step_does_not_sleep(reconnect_sandbox: Sandbox) -> None:
    bank = reconnect_sandbox
    one = Client(bank.instance, bank.keys, clock=bank.clock, sleep=lambda seconds: pytest.fail("it sleeps"))
    session = one.refresh(bank.logins["Greatday_NoMFA"])
    while isinstance(step := one.step(session), Wait):
        bank.sleep(max(step.until - bank.clock(), 0) / 1000)
    assert isinstance(step, Done)


def test_a_failure_says_what_to_do(reconnect_sandbox: Sandbox) -> None:
    bank = reconnect_sandbox
    result = client(bank, Row()).advance(client(bank, Row()).refresh("00000000-0000-4000-8000-000000000000"))
    assert isinstance(result, Failed)
    assert result.recovery in ("start_over", "fix_the_setup") and result.status == 401, result


def test_another_node_has_the_session(reconnect_sandbox: Sandbox) -> None:
    bank, row = reconnect_sandbox, Row()
    one = client(bank, row)
    first, second = one.refresh(bank.logins["Greatday"]), one.refresh(bank.logins["Greatday"])
    assert isinstance(one.advance(first), Ask)
    with pytest.raises(Error) as caught:
        one.advance(second)
    assert caught.value.code in ("otherSession", "conflict")
    sent = [request["path"].rpartition("/")[2] for request in bank.control("requests")]
    assert sent.count("Authorize") == 1


def test_two_nodes_go_on_with_one_row(reconnect_sandbox: Sandbox) -> None:
    bank, row = reconnect_sandbox, Row()
    one = client(bank, row)
    assert isinstance(one.advance(one.refresh(bank.logins["Greatday"])), Ask)
    first, second = one.load(), one.load()
    assert first is not None and second is not None
    url = one.show(first)
    assert url is not None
    news = bank.answer_in_widget(url)
    first.returned(news)
    is_done(one.advance(first))
    second.returned(news)
    assert isinstance(one.advance(second), Done)
    assert bank.doctor() == []


def test_a_store_that_does_not_say_whether_it_swapped() -> None:
    class Forgetful(Row):
        def swap(self, loaded: int | None, snapshot: str) -> bool:
            super().swap(loaded, snapshot)
            return None  # type: ignore[return-value]

    from reconnect import Instance, Keys

    one = Client(Instance.named("toolbox", "c"), Keys(secret="s", api="a"), store=Forgetful())
    with pytest.raises(TypeError, match="swap"):
        one.advance(one.refresh("l-1"))
