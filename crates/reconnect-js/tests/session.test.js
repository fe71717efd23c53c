// Bad input, secrets and memory. The suite has the behaviour.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { Account, Client, Instance, ReconnectError, revision, Session, sessionId } from "flinks-reconnect";

const CANARY = "CANARY-7f3a";
const PLACE = Instance.named("toolbox", "c");
const KEYS = { secret: CANARY, api: CANARY };
const bytes = (value) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const begun = (fields) => Session.begin("refresh", PLACE, KEYS, { clock: () => 0, loginId: CANARY, ...fields });

function sent(session) {
  session.turn();
  return session.take().request;
}

function serve(session, status, body) {
  assert(sent(session));
  return session.receive(status, [], bytes(body));
}

/** A session whose bank asks. */
function asked() {
  const session = begun({ policy: { mfa: "widgetOrApi" } });
  serve(session, 200, { HttpStatusCode: 200, Token: CANARY });
  const question = { Type: "QuestionAndAnswer", Prompt: CANARY };
  serve(session, 203, { HttpStatusCode: 203, RequestId: CANARY, SecurityChallenges: [question] });
  return session;
}

/** A session with accounts. */
function done(accounts) {
  const session = begun();
  serve(session, 200, { HttpStatusCode: 200, Token: CANARY });
  serve(session, 200, { HttpStatusCode: 200, RequestId: CANARY, Login: { Id: CANARY } });
  serve(session, 200, { HttpStatusCode: 200, RequestId: CANARY, Login: { Id: CANARY }, Accounts: accounts });
  return session;
}

/** The code and the field of the error, which must hold nothing that was given. */
function refused(work) {
  try {
    work();
  } catch (error) {
    assert(error instanceof ReconnectError, String(error));
    assert(!inspect(error).includes(CANARY), "an error holds nothing of what was given");
    return [error.code, error.field];
  }
  assert.fail("it is refused");
}

test("what does not fit has a code, and changes nothing", () => {
  const session = begun();
  const before = session.snapshot();
  for (const now of [NaN, Infinity, -1, 0.5, 2 ** 53, "0", null, 1n]) {
    for (const call of ["turn", "take", "endReply", "lost", "open", "shown", "cancel", "ask", "look", "outcome"]) {
      assert.deepEqual(refused(() => session[call](now)), ["invalidField", "now"], `${call} ${now}`);
    }
    assert.deepEqual(refused(() => session.returned(CANARY, now)), ["invalidField", "now"]);
    assert.deepEqual(refused(() => session.confirm(CANARY, now)), ["invalidField", "now"]);
  }
  const [lone, huge] = [`${CANARY}\ud800`, CANARY.repeat(33 << 17)];
  for (const text of [lone, huge, 7, undefined, null]) {
    assert.deepEqual(refused(() => session.confirm(text)), ["invalidField", "loginId"]);
    assert.deepEqual(refused(() => session.fault(text, { sent: true })), ["invalidField", "fault"]);
  }
  assert.deepEqual(refused(() => session.returned(lone)), ["invalidField", "news"]);
  assert.deepEqual(refused(() => session.returned(huge)), ["invalidField", "news"]);
  assert.deepEqual(refused(() => session.confirm(`${CANARY}\0`)), ["invalidField", "loginId"]);
  assert.equal(session.returned(`${CANARY}\0`), "notOurs");
  assert.equal(session.returned({ [CANARY]: CANARY }), "notOurs");
  assert.deepEqual(refused(() => session.returned({ news: NaN })), ["invalidField", null]);
  assert.deepEqual(refused(() => session.returned(undefined)), ["invalidField", null]);
  assert.deepEqual(refused(() => session.returned({ big: 1n })), ["invalidField", null]);
  assert.deepEqual(refused(() => session.take()), ["noTurn", null]);
  assert.deepEqual(refused(() => session.lost()), ["noExchange", null]);
  assert.deepEqual(refused(() => session.answer(1, { [CANARY]: [CANARY] })), ["notAsking", null]);
  assert.deepEqual(refused(() => session.reload(CANARY)), ["brokenSnapshot", "snapshot"]);
  for (const status of [-1, 200.5, NaN, 65_536, 2 ** 32 + 200, "200", undefined]) {
    assert.deepEqual(refused(() => session.beginReply(status, [])), ["invalidField", "status"], `${status}`);
  }
  for (const headers of [[["a"]], ["ab"], [["a", "b", "c"]], [[1, "b"]], [["a", lone]], Array(3).fill(["a", huge.slice(0, 8 << 20)])]) {
    assert.deepEqual(refused(() => session.beginReply(200, headers)), ["invalidField", "headers"]);
  }
  for (const piece of ["text", [1], null, new ArrayBuffer(1)]) {
    assert.deepEqual(refused(() => session.append(piece)), ["invalidField", "data"]);
  }
  assert.equal(session.snapshot(), before);
  assert.equal(session.loaded, null);
  sent(session);
  assert.deepEqual(refused(() => session.turn()), ["exchangeUnderWay", null]);
});

