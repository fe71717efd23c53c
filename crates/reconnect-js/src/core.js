/** The WebAssembly module, which is the C library of `include/reconnect.h`, as a class. It decides nothing: it turns values
 * into bytes of the module's memory, and numbers into words. */

import { ReconnectError, wrongField } from "./error.js";

const ABI = 1;
const HEARD = { 1: "took", 2: "knew", 3: "late", 4: "notOurs" };
const TOO_LARGE = 5;
const WORK = { 1: "send", 2: "wait", 3: "ask", 4: "done", 5: "turn" };
/** The sizes of the header's structs, in bytes: a pointer and a length have four each. */
const BYTES = 8;
const HEADER = 16;
const STEP = 72;
/** The largest text or list of texts that is lent, and the largest piece of a body: the module's memory never shrinks. */
const MAX_TEXT = 16 << 20;
const PIECE = 64 << 10;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

let compiled;
let instance;

/** Each host gives the module once, compiled. */
export function install(module) {
  compiled = module;
}

function module() {
  if (!instance) {
    const { exports } = new WebAssembly.Instance(compiled);
    if (exports.rc_abi_version() !== ABI) throw new ReconnectError("otherVersion", null, "the module is another version's");
    instance = new Module(exports);
  }
  return instance;
}

/** An instance of the module: its functions, and its memory. */
class Module {
  constructor(exports) {
    this.rc = exports;
  }

  /** The memory as it is now. A view ends when the memory grows, so each use takes its own. */
  get memory() {
    return new DataView(this.rc.memory.buffer);
  }

  get bytes() {
    return new Uint8Array(this.rc.memory.buffer);
  }

  /** Room that is given back, wiped, when `use` is over. */
  room(size, use) {
    const at = this.rc.rc_alloc(size);
    try {
      return use(at);
    } finally {
      if (this.rc) {
        this.bytes.fill(0, at, at + size);
        this.rc.rc_dealloc(at, size);
      }
    }
  }

  /** Lends bytes while `use` goes on. */
  lend(bytes, use) {
    return this.room(bytes.length, (at) => {
      this.bytes.set(bytes, at);
      return use(at, bytes.length);
    });
  }

  /** Lends texts in a row, and a list of their places. */
  lendAll(texts, use) {
    const all = texts.map((text) => (text === null ? null : encode(text.value, text.field)));
    const size = all.reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0);
    if (size > MAX_TEXT) throw wrongField(texts[0].field);
    return this.room(size, (at) =>
      this.room(BYTES * all.length, (list) => {
        let free = at;
        all.forEach((bytes, nth) => {
          // A key that is absent has no place.
          this.memory.setUint32(list + BYTES * nth, bytes ? free : 0, true);
          this.memory.setUint32(list + BYTES * nth + 4, bytes?.length ?? 0, true);
          if (bytes) this.bytes.set(bytes, free);
          free += bytes?.length ?? 0;
        });
        return use(list);
      }),
    );
  }

  number(at) {
    return Number(this.memory.getBigUint64(at, true));
  }

  /** The bytes that a struct points to, copied; null if it points nowhere. */
  copy(at) {
    const [start, length] = [this.memory.getUint32(at, true), this.memory.getUint32(at + 4, true)];
    return start ? this.bytes.slice(start, start + length) : null;
  }

  text(at) {
    const [start, length] = [this.memory.getUint32(at, true), this.memory.getUint32(at + 4, true)];
    return decoder.decode(this.bytes.subarray(start, start + length));
  }

  /** The last error of a session, or of a call without one. */
  failure(session) {
    const at = this.rc.rc_error(session);
    return new ReconnectError(this.text(at), this.text(at + BYTES) || null, this.text(at + 2 * BYTES));
  }
}

function encode(text, field) {
  // A lone surrogate has no UTF-8, and the encoder would replace it.
  if (typeof text !== "string" || text.length > MAX_TEXT || !text.isWellFormed()) throw wrongField(field);
  return encoder.encode(text);
}

function moment(now) {
  if (!Number.isSafeInteger(now) || now < 0) throw wrongField("now");
  return BigInt(now);
}

/** A request: to be sent once, with these headers and no others. A log of it shows no address, header or body. */
export class Request {
  constructor(shown, hidden) {
    Object.assign(this, shown);
    for (const [name, value] of Object.entries(hidden)) Object.defineProperty(this, name, { value });
    Object.freeze(this);
  }
}

const closing = new FinalizationRegistry(({ owner, at }) => owner.rc?.rc_free(at));

/** A session of the module. Its methods are those of the header. */
export class Machine {
  #owner;
  #at;

