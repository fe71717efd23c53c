"""``check_store`` and ``acheck_store``: a recorded suite for stores. The Rust crate and the JavaScript package run it
too."""

from __future__ import annotations

import importlib.resources
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ._client import _result
from ._types import Store

# How many callers a race has.
_RACERS = 8


def check_store(open: Callable[[str], Store]) -> None:
    """Checks a store of yours whose methods are plain functions.

    ``open(name)`` gives a handle on the row with this name. No such row may be there yet. A second handle of the same
    name is another server's on the same row. In a race each of eight threads opens a handle and uses it.

    Raises ``AssertionError`` with the rule that the store breaks, the step, and what came instead.
    """
    for step in _steps():
        step.judge(_race(step, open) if step.races else [step.take(open(step.row))])


async def acheck_store(open: Callable[[str], Store | Awaitable[Store]]) -> None:
    """As ``check_store``, for the store of an ``AsyncClient``: its methods, and ``open``, may be coroutines. In a race
    the callers are tasks."""
    import asyncio

    for step in _steps():
        stores = [await _result(open(step.row)) for _ in range(_RACERS if step.races else 1)]
        # A caller that fails waits for the others.
        step.judge(await asyncio.gather(*map(step.atake, stores), return_exceptions=True))


class _Step:
    """A call to a store, or eight at once, and what has to come of it."""

    def __init__(self, place: str, step: dict[str, Any], snapshots: dict[str, str]) -> None:
        self.place = place
        self.row: str = step["row"]
        self.does = "load" if step["do"] == "load" else "swap"
        self.races = step["do"] == "race"
        self.loaded: int | None = step.get("loaded")
        self.snapshot = snapshots.get(step.get("snapshot", ""), "")
        expected = step.get("expect")
        self.expected: Any = snapshots[expected] if isinstance(expected, str) else expected

    def call(self, store: Store) -> Any:
        return store.load() if self.does == "load" else store.swap(self.loaded, self.snapshot)

    def take(self, store: Store) -> Any:
        """What the store returns or raises."""
        try:
            return self.call(store)
        except Exception as error:
            return error

    async def atake(self, store: Store) -> Any:
        return await _result(self.call(store))

    def judge(self, said: list[Any]) -> None:
        """Raises an error if what the callers got is wrong."""
        error = next((one for one in said if isinstance(one, BaseException)), None)
        if isinstance(error, Exception):
            wrong: str | None = f"raised {type(error).__name__}"
        elif error is not None:
            raise error
        else:
            wrong = self._wrong_load(said[0]) if self.does == "load" else self._wrong_swaps(said)
        if wrong is not None:
            raise AssertionError(f"{self.place}: {self.does} {wrong}") from error

    def _wrong_load(self, row: Any) -> str | None:
        if row is not None and not isinstance(row, str):
            return f"returned {_kind(row)} instead of text or None"
        found, wanted = row is not None, self.expected is not None
        if found == wanted and _read(row) == _read(self.expected):
            return None
        other = "another row: " if found and wanted else ""
        return f"returned {other}{_about(row)} instead of {_about(self.expected)}"

    def _wrong_swaps(self, said: list[Any]) -> str | None:
        other = next((one for one in said if not isinstance(one, bool)), True)
        if not isinstance(other, bool):
            return f"returned {_kind(other)} instead of True or False"
        if self.races:
            return None if sum(said) == 1 else f"returned True to {sum(said)} of {_RACERS} callers instead of one"
        return None if said == [self.expected] else f"returned {said[0]} instead of {self.expected}"


def _steps() -> Iterator[_Step]:
    suite = json.loads(importlib.resources.files("reconnect").joinpath("store_suite.json").read_text("utf-8"))
    for case in suite["cases"]:
        for number, step in enumerate(case["steps"], 1):
            yield _Step(f"{case['says']}: step {number}", step, suite["snapshots"])


def _race(step: _Step, open: Callable[[str], Store]) -> list[Any]:
    """What each of the callers got. They begin at once, each with a handle that its thread opened."""
    start = threading.Barrier(_RACERS)

    def caller() -> Any:
        try:
            store = open(step.row)
        finally:
            start.wait()
        return step.take(store)

    with ThreadPoolExecutor(_RACERS) as threads:
        return [one.result() for one in [threads.submit(caller) for _ in range(_RACERS)]]


def _kind(value: Any) -> str:
    if hasattr(value, "__await__"):
        # A coroutine that is dropped warns that nobody awaited it.
        getattr(value, "close", lambda: None)()
        return "a coroutine, which acheck_store awaits,"
    return "None" if value is None else f"a value of the type {type(value).__name__}"


def _read(row: str | None) -> Any:
    """The row as a value: a database may write its JSON in another way."""
    try:
        return None if row is None else json.loads(row)
    except ValueError:
        return row


def _about(row: str | None) -> str:
    """Says which row it is, without what is in it."""
    if row is None:
        return "no row"
    read = _read(row)
    at = read.get("revision") if isinstance(read, dict) else None
    return f"{len(row)} characters " + (f"at revision {at}" if isinstance(at, int) else "that are no snapshot")
