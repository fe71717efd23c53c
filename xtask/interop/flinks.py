"""Drives `flinks` (impak Finance, Python) through a running `reconnect sandbox`.

    python3 xtask/interop/flinks.py PACKAGES URL LOGIN_ID

PACKAGES is the folder that pip installed into. One line of JSON for each step: {"step","passed","rules","says"}.
`rules` is what the sandbox's doctor named during the step, and what the client got wrong in reading the reply.
"""

import faulthandler
import json
import os
import sys
import urllib.request

packages, url, login = sys.argv[1:]
sys.path[0] = packages  # In place of this folder, where `flinks` would be this very file.
os.environ["no_proxy"] = "127.0.0.1"  # `requests` would ask a proxy of the environment for it.
faulthandler.dump_traceback_later(120, exit=True)  # The client has no time-out of its own.

from flinks import Client  # noqa: E402
from flinks.exceptions import FlinksError, TransportError  # noqa: E402

CUSTOMER = "43387ca6-0391-4c82-857d-70d95f087ecb"
ANSWERS = {"city": "Montreal", "country": "Canada", "shape": "Triangle"}
NOBODY = "00000000-0000-4000-8000-000000000000"

bank = Client(CUSTOMER, f"{url}/v3/").banking_services


class Differs(Exception):
    """The client does otherwise than the documentation says. `rule` names how, where the doctor cannot see it."""

    def __init__(self, says, rule=None):
        super().__init__(says)
        self.rules = [rule] if rule else []


def control(name, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"{url}/_sandbox/{name}", data, timeout=30) as reply:
        return json.load(reply)


def doctor():
    """Every finding since the start."""
    return control("doctor")


def expect(wanted, found):
    if found != wanted:
        raise Differs(f"expected {wanted}, found {found}")


def cached():
    reply = bank.authorize(login_id=login, most_recent_cached=True)
    expect((200, login), (reply["HttpStatusCode"], reply["Login"]["Id"]))
    return reply["RequestId"]


def live():
    reply = bank.authorize(login_id=login, most_recent_cached=False, save=True)
    expect((203, "QuestionAndAnswer"), (reply["HttpStatusCode"], reply["SecurityChallenges"][0]["Type"]))
    return reply


def answer():
    reply = live()
    for _ in ANSWERS:
        prompt = reply["SecurityChallenges"][0]["Prompt"]
        typed = next(answer for word, answer in ANSWERS.items() if word in prompt)
        reply = bank.authorize(request_id=reply["RequestId"], security_responses={prompt: [typed]})
    expect(200, reply["HttpStatusCode"])


def accounts(chosen=None):
    request = cached()
    first = bank.get_accounts_detail(request, accounts_filter=chosen)
    expect((202, "OPERATION_PENDING"), (first["HttpStatusCode"], first["FlinksCode"]))
    control("clock", {"advanceMs": 10_000})
    found = [account["Id"] for account in bank.get_accounts_detail_async(request)["Accounts"]]
    if not found or chosen not in (None, found):
        raise Differs(f"{len(found)} accounts came")
    return found


def refused(code, call):
    """The error has to say its FlinksCode: the way out depends on it."""
    try:
        call()
    except TransportError as error:
        raise Differs(f"{error}; the body says {error.response.json()['FlinksCode']}", "code-lost-on-401") from error
    except FlinksError as error:
        return expect(code, str(error))
    raise Differs(f"no error, where {code} came")


def wrong_login():
    refused("INVALID_LOGIN", lambda: bank.authorize(login_id=NOBODY, most_recent_cached=True))


def expired_request():
    request = cached()
    control("expire", {"requestId": request})
    refused("SESSION_NONEXISTENT", lambda: bank.get_accounts_detail(request))


def wrong_key():
    request, other = cached(), Client(CUSTOMER, f"{url}/v3/")
    other.session.headers["x-api-key"] = "wrong"
    refused("ACCESS_DENIED", lambda: other.banking_services.get_accounts_detail(request))


STEPS = {
    "authorize-cached": cached,
    "authorize-live": live,
    "answer-mfa": answer,
    "accounts": accounts,
    "accounts-filter": lambda: accounts(accounts()[1:2]),
    "wrong-login": wrong_login,
    "expired-request": expired_request,
    "wrong-key": wrong_key,
}

for name, step in STEPS.items():
    # An unfinished MFA would stand against the cached calls of the next step.
    control("reset-login", {"loginId": login})
    before, own, says = doctor(), [], ""
    try:
        step()
    except Exception as error:  # Whatever a client throws is a result.
        own, says = getattr(error, "rules", []), f"{type(error).__name__}: {error}"
    rules = sorted({finding["rule"] for finding in doctor()[len(before):]}) + own
    print(json.dumps({"step": name, "passed": not says, "rules": rules, "says": says}), flush=True)
