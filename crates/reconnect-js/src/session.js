/** `Instance` and `Session`: a refresh as a value, without a network. */

import { Machine } from "./core.js";
import { ReconnectError, refuse, wrongField } from "./error.js";
import { Account, readAsk, readLook, readOutcome } from "./results.js";

/** Milliseconds since 1970. Some browsers have fractions of one. */
export const systemClock = () => Math.floor(Date.now());

/** Keeps nothing: a session ends with its process. */
export const NO_STORE = Object.freeze({ load: () => null, swap: () => true });

const line = (op, instance, fields) => json({ ...fields, op, instance: instance.where });

/** A copy of the keys. If a name is misspelt, a key would be missing. */
export function soundKeys(keys) {
  const { secret = null, api = null, ...more } = keys ?? {};
  refuse(more);
  return { secret, api };
}

function json(value) {
  try {
    const text = JSON.stringify(value, finite);
    if (text !== undefined) return text;
  } catch {
    // The error might show the value.
  }
  throw new ReconnectError("invalidField", null, "a value is not one of JSON");
}

/** `JSON.stringify` writes null for a number that is none. */
function finite(_, value) {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError();
  return value;
}

/** Where the service is. Make it with `named` or `at`. */
export class Instance {
  constructor(where) {
    this.where = Object.freeze(where);
    Object.freeze(this);
    // A session that nobody sends checks it, so that a wrong one is reported where it is written.
    new Machine(0, line("refresh", this, { loginId: "check" }), {}).close();
  }

  /** The instance with this name at Flinks, such as `toolbox`. `agent` is your program, as `my-app/1.0`. */
  static named(name, customerId, { agent } = {}) {
    return new Instance({ name, customerId, agent });
  }

  /** An instance at these addresses, such as a sandbox. */
  static at(apiUrl, widgetUrl, customerId, { agent } = {}) {
    return new Instance({ apiUrl, widgetUrl, customerId, agent });
  }
}

/**
 * One refresh. It sends nothing: a `Client` does, or you do.
 *
 * `turn`; store the snapshot that it returns; `take`; do what that says; say what happened. `now` is in milliseconds since
 * 1970; without it the session asks its clock.
 */
export class Session {
  #machine;
  #accounts;

  constructor(machine, clock, store) {
    this.#machine = machine;
    Object.defineProperties(this, { clock: { value: clock }, store: { value: store } });
  }

  /** Begins as the line `op` of `reconnect drive` does. The reference lists its fields. */
  static begin(op, instance, keys, { clock = systemClock, store = NO_STORE, ...fields } = {}) {
    if (!(instance instanceof Instance)) throw wrongField("instance");
    return new Session(new Machine(clock(), line(op, instance, fields), soundKeys(keys)), clock, store);
  }

  /** A stored session. */
  static restore(snapshot, instance, keys, options) {
    let row = null;
    try {
      row = JSON.parse(snapshot);
    } catch {
      // A text that is not JSON is no snapshot, and the session says so.
    }
    return Session.begin("restore", instance, keys, { ...options, snapshot: row });
  }

  /** What comes next, tried on a copy. Returns the snapshot that has to be stored before `take`, or null. */
  turn(now = this.clock()) {
    return this.#machine.turn(now);
  }

  /** What to do, now that the snapshot is stored. `turn`: it took too long, or the session was told something meanwhile, so
   * take another turn. */
  take(now = this.clock()) {
    const work = this.#machine.take(now);
    if (work.do === "ask") return this.ask(now);
    return work.do === "done" ? this.outcome(now) : Object.freeze(work);
  }

  /** A whole reply. */
  receive(status, headers, body, now = this.clock()) {
    this.beginReply(status, headers);
    this.append(body);
    return this.endReply(now);
  }

  /** The head of a reply. Its body comes in pieces. */
  beginReply(status, headers) {
    this.#machine.beginReply(status, headers);
  }

  /** The next bytes of the body. False: it is too large, so read no further, and end the reply. */
  append(piece) {
    return this.#machine.append(piece);
  }

  /** The reply is whole. */
  endReply(now = this.clock()) {
    return this.#machine.endReply(now);
  }

  /** No whole reply came. `sent` is false only if no byte of the request can have left. */
  fault(kind, { sent }, now = this.clock()) {
    return this.#machine.fault(now, kind, sent);
  }

  /** Nobody waits for the reply any more. */
  lost(now = this.clock()) {
    return this.#machine.lost(now);
  }

  /** The widget's message, or the URL of its redirect. */
  returned(news, now = this.clock()) {
    return this.#machine.returned(now, typeof news === "string" ? news : json(news));
  }

  /** The user's answers to the prompt with this number, if the policy lets MFA be answered through the API. */
  answer(number, answers, now = this.clock()) {
    return this.#machine.answer(now, json({ number, answers }));
  }

  /** The widget is about to be shown: the next turns mint a token for one showing. */
  open(now = this.clock()) {
    return this.#machine.open(now);
  }

  /** A page shows the prompt, so its answer is given there. */
  shown(now = this.clock()) {
    return this.#machine.shown(now);
  }

  /** This login, which the replies named, is no other user's. */
  confirm(loginId, now = this.clock()) {
    return this.#machine.confirm(now, loginId);
  }

  /** The user does not want to. */
  cancel(now = this.clock()) {
    return this.#machine.cancel(now);
  }

  /** The prompt; null if the user is not asked. */
  ask(now = this.clock()) {
    const text = this.#machine.ask(now);
    return text === null ? null : readAsk(text);
  }

  /** Where the session is. */
  look(now = this.clock()) {
    return readLook(this.#machine.look(now));
  }

  /** How it ended; null while it goes on. */
  outcome(now = this.clock()) {
    return readOutcome(this.#machine.outcome(now), now, this.accounts);
  }

  /** The accounts, once the refresh has succeeded. */
  get accounts() {
    if (this.#accounts) return this.#accounts;
    const read = [];
    for (let text; (text = this.#machine.account(read.length)) !== null; ) read.push(new Account(JSON.parse(text)));
    if (read.length > 0) this.#accounts = Object.freeze(read);
    return read;
  }

  /** The revision that the store has; null if it has none. */
  get loaded() {
    return this.#machine.loaded;
  }

  /** The session as a store would keep it now. A loop has no need of it: `turn` says what to store. */
  snapshot() {
    return this.#machine.snapshot();
  }

  /** The store has another revision: goes on from its row, and says again what was said here. */
  reload(row, now = this.clock()) {
    this.#machine.reload(now, row);
  }

  /** Forgets the session and its keys. Every later call is an error. */
  close() {
    this.#machine.close();
    this.#accounts = undefined;
  }

  static {
    // A host without `using` has no such symbol.
    if (Symbol.dispose) this.prototype[Symbol.dispose] = this.prototype.close;
  }
}
