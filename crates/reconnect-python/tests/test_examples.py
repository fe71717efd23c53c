"""Each example runs as it stands, and each program of the guide is one of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
EXAMPLES = sorted((TOP / "examples").glob("*.py"))
# A whole application is longer than what the guide shows.
LONGEST = {"django_app.py": 120, "fastapi_app.py": 95}
GUIDE = TOP.parent.parent / "docs/guide/python.md"


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_an_example_runs(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= LONGEST.get(file.name, 40)
    is_test = file.name.startswith("test_")
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)] if is_test else [str(file)]
    ran = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ("1 passed" if is_test else "Chequing CAD: 49983.20 CAD") in ran.stdout


def test_each_program_of_the_guide_is_an_example() -> None:
    programs = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    files = {file.read_text("utf-8"): file.name for file in EXAMPLES}
    assert len(programs) > 3
    for program in programs:
        assert program in files, f"this is no example:\n{program}"
