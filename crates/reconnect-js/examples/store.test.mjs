import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { checkStore } from "flinks-reconnect/testing";
import { Row } from "./store.mjs";

test("the store swaps as it has to", async () => {
  const folder = await mkdtemp(`${tmpdir()}/store-`);
  await checkStore((name) => new Row(`${folder}/${name}.json`));
});
