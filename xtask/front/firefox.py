"""The guide's first page in Firefox: python3 xtask/front/firefox.py RECONNECT FOLDER NODE PACKAGES, where `frameworks.py`
has built the page and `express.py` has put the example."""

import subprocess
import sys
from pathlib import Path

from world import BALANCE, TOP, program

reconnect, folder, node, packages = sys.argv[1:]

# The data comes sooner: the sandbox's clock runs ten times as fast.
with program([reconnect, "sandbox", "--accelerate", "10"], 3) as (bank, *logins):
    login_of = {name: login for login, name, *_ in map(str.split, logins)}
    settings = {"ADDRESS": bank, "LOGIN_ID": login_of["Greatday"], "WEBHOOK_KEY": "a key", "PORT": "0"}
    own = {"DATA": f"{folder}/data", "PAGE": str(Path(packages, "pages/plain/dist"))}
    with program([node, str(Path(packages, "express/server.js"))], 1, **settings, **own) as (app,):
        user = [node, TOP / "xtask/front/firefox.mjs", packages, app, ": ".join(BALANCE)]
        subprocess.run(user, check=True, timeout=120)
