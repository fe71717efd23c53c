"""A sandbox for tests: the service, its widget and its users, offline. It is the command ``reconnect sandbox``.

With pytest there is a fixture: a test that takes ``reconnect_sandbox`` has a sandbox of its own.

``check_store`` and ``acheck_store`` test a store of yours.
"""

from __future__ import annotations

import html.parser
import json
import os
import shutil
import subprocess
import sysconfig
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ._core import Keys
from ._session import Instance
from ._store_suite import acheck_store as acheck_store
from ._store_suite import check_store as check_store

_CUSTOMER = "43387ca6-0391-4c82-857d-70d95f087ecb"
_SECRET = "sandbox-secret"
_API = "sandbox-api-key"
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

# The answers of the sandbox's user Greatday, by a word of the question.
GREATDAY = {"city": "Montreal", "country": "Canada", "shape": "Triangle"}


class Sandbox:
    """A sandbox that runs. ``clock`` and ``sleep`` are for clients: its time goes ``speed`` times as fast as ours."""

    def __init__(self, url: str, logins: Mapping[str, str], speed: int) -> None:
        self.url = url
        self.logins = dict(logins)
        self.speed = speed
        self.instance = Instance.at(url, f"{url}/", _CUSTOMER)
        self.keys = Keys(secret=_SECRET, api=_API)
        self._began = int(self.control("clock")["now"])
        self._started = time.monotonic()

    def clock(self) -> int:
        """The sandbox's time, in milliseconds since 1970."""
        return self._began + int((time.monotonic() - self._started) * 1000 * self.speed)

    def sleep(self, seconds: float) -> None:
        """Waits until so many seconds of the sandbox's time are over."""
        time.sleep(seconds / self.speed)

    async def async_sleep(self, seconds: float) -> None:
        """As ``sleep``, for an ``AsyncClient``."""
        import asyncio

        await asyncio.sleep(seconds / self.speed)

    def control(self, name: str, body: Any = None) -> Any:
        """Asks one of the sandbox's controls, such as ``doctor``, or tells it ``body``."""
        data = None if body is None else json.dumps(body).encode()
        with _DIRECT.open(f"{self.url}/_sandbox/{name}", data) as reply:
            return json.load(reply)

    def doctor(self) -> list[dict[str, Any]]:
        """Each documented rule that a request broke."""
        broken: list[dict[str, Any]] = self.control("doctor")
        return broken

    def answer_in_widget(self, url: str, answers: Mapping[str, str] = GREATDAY) -> str:
        """Plays the user and the browser. Returns the message that the widget posts at its end."""
        fields: dict[str, str] | None = None
        while True:
            data = None if fields is None else urllib.parse.urlencode(fields).encode()
            request = urllib.request.Request(url, data, {"Accept": "application/json"})
            with _DIRECT.open(request) as reply:
                text = reply.read().decode()
                if reply.headers.get_content_type() == "application/json":
                    return json.dumps(json.loads(text)["event"])
            form = _Form(text)
            if form.action is None:
                raise RuntimeError("the widget shows no question")
            fields = {name: next(said for word, said in answers.items() if word in name) for name in form.names}
            url = urllib.parse.urljoin(url, form.action)


class _Form(html.parser.HTMLParser):
    """The one form on the widget's page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.names: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.action = given["action"]
        elif tag == "input" and self.action is not None:
            self.names.append(given["name"] or "")


@contextmanager
def sandbox(*options: str, speed: int = 20, command: str | None = None) -> Iterator[Sandbox]:
    """Runs a sandbox that refuses what the documentation forbids, and ends it.

    ``options`` are those of ``reconnect sandbox``. The command is ``command``, or what the variable ``RECONNECT_BIN``
    names, or ``reconnect`` in this environment, where the package ``flinks-reconnect-sandbox`` puts it, or on the path.
    """
    places = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    found = command or os.environ.get("RECONNECT_BIN") or shutil.which("reconnect", path=places)
    if found is None:
        raise FileNotFoundError("no command `reconnect`: install flinks-reconnect-sandbox, or name it in RECONNECT_BIN")
    process = subprocess.Popen(
        [found, "sandbox", "--strict", f"--accelerate={speed}", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url.startswith("http"):
            raise RuntimeError(f"{found} is not a sandbox: it said no address")
        logins = {one["username"]: one["loginId"] for one in _logins(url)}
        yield Sandbox(url, logins, speed)
    finally:
        process.terminate()
        process.communicate(timeout=10)


def _logins(url: str) -> list[dict[str, str]]:
    with _DIRECT.open(f"{url}/_sandbox/logins") as reply:
        logins: list[dict[str, str]] = json.load(reply)
    return logins
