/** `checkStore`: a recorded suite for stores. The Rust crate and the Python package run it too. */

import { AssertionError } from "node:assert";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

/** How many callers a race has. */
const RACERS = 8;

/** Checks a store of yours. `open(name)` gives a handle on the row with this name. */
export async function checkStore(open) {
  const { cases, snapshots } = JSON.parse(readFileSync(new URL("./store-suite.json", import.meta.url), "utf8"));
  for (const { says, steps } of cases) {
    for (const [index, { do: does, row, loaded, snapshot, expect = true }] of steps.entries()) {
      const [loads, races] = [does === "load", does === "race"];
      const stores = [];
      while (stores.length < (races ? RACERS : 1)) stores.push(await open(row));
      // What a store throws at once is as what it throws later.
      const call = async (store) => (loads ? store.load() : store.swap(loaded, snapshots[snapshot]));
      const said = await Promise.allSettled(stores.map(call));
      const failed = said.find(({ status }) => status === "rejected");
      const values = said.map(({ value }) => value);
      const wrong = failed
        ? `threw ${failed.reason?.name ?? kind(failed.reason)}`
        : loads
          ? wrongLoad(values[0] ?? null, snapshots[expect] ?? null)
          : wrongSwaps(values, races, expect);
      if (!wrong) continue;
      const message = `${says}: step ${index + 1}: ${loads ? "load" : "swap"} ${wrong}`;
      throw Object.assign(new AssertionError({ message }), failed && { cause: failed.reason });
    }
  }
}

function wrongLoad(row, expected) {
  if (row !== null && typeof row !== "string") return `returned ${kind(row)} instead of text or null`;
  const two = row !== null && expected !== null;
  if (two ? isDeepStrictEqual(read(row), read(expected)) : row === expected) return null;
  return `returned ${two ? "another row: " : ""}${about(row)} instead of ${about(expected)}`;
}

function wrongSwaps(values, races, expected) {
  const other = values.findIndex((value) => typeof value !== "boolean");
  if (other !== -1) return `returned ${kind(values[other])} instead of true or false`;
  const won = values.filter(Boolean).length;
  if (won === Number(expected)) return null;
  if (races) return `returned true to ${won} of ${RACERS} callers instead of one`;
  return `returned ${!expected} instead of ${expected}`;
}

const kind = (value) => ((value ?? null) === null ? String(value) : `a value of the type ${typeof value}`);

/** The row as a value: a database may write its JSON in another way. */
function read(row) {
  try {
    return JSON.parse(row);
  } catch {
    return row;
  }
}

/** Says which row it is, without what is in it. */
function about(row) {
  if (row === null) return "no row";
  const at = read(row)?.revision;
  return `${row.length} characters ${Number.isSafeInteger(at) ? `at revision ${at}` : "that are no snapshot"}`;
}
