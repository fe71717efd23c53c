import asyncio

from reconnect import Ask, AsyncClient, Done
from reconnect.testing import sandbox


async def main() -> None:
    with sandbox() as bank:
        async with AsyncClient(bank.instance, bank.keys, clock=bank.clock, sleep=bank.async_sleep) as client:
            session = client.refresh(bank.logins["Greatday"])
            while isinstance(await client.advance(session), Ask) and (url := await client.show(session)):
                session.returned(await asyncio.to_thread(bank.answer_in_widget, url))
            match await client.advance(session):
                case Done(accounts=accounts):
                    print(*(f"{one.title}: {one.balance.current} {one.currency}" for one in accounts), sep="\n")


asyncio.run(main())
