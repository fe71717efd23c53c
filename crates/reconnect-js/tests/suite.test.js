// The conformance suite: what each vector tells a session, and what it has to answer.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Instance, ReconnectError, Session } from "flinks-reconnect";

const FOLDER = process.env.RECONNECT_VECTORS;
const KEYS = { secret: "{{secretKey}}", api: "{{apiKey}}" };
/** A session has no call for these: it checks by itself whether a request may be sent, and is one session. */
const NO_CALL = ["delivered", "maySend", "call", "callReply", "close"];

const bytes = (text) => new TextEncoder().encode(text);
/** An empty body is one that is sent, with its length; in the lines it is null. */
const text = (body) => (body?.length ? new TextDecoder().decode(body) : null);
/** An object with its fields that do not show. */
const whole = (value) =>
  Array.isArray(value) ? value.map(whole) : value === null || typeof value !== "object" ? value
    : Object.fromEntries(Object.getOwnPropertyNames(value).map((name) => [name, whole(value[name])]));

function vectors() {
  return readdirSync(FOLDER).filter((name) => name.endsWith(".json")).flatMap((name) => {
    const file = JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8"));
    return (file.cases ?? []).map((one) => ({ name: `${file.name} / ${one.name}`, steps: [...file.begin, ...one.steps] }));
  });
}

/** Types refuse some lines before a session sees them, and the only request that it can be told of is its own. */
function isOfASession({ tell, hear }) {
  const { code, field } = hear.misuse ?? {};
  return !NO_CALL.includes(tell.op) && !["unknownOp", "noSession"].includes(code) &&
    !["now", "id", "headers", "status"].includes(field);
}

function begin({ op, now, instance, snapshot, ...fields }) {
  const { name, customerId, apiUrl, widgetUrl } = instance ?? {};
  const place = instance && (name ? Instance.named(name, customerId) : Instance.at(apiUrl, widgetUrl, customerId));
  const options = { ...fields, clock: () => now };
  return op === "restore" ? Session.restore(JSON.stringify(snapshot), place, KEYS, options) : Session.begin(op, place, KEYS, options);
}

function poll(session, now) {
  session.turn(now);
  const work = session.take(now);
  if (work.do === "wait") return { action: "wait", until: work.until };
  if (work.do === "ask") return { action: "ask", ...whole(work), do: undefined };
  if (work.do !== "send") return { action: "done" };
  const { id, method, url, headers, body, limitMs, maxBody, once } = work.request;
  return { action: "send", id, method, url, headers, body: text(body), limitMs, maxBody, once };
}

/** An outcome as the lines have it. */
function outcome(session, now, hear) {
  const end = session.outcome(now);
  if (end?.do === "done") {
    const kept = hear?.kept.map((account, nth) => ({ ...account, id: end.refreshed.kept[nth] }));
    return { result: "done", ...whole(end.refreshed), kept: end.refreshed.kept.length === kept.length ? kept : null };
  }
  if (end === null) return null;
  const { do: _, recovery, notBefore, message, code, status, fault, place, connectUrl, ...rest } = whole(end);
  const retryAfterMs = notBefore === null ? null : notBefore - now;
  const error = { ...hear.error, message, code, status, fault, place, retryAfterMs };
  return { result: recovery, error, ...rest, ...(connectUrl === null ? {} : { connectUrl }) };
}

/** The first account, by its fields and as JSON. */
function account({ accounts: [first] }) {
  const fields = first?.toJSON() ?? null;
  for (const [name, value] of Object.entries(fields ?? {})) assert.equal(first[name], value, name);
  return fields;
}

function say(session, { op, now, ...tell }, hear, sent) {
  if (op === "poll") return poll(session, now);
  if (op === "look") return { look: whole(session.look(now)) };
  if (op === "outcome") return { outcome: outcome(session, now, hear.outcome) };
  if (op === "snapshot") return { snapshot: JSON.parse(session.snapshot()) };
  if (op === "accounts") return { account: account(session), index: 0, count: session.accounts.length };
  if (op === "receive" && tell.fault) {
    if (!["no", "maybe"].includes(tell.reached)) return hear;
    return { heard: session.fault(tell.fault, { sent: tell.reached !== "no" }, now) };
  }
  if (op === "receive") {
    session.beginReply(tell.status, tell.headers);
    const body = bytes(tell.body);
    // In pieces, as it comes from a network.
    for (let start = 0; start < body.length; start += 7) assert(session.append(body.subarray(start, start + 7)));
    return { heard: session.endReply(now) };
  }
  if (op === "returned") return { heard: session.returned(tell.news, now) };
  if (op === "answer") return { heard: session.answer(tell.number ?? null, tell.answers, now) };
  if (op === "confirm") return { heard: session.confirm(tell.loginId, now) };
  return { heard: session[op](now) };
}

function passes({ name, steps }) {
  if (!steps.every(isOfASession)) return false;
  let session;
  let sent = null;
  for (const { tell, hear } of steps) {
    if (["receive", "lost"].includes(tell.op) && tell.id !== sent) return false;
    let heard;
    try {
      if (["refresh", "resume", "resumeClaimed", "restore"].includes(tell.op)) {
        session = begin(tell);
        heard = { ok: true };
      } else heard = say(session, tell, hear);
    } catch (error) {
      if (!(error instanceof ReconnectError)) throw error;
      heard = { misuse: { code: error.code, field: error.field, message: error.message } };
    }
    if (heard.action === "send") sent = heard.id;
    assert.deepEqual(JSON.parse(JSON.stringify(heard)), hear, `${name}: ${JSON.stringify(tell)}`);
  }
  session.close();
  return true;
}

test("a session passes the suite", () => {
  const passed = vectors().filter(passes);
  console.log(`${passed.length} vectors`);
  assert(passed.length >= 900, `${passed.length} vectors passed`);
});
