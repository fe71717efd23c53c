"""Refresh a bank connection from Python, with `reconnect drive` for the rules and the standard library for the rest.

    python3 refresh.py [RECONNECT]

RECONNECT is the command (else $RECONNECT, else `reconnect`). This starts a sandbox, refreshes its first login, answers
the bank's questions in the widget as a user would, and prints the accounts.
"""

import http.client
import json
import os
import pathlib
import sys
import tempfile
import time
from html.parser import HTMLParser
from subprocess import DEVNULL, PIPE, Popen
from urllib.parse import urlencode, urljoin, urlsplit

# The sandbox's own values, which `reconnect sandbox` prints. In production they come from where you keep secrets.
CUSTOMER = "43387ca6-0391-4c82-857d-70d95f087ecb"
KEYS = {"{{secretKey}}": "sandbox-secret", "{{apiKey}}": "sandbox-api-key"}
ANSWERS = {"city": "Montreal", "country": "Canada", "shape": "Triangle"}
SPEED = 20  # The sandbox's clock and ours run so many times as fast, so that nobody waits long for a poll.


class Drive:
    """The core in a process of its own: one line in, one line out."""
    def __init__(self, reconnect, clock):
        self.clock = clock
        self.process = Popen([reconnect, "drive"], stdin=PIPE, stdout=PIPE, encoding="utf-8")

    def tell(self, op, **fields):
        print(json.dumps({"op": op, "now": self.clock(), **fields}), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline() or '{"misuse": "drive has ended"}')
        if "misuse" in answer:
            raise RuntimeError(f"{op}: {answer['misuse']}")
        return answer


def http_call(method, url, headers=(), body=None, limitMs=30_000, maxBody=1 << 20, **_):
    """Takes a `send` line and returns what `receive` wants. It sends once: http.client follows no redirect, tries
    nothing twice, takes every status as data and knows no proxy. Each of those would be a request nobody asked for."""
    to, until = urlsplit(url), time.monotonic() + limitMs / 1000
    kind = http.client.HTTPSConnection if to.scheme == "https" else http.client.HTTPConnection
    connection, reached = kind(to.netloc, timeout=limitMs / 1000), "no"
    # The keys are put in here, so that they never cross a pipe and never stand in a log.
    headers = {name: KEYS.get(value, value) for name, value in headers}
    try:
        connection.connect()
        socket, reached = connection.sock, "maybe"  # From here on nobody can say whether the bank was asked.
        connection.request(method, to.path + (f"?{to.query}" if to.query else ""), body and body.encode(), headers)
        reply, data = connection.getresponse(), b""
        while len(data) <= maxBody:
            socket.settimeout(max(until - time.monotonic(), 0.001))  # The limit is for the whole, not for each read.
            if not (piece := reply.read1(min(65536, maxBody + 1 - len(data)))):
                if reply.length:  # So many bytes were announced and never came.
                    raise http.client.IncompleteRead(data)
                return {"status": reply.status, "headers": reply.getheaders(), "body": data.decode(errors="replace")}
            data += piece
        return {"fault": "tooLarge", "reached": reached}
    except (OSError, http.client.HTTPException) as error:
        other = "connect" if isinstance(error, OSError) else "garbled"
        return {"fault": "timeout" if isinstance(error, TimeoutError) else other, "reached": reached}
    finally:
        connection.close()


class Form(HTMLParser):
    """The one form on the widget's page."""
    def __init__(self, page):
        super().__init__()
        self.action, self.names = None, []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag == "form":
            self.action = dict(attributes)["action"]
        elif tag == "input" and self.action:
            self.names.append(dict(attributes)["name"])


def user_at_the_widget(url):
    """Plays the user and the browser, which in production are real. Returns the event that the widget posts."""
    browser = {"Accept": "application/json"}  # The sandbox then gives its last event as JSON, and not to a script.
    reply = http_call("GET", url, browser.items())
    while "json" not in {name.lower(): value for name, value in reply["headers"]}["content-type"]:
        if (form := Form(reply["body"])).action is None:
            raise RuntimeError(f"the widget shows no question: {reply['status']}")
        typed = {name: next(answer for word, answer in ANSWERS.items() if word in name) for name in form.names}
        print("  bank asks", *typed, "- user types", *typed.values())
        url, browser["Content-Type"] = urljoin(url, form.action), "application/x-www-form-urlencoded"
        reply = http_call("POST", url, browser.items(), urlencode(typed))
    return json.loads(reply["body"])["event"]


def refresh(reconnect, clock, url, login, store):
    instance = {"apiUrl": url, "widgetUrl": f"{url}/", "customerId": CUSTOMER}
    drive, opened = Drive(reconnect, clock), False
    drive.tell("refresh", loginId=login, known=None, keep=None, instance=instance)
    while (work := drive.tell("poll"))["action"] != "done":
        print(f"{work['action']:<4}", work.get("method", ""), work.get("url", "").rpartition("Services")[2])
        # First the disk, then the wire: whoever restores this knows that the request may have gone out.
        save(store, drive.tell("snapshot")["snapshot"])
        if work["action"] == "send":
            # The disk may have taken long. What is too late is not sent.
            if drive.tell("maySend", id=work["id"])["maySend"]:
                drive.tell("receive", id=work["id"], **http_call(**work))
        elif work["action"] == "wait":
            time.sleep(max(work["until"] - clock(), 0) / 1000 / SPEED)
        elif not opened:
            # A user may take minutes, so the process may end here. Another one goes on with what was stored.
            drive.process.communicate(timeout=10)
            drive, opened = Drive(reconnect, clock), True
            drive.tell("restore", snapshot=json.loads(store.read_text("utf-8")), instance=instance)
            drive.tell("open")  # The user is here: the next polls mint a token for this one showing.
        else:
            drive.tell("returned", news=user_at_the_widget(work["connectUrl"]))
    outcome = drive.tell("outcome")["outcome"]
    drive.process.communicate(timeout=10)
    return outcome


def save(path, snapshot):
    """Whole or not at all, and for nobody else's eyes: it can hold the session's token."""
    with open(f"{path}.new", "w", encoding="utf-8", opener=lambda name, how: os.open(name, how, 0o600)) as file:
        print(json.dumps(snapshot), file=file, flush=True)
        os.fsync(file.fileno())
    os.replace(f"{path}.new", path)


def main():
    reconnect = sys.argv[1] if sys.argv[1:] else os.environ.get("RECONNECT", "reconnect")
    sandbox = Popen([reconnect, "sandbox", "--strict", f"--accelerate={SPEED}"], stdout=PIPE, stderr=DEVNULL, text=True)
    try:
        url, login = sandbox.stdout.readline().strip(), sandbox.stdout.readline().split()[0]
        # The core has no clock: `now` is whatever we say. Here it is the sandbox's, so that both agree.
        began, started = json.loads(http_call("GET", f"{url}/_sandbox/clock")["body"])["now"], time.monotonic()
        clock = lambda: began + int((time.monotonic() - started) * 1000 * SPEED)
        with tempfile.TemporaryDirectory() as folder:
            outcome = refresh(reconnect, clock, url, login, pathlib.Path(folder, "session.json"))
    finally:
        sandbox.terminate()
        sandbox.communicate(timeout=10)
    print(outcome["result"], outcome.get("error", ""))
    for account in outcome.get("kept", []):
        print(f"  {account['title']:<20} {account['balance']['current']:>12} {account['currency']}")
    sys.exit(0 if outcome["result"] == "done" and outcome["kept"] else 1)


main()
