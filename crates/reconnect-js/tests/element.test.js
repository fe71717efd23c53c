// What Node can tell of the element. A browser tells the rest: crates/reconnect-testkit/tests/browser/element.rs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FlinksReconnectElement } from "flinks-reconnect/element";
import { readNews } from "flinks-reconnect/widget";

test("a server imports it without an error, also twice", async () => {
  const again = await import(`${import.meta.resolve("flinks-reconnect/element")}?again`);
  assert.notEqual(again.FlinksReconnectElement, FlinksReconnectElement);
});

test("a step means what the listener of the package says", () => {
  const { read } = FlinksReconnectElement;
  const vectors = JSON.parse(readFileSync(`${process.env.RECONNECT_VECTORS}/widget/news.json`, "utf8"));
  const steps = new Set(vectors.map(({ news }) => news?.step).filter((step) => /^[A-Z_ ]+$/.test(step)));
  assert(steps.size > 20, `${[...steps]}`);
  for (const step of steps) assert.equal(read({ step }).means, readNews({ step }).means, step);
  for (const code of [...steps].filter((step) => read({ step }).means === "error")) {
    assert.equal(read({ flinksCode: code, requestId: "r" }).means, "error", code);
  }
  for (const news of [
    { loginId: "l" }, { requestId: "r", institution: "i" }, { step: "REDIRECT", loginId: "l" },
    { step: "REDIRECT", error: "access_denied" }, { step: "SUBMIT_MFA", error: "of another kind" },
  ]) {
    assert.equal(read(news).means, readNews(news).means, JSON.stringify(news));
  }
});

test("no message of another script is read", () => {
  const cyclic = {};
  cyclic.self = cyclic;
  const long = { step: "A", more: "x".repeat(65_536) };
  for (const odd of [undefined, null, 7, 1n, Symbol("s"), cyclic, [], "", "text", "7", '"{}"', "{", long, () => {}]) {
    assert.equal(FlinksReconnectElement.read(odd), undefined);
  }
});
