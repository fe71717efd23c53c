// One leg of a refresh: node wire.mjs COMMAND ADDRESS [LOGIN_ID|MESSAGE] [POLICY]. `cargo xtask ci bindings` holds it
// against the other languages. crates/reconnect-c/tests/wire.c says what each command does.

import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { Client, Instance, revision } from "flinks-reconnect";

const ROW = "session.json";
const store = {
  load: () => readFile(ROW, "utf8").catch(() => null),
  async swap(loaded, snapshot) {
    const row = await store.load();
    if ((row && revision(row)) !== loaded) return false;
    await writeFile(ROW, snapshot);
    return true;
  },
};

const [command, address, more, policy] = process.argv.slice(2);
const { now, rate } = await (await fetch(`${address}/_sandbox/clock`)).json();
const since = performance.now();
const client = new Client({
  instance: Instance.at(address, `${address}/`, "43387ca6-0391-4c82-857d-70d95f087ecb"),
  keys: { secret: "sandbox-secret", api: "sandbox-api-key" },
  clock: () => now + Math.floor((performance.now() - since) * rate),
  sleep: (ms) => pause(ms / rate),
  store,
});
const session = command === "begin" ? client.refresh(more, { policy: JSON.parse(policy) }) : await client.load();
const url = command === "show" ? await client.show(session) : null;
if (command === "finish") session.returned(more);
const result = url === null ? await client.advance(session) : { do: "ask", connectUrl: url };
console.log(JSON.stringify(result.do === "ask" ? { ask: result.connectUrl } : { accounts: session.accounts }));
