"""The suite for stores: what it lets pass, and what it finds."""

from __future__ import annotations

import asyncio
import gc
import importlib.resources
import itertools
import json
import re
import runpy
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from reconnect import Store, revision, session_id
from reconnect.testing import acheck_store, check_store

EXAMPLES = Path(__file__).parent.parent / "examples"
SUITE = json.loads(importlib.resources.files("reconnect").joinpath("store_suite.json").read_text("utf-8"))

NEW = "a row is there from its first swap on"
STALE = "a swap on a revision that is not the row's"
RACE = "of eight writers at once, one wins"
OTHERS = "a row of another session is not overwritten"
VERSION_1 = "a row of version 1 has no id"
WHOLE = "a snapshot comes back as it was"


class Table:
    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.lock = threading.Lock()


class Row:
    """A store in memory, as it has to be."""

    def __init__(self, table: Table, name: str) -> None:
        self.table, self.name = table, name

    def load(self) -> Any:
        return self.table.rows.get(self.name)

    def swap(self, loaded: int | None, snapshot: str) -> Any:
        with self.table.lock:
            may = self.may(self.table.rows.get(self.name), loaded, snapshot)
            if may:
                self.table.rows[self.name] = self.kept(snapshot)
            return may

    def may(self, row: str | None, loaded: int | None, snapshot: str) -> bool:
        if row is None:
            return loaded is None
        return loaded == revision(row) and session_id(row) in (None, session_id(snapshot))

    def kept(self, snapshot: str) -> str:
        return snapshot


class Awaited:
    """The same store, with coroutines."""

    def __init__(self, store: Row) -> None:
        self.store = store

    async def load(self) -> Any:
        await asyncio.sleep(0)
        return self.store.load()

    async def swap(self, loaded: int | None, snapshot: str) -> Any:
        await asyncio.sleep(0)
        return self.store.swap(loaded, snapshot)


class WritesJsonInItsOwnWay(Row):
    """As PostgreSQL does with the type JSONB."""

    def kept(self, snapshot: str) -> str:
        return json.dumps(json.loads(snapshot), sort_keys=True, indent=1)


class LastWriteWins(Row):
    def may(self, row: str | None, loaded: int | None, snapshot: str) -> bool:
        return True


class ComparesTheRevisionOnly(Row):
    def may(self, row: str | None, loaded: int | None, snapshot: str) -> bool:
        return loaded == (None if row is None else revision(row))


class WritesWhatIsNewer(Row):
    def may(self, row: str | None, loaded: int | None, snapshot: str) -> bool:
        return super().may(row, loaded, snapshot) or (row is not None and revision(row) < revision(snapshot))


class InsertsOverARow(Row):
    def may(self, row: str | None, loaded: int | None, snapshot: str) -> bool:
        return loaded is None or super().may(row, loaded, snapshot)


class SwapsAMissingRow(Row):
    def may(self, row: str | None, loaded: int | None, snapshot: str) -> bool:
        return row is None or super().may(row, loaded, snapshot)


class RefusesARowWithoutAnId(Row):
    def may(self, row: str | None, loaded: int | None, snapshot: str) -> bool:
        anothers = row is not None and session_id(row) != session_id(snapshot)
        return super().may(row, loaded, snapshot) and not anothers


class CutsALongText(Row):
    def kept(self, snapshot: str) -> str:
        return snapshot[:4000]


class LosesAScript(Row):
    def kept(self, snapshot: str) -> str:
        return snapshot.encode("ascii", "replace").decode()


class ReadsAndThenWrites(Row):
    def swap(self, loaded: int | None, snapshot: str) -> bool:
        may = self.may(self.load(), loaded, snapshot)
        time.sleep(0.01)
        if may:
            self.table.rows[self.name] = snapshot
        return may


class SaysNothing(Row):
    def swap(self, loaded: int | None, snapshot: str) -> None:
        super().swap(loaded, snapshot)


class CountsTheRows(Row):
    def swap(self, loaded: int | None, snapshot: str) -> int:
        return int(super().swap(loaded, snapshot))


class SaysYesAndWritesNothing(Row):
    def swap(self, loaded: int | None, snapshot: str) -> bool:
        return self.may(self.load(), loaded, snapshot)


class WritesAndSaysNo(Row):
    def swap(self, loaded: int | None, snapshot: str) -> Any:
        self.table.rows[self.name] = snapshot if loaded == 7 else self.table.rows.get(self.name, snapshot)
        return super().swap(loaded, snapshot)


class RaisesIfItRefuses(Row):
    def swap(self, loaded: int | None, snapshot: str) -> bool:
        if not super().swap(loaded, snapshot):
            raise LookupError(snapshot)
        return True


class ReturnsBytes(Row):
    def load(self) -> bytes | None:
        row = super().load()
        return None if row is None else row.encode()


class ReturnsAnObject(Row):
    def load(self) -> Any:
        row = super().load()
        return None if row is None else json.loads(row)


class ReturnsTextIfThereIsNoRow(Row):
    def load(self) -> str:
        return super().load() or "null"


