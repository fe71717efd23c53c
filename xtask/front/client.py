"""The API by a client that is made from its description alone: python3 xtask/front/client.py RECONNECT FOLDER"""

import os
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path

import httpx
from world import ADMIN, BALANCE, free_port, play, servers

reconnect, folder = sys.argv[1:]
NOBODY = f"http://127.0.0.1:{free_port()}/"

with servers(reconnect, folder, NOBODY) as (bank, serve, login_of):
    document, package = Path(folder, "openapi.json"), Path(folder, "made_client")
    document.write_bytes(httpx.get(f"{serve}/openapi.json").raise_for_status().content)
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", document, "--output-path", package]
    # It tidies what it makes by a program that is installed beside it.
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    made = [*command, "--meta", "none", "--fail-on-warning"]
    subprocess.run(made, check=True, env={**os.environ, "PATH": path}, stdout=subprocess.DEVNULL)

    sys.path.insert(0, folder)
    from made_client import AuthenticatedClient
    from made_client.api.default import erase_login, list_sessions, make_link, read_accounts, revoke_link, take_accounts
    from made_client.models import Language, NewLink, Problem

    def refused(reply, status, code):
        assert reply.status_code == status, reply
        assert isinstance(reply.parsed, Problem) and reply.parsed.status == status, reply.parsed
        assert reply.parsed.type_.endswith(f"/docs/guide/hosted-link.md#{code}"), reply.parsed
        assert reply.parsed.title and reply.parsed.detail

    login = login_of["Greatday_NoMFA"]
    with AuthenticatedClient(base_url=serve, token=ADMIN, raise_on_unexpected_status=True) as client:
        new = NewLink(login_id=login, owner_ref="anna", language=Language.EN, institution="A & B", expires_in_s=3600)
        link = make_link.sync(client=client, body=new)
        assert link.url.startswith(f"{serve}/connect/"), link
        assert list_sessions.sync(client=client, login_id=login) == []
        assert play(link.url)[0] == "done"

        [session] = list_sessions.sync(client=client, login_id=login)
        found = (session.login_id, session.owner_ref, session.stage, session.result, session.reason, session.deadline)
        assert found == (login, "anna", "done", "done", None, None), session
        assert link.expires_at > session.created_at + 3_000_000, "both are in milliseconds"
        accounts = read_accounts.sync(session.session_id, client=client)
        assert [one["id"] for one in accounts] == session.kept and len(accounts) == 4
        assert BALANCE in [(one["title"], one["balance"]["current"]) for one in accounts]

        one = NewLink(login_id=login, keep=[session.kept[0]], owner_ref="anna")
        assert play(make_link.sync(client=client, body=one).url)[0] == "done"
        newest, oldest = list_sessions.sync(client=client, login_id=login)
        assert (newest.kept, oldest) == ([session.kept[0]], session)

        assert take_accounts.sync_detailed(session.session_id, client=client).status_code == HTTPStatus.NO_CONTENT
        refused(take_accounts.sync_detailed(session.session_id, client=client), 410, "over")
        refused(read_accounts.sync_detailed(session.session_id, client=client), 410, "over")

        assert httpx.get(link.url).status_code == 200
        assert revoke_link.sync_detailed(link.id, client=client).status_code == HTTPStatus.NO_CONTENT
        assert httpx.get(link.url).status_code == 410
        refused(revoke_link.sync_detailed("0" * 32, client=client), 404, "unknown")
        refused(read_accounts.sync_detailed("0" * 32, client=client), 404, "unknown")
        refused(make_link.sync_detailed(client=client, body=NewLink(login_id="")), 422, "invalid")
        for wrong in ({"expires_in_s": 0}, {"keep": []}, {"institution": " "}):
            refused(make_link.sync_detailed(client=client, body=NewLink(login_id=login, **wrong)), 422, "invalid")

        assert erase_login.sync_detailed(login, client=client).status_code == HTTPStatus.NO_CONTENT
        assert list_sessions.sync(client=client, login_id=login) == []
        refused(read_accounts.sync_detailed(newest.session_id, client=client), 404, "unknown")
    with AuthenticatedClient(base_url=serve, token="another key") as stranger:
        refused(make_link.sync_detailed(client=stranger, body=new), 401, "unauthorized")
        refused(list_sessions.sync_detailed(client=stranger, login_id=login), 401, "unauthorized")
