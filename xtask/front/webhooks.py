"""The webhooks of `reconnect serve`, checked by the two programs of the guide, and sent again after a refusal:
python3 xtask/front/webhooks.py RECONNECT FOLDER PACKAGES, where npm has installed into PACKAGES."""

import base64
import json
import re
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from world import NOTIFY, TOP, api, free_port, play, servers, until

reconnect, folder, packages = sys.argv[1:]
GUIDE = (TOP / "docs/guide/hosted-link.md").read_text("utf-8")
OTHER = "whsec_" + base64.b64encode(bytes(32)).decode()
came = []


def program(language):
    """The one program of this language in the guide."""
    [text] = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return text


class Receiver(BaseHTTPRequestHandler):
    """An app that does not take the first webhook."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        came.append((time.monotonic(), {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204 if len(came) > 1 else 500)
        self.end_headers()

    def log_message(self, *_):
        pass


in_python = {}
exec(program("python"), in_python)
in_node = Path(packages, "verified.mjs")  # Beside the packages, where Node looks for them.
in_node.write_text(program("js"), "utf-8")


def check(body, headers, key):
    """What both programs say."""
    case = json.dumps({"body": body.decode(), "headers": headers, "key": key})
    command = ["node", str(TOP / "xtask/front/verify.mjs"), in_node.resolve().as_uri()]
    said = json.loads(subprocess.run(command, input=case, check=True, capture_output=True, text=True).stdout)
    assert in_python["verified"](body, headers, key) == said, "both say the same"
    return said


port = free_port()
app = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
Thread(target=app.serve_forever, daemon=True).start()
with servers(reconnect, folder, f"http://127.0.0.1:{port}/hook") as (bank, serve, login_of), api(serve) as asks:
    login = login_of["Greatday_NoMFA"]
    link = asks.post("/links", json={"loginId": login, "ownerRef": "anna"}).raise_for_status().json()
    assert play(link["url"])[0] == "done"
    until(lambda: len(came) > 1, "the second try")
    [session] = asks.get("/sessions", params={"loginId": login}).json()

(first, before, body), (second, after, again) = came
assert before["webhook-id"] == after["webhook-id"] and body == again, "it is the same webhook"
assert second - first >= 5, f"it comes again after {second - first} s"
assert int(after["webhook-timestamp"]) > int(before["webhook-timestamp"])
assert before["webhook-signature"] != after["webhook-signature"], "each try is signed for its own time"

data = {"sessionId": session["sessionId"], "loginId": login, "ownerRef": "anna", "result": "done"}
for headers in (before, after):
    assert headers["content-type"] == "application/json"
    event = check(body, headers, NOTIFY)
    assert event["type"] == "session.done" and event["data"] == {**data, "kept": session["kept"]}, event
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["timestamp"])
    assert check(body, headers, OTHER) is None, "another key"
    assert check(body.replace(b"anna", b"bert"), headers, NOTIFY) is None, "another body"
    assert check(body, {**headers, "webhook-id": "0"}, NOTIFY) is None, "another id"
    late = str(int(headers["webhook-timestamp"]) - 600)
    assert check(body, {**headers, "webhook-timestamp": late}, NOTIFY) is None, "another time"
    assert check(body, {name: value for name, value in headers.items() if "signature" not in name}, NOTIFY) is None
assert check(body, {**after, "webhook-signature": before["webhook-signature"]}, NOTIFY) is None
