// The client against the sandbox and against servers that misbehave.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as plainServer } from "node:net";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Client, Fault, Instance, Session } from "flinks-reconnect";
import { sandbox } from "flinks-reconnect/testing";

let bank;
before(async () => (bank = await sandbox()));
after(() => bank.close());

const client = (more) => new Client({ ...bank, ...more });

/** A store in memory. `meanwhile` happens while a row is written. */
class Row {
  constructor(meanwhile = () => {}) {
    Object.assign(this, { row: null, revision: null, meanwhile });
  }
  async load() {
    return this.row;
  }
  async swap(loaded, snapshot) {
    await null;
    this.meanwhile();
    if (this.revision !== loaded) return false;
    [this.row, this.revision] = [snapshot, JSON.parse(snapshot).revision];
    return true;
  }
}

async function finish(one, session) {
  for (let step; (step = await one.advance(session)); ) {
    if (step.do !== "ask") return step;
    const url = await one.show(session);
    if (url) session.returned(await bank.answerInWidget(url));
  }
}

test("a refresh goes on in another process, and its accounts are whole", async () => {
  const store = new Row();
  const first = client({ store });
  assert.equal(await first.load(), null);
  assert.equal((await first.advance(first.refresh(bank.logins.Greatday))).do, "ask");
  const second = client({ store });
  const session = await second.load();
  const end = await finish(second, session);
  assert.equal(end.do, "done");
  assert.equal(end.accounts.length, 4);
  assert(end.accounts.every(({ balance }) => /^-?\d+(\.\d+)?$/.test(balance.current)));
  assert.deepEqual([...end.refreshed.kept], end.accounts.map(({ id }) => id));
  assert.deepEqual(await bank.doctor(), []);
});

test("only the accounts to keep come back", async () => {
  const one = client();
  const all = await finish(one, one.refresh(bank.logins.Greatday_NoMFA));
  const { id } = all.accounts[1];
  const kept = await finish(one, one.refresh(bank.logins.Greatday_NoMFA, { keep: new Set([id]) }));
  assert.deepEqual(kept.accounts.map((account) => account.id), [id]);
});

test("a page may post while the store writes", async () => {
  let session;
  const one = client({ store: new Row(() => session.look().stage === "asking" && session.cancel()) });
  session = one.refresh(bank.logins.Greatday);
  const end = await one.advance(session);
  assert.deepEqual([end.do, end.reason], ["failed", "cancelled"]);
});

test("one call at a time goes on with a session", async () => {
  const one = client({ store: new Row() });
  const session = one.refresh(bank.logins.Greatday_NoMFA);
  const first = one.advance(session);
  await assert.rejects(one.advance(session), { code: "exchangeUnderWay" });
  await assert.rejects(one.show(session), { code: "exchangeUnderWay" });
  assert.equal((await first).do, "done");
  await assert.rejects(one.advance({}), { code: "invalidField", field: "session" });
});

test("a store says whether it wrote the row", async () => {
  const one = client({ store: { load: () => null, swap: () => undefined } });
  await assert.rejects(one.advance(one.refresh(bank.logins.Greatday_NoMFA)), /swap has to return/);
});

test("what another node stored is gone on from", async () => {
  const store = new Row();
  const one = client({ store });
  await one.advance(one.refresh(bank.logins.Greatday));
  const [mine, theirs] = [await one.load(), await one.load()];
  mine.cancel();
  assert.equal((await one.advance(mine)).reason, "cancelled");
  theirs.open();
  assert.equal((await one.advance(theirs)).reason, "cancelled");
  store.row = null;
  store.revision = 99;
  const third = one.refresh(bank.logins.Greatday);
  await assert.rejects(one.advance(third), { code: "conflict" });
});

test("step returns what there is to wait for", async () => {
  const one = client();
  const session = one.resume("11111111-1111-4111-8111-111111111111", { known: { lastSent: bank.clock() } });
  const step = await one.step(session);
  assert(["wait", "ask"].includes(step.do));
});

