"""What the checks here share: a sandbox, `reconnect serve`, the example, and a script that plays the user.

The data of the sandbox is ready after ten seconds. Its clock runs ten times as fast, and the server asks each second.
"""

import base64
import html
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx

TOP = Path(__file__).parent.parent.parent
CUSTOMER = "43387ca6-0391-4c82-857d-70d95f087ecb"
ADMIN = "an admin key, for the checks"
NOTIFY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
KEYS = {"FLINKS_SECRET_KEY": "sandbox-secret", "FLINKS_X_API_KEY": "sandbox-api-key"}
OURS = {"RECONNECT_ADMIN_KEY": ADMIN, "RECONNECT_NOTIFY_KEY": NOTIFY}
ANSWERS = {"city": "Montreal", "country": "Canada", "shape": "Triangle"}
BALANCE = ("Chequing CAD", "49983.20")


def free_port():
    """A port that nobody has. Somebody may take it before we do, which is rare enough."""
    with socket.socket() as socket_:
        socket_.bind(("127.0.0.1", 0))
        return socket_.getsockname()[1]


def until(found, what, patience=60):
    """What `found` returns, as soon as it is something."""
    end = time.monotonic() + patience
    while not (value := found()):
        assert time.monotonic() < end, f"after {patience} s there is still not: {what}"
        time.sleep(0.2)
    return value


@contextmanager
def program(command, lines=1, **environment):
    """A program that serves, with its first lines on stdout. It has to end well at the signal to do so."""
    with tempfile.TemporaryFile("w+") as notes:
        whole = {**os.environ, **environment}
        started = subprocess.Popen(command, env=whole, stdout=subprocess.PIPE, stderr=notes, text=True)
        try:
            yield [started.stdout.readline().rstrip() for _ in range(lines)]
            started.terminate()
            code = started.wait(30)
            assert code in (0, -signal.SIGTERM), f"{command[0]} ended with {code}"
        except BaseException:
            started.kill()
            notes.seek(0)
            print(*map(str, command), notes.read(), file=sys.stderr)
            raise


@contextmanager
def servers(reconnect, folder, notify):
    """A sandbox and `reconnect serve`: their addresses, and the login ids by user name."""
    with program([reconnect, "sandbox", "--accelerate", "10"], 3) as (bank, *logins):
        login_of = {name: login for login, name, *_ in map(str.split, logins)}
        place = ["--api-url", bank, "--widget-url", f"{bank}/v2/", "--customer-id", CUSTOMER, "--poll-every", "1"]
        own = ["--store", f"sqlite:{folder}/reconnect.db", "--notify-url", notify]
        with program([reconnect, "serve", *place, *own], **KEYS, **OURS) as (serve,):
            yield bank, serve, login_of
        findings = httpx.get(f"{bank}/_sandbox/doctor").json()
        assert findings == [], findings


def api(serve):
    """The API, for a caller who has the key."""
    return httpx.Client(base_url=serve, headers={"Authorization": f"Bearer {ADMIN}"})


@contextmanager
def example(serve, port, login, database):
    """The example in FastAPI."""
    command = [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", TOP / "examples/fastapi", "--port", str(port)]
    settings = {"RECONNECT_SERVER": serve, "LOGIN_ID": login, "DATABASE": str(database)}
    with program([*command, "--log-level", "warning"], 0, **OURS, **settings):
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as app:
            until(lambda: answers(app), "the example's page")
            yield app


def answers(app):
    try:
        return app.get("/")
    except httpx.TransportError:
        return None


def play(link):
    """The user opens the link, presses its button, and answers the bank: how it ends, and how many questions there were."""
    with httpx.Client() as browser:
        after = re.search(r'name="after" value="([^"]*)"', browser.get(link).raise_for_status().text)[1]
        pressed = browser.post(link, data={"after": after})
        assert pressed.status_code == 303, pressed.text
        page = urljoin(link, pressed.headers["location"])
        questions = 0

        def over():
            nonlocal questions
            text = browser.get(page).raise_for_status().text
            state = re.search(r'data-state="(\w+)"', text)[1]
            if state == "widget":
                questions += answer(browser, html.unescape(re.search(r'<iframe[^>]* src="([^"]*)"', text)[1]), page)
            return state if state in ("done", "failed") else None

        return until(over, "the end of the session"), questions


def answer(browser, widget, page):
    """Answers in the widget, and passes its message on, as the script of the page does. Returns how often it asked."""
    event, asked = answer_widget(browser, widget)
    link, session = page.rsplit("/", 1)
    browser.post(f"{link}/news", params={"session": session}, content=json.dumps(event)).raise_for_status()
    return asked


def answer_widget(browser, widget):
    """Answers in the widget. Returns the event that it posts at its end, and how often it asked."""
    as_json = {"accept": "application/json"}
    reply, asked = browser.get(widget, headers=as_json), 0
    while "json" not in reply.headers["content-type"]:
        form = re.search(r"<form.*?</form>", reply.text, re.DOTALL)[0]
        action = html.unescape(re.search(r'action="([^"]+)"', form)[1])
        names = map(html.unescape, re.findall(r'name="([^"]+)"', form))
        prompt, typed = next((name, ANSWERS[word]) for name in names for word in ANSWERS if word in name)
        reply, asked = browser.post(urljoin(widget, action), data={prompt: typed}, headers=as_json), asked + 1
    return reply.json()["event"], asked


if __name__ == "__main__":
    assert play(sys.argv[1])[0] == "done"