  constructor(now, line, { secret, api }) {
    const key = (value, field) => (value === undefined || value === null ? null : { value, field });
    this.#owner = module();
    this.#at = this.#run((rc) =>
      this.#owner.lend(encode(line, "line"), (text, length) =>
        this.#owner.lendAll([key(secret, "secret"), key(api, "api")], (keys) =>
          this.#owner.room(4, (out) => {
            if (rc.rc_begin(text, length, keys, moment(now), out) < 0) throw this.#owner.failure(0);
            return this.#owner.memory.getUint32(out, true);
          }),
        ),
      ),
    );
    closing.register(this, { owner: this.#owner, at: this.#at }, this);
  }

  close() {
    if (!this.#at) return;
    closing.unregister(this);
    this.#owner.rc?.rc_free(this.#at);
    this.#at = 0;
  }

  /** If the module stops within a call, nothing in it can be relied on, so its sessions are closed. It stops if it has a bug,
   * and if the program's stack is full. */
  #run(work) {
    if (!this.#owner.rc) throw new ReconnectError("closed", null, "the session is closed");
    try {
      return work(this.#owner.rc);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
      this.#owner.rc = null;
      if (instance === this.#owner) instance = undefined;
    }
    throw new ReconnectError("panicked", null, "the module has a bug or the stack was full, and the session is closed");
  }

  #call(name, ...args) {
    return this.#run((rc) => {
      const status = rc[name](this.#at, ...args);
      if (status < 0) throw this.#owner.failure(this.#at);
      return status;
    });
  }

  #tell(name, ...args) {
    return HEARD[this.#call(name, ...args)];
  }

  #tellText(name, now, text, field, ...more) {
    const [bytes, at] = [encode(text, field), moment(now)];
    return this.#run(() => this.#owner.lend(bytes, (data, length) => this.#tell(name, at, data, length, ...more)));
  }

  /** A text that the call lends; null if there is none. */
  #text(name, ...args) {
    return this.#run(() =>
      this.#owner.room(BYTES, (out) => {
        this.#call(name, ...args, out);
        return this.#owner.text(out) || null;
      }),
    );
  }

  turn(now) {
    return this.#text("rc_turn", moment(now));
  }

  /** The next thing to do, and the request or the moment for it. */
  take(now) {
    const at = moment(now);
    return this.#run(() =>
      this.#owner.room(STEP, (step) => {
        this.#call("rc_take", at, step);
        const todo = WORK[this.#owner.memory.getInt32(step, true)];
        if (todo === "send") return { do: todo, request: this.#request(step) };
        return todo === "wait" ? { do: todo, until: this.#owner.number(step + 8) } : { do: todo };
      }),
    );
  }

  #request(step) {
    const owner = this.#owner;
    const [list, count] = [owner.memory.getUint32(step + 40, true), owner.memory.getUint32(step + 44, true)];
    const places = Array.from({ length: count }, (_, nth) => list + HEADER * nth);
    const shown = {
      id: owner.number(step + 16),
      method: owner.text(step + 24),
      once: owner.memory.getInt32(step + 4, true) === 1,
      limitMs: owner.number(step + 56),
      maxBody: owner.number(step + 64),
    };
    const headers = Object.freeze(places.map((at) => Object.freeze([owner.text(at), owner.text(at + BYTES)])));
    return new Request(shown, { url: owner.text(step + 32), headers, body: owner.copy(step + 48) });
  }

  beginReply(status, headers) {
    if (!Number.isInteger(status) || status < 0 || status > 0xffff) throw wrongField("status");
    const texts = [];
    for (const pair of headers) {
      if (!Array.isArray(pair) || pair.length !== 2) throw wrongField("headers");
      texts.push(...pair.map((value) => ({ value, field: "headers" })));
    }
    this.#run(() => this.#owner.lendAll(texts, (list) => this.#call("rc_reply_begin", status, list, texts.length / 2)));
  }

  append(piece) {
    if (!(piece instanceof Uint8Array)) throw wrongField("data");
    let fits = true;
    for (let start = 0; fits && start < piece.length; start += PIECE) {
      const part = piece.subarray(start, start + PIECE);
      const append = (data, length) => this.#call("rc_reply_append", data, length);
      fits = this.#run(() => this.#owner.lend(part, append)) !== TOO_LARGE;
    }
    return fits;
  }

  endReply(now) {
    return this.#tell("rc_reply_end", moment(now));
  }

  fault(now, kind, sent) {
    if (typeof sent !== "boolean") throw wrongField("sent");
    return this.#tellText("rc_fault", now, kind, "fault", sent ? 1 : 0);
  }

  lost(now) {
    return this.#tell("rc_lost", moment(now));
  }

  returned(now, news) {
    return this.#tellText("rc_returned", now, news, "news");
  }

  answer(now, json) {
    return this.#tellText("rc_answer", now, json, "answers");
  }

  open(now) {
    return this.#tell("rc_open", moment(now));
  }

  shown(now) {
    return this.#tell("rc_shown", moment(now));
  }

  confirm(now, login) {
    return this.#tellText("rc_confirm", now, login, "loginId");
  }

  cancel(now) {
    return this.#tell("rc_cancel", moment(now));
  }

  reload(now, row) {
    const at = moment(now);
    if (row === null) this.#call("rc_reload", at, 0, 0);
    else this.#tellText("rc_reload", now, row, "snapshot");
  }

  get loaded() {
    return this.#run(() =>
      this.#owner.room(8, (out) => {
        this.#call("rc_loaded", out);
        const revision = Number(this.#owner.memory.getBigInt64(out, true));
        return revision < 0 ? null : revision;
      }),
    );
  }

  ask(now) {
    return this.#text("rc_ask_json", moment(now));
  }

  look(now) {
    return this.#text("rc_look_json", moment(now));
  }

  outcome(now) {
    return this.#text("rc_outcome_json", moment(now));
  }

  snapshot() {
    return this.#text("rc_snapshot_json");
  }

  /** The account at this place, as JSON; null after the last one. */
  account(index) {
    return this.#text("rc_accounts_json", index);
  }
}