test("a call that is given up while a request is under way has lost its reply", async () => {
  const abort = new AbortController();
  const reason = new Error("the caller went away");
  const stop = (url, init) => {
    if (!url.endsWith("/Authorize")) return fetch(url, init);
    // It is under way, and nothing comes back.
    setTimeout(() => abort.abort(reason));
    return new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)));
  };
  const one = client({ fetch: stop });
  const session = one.refresh(bank.logins.Greatday_NoMFA);
  await assert.rejects(one.advance(session, { signal: abort.signal }), reason);
  const end = await client().advance(session);
  assert.deepEqual([end.do, end.reason, end.guess], ["failed", "outcomeUnknown", true]);
});

test("a call that is given up before a request is sent can be made again", async () => {
  const abort = new AbortController();
  // While the row of the live call is written, which is not sent twice.
  let swaps = 0;
  const one = client({ store: new Row(() => ++swaps === 2 && abort.abort()) });
  const session = one.refresh(bank.logins.Greatday_NoMFA);
  await assert.rejects(one.advance(session, { signal: abort.signal }), { name: "AbortError" });
  await assert.rejects(one.advance(session, { signal: AbortSignal.abort() }), { name: "AbortError" });
  assert.equal((await one.advance(session)).do, "done");
});

test("a wait ends when its call is given up", async () => {
  const later = async () => new Response("", { status: 503, headers: { "retry-after": "20" } });
  const one = new Client({ instance: bank.instance, keys: bank.keys, fetch: later });
  const session = one.refresh("l");
  await assert.rejects(one.advance(session, { signal: AbortSignal.timeout(100) }), { name: "TimeoutError" });
  assert.equal((await one.step(session)).do, "wait");
});

// What became of a request.

/** A session, its request, and what `fetch` makes of it. */
async function faultOf(url, { limitMs = 2_000, fetch: own } = {}) {
  const place = Instance.at(url, "https://widget.example/", "c");
  const faults = [];
  const seen = Session.prototype.fault;
  Session.prototype.fault = function (kind, { sent }, now) {
    faults.push(`${kind} ${sent ? "sent" : "not sent"}`);
    return seen.call(this, kind, { sent }, now);
  };
  const limited = (to, init) => (own ?? fetch)(to, { ...init, signal: AbortSignal.any([init.signal, AbortSignal.timeout(limitMs)]) });
  try {
    const one = new Client({ instance: place, keys: { secret: "CANARY" }, fetch: limited });
    await one.step(one.refresh("l"));
  } finally {
    Session.prototype.fault = seen;
  }
  return faults[0];
}

const listening = (server) => new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));

async function served(server, work) {
  const port = await listening(server);
  try {
    return await work(`http://127.0.0.1:${port}`);
  } finally {
    server.close();
  }
}

/** Takes a request, and answers with these bytes. */
const says = (text) => plainServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => (text === null ? socket.destroy() : socket.end(text)));
});

test("a fault says what happened, and whether a byte can have left", async () => {
  const closed = await served(plainServer(), (url) => url);
  assert.equal(await faultOf(closed), "refused not sent");
  assert.equal(await faultOf("https://no-such-host.invalid"), "nameNotFound not sent");
  const whole = "HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{";
  const faults = [
    [whole, "broken sent"],
    [null, "broken sent"],
    ["hello\r\n\r\n", "garbled sent"],
    [`HTTP/1.1 200 OK\r\nx: ${"y".repeat(1 << 20)}\r\n\r\n`, "headTooLarge sent"],
  ];
  for (const [text, fault] of faults) assert.equal(await served(says(text), faultOf), fault, String(text).slice(0, 20));
  // A certificate of nobody, and a server without TLS.
  assert.equal(await served(says("hello"), (url) => faultOf(url.replace("http:", "https:"))), "tls sent");
  const error = (code, syscall) => Object.assign(new Error("CANARY"), { code, syscall });
  const failed = (cause) => Promise.reject(new TypeError("fetch failed", { cause }));
  const broken = new ReadableStream({ pull: (to) => to.error(error("ECONNREFUSED", "connect")) });
  for (const [own, fault] of [
    [() => failed(error("SELF_SIGNED_CERT_IN_CHAIN")), "untrusted not sent"],
    [() => failed(error("EAI_AGAIN", "getaddrinfo")), "nameNotFound not sent"],
    [() => failed({ errors: [error("ECONNREFUSED", "connect"), error("EHOSTUNREACH", "connect")] }), "refused not sent"],
    // These come of a connection that stood.
    [() => failed(error("EHOSTUNREACH", "read")), "broken sent"],
    [() => failed({ errors: [error("ECONNREFUSED", "connect"), error("EPERM", "write")] }), "broken sent"],
    [() => failed(error("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED")), "tls sent"],
    [() => failed(error("ECONNRESET", "read")), "reset sent"],
    [async () => new Response(broken), "broken sent"],
    // A fetch may say it itself, and an error may be anything.
    [() => Promise.reject(new Fault("refused", { sent: false })), "refused not sent"],
    [() => failed({ errors: {} }), "broken sent"],
    [() => failed({ errors: [null] }), "broken sent"],
    [() => Promise.reject({ get code() { throw new Error("CANARY"); } }), "broken sent"],
    [() => Promise.reject(undefined), "broken sent"],
    [async () => undefined, "broken sent"],
  ]) assert.equal(await faultOf("http://127.0.0.1:9", { fetch: own }), fault, String(own));
});

