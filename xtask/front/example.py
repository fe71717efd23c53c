"""The example in FastAPI, from the link to the stored accounts: python3 xtask/front/example.py RECONNECT FOLDER"""

import json
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timezone

import httpx
from standardwebhooks import Webhook
from world import BALANCE, NOTIFY, TOP, api, example, free_port, play, servers, until

reconnect, folder = sys.argv[1:]
port, database = free_port(), f"{folder}/app.db"


def stored():
    with closing(sqlite3.connect(database)) as db:
        return db.execute("SELECT title, balance, owner FROM account").fetchall()


def signed(event, key=NOTIFY):
    body, now = json.dumps(event), datetime.now(timezone.utc)
    headers = {"webhook-id": "again", "webhook-timestamp": str(int(now.timestamp()))}
    return {"content": body, "headers": {**headers, "webhook-signature": Webhook(key).sign("again", now, body)}}


def delivered():
    text = httpx.get(f"{serve}/metrics").text
    counts = [line.split()[-1] for line in text.splitlines() if line.startswith('reconnect_notices_total{what="sent"}')]
    return int(counts[0]) if counts else 0


# An import, a comment and a blank line are no work of the reader.
lines = (TOP / "examples/fastapi/app.py").read_text("utf-8").splitlines()
own = [line for line in lines if line.strip() and not line.lstrip().startswith(("#", "import ", "from ", '"""An app'))]
assert len(own) <= 40, f"the example has {len(own)} lines of its own"

with servers(reconnect, folder, f"http://127.0.0.1:{port}/webhook") as (bank, serve, login_of), api(serve) as asks:

    def session_of(login):
        [session] = asks.get("/sessions", params={"loginId": login}).json()
        return session

    asked, silent = login_of["Greatday"], login_of["Greatday_NoMFA"]
    with example(serve, port, asked, database) as app:
        led = app.post("/reconnect")
        assert led.status_code == 303 and stored() == []
        assert play(led.headers["location"]) == ("done", 3)
        until(lambda: delivered() == 1, "the webhook")
        first = stored()
        assert len(first) == 4 and (*BALANCE, "anna") in first, first
        assert ": ".join(BALANCE) in app.get("/").text
        session = session_of(asked)
        assert session["result"] == "done" and session["ownerRef"] == "anna", session
        accounts = f"/sessions/{session['sessionId']}/accounts"
        assert asks.get(accounts).status_code == 410

        event = {"type": "session.done", "timestamp": "2999-01-01T00:00:00.000Z", "data": session}
        assert app.post("/webhook", **signed(event)).status_code == 204, "a webhook that comes twice is fine"
        assert stored() == first
        forged = signed(event, "whsec_" + "A" * 44)
        assert app.post("/webhook", **forged).status_code == 401
        forged["headers"]["webhook-signature"] = "v1,no Base64 at all"
        assert app.post("/webhook", **forged).status_code == 401
        assert app.post("/webhook", content=b"\xff", headers=forged["headers"]).status_code == 401

    # Nobody takes the webhook of the second session. Then two of it come at once, and then the server sends it again.
    link = asks.post("/links", json={"loginId": silent, "ownerRef": "anna"}).raise_for_status().json()
    assert play(link["url"]) == ("done", 0)
    session = session_of(silent)
    assert len(asks.get(f"/sessions/{session['sessionId']}/accounts").raise_for_status().json()) == 4
    with example(serve, port, silent, database) as app, ThreadPoolExecutor() as pool:
        event = {"type": "session.done", "timestamp": "2999-01-01T00:00:00.000Z", "data": session}
        twins = [pool.submit(app.post, "/webhook", **signed(event)) for _ in range(2)]
        assert [twin.result().status_code for twin in twins] == [204, 204]
        both = stored()
        assert len(both) == 8 and set(first) <= set(both), both
        until(lambda: delivered() == 2, "the second try of the webhook")
        assert sorted(stored()) == sorted(both)
