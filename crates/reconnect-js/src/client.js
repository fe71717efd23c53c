/** `Client`: a session's loop with `fetch`, a store and a clock. */

import { Fault, ReconnectError, refuse, wrongField } from "./error.js";
import { exchange } from "./http.js";
import { Instance, NO_STORE, Session, soundKeys, systemClock } from "./session.js";

/** The longest time that `setTimeout` takes. */
const LONGEST = 2 ** 31 - 1;

/** The sessions whose loop runs. Two loops would store each other's turns. */
const running = new WeakSet();

export class Client {
  #instance;
  #keys;
  #store;
  #fetch;
  #clock;
  #sleep;

  /** `fetch`, `clock` and `sleep` are for tests, and for hosts with a `fetch` of their own. */
  constructor({ instance, keys, store = NO_STORE, fetch = globalThis.fetch, clock = systemClock, sleep = wait }) {
    if (!(instance instanceof Instance)) throw wrongField("instance");
    if (typeof fetch !== "function") throw wrongField("fetch");
    this.#instance = instance;
    this.#keys = soundKeys(keys);
    this.#store = store;
    this.#fetch = fetch;
    this.#clock = clock;
    this.#sleep = sleep;
  }

  /** A live refresh of a login. Begin one only while its user is there: the bank may send an SMS. */
  refresh(loginId, options) {
    return this.#begin("refresh", { loginId }, options);
  }

  /** A refresh whose `requestId` your server has. Never pass one from a browser. */
  resume(requestId, options) {
    return this.#begin("resume", { requestId }, options);
  }

  /** The session of a store, or of the client's own; null if it has none. */
  async load(store = this.#store) {
    const row = (await store.load()) ?? null;
    return row === null ? null : Session.restore(row, this.#instance, this.#keys, { clock: this.#clock, store });
  }

  /** Goes on until the user is asked or the session is over. */
  async advance(session, { signal } = {}) {
    return this.#alone(session, () => this.#run(session, signal, true));
  }

  /** As `advance`, but it returns what there is to wait for. Store the session meanwhile, and load it then. */
  async step(session, { signal } = {}) {
    return this.#alone(session, () => this.#run(session, signal, false));
  }

  /** The widget's URL for one showing. Null if nothing is asked any more: then `advance` has the result. */
  async show(session, { signal } = {}) {
    return this.#alone(session, async () => {
      signal?.throwIfAborted();
      session.open();
      for (let again; (again = session.ask()?.opensAgain ?? null) !== null; session.open()) {
        await this.#until(again, signal);
      }
      const result = await this.#run(session, signal, true);
      return result.do === "ask" ? result.connectUrl : null;
    });
  }

  #begin(op, id, { store = this.#store, keep = null, known, policy, ...more } = {}) {
    // If `keep` is misspelt, all accounts would come back.
    refuse(more);
    for (const [name, value] of Object.entries(id)) if (typeof value !== "string") throw wrongField(name);
    const fields = { ...id, keep: keep === null ? null : ids(keep), known, policy };
    return Session.begin(op, this.#instance, this.#keys, { ...fields, clock: this.#clock, store });
  }

  async #alone(session, work) {
    if (!(session instanceof Session)) throw wrongField("session");
    if (running.has(session)) {
      throw new ReconnectError("exchangeUnderWay", null, "this session goes on already: wait for that call first");
    }
    running.add(session);
    try {
      return await work();
    } finally {
      running.delete(session);
    }
  }

  /** The loop. A request is sent after its snapshot is stored. */
  async #run(session, signal, sleeps) {
    for (;;) {
      signal?.throwIfAborted();
      const row = session.turn();
      if (row !== null) {
        const kept = await session.store.swap(session.loaded, row);
        if (typeof kept !== "boolean") throw new TypeError("swap has to return whether it wrote the row, as true or false");
        if (!kept) {
          session.reload((await session.store.load()) ?? null);
          continue;
        }
      }
      const work = session.take();
      if (work.do === "send") await this.#send(work.request, session, signal);
      else if (work.do === "wait" && sleeps) await this.#until(work.until, signal);
      else if (work.do !== "turn") return work;
    }
  }

  async #send(request, session, signal) {
    try {
      const fault = await exchange(this.#fetch, request, session, signal);
      if (fault) session.fault(fault.kind, fault);
      else session.endReply();
    } catch (error) {
      session.lost();
      throw error;
    }
    signal?.throwIfAborted();
  }

  async #until(moment, signal) {
    await this.#sleep(Math.max(moment - this.#clock(), 0), { signal });
  }
}

/** A text alone would be taken for a list of its letters. */
function ids(keep) {
  const list = typeof keep === "object" && Symbol.iterator in keep ? [...keep] : null;
  if (!list?.every((id) => typeof id === "string")) throw wrongField("keep");
  return list;
}

function wait(ms, { signal } = {}) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, Math.min(ms, LONGEST));
    signal?.addEventListener("abort", abort, { once: true });
  });
}
