"""What the package costs, a figure a line: python bench.py

``body`` and ``memory`` are of a long body whose every transaction is read, as ratios to ``json.loads`` of it."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from reconnect import Ask, Done, Instance, Keys, Session

KEYS = Keys(secret="secret", api="key")
# So many transactions are 4.3 MB.
LONG = 23_856
INSTANCE = Instance.named("toolbox", "c")
TOKEN = b'{"HttpStatusCode":200,"Token":"t"}'
ASKS = (
    b'{"HttpStatusCode":203,"RequestId":"r","SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"city?"}]}'
)
OK = b'{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"l"}}'


def body(transactions: int) -> bytes:
    """A reply as Flinks writes it, with many transactions."""
    made = [
        {
            "Date": f"2026-{1 + nth % 12:02}-{1 + nth % 28:02}",
            "Code": None,
            "Description": f"PAYROLL - Stripe Paycheck {nth}",
            "Debit": None if nth % 2 else nth + 0.25,
            "Credit": nth + 0.75 if nth % 2 else None,
            "Balance": 5105.6 + nth,
            "Id": f"94584aed-7c98-42a4-9836-{nth:012}",
        }
        for nth in range(transactions)
    ]
    account = {"Id": "a", "Title": "Chequing", "Balance": {"Current": 5105.5}, "Transactions": made}
    return json.dumps({**json.loads(OK), "Accounts": [account]}).encode()


def session(*replies: bytes) -> Session:
    """A session that had these replies."""
    begun = Session.begin("refresh", INSTANCE, KEYS, clock=int, loginId="l")
    for now, reply in enumerate(replies):
        begun.turn(now)
        begun.take(now)
        begun.receive(203 if reply is ASKS else 200, [], reply, now)
    return begun


def walk() -> None:
    """From the beginning to the question: two exchanges."""
    asking = session(TOKEN, ASKS)
    asking.turn(2)
    assert isinstance(asking.take(2), Ask)


def ours(whole: bytes) -> object:
    """A session whose every transaction is read, field by field."""
    over = session(TOKEN, OK, whole)
    over.turn(3)
    done = over.take(3)
    assert isinstance(done, Done)
    for one in done.accounts[0].transactions:
        (one.id, one.date, one.date_text, one.description, one.debit, one.credit, one.balance)
    return over


def seconds(work: Callable[[], object], times: int = 1) -> float:
    gc.collect()
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def best(works: list[Callable[[], object]], rounds: int) -> list[float]:
    """The best time of each. They take turns, so that another program troubles all alike."""
    return [min(times) for times in zip(*([seconds(work) for work in works] for _ in range(rounds)))]


def read(whole: bytes) -> object:
    return json.loads(whole)


def held(work: str) -> None:
    """How much more memory the process has while the result lives, of Python and of Rust."""
    whole, before = body(LONG), resident()
    result = globals()[work](whole)
    print(resident() - before)
    del result


def resident() -> int:
    """In pages. Linux has this file."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1])


def said(*args: str) -> float:
    """The figure that another process prints."""
    return float(subprocess.run([sys.executable, *args], capture_output=True, text=True, check=True).stdout)


def main() -> None:
    whole, imports = body(LONG), "from time import perf_counter as now; t = now(); import reconnect; print(now() - t)"
    [theirs, mine] = best([lambda: read(whole), lambda: ours(whole)], 9)
    [memory, own] = [min(said(__file__, work) for _ in range(5)) for work in ("read", "ours")]
    print(f"walk {min(seconds(walk, 1000) for _ in range(20)) * 1e6:.1f} µs")
    print(f"import {min(said('-c', imports) for _ in range(10)) * 1e3:.1f} ms")
    print(f"body {mine / theirs:.2f}")
    print(f"memory {own / memory:.2f}")


if __name__ == "__main__":
    held(sys.argv[1]) if len(sys.argv) > 1 else main()
