"""Builds what docs/guide/host-page.md shows, each in a project of Vite: python3 xtask/front/frameworks.py RECONNECT FOLDER
NODE PACKAGES, where npm has installed into PACKAGES. The built pages stay there, in `pages`, for the tests in a browser."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from world import TOP

_, _, node, packages = sys.argv[1:]
GUIDE = (TOP / "docs/guide/host-page.md").read_text("utf-8")
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>A page</title></head>
<body><div id="app"></div><script type="module" src="/src/{entry}"></script></body>
</html>
"""
# As `npm create vite` writes them, but for what it shows: an entry and a configuration. The guide has the rest.
STRICT = """{
  "compilerOptions": {
    "target": "es2023", "module": "esnext", "lib": ["es2023", "dom"], "types": ["vite/client"], "jsx": "react-jsx",
    "moduleResolution": "bundler", "verbatimModuleSyntax": true, "moduleDetection": "force", "noEmit": true,
    "strict": true, "noUnusedLocals": true, "noUnusedParameters": true
  },
  "include": ["src"]
}
"""
REACT = """import { createRoot } from "react-dom/client";
import { Reconnect } from "./Reconnect";

createRoot(document.getElementById("app")!).render(<Reconnect />);
"""
WITH_REACT = 'import react from "@vitejs/plugin-react";\nexport default { plugins: [react()] };\n'
VUE = 'import { createApp } from "vue";\nimport App from "./App.vue";\n\ncreateApp(App).mount("#app");\n'
SVELTE = """import { mount } from "svelte";
import App from "./App.svelte";

mount(App, { target: document.getElementById("app") });
"""
WITH_SVELTE = 'import { svelte } from "@sveltejs/vite-plugin-svelte";\nexport default { plugins: [svelte()] };\n'


def blocks(heading, language):
    """The samples in a language below a heading of the guide."""
    section = GUIDE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def run(*command, folder):
    ran = subprocess.run([node, *command], cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, f"{folder.name}: {ran.stdout}{ran.stderr}"
    return ran.stdout


[main, with_proxy] = blocks("The first page", "js")
[component], [in_vue], [in_svelte], [with_vue] = (
    blocks("React", "tsx"), blocks("Vue", "vue"), blocks("Svelte", "svelte"), blocks("Vue", "js"),
)
PROJECTS = {
    "plain": {"src/main.js": main, "vite.config.js": with_proxy},
    "react": {
        "src/main.tsx": REACT, "src/Reconnect.tsx": component, "vite.config.js": WITH_REACT, "tsconfig.json": STRICT,
    },
    "vue": {"src/main.js": VUE, "src/App.vue": in_vue, "vite.config.js": with_vue},
    "svelte": {"src/main.js": SVELTE, "src/App.svelte": in_svelte, "vite.config.js": WITH_SVELTE},
}
installed = Path(packages).resolve() / "node_modules"
pages = installed.parent / "pages"
shutil.rmtree(pages, ignore_errors=True)
for name, files in PROJECTS.items():
    project = pages / name
    entry = next(Path(file).name for file in files if file.startswith("src/main."))
    for file, text in {**files, "package.json": '{ "type": "module" }\n', "index.html": PAGE.format(entry=entry)}.items():
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).write_text(text, "utf-8")
    if "tsconfig.json" in files:
        run(installed / "typescript/bin/tsc", "--project", "tsconfig.json", folder=project)
    run(installed / "vite/bin/vite.js", "build", "--logLevel", "warn", folder=project)
    scripts = "".join(script.read_text("utf-8") for script in project.glob("dist/assets/*.js"))
    assert "COMPONENT_CLOSE_SESSION" in scripts, f"{name}: the element is not in what was built"

# The types are of use: a name that is wrong is refused.
wrong = component.replace("endpoint={", "endpiont={")
(pages / "react/src/Reconnect.tsx").write_text(wrong, "utf-8")
tsc = [node, installed / "typescript/bin/tsc", "--project", "tsconfig.json"]
said = subprocess.run(tsc, cwd=pages / "react", capture_output=True, text=True)
assert wrong != component and said.returncode != 0 and "endpiont" in said.stdout, said.stdout
(pages / "react/src/Reconnect.tsx").write_text(component, "utf-8")