test("a fetch that never ends is given up, and so is a body", async () => {
  const silent = new ReadableStream({ pull: () => new Promise(() => {}) });
  for (const own of [() => new Promise(() => {}), async () => new Response(silent)]) {
    const one = client({ fetch: own });
    const session = one.refresh("l");
    const given = one.step(session, { signal: AbortSignal.timeout(100) });
    await assert.rejects(given, { name: "TimeoutError" });
    assert.equal((await one.step(session)).do, "wait", "the lost mint is tried again later");
  }
});

test("a showing that is given up before it begins changes nothing", async () => {
  const one = client();
  const session = one.refresh(bank.logins.Greatday);
  await one.advance(session);
  const before = session.snapshot();
  await assert.rejects(one.show(session, { signal: AbortSignal.abort() }), { name: "AbortError" });
  assert.equal(session.snapshot(), before);
});

test("a fault of no known kind is refused, and its reply counts as lost", async () => {
  const one = client({ fetch: () => Promise.reject(new Fault("bored", { sent: false })) });
  const session = one.refresh("l");
  await assert.rejects(one.step(session), { code: "invalidField", field: "fault" });
  assert.equal((await one.step(session)).do, "wait", "the session can go on");
});

test("a redirect is not followed", async () => {
  let asked = 0;
  const redirects = createServer((_, reply) => {
    asked += 1;
    reply.writeHead(307, { location: "/elsewhere" }).end();
  });
  await served(redirects, (url) => faultOf(url));
  assert.equal(asked, 1);
});

test("an error of a fetch does not show a key", async () => {
  const place = Instance.at("http://127.0.0.1:9", "https://widget.example/", "c");
  const bad = () => Promise.reject(new TypeError("CANARY"));
  const one = new Client({ instance: place, keys: { secret: "CANARY" }, fetch: bad });
  const step = await one.step(one.refresh("l"));
  assert(!JSON.stringify(step).includes("CANARY"));
  assert(!String(new Fault("broken", { sent: true })).includes("CANARY"));
});

/** In the order of the guide. One is imported by others, and one is a test, which `node --test` runs. */
const EXAMPLES = ["first.mjs", "store.mjs", "refresh.mjs", "store.test.mjs", "by_hand.mjs"];

test("the examples run, in 40 lines at most", async () => {
  for (const name of EXAMPLES) {
    assert(readFileSync(name, "utf8").split("\n").length <= 41, name);
    if (name.startsWith("store")) continue;
    const { stdout } = await promisify(execFile)(process.execPath, [name]);
    assert.equal(stdout.match(/: -?[\d.]+/g).length, 4, stdout);
  }
});

test("each program of the guide is an example", () => {
  const guide = readFileSync(`${process.env.RECONNECT_VECTORS}/../../../docs/guide/javascript.md`, "utf8");
  const programs = [...guide.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, program]) => program);
  const examples = EXAMPLES.map((name) => readFileSync(name, "utf8"));
  assert.deepEqual(programs.filter((one) => /"flinks-reconnect(\/testing)?"/.test(one)), examples);
});
