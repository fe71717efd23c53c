"""An app that reconnects its users' banks by links of `reconnect serve`. README.md says how to start it."""

import html
import os
import sqlite3
from contextlib import closing

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from standardwebhooks import Webhook, WebhookVerificationError

USER, LOGIN = "anna", os.environ["LOGIN_ID"]  # In your app: the user who is signed in, and the stored connection.
KEY, DATABASE = os.environ["RECONNECT_ADMIN_KEY"], os.environ.get("DATABASE", "app.db")
serve = httpx.Client(base_url=os.environ["RECONNECT_SERVER"], headers={"Authorization": f"Bearer {KEY}"})
hook, app = Webhook(os.environ["RECONNECT_NOTIFY_KEY"]), FastAPI()
TABLE = "CREATE TABLE IF NOT EXISTS account (id TEXT PRIMARY KEY, owner TEXT, title TEXT, balance TEXT, read_at TEXT)"
STORE = """INSERT INTO account VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET owner = excluded.owner,
    title = excluded.title, balance = excluded.balance, read_at = excluded.read_at WHERE excluded.read_at > read_at"""
with closing(sqlite3.connect(DATABASE)) as db:
    db.execute(TABLE)


@app.get("/", response_class=HTMLResponse)
def page() -> str:
    with closing(sqlite3.connect(DATABASE)) as db:
        rows = db.execute("SELECT title, balance FROM account WHERE owner = ? ORDER BY title", (USER,)).fetchall()
    accounts = "".join(f"<li>{html.escape(f'{title}: {balance}')}</li>" for title, balance in rows)
    return f'<ul>{accounts}</ul><form method="post" action="reconnect"><button>Reconnect my bank</button></form>'


@app.post("/reconnect")
def reconnect() -> RedirectResponse:
    link = serve.post("/links", json={"loginId": LOGIN, "ownerRef": USER, "expiresInS": 3600})
    return RedirectResponse(link.raise_for_status().json()["url"], 303)  # Or send it by mail, with a longer life.


async def raw(request: Request) -> bytes:
    return await request.body()


@app.post("/webhook", status_code=204)
def webhook(request: Request, body: bytes = Depends(raw)) -> None:
    try:
        event = hook.verify(body, dict(request.headers))
    except (WebhookVerificationError, ValueError):  # ValueError: the body is no text, or the signature no Base64.
        raise HTTPException(401)
    if event["type"] != "session.done":
        return  # event["data"]["result"] says what to do.
    path, owner = f"/sessions/{event['data']['sessionId']}/accounts", event["data"]["ownerRef"]
    if (accounts := serve.get(path)).status_code == 410:
        return  # They were stored before.
    accounts = accounts.raise_for_status().json()  # If this fails, the answer is 500, and the webhook comes again.
    rows = [(one["id"], owner, one["title"], one["balance"]["current"], event["timestamp"]) for one in accounts]
    with closing(sqlite3.connect(DATABASE)) as db, db:  # One transaction.
        db.executemany(STORE, rows)
    if (taken := serve.delete(path)).status_code != 410:
        taken.raise_for_status()
