// Plants each fault of the list in the installed package, and looks whether the tests that it names see it.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const lives = [];
for (const { name, by, only = ".", file, from, to } of JSON.parse(readFileSync("mutants.json", "utf8"))) {
  const path = `node_modules/flinks-reconnect/${file}`;
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2) lives.push(`${name}: its text has to stand once in ${file}`);
  writeFileSync(path, text.replace(from, () => to));
  const test = ["--test", `--test-name-pattern=${only}`, `${by}.test.js`];
  const { status } = spawnSync(process.execPath, test, { timeout: 60_000 });
  writeFileSync(path, text);
  // 1 is a test that failed; any other number is a test that did not run.
  if (status !== 1) lives.push(`${name}: ${by}.test.js does not fail`);
}
if (lives.length > 0) throw new Error(lives.join("\n"));
