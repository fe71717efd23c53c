"""What docs/guide/hosted-link.md says to try, as it stands there: python3 xtask/front/guide.py RECONNECT FOLDER

The blocks run one after the other in one shell. Two install what is here already, and are left out. Where the guide
says to open a page, a script plays the user.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from world import BALANCE, TOP, free_port

reconnect, folder = sys.argv[1:]
USER = f'"{sys.executable}" "{TOP}/xtask/front/world.py"'
APP = "http://127.0.0.1:8701"
# In the order of the guide: the end of a block, and what the user does then.
THEN = {
    'echo "$LINK"\n': f"""{USER} "$(echo "$LINK" | cut -d '"' -f 8)"\n""",
    '/accounts"\n': "grep -q 'Chequing CAD' accounts.json\n",
    f"--output page.html {APP}; do sleep 0.1; done\n": f"""
        {USER} "$(curl --silent --output page.html --write-out '%{{redirect_url}}' --request POST {APP}/reconnect)"
        until curl --silent --fail {APP} | grep '{": ".join(BALANCE)}'; do sleep 0.1; done
        """,
}

section = (TOP / "docs/guide/hosted-link.md").read_text("utf-8").split("\n## Try it\n")[1].split("\n## ")[0]
blocks = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
installs = [block for block in blocks if block.startswith(("git clone ", "python3 -m venv "))]
assert len(installs) == 2 and len(blocks) > 6, blocks
script, played = "set -eu\n", 0
for block in blocks:
    if block not in installs:
        script += block
        for end, then in THEN.items():
            if block.endswith(end):
                script, played = script + then, played + 1
assert played == len(THEN), f"the user does {played} things"
for port in ("8700", "8701"):
    assert port in script
    script = script.replace(port, str(free_port()))

Path(folder, "examples").symlink_to(TOP / "examples")
path = os.pathsep.join([os.path.dirname(reconnect), os.path.dirname(sys.executable), os.environ["PATH"]])
command = ["bash", "-c", f"trap 'kill $(jobs -p) 2> jobs.txt || true' EXIT\n{script}"]
ran = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True)
logs = [log.read_text("utf-8") for log in Path(folder).glob("*.log")]
assert ran.returncode == 0, "\n".join([script, ran.stdout, ran.stderr, *logs])