FLAWS = [
    (LastWriteWins, NEW, 2, "swap returned True instead of False"),
    (ComparesTheRevisionOnly, OTHERS, 2, "swap returned True instead of False"),
    (WritesWhatIsNewer, STALE, 4, "swap returned True instead of False"),
    (InsertsOverARow, STALE, 2, "swap returned True instead of False"),
    (SwapsAMissingRow, NEW, 2, "swap returned True instead of False"),
    (RefusesARowWithoutAnId, VERSION_1, 3, "swap returned False instead of True"),
    (CutsALongText, WHOLE, 2, "load returned another row: 4000 characters that are no snapshot instead of 15853"),
    (LosesAScript, WHOLE, 2, "load returned another row: 15853 characters at revision 0 instead of 15853"),
    (SaysNothing, NEW, 2, "swap returned None instead of True or False"),
    (CountsTheRows, NEW, 2, "swap returned a value of the type int instead of True or False"),
    (SaysYesAndWritesNothing, NEW, 5, "load returned no row instead of "),
    (WritesAndSaysNo, NEW, 3, "load returned "),
    (RaisesIfItRefuses, NEW, 2, "swap raised LookupError"),
    (ReturnsBytes, NEW, 5, "load returned a value of the type bytes instead of text or None"),
    (ReturnsAnObject, NEW, 5, "load returned a value of the type dict instead of text or None"),
    (ReturnsTextIfThereIsNoRow, NEW, 1, "load returned 4 characters that are no snapshot instead of no row"),
]  # fmt: skip


def by_name(kind: Callable[[Table, str], Any]) -> Callable[[str], Any]:
    table = Table()
    return lambda name: kind(table, name)


def wrong(check: Callable[[], None]) -> str:
    """What the suite found. No snapshot is in it."""
    with pytest.raises(AssertionError) as caught:
        check()
    said = str(caught.value)
    for snapshot in SUITE["snapshots"].values():
        read = json.loads(snapshot)
        assert snapshot[20:60] not in said and read["login"] not in said and read.get("id", "l-") not in said
    return said


def test_stores_that_are_as_they_have_to_be(tmp_path: Path) -> None:
    check_store(by_name(Row))
    check_store(by_name(WritesJsonInItsOwnWay))
    table = runpy.run_path(str(EXAMPLES / "store.py"))["Row"]
    check_store(lambda name: table(tmp_path / "sessions.db", name))


def test_async_stores_that_are_as_they_have_to_be() -> None:
    asyncio.run(acheck_store(by_name(lambda table, name: Awaited(Row(table, name)))))
    # Its functions may be plain ones.
    asyncio.run(acheck_store(by_name(Row)))
    table = Table()

    async def open(name: str) -> Store:
        await asyncio.sleep(0)
        return Awaited(Row(table, name))

    asyncio.run(acheck_store(open))


@pytest.mark.parametrize(("flaw", "case", "step", "what"), FLAWS)
def test_a_flaw_is_found(flaw: type[Row], case: str, step: int, what: str) -> None:
    found = f"^{re.escape(case)}.*: step {step}: {re.escape(what)}"
    assert re.search(found, wrong(lambda: check_store(by_name(flaw))))
    awaited = by_name(lambda table, name: Awaited(flaw(table, name)))
    assert re.search(found, wrong(lambda: asyncio.run(acheck_store(awaited))))


def test_a_race_is_found() -> None:
    said = wrong(lambda: check_store(by_name(ReadsAndThenWrites)))
    assert re.search(f"^{RACE}: step 1: swap returned True to [2-8] of 8 callers instead of one$", said)

    class AsyncReadsAndThenWrites(Row):
        async def swap(self, loaded: int | None, snapshot: str) -> bool:
            may = self.may(self.load(), loaded, snapshot)
            await asyncio.sleep(0)
            if may:
                self.table.rows[self.name] = snapshot
            return may

    said = wrong(lambda: asyncio.run(acheck_store(by_name(AsyncReadsAndThenWrites))))
    assert said == f"{RACE}: step 1: swap returned True to 8 of 8 callers instead of one"


def test_a_row_that_is_there_already() -> None:
    open = by_name(Row)
    check_store(open)
    said = wrong(lambda: check_store(open))
    assert re.fullmatch(f"{NEW}.*: step 1: load returned [0-9]+ characters at revision 1 instead of no row", said)


def test_a_store_of_coroutines_is_not_for_check_store(recwarn: pytest.WarningsRecorder) -> None:
    said = wrong(lambda: check_store(by_name(lambda table, name: Awaited(Row(table, name)))))
    assert said.endswith("step 1: load returned a coroutine, which acheck_store awaits, instead of text or None")
    gc.collect()
    assert not list(recwarn), "nobody awaited it"


def test_what_the_store_raises_is_the_cause() -> None:
    with pytest.raises(AssertionError) as caught:
        check_store(by_name(RaisesIfItRefuses))
    assert isinstance(caught.value.__cause__, LookupError)


def test_a_store_that_cannot_be_opened() -> None:
    """That is no flaw of its swap, and no caller of the race waits for ever."""
    opened, racers = by_name(Row), itertools.count()

    def open(name: str) -> Any:
        if name == "race" and next(racers) == 3:
            raise ConnectionError("too many")
        return opened(name)

    with pytest.raises(ConnectionError, match="too many"):
        check_store(open)
