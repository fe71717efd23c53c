"""One leg of a refresh: ``wire.py TRANSPORT COMMAND ADDRESS [LOGIN_ID|MESSAGE] [POLICY]``. ``cargo xtask ci bindings``
holds it against the other languages. ``crates/reconnect-c/tests/wire.c`` says what each command does."""

from __future__ import annotations

import asyncio
import datetime
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from reconnect import Ask, AsyncClient, Client, revision
from reconnect.testing import Sandbox

ROW = Path("session.json")


class Row:
    def load(self) -> str | None:
        return ROW.read_text("utf-8") if ROW.exists() else None

    def swap(self, loaded: int | None, snapshot: str) -> bool:
        row = self.load()
        if loaded != (None if row is None else revision(row)):
            return False
        ROW.write_text(snapshot, "utf-8")
        return True


def plain(value: Any) -> Any:
    """As JSON has it: amounts and days are text, and names are in camel case."""
    if value is None or isinstance(value, (bool, int, str, dict)):
        return value
    if isinstance(value, (Decimal, datetime.date)):
        return str(value)
    if isinstance(value, list):
        return [plain(one) for one in value]
    fields = [name for name in dir(value) if not name.startswith("_")]
    return {name[0] + name.title().replace("_", "")[1:]: plain(getattr(value, name)) for name in fields}


async def leg(transport: str, command: str, address: str, more: str = "", policy: str = "null") -> Any:
    bank = Sandbox(address, {}, 1)
    bank.speed = int(bank.control("clock")["rate"])
    client: Any
    if transport == "async":
        client = AsyncClient(bank.instance, bank.keys, store=Row(), clock=bank.clock, sleep=bank.async_sleep)
    elif transport == "httpx":
        from reconnect import over_httpx

        over = over_httpx.Transport()
        client = Client(bank.instance, bank.keys, store=Row(), transport=over, clock=bank.clock, sleep=bank.sleep)
    else:
        client = Client(bank.instance, bank.keys, store=Row(), clock=bank.clock, sleep=bank.sleep)

    async def done(work: Any) -> Any:
        return await work if transport == "async" else work

    if command == "begin":
        session = client.refresh(more, policy=json.loads(policy))
    else:
        session = await done(client.load())
    if command == "show":
        url = await done(client.show(session))
        if url is not None:
            return {"ask": url}
    if command == "finish":
        session.returned(more)
    result = await done(client.advance(session))
    return {"ask": result.connect_url} if isinstance(result, Ask) else {"accounts": plain(session.accounts)}


print(json.dumps(asyncio.run(leg(*sys.argv[1:]))))
