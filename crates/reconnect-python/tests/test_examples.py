"""Each example runs as it stands, its store passes the suite, and each program of the guide is one of them."""

from __future__ import annotations

import asyncio
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from reconnect.testing import acheck_store, check_store

TOP = Path(__file__).parent.parent
EXAMPLES = sorted((TOP / "examples").glob("*.py"))
# What others import is no program.
PROGRAMS = [file for file in EXAMPLES if file.name != "store.py"]
# A whole application is longer than what the guide shows.
LONGEST = {"django_app.py": 120, "fastapi_app.py": 95}
GUIDE = TOP.parent.parent / "docs/guide/python.md"


@pytest.mark.parametrize("file", PROGRAMS, ids=lambda file: file.name)
def test_an_example_runs(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= LONGEST.get(file.name, 40)
    is_test = file.name.startswith("test_")
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)] if is_test else [str(file)]
    ran = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ("1 passed" if is_test else "Chequing CAD: 49983.20 CAD") in ran.stdout


def test_the_store_of_fastapi() -> None:
    user = runpy.run_path(str(TOP / "examples/fastapi_app.py"))["User"]
    users: dict[str, Any] = {}
    asyncio.run(acheck_store(lambda name: users.setdefault(name, user("login"))))


def test_the_store_of_django(tmp_path: Path) -> None:
    from django.conf import settings

    # Threads have no database in memory in common.
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "app.db"}
    installed = ["django.contrib.auth", "django.contrib.contenttypes"]
    settings.configure(INSTALLED_APPS=installed, DATABASES={"default": database})
    import django

    django.setup()
    bank = runpy.run_path(str(TOP / "examples/django_app.py"), run_name="django_app")["Bank"]
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as tables:
        tables.create_model(bank)

    def open(name: str) -> Any:
        user, _ = User.objects.get_or_create(username=name)
        return bank.objects.get_or_create(user=user)[0]

    check_store(open)


def test_each_program_of_the_guide_is_an_example() -> None:
    programs = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    files = {file.read_text("utf-8"): file.name for file in EXAMPLES}
    assert len(programs) > 3
    for program in programs:
        assert program in files, f"this is no example:\n{program}"
