/** What a session says, as frozen objects. What may be secret or personal does not show when an object is logged or
 * written as JSON: those fields are not enumerable. */

import { wrongField } from "./error.js";

export function freeze(value, ...hidden) {
  for (const name of hidden) Object.defineProperty(value, name, { enumerable: false });
  return Object.freeze(value);
}

/** The fields of an account, as the reference lists them under "Read". */
const FIELDS = [
  "id", "title", "accountNumber", "transitNumber", "institutionNumber", "lastFourDigits", "overdraftLimit", "balance",
  "category", "type", "currency", "accountType", "holder", "transactions", "unreadTransactions", "eftEligibleRatio",
  "eTransferEligibleRatio", "other",
];

/** One account. Amounts are text, digit for digit. A log of it shows nothing; `JSON.stringify` has all of it. */
export class Account {
  #fields;

  constructor(fields) {
    this.#fields = fields;
  }

  toJSON() {
    return this.#fields;
  }

  static {
    for (const name of FIELDS) {
      Object.defineProperty(this.prototype, name, {
        get() {
          return this.#fields[name];
        },
      });
    }
  }
}

export function readAsk(text) {
  const ask = JSON.parse(text);
  for (const challenge of ask.challenges) freeze(challenge, "prompt", "choices");
  return freeze({ do: "ask", ...ask }, "requestId", "connectUrl");
}

export function readLook(text) {
  return freeze(JSON.parse(text), "loginId", "requestIds", "keep");
}

/** The end of a session; null while it goes on. */
export function readOutcome(text, now, accounts) {
  const outcome = JSON.parse(text);
  if (outcome === null) return null;
  const { result, ...rest } = outcome;
  if (result === "done") {
    rest.kept = rest.kept.map((account) => account.id);
    const refreshed = freeze(rest, "loginId", "requestId", "kept", "missing");
    return freeze({ do: "done", accounts, refreshed }, "accounts");
  }
  const { error, ...more } = rest;
  const { message, code, status, fault, place, retryAfterMs } = error;
  const notBefore = retryAfterMs === null ? null : now + retryAfterMs;
  const failed = { do: "failed", recovery: result, notBefore, message, code, status, fault, place, ...more };
  failed.connectUrl ??= null;
  return freeze(failed, "loginId", "requestId", "resume", "otherLoginId", "connectUrl");
}

/** The revision of a snapshot: a column for the `swap` of a store. */
export function revision(snapshot) {
  return fields(snapshot).revision;
}

/** The id of a snapshot's session, for a column beside `revision`. Null: a snapshot of version 1 has none. */
export function sessionId(snapshot) {
  return fields(snapshot).id ?? null;
}

function fields(snapshot) {
  let read;
  try {
    read = JSON.parse(snapshot);
  } catch {
    // The error might show the text.
  }
  if (!Number.isSafeInteger(read?.revision)) throw wrongField("snapshot");
  return read;
}
