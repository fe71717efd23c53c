// What the package costs, a figure a line: node bench.mjs
//
// `receive` is of a body of 4 MB, and `body` is that with a field of each transaction read, as ratios to `JSON.parse` of it.

import { Instance, Session } from "flinks-reconnect";

const place = Instance.named("toolbox", "c");
const bytes = (value) => new TextEncoder().encode(JSON.stringify(value));
const question = { Type: "QuestionAndAnswer", Prompt: "city?" };
const ok = { HttpStatusCode: 200, RequestId: "r", Login: { Id: "l" } };
const TOKEN = bytes({ HttpStatusCode: 200, Token: "t" });
const ASKS = bytes({ HttpStatusCode: 203, RequestId: "r", SecurityChallenges: [question] });
const OK = bytes(ok);

/** A reply as Flinks writes it, with many transactions. */
function body(count) {
  const made = Array.from({ length: count }, (_, n) => ({
    Date: "2026-03-04",
    Code: null,
    Description: `PAYROLL - Stripe Paycheck ${n}`,
    Debit: n % 2 ? null : n + 0.25,
    Credit: n % 2 ? n + 0.75 : null,
    Balance: 5105.5 + n,
    Id: `94584aed-7c98-42a4-9836-${String(n).padStart(12, "0")}`,
  }));
  const account = { Id: "a", Title: "Chequing", Balance: { Current: 5105.5 }, Transactions: made };
  return bytes({ ...ok, Accounts: [account] });
}

/** A session that had these replies. */
function session(...replies) {
  const begun = Session.begin("refresh", place, { secret: "s", api: "a" }, { loginId: "l", clock: () => 0 });
  for (const reply of replies) {
    begun.turn();
    begun.take();
    begun.receive(reply === ASKS ? 203 : 200, [], reply);
  }
  begun.turn();
  return begun;
}

/** From the beginning to the question: two exchanges. */
function walk() {
  const asking = session(TOKEN, ASKS);
  if (asking.take().do !== "ask") throw new Error("it asks");
  asking.close();
}

/** Milliseconds until the body is received, and until every transaction is read. */
function ours(whole) {
  const over = session(TOKEN, OK);
  over.take();
  const start = performance.now();
  over.receive(200, [], whole);
  const received = performance.now() - start;
  const debits = over.accounts[0].transactions.filter(({ debit }) => debit !== null);
  const read = performance.now() - start;
  over.close();
  if (debits.length === 0) throw new Error("there are debits");
  return [received, read];
}

function theirs(whole) {
  const start = performance.now();
  JSON.parse(new TextDecoder().decode(whole));
  return performance.now() - start;
}

function walks() {
  const start = performance.now();
  for (let n = 0; n < 1_000; n++) walk();
  return performance.now() - start;
}

const whole = body(23_856);
// They take turns, so that another program troubles all alike.
const turns = Array.from({ length: 15 }, () => [...ours(whole), theirs(whole)]);
const [received, read, parsed] = [0, 1, 2].map((at) => Math.min(...turns.map((turn) => turn[at])));
console.log(`walk ${Math.min(...Array.from({ length: 10 }, walks)).toFixed(1)} µs`);
console.log(`receive ${(received / parsed).toFixed(2)}`);
console.log(`body ${(read / parsed).toFixed(2)}`);
