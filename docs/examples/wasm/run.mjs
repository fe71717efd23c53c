// One refresh with the core as a WebAssembly module. The replies are scripted: this shows the lines, not the network.
//
//     node run.mjs FILE.wasm

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const file = process.argv[2] ?? "target/wasm32-unknown-unknown/release/reconnect_wasm.wasm";
const bytes = await readFile(file);
const wasm = await WebAssembly.compile(bytes);
assert.deepEqual(WebAssembly.Module.imports(wasm), [], "the core needs nothing from its host");
console.log(`${(bytes.length / 1000).toFixed(0)} kB, no imports`);

const { exports: core } = await WebAssembly.instantiate(wasm);

class Machine {
  #at = core.new();

  tell(line) {
    const text = new TextEncoder().encode(JSON.stringify(line));
    const room = core.tell(this.#at, text.length);
    // A view is taken anew for each use: it ends when the module's memory grows.
    new Uint8Array(core.memory.buffer, room, text.length).set(text);
    const answer = BigInt.asUintN(64, core.ask(this.#at));
    const [start, length] = [Number(answer >> 32n), Number(answer & 0xffffffffn)];
    return JSON.parse(new TextDecoder().decode(new Uint8Array(core.memory.buffer, start, length)));
  }

  free() {
    core.free(this.#at);
  }
}

let now = 1_780_000_000_000;
const instance = { apiUrl: "https://api.example", widgetUrl: "https://widget.example/", customerId: "c-1" };
const replies = [
  ["/GenerateAuthorizeToken", 200, { HttpStatusCode: 200, Token: "t-1" }],
  ["/Authorize", 203, { HttpStatusCode: 203, RequestId: "r-1", SecurityChallenges: [{ Type: "QuestionAndAnswer", Prompt: "What city?" }] }],
  ["/GenerateAuthorizeToken", 200, { HttpStatusCode: 200, Token: "t-2" }],
  ["/GetAccountsDetail", 202, { HttpStatusCode: 202, FlinksCode: "OPERATION_PENDING", RequestId: "r-1" }],
  ["/GetAccountsDetailAsync/r-1", 200, { HttpStatusCode: 200, RequestId: "r-1", Accounts: [{ Id: "a-1", Balance: { Current: 12.5 } }] }],
];

let machine = new Machine();
let opened = false;
const walk = [];
machine.tell({ op: "refresh", now, loginId: "l-1", known: null, keep: null, instance });
for (let work; (work = machine.tell({ op: "poll", now })).action !== "done"; ) {
  assert(walk.push(work.action) < 20, `the walk does not end: ${walk}`);
  if (work.action === "send") {
    const [path, status, body] = replies.shift();
    console.log(`send ${work.method} ${path}, ${status} comes back`);
    assert(new URL(work.url).pathname.endsWith(path), work.url);
    const heard = machine.tell({ op: "receive", now, id: work.id, status, headers: [], body: JSON.stringify(body) });
    assert.deepEqual(heard, { heard: "took" });
  } else if (work.action === "wait") {
    console.log(`wait ${work.until - now} ms`);
    now = work.until; // A number is all the time there is.
  } else if (!opened) {
    console.log("ask  stored, and restored in a second machine");
    const { snapshot } = machine.tell({ op: "snapshot" });
    machine.free();
    machine = new Machine();
    assert.deepEqual(machine.tell({ op: "restore", now, snapshot, instance }), { ok: true });
    machine.tell({ op: "open", now });
    opened = true;
  } else {
    console.log("ask  the widget is shown, and its event comes back");
    assert.equal(new URL(work.connectUrl).searchParams.get("authorizeToken"), "t-2");
    const news = { step: "REDIRECT", loginId: "l-1", requestId: "r-1" };
    assert.deepEqual(machine.tell({ op: "returned", now, news }), { heard: "took" });
  }
}
const { outcome } = machine.tell({ op: "outcome" });
assert.equal(outcome.result, "done");
assert.deepEqual(outcome.kept.map(({ id, balance }) => [id, balance.current]), [["a-1", "12.5"]]);
assert.equal(replies.length, 0, "every scripted reply was wanted");
assert(machine.tell({ op: "poll" }).misuse, "a line without `now` is a misuse");
machine.free();
console.log("done, 1 account with its balance digit for digit");