test("a session, an instance and a client say which field is wrong", () => {
  assert.deepEqual(refused(() => Instance.named(`${CANARY}/`, "c")), ["invalidInstance", "instance"]);
  assert.deepEqual(refused(() => Instance.at("http://example.com", "https://example.com/", "c")), ["invalidInstance", "instance"]);
  assert.deepEqual(refused(() => Session.begin("refresh", { name: CANARY }, KEYS)), ["invalidField", "instance"]);
  assert.deepEqual(refused(() => Session.begin("dance", PLACE, KEYS)), ["unknownOp", null]);
  assert.deepEqual(refused(() => begun({ loginId: "" })), ["invalidField", "loginId"]);
  assert.deepEqual(refused(() => begun({ policy: { pollEvery: 0 } })), ["invalidPolicy", "pollEvery"]);
  assert.deepEqual(refused(() => Session.restore(CANARY, PLACE, KEYS)), ["invalidField", "snapshot"]);
  assert.deepEqual(refused(() => Session.begin("refresh", PLACE, { secret: `"${CANARY}"` }, { loginId: "l" }))[0], "invalidKey");
  assert.deepEqual(refused(() => Session.begin("refresh", PLACE, { secret: 7 }, { loginId: "l" })), ["invalidField", "secret"]);
  assert.deepEqual(refused(() => new Client({ instance: {}, keys: KEYS })), ["invalidField", "instance"]);
  const client = new Client({ instance: PLACE, keys: KEYS });
  assert.deepEqual(refused(() => client.refresh("l", { keep: CANARY })), ["invalidField", "keep"]);
  for (const keep of [5, {}, [1], "a"]) assert.deepEqual(refused(() => client.refresh("l", { keep })), ["invalidField", "keep"]);
  assert.deepEqual(refused(() => client.refresh(7)), ["invalidField", "loginId"]);
  assert.deepEqual(refused(() => client.resume(new Date(0))), ["invalidField", "requestId"]);
  // A name that is misspelt, and options that would take the client's place.
  for (const name of ["keeps", "instance", "op", "loginId"]) {
    assert.deepEqual(refused(() => client.refresh("l", { [name]: CANARY })), ["invalidField", name]);
  }
  assert.deepEqual(refused(() => new Client({ instance: PLACE, keys: { secretKey: CANARY } })), ["invalidField", "secretKey"]);
  assert.deepEqual(refused(() => new Client({ instance: PLACE, keys: KEYS, fetch: "x" })), ["invalidField", "fetch"]);
  const other = Session.begin("refresh", PLACE, KEYS, { loginId: "l", op: "dance" });
  assert(other.turn(0).includes('"login":"l"'));
  for (const column of [revision, sessionId]) {
    for (const wrong of [CANARY, "null", "{}", undefined]) {
      assert.deepEqual(refused(() => column(wrong)), ["invalidField", "snapshot"], column.name);
    }
  }
  const session = begun();
  const row = session.turn();
  assert.equal(revision(row), 1);
  assert.equal(sessionId(row), /"id":"([0-9a-f]{16})"/.exec(row)[1]);
  assert.equal(sessionId(`{"version":1,"revision":3}`), null);
});

test("nothing of a session, a request or a result shows in a log", () => {
  const session = asked();
  const ask = session.ask();
  const request = sent(begun());
  const end = done([{ Id: CANARY, Holder: { Name: CANARY }, Balance: { Current: 1 } }]).outcome();
  const failed = begun();
  failed.turn();
  failed.take();
  failed.fault("tooLarge", { sent: true });
  failed.cancel();
  const client = new Client({ instance: PLACE, keys: KEYS });
  const shown = { session, ask, request, end, failed: failed.outcome(), look: session.look(), client };
  for (const [name, value] of Object.entries(shown)) {
    assert(value, name);
    for (const text of [inspect(value, { depth: 9 }), JSON.stringify(value), String(value)]) {
      assert(!text.includes(CANARY), `${name}: ${text}`);
    }
  }
  const [account] = end.accounts;
  assert(!inspect(account).includes(CANARY) && !inspect(end.accounts).includes(CANARY));
  assert.equal(JSON.parse(JSON.stringify(account)).holder.name, CANARY, "an app may send an account on");
  assert(account instanceof Account && account.balance.current === "1");
});

test("a request past its time is not handed out", () => {
  const session = begun();
  session.turn(0);
  assert.deepEqual(session.take(600_000), { do: "turn" });
});

test("a body is bounded, and comes in any pieces", () => {
  const session = begun();
  const { maxBody } = sent(session);
  session.beginReply(200, [["x-header", "ü"]]);
  assert(session.append(new Uint8Array(maxBody)));
  assert(!session.append(new Uint8Array(1)));
  assert.equal(session.endReply(), "took");
  assert.equal(session.outcome().reason, "tooLarge");
  const other = begun();
  sent(other);
  other.beginReply(200, new Headers({ a: "b" }));
  assert(other.append(Buffer.from('{"HttpStatusCode":200,"Tok')) && other.append(bytes('en":"t"}')));
  assert.equal(other.endReply(), "took");
});

test("a byte-order mark and every other character of a text survive", () => {
  const strange = "\ufeffé😀\u2028\u0085";
  const session = done([{ Id: "a", Title: strange }]);
  assert.equal(session.accounts[0].title, strange);
});

test("a closed session says so", () => {
  const session = begun();
  session.close();
  session.close();
  for (const call of ["turn", "take", "lost", "open", "cancel", "ask", "look", "outcome", "snapshot"]) {
    assert.deepEqual(refused(() => session[call]()), ["closed", null], call);
  }
  assert.deepEqual(refused(() => session.loaded), ["closed", null]);
  assert.deepEqual(refused(() => session.receive(200, [], bytes("{}"))), ["closed", null]);
});
