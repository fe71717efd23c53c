"""The example in Express, from the button to the stored accounts: python3 xtask/front/express.py RECONNECT FOLDER NODE
PACKAGES, where npm has installed into PACKAGES. What the component does, a script does here."""

import base64
import hashlib
import hmac
import json
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
from world import BALANCE, TOP, answer_widget, program, until

reconnect, folder, node, packages = sys.argv[1:]
HOOK_KEY = "a key for webhooks"
SOURCE = TOP / "examples/express"


@contextmanager
def app_of(address, login):
    """The app, beside the packages, where Node looks for them."""
    settings = {"ADDRESS": address, "LOGIN_ID": login, "WEBHOOK_KEY": HOOK_KEY, "PORT": "0"}
    own = {"DATA": f"{folder}/data", "PAGE": str(copy / "public")}
    with program([node, str(copy / "server.js")], 1, **settings, **own) as (url,):
        with httpx.Client(base_url=url, timeout=30) as app:
            yield app


def state(app, session):
    return app.get(session).raise_for_status().json()["state"]


def press(app):
    return "/sessions/" + app.post("/sessions").raise_for_status().json()["session"]


def signed(body, key=HOOK_KEY):
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def lines_of(name):
    """An import, a comment, and a line that only closes something are no work of the reader."""
    lines = (SOURCE / name).read_text("utf-8").splitlines()
    return [line for line in lines if not re.fullmatch(r"\s*(//.*|/\*\*.*|import .*|[])};,]*)", line)]


own = lines_of("server.js") + lines_of("store.js")
assert len(own) <= 60, f"the example has {len(own)} lines of its own"
copy = Path(packages, "express")
shutil.rmtree(copy, ignore_errors=True)
shutil.copytree(SOURCE, copy)
suite = """
import { checkStore } from "flinks-reconnect/testing";
import { row } from "./store.js";
await checkStore((name) => row(`${process.argv[2]}/${name}`));
"""
(copy / "suite.js").write_text(suite, "utf-8")
subprocess.run([node, copy / "suite.js", folder], check=True)

with program([reconnect, "sandbox", "--strict"], 3) as (bank, *logins):
    login_of = {name: login for login, name, *_ in map(str.split, logins)}
    control = httpx.Client(base_url=f"{bank}/_sandbox/")

    def webhook(app, session, key):
        """Flinks sends the data of a session: the status of the app's answer."""
        row = json.loads(Path(folder, "data", session.lstrip("/")).read_text("utf-8"))
        to = {"url": str(app.base_url.join("/webhook")), "requestId": row["requests"][0]}
        number = control.post("webhook", json={**to, "key": key}).raise_for_status().json()["webhook"]

        def tried():
            [sent] = [one for one in control.get("webhooks").json() if one["webhook"] == number]
            return sent["attempts"]

        return until(tried, "a try of the webhook")[0]["status"]

    with app_of(bank, login_of["Greatday"]) as app:
        page = app.get("/")
        assert page.headers["content-security-policy"] == f"default-src 'self'; frame-src {bank}", page.headers
        assert page.headers["referrer-policy"] == "no-referrer"
        assert 'customElements.define("flinks-reconnect"' in app.get("/element.js").text
        assert app.get("/accounts").json() == []
        assert app.post("/sessions", headers={"sec-fetch-site": "cross-site"}).status_code == 403
        for nobody in ("0" * 36, "..%2Faccounts.json"):
            assert app.get(f"/sessions/{nobody}").status_code == 404

        session = press(app)
        until(lambda: state(app, session) == "ask", "the bank's question")
        assert press(app) == session, "a second press finds the same session"
        before = app.post(f"{session}/widget").raise_for_status().json()
        assert 0 < before["leftMs"] <= 8 * 60_000, before["leftMs"]
        for text in ('{"step":"TOKEN_INVALID"}', "no event at all", ""):
            assert app.post(f"{session}/message", content=text).status_code == 204
        assert state(app, session) == "ask"

    # The app stops while the bank asks.
    with app_of(bank, login_of["Greatday"]) as app:
        assert state(app, session) == "ask"
        shown = app.post(f"{session}/widget").raise_for_status().json()
        assert shown["url"] != before["url"], "a token is for one showing"
        with httpx.Client() as browser:
            event, asked = answer_widget(browser, shown["url"])
        assert asked == 3 and event["step"] == "REDIRECT"

        assert webhook(app, session, "another key") == 401 and webhook(app, session, None) == 401
        body = json.dumps({"Tag": "../accounts.json"}).encode()
        for headers in ({}, {"flinks-authenticity-key": "="}, {"flinks-authenticity-key": signed(body).lower()}):
            assert app.post("/webhook", content=body, headers=headers).status_code == 401
        assert app.post("/webhook").status_code == 401
        of_nobody = app.post("/webhook", content=body, headers={"x-flinks-signature": signed(body)})
        assert of_nobody.status_code == 200 and state(app, session) == "ask"
        assert webhook(app, session, HOOK_KEY) == 200 and state(app, session) == "working"

        control.post("clock", json={"advanceMs": 11_000}).raise_for_status()  # Then the bank has the data.
        assert app.post(f"{session}/message", content=json.dumps(event)).status_code == 204
        until(lambda: state(app, session) == "done", "the end of the session")
        accounts = app.get("/accounts").json()
        assert len(accounts) == 4 and BALANCE in [(one["title"], one["balance"]["current"]) for one in accounts]

        # What comes late does no harm.
        assert app.post(f"{session}/widget").json()["url"] is None
        assert app.post(f"{session}/message", content=json.dumps(event)).status_code == 204
        assert webhook(app, session, HOOK_KEY) == 200
        assert app.get("/accounts").json() == accounts
    live = [one for one in control.get("requests").json() if one["path"].endswith("/Authorize")]
    assert len(live) == 1, "the bank sent one text message"
    findings = control.get("doctor").json()
    assert findings == [], findings
