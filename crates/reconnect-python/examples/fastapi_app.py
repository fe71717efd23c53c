"""Routes for FastAPI. As a program it tries them against the sandbox: python fastapi_app.py"""

from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request
from reconnect import Ask, AsyncClient, Done, Session, revision, session_id
from reconnect.testing import sandbox
from starlette.middleware.sessions import SessionMiddleware


class User:
    """A row of your table of users: the stored connection, its session, and the accounts."""

    def __init__(self, login_id: str) -> None:
        self.login_id, self.snapshot, self.accounts = login_id, None, []

    def load(self):
        return self.snapshot

    def swap(self, loaded, snapshot):  # In a database, one UPDATE that compares the revision and the id.
        row = self.snapshot
        is_anothers = row and session_id(row) not in (None, session_id(snapshot))
        if loaded != (row and revision(row)) or is_anothers:
            return False
        self.snapshot = snapshot
        return True


def app_with(client: AsyncClient, users: dict[str, User], secret: str) -> FastAPI:
    @asynccontextmanager
    async def life(_: FastAPI):
        async with client:
            yield

    app = FastAPI(lifespan=life)
    app.add_middleware(SessionMiddleware, secret_key=secret)

    def user_of(request: Request) -> User:
        # The app's own cookie says who it is. No id that a page sends chooses the row.
        if (name := request.session.get("user")) not in users:
            raise HTTPException(401)
        return users[name]

    async def go_on(user: User, session: Session) -> dict[str, object]:
        result = await client.advance(session)
        if isinstance(result, Ask) and (url := await client.show(session)):
            return {"show": url}  # In an iframe, with the page's policy `no-referrer`.
        match await client.advance(session):
            case Done(accounts=accounts):
                user.accounts = accounts or user.accounts  # They come once: store them before you answer.
                return {"accounts": [f"{one.title}: {one.balance.current} {one.currency}" for one in user.accounts]}
            case failed:
                return {"recovery": failed.recovery}

    @app.post("/refresh")
    async def refresh(request: Request):
        user = user_of(request)
        session = await client.load(user)
        if session is None or not session.look().open:
            user.snapshot = None
            session = client.refresh(user.login_id, store=user)
        return await go_on(user, session)

    @app.post("/news")
    async def news(request: Request):
        user = user_of(request)
        if (session := await client.load(user)) is None:
            raise HTTPException(409)
        session.returned((await request.body()).decode("utf-8", "replace"))
        return await go_on(user, session)

    return app


def main() -> None:
    from fastapi.testclient import TestClient

    with sandbox() as bank:
        users = {"anna": User(bank.logins["Greatday"])}
        client = AsyncClient(bank.instance, bank.keys, clock=bank.clock, sleep=bank.async_sleep)
        app = app_with(client, users, "a random text, from where you keep secrets")

        @app.post("/login")  # Yours, which checks a password.
        async def login(request: Request) -> None:
            request.session["user"] = "anna"

        with TestClient(app) as page:
            assert page.post("/refresh").status_code == 401
            page.post("/login")
            url = page.post("/refresh").json()["show"]
            print(page.post("/news", content=bank.answer_in_widget(url)).json())


if __name__ == "__main__":
    main()
