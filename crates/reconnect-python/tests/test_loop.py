"""The loop of both clients, with a transport, a store and a clock of the test's own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from reconnect import (
    Ask, AsyncClient, Client, Done, Error, Failed, Fault, Instance, Keys, Reply, Request, Wait, revision,
)  # fmt: skip

KEYS = Keys(secret="s", api="a")
TOKEN = b'{"HttpStatusCode":200,"Token":"t"}'
ASKS = (
    b'{"HttpStatusCode":203,"RequestId":"r","SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"city?"}]}'
)
OK = b'{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"l"}}'
DATA = b'{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"l"},"Accounts":[{"Id":"b"},{"Id":"a"}]}'


class World:
    """A service that says the same to each call, a store, and a clock that only a sleep moves."""

    def __init__(self, says: dict[str, Any]) -> None:
        self.says, self.called, self.slept, self.now = says, [""], [0.0], 0
        self.row: str | None = None
        self.swaps: list[tuple[int | None, int]] = []

    def clock(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += round(seconds * 1000)

    def load(self) -> str | None:
        return self.row

    def swap(self, loaded: int | None, snapshot: str) -> bool:
        self.swaps.append((loaded, revision(snapshot)))
        has = None if self.row is None else revision(self.row)
        if has == loaded:
            self.row = snapshot
        return has == loaded

    def exchange(self, request: Request, reply: Reply) -> None:
        call = request.url.rpartition("/")[2]
        self.called.append(call)
        said = self.says[call]
        if isinstance(said, Exception):
            raise said
        reply.begin_reply(203 if said is ASKS else 200, [])
        reply.append(said)


class Awaited:
    """An ``AsyncClient`` whose calls are awaited here."""

    def __init__(self, client: AsyncClient) -> None:
        self.client, self.refresh = client, client.refresh

    def __getattr__(self, name: str) -> Any:
        return lambda *args: asyncio.run(getattr(self.client, name)(*args))


def client(kind: type[Any], world: World) -> Any:
    instance = Instance.named("toolbox", "c")
    if kind is Client:
        return Client(
            instance, KEYS, store=world, transport=world.exchange, clock=world.clock, sleep=world.sleep
        )

    async def exchange(request: Request, reply: Reply) -> None:
        await asyncio.sleep(0)
        world.exchange(request, reply)

    async def sleep(seconds: float) -> None:
        world.sleep(seconds)

    return Awaited(
        AsyncClient(instance, KEYS, store=world, transport=exchange, clock=world.clock, sleep=sleep)
    )


both = pytest.mark.parametrize("kind", [Client, AsyncClient])


@both
@pytest.mark.parametrize("sent", [True, False])
def test_a_fault_says_whether_the_request_left(kind: type[Any], sent: bool) -> None:
    world = World({"GenerateAuthorizeToken": TOKEN, "Authorize": Fault("broken", sent=sent)})
    one = client(kind, world)
    step = one.step(one.refresh("l"))
    # What may have reached the bank is not sent again.
    assert isinstance(step, Failed if sent else Wait)
    assert not sent or step.reason == "outcome_unknown"


@both
def test_each_swap_names_the_revision_that_the_store_has(kind: type[Any]) -> None:
    world = World({"GenerateAuthorizeToken": TOKEN, "Authorize": OK, "GetAccountsDetail": DATA})
    one = client(kind, world)
    done = one.advance(one.refresh("l"))
    assert isinstance(done, Done) and [account.id for account in done.accounts] == ["b", "a"]
    loaded, stored = zip(*world.swaps)
    assert loaded == (None, *stored[:-1])


@both
def test_a_node_that_comes_second_sends_nothing(kind: type[Any]) -> None:
    world = World({"GenerateAuthorizeToken": TOKEN, "Authorize": ASKS})
    one = client(kind, world)
    first, second = one.refresh("l"), one.refresh("l")
    assert isinstance(one.advance(first), Ask)
    with pytest.raises(Error) as caught:
        one.advance(second)
    assert caught.value.code in ("otherSession", "conflict")
    assert world.called.count("Authorize") == 1


@both
def test_each_showing_mints_a_token_in_its_time(kind: type[Any]) -> None:
    world = World({"GenerateAuthorizeToken": TOKEN, "Authorize": ASKS})
    one = client(kind, world)
    session = one.refresh("l")
    assert isinstance(one.advance(session), Ask)
    minted = world.called.count("GenerateAuthorizeToken")
    assert "authorizeToken=" in one.show(session)
    assert world.called.count("GenerateAuthorizeToken") == minted + 1
    world.slept.clear()
    assert "authorizeToken=" in one.show(session)
    assert world.called.count("GenerateAuthorizeToken") == minted + 2
    assert world.slept


@both
def test_one_call_at_a_time_goes_on_with_a_session(kind: type[Any]) -> None:
    world = World({"GenerateAuthorizeToken": TOKEN, "Authorize": ASKS})
    one, other, refused = client(kind, world), client(Client, world), []
    session = one.refresh("l")
    write = world.swap

    def swap(loaded: int | None, snapshot: str) -> bool:
        for call in (other.advance, other.step, other.show):
            with pytest.raises(Error) as caught:
                call(session)
            refused.append(caught.value.code)
        return write(loaded, snapshot)

    world.swap = swap  # type: ignore[method-assign]
    assert isinstance(one.advance(session), Ask)
    assert set(refused) == {"exchangeUnderWay"}
    world.swap = write  # type: ignore[method-assign]
    assert isinstance(other.advance(session), Ask)


@both
def test_a_page_may_post_while_the_store_writes(kind: type[Any]) -> None:
    world = World({"GenerateAuthorizeToken": TOKEN, "Authorize": ASKS})
    one = client(kind, world)
    session = one.refresh("l")
    write = world.swap

    def swap(loaded: int | None, snapshot: str) -> bool:
        if session.look().stage == "asking":
            session.cancel()
        return write(loaded, snapshot)

    world.swap = swap  # type: ignore[method-assign]
    failed = one.advance(session)
    assert isinstance(failed, Failed) and failed.reason == "cancelled"
