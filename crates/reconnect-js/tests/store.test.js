// The suite for stores: what it lets pass, and what it finds.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { test } from "node:test";
import { revision, sessionId } from "flinks-reconnect";
import { checkStore } from "flinks-reconnect/testing";

const PACKAGE = createRequire(import.meta.url).resolve("flinks-reconnect/package.json");
const { snapshots } = JSON.parse(readFileSync(`${dirname(PACKAGE)}/src/store-suite.json`, "utf8"));

const NEW = "a row is there from its first swap on";
const STALE = "a swap on a revision that is not the row's";
const RACE = "of eight writers at once, one wins";
const OTHERS = "a row of another session is not overwritten";
const VERSION_1 = "a row of version 1 has no id";
const WHOLE = "a snapshot comes back as it was";

/** Whether a row may be swapped. */
function may(row, loaded, snapshot) {
  if (row === null) return loaded === null;
  return loaded === revision(row) && [null, sessionId(snapshot)].includes(sessionId(row));
}

/** A store in memory as it has to be, but for what `flaw` does in its own way. Each check has a table of its own. */
function inMemory(flaw = {}) {
  const rows = new Map();
  return (name) => {
    const get = () => rows.get(name) ?? null;
    const set = (row) => void rows.set(name, row);
    const swap = (loaded, snapshot) => {
      const fits = (flaw.may ?? may)(get(), loaded, snapshot);
      if (fits) set((flaw.kept ?? String)(snapshot));
      return fits;
    };
    return {
      load: () => (flaw.load ?? ((row) => row))(get()),
      swap: flaw.swap ? (loaded, snapshot) => flaw.swap({ get, set, swap }, loaded, snapshot) : swap,
    };
  };
}

const later = (open) => (name) => {
  const store = open(name);
  return {
    load: async () => (await null, store.load()),
    swap: async (loaded, snapshot) => (await null, store.swap(loaded, snapshot)),
  };
};

/** What the suite found. No snapshot is in it. */
async function wrong(open) {
  const error = await checkStore(open).then(() => assert.fail("it is found"), (error) => error);
  assert.equal(error.name, "AssertionError", error.stack);
  for (const snapshot of Object.values(snapshots)) {
    const { login, id = "l-" } = JSON.parse(snapshot);
    for (const part of [snapshot.slice(20, 60), login, id]) assert(!error.message.includes(part), error.message);
  }
  return error;
}

test("stores that are as they have to be", async () => {
  await checkStore(inMemory());
  await checkStore(later(inMemory()));
  const open = inMemory();
  await checkStore(async (name) => open(name));
  // As PostgreSQL does with the type JSONB.
  const sorted = (snapshot) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(snapshot)).sort()), null, 1);
  await checkStore(inMemory({ kept: sorted }));
  await checkStore(inMemory({ load: (row) => row ?? undefined }));
});

const TRUE = "swap returned true instead of false";
const SAYS = "instead of true or false";
const FLAWS = {
  "the last write wins": [{ may: () => true }, NEW, 2, TRUE],
  "the revision only": [{ may: (row, loaded) => loaded === (row && revision(row)) }, OTHERS, 2, TRUE],
  "what is newer is written": [
    { may: (row, ...more) => may(row, ...more) || (row !== null && revision(row) < revision(more[1])) },
    STALE, 4, TRUE,
  ],
  "an insert over a row": [
    { may: (row, loaded, snapshot) => loaded === null || may(row, loaded, snapshot) },
    STALE, 2, TRUE,
  ],
  "a swap of a missing row": [
    { may: (row, loaded, snapshot) => row === null || may(row, loaded, snapshot) },
    NEW, 2, TRUE,
  ],
  "a row without an id is refused": [
    { may: (row, ...more) => may(row, ...more) && (row === null || sessionId(row) === sessionId(more[1])) },
    VERSION_1, 3, "swap returned false instead of true",
  ],
  "a long text is cut": [
    { kept: (snapshot) => snapshot.slice(0, 4000) },
    WHOLE, 2, "load returned another row: 4000 characters that are no snapshot instead of 158",
  ],
  "a script is lost": [
    { kept: (snapshot) => snapshot.replace(/[^ -~]/g, "?") },
    WHOLE, 2, "load returned another row: 158",
  ],
  "it says nothing": [{ swap: ({ swap }, ...row) => void swap(...row) }, NEW, 2, `swap returned undefined ${SAYS}`],
  "it counts the rows": [
    { swap: ({ swap }, ...row) => Number(swap(...row)) },
    NEW, 2, `swap returned a value of the type number ${SAYS}`,
  ],
  "it says yes and writes nothing": [{ swap: ({ get }, ...row) => may(get(), ...row) }, NEW, 5, "load returned no row"],
  "it writes and says no": [
    { swap: ({ set }, _, snapshot) => set(snapshot) !== undefined },
    NEW, 3, /load returned \d+ characters at revision 1 instead of no row$/,
  ],
  "it throws if it refuses": [
    { swap: ({ swap }, ...row) => swap(...row) || Promise.reject(new RangeError(row[1])) },
    NEW, 2, "swap threw RangeError",
  ],
  "it loads bytes": [
    { load: (row) => row && Buffer.from(row) },
    NEW, 5, "load returned a value of the type object instead of text or null",
  ],
  "it loads text if there is no row": [
    { load: (row) => row ?? "null" },
    NEW, 1, "load returned 4 characters that are no snapshot instead of no row",
  ],
  "it cannot load": [
    {
      load() {
        throw "no table";
      },
    },
    NEW, 1, "load threw a value of the type string",
  ],
};

for (const [flaw, [how, rule, step, what]] of Object.entries(FLAWS)) {
  test(`a flaw is found: ${flaw}`, async () => {
    for (const open of [inMemory(how), later(inMemory(how))]) {
      const { message } = await wrong(open);
      assert(message.startsWith(rule) && message.includes(`: step ${step}: `), message);
      assert(typeof what === "string" ? message.includes(what) : what.test(message), message);
    }
  });
}

test("a race is found", async () => {
  const swap = async ({ get, set }, loaded, snapshot) => {
    const fits = may(get(), loaded, snapshot);
    await null;
    if (fits) set(snapshot);
    return fits;
  };
  const { message } = await wrong(inMemory({ swap }));
  assert.equal(message, `${RACE}: step 1: swap returned true to 8 of 8 callers instead of one`);
});

test("a row that is there already", async () => {
  const open = inMemory();
  await checkStore(open);
  const { message } = await wrong(open);
  assert.match(message, /: step 1: load returned \d+ characters at revision 1 instead of no row$/);
});

test("what the store throws is the cause, and what open throws is thrown", async () => {
  const cause = new RangeError("full");
  const error = await wrong(inMemory({ swap: () => Promise.reject(cause) }));
  assert.equal(error.cause, cause);
  await assert.rejects(checkStore(() => Promise.reject(cause)), cause);
});
