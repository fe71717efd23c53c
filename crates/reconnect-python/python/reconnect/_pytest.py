"""The fixture for pytest, which finds it by the entry point of this package. It imports nothing until a test asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .testing import Sandbox


@pytest.fixture
def reconnect_sandbox() -> Iterator[Sandbox]:
    """A sandbox for one test."""
    from .testing import sandbox

    with sandbox() as running:
        yield running
