// The widget's URL and its news, held to what the core says of the same.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { listen, readNews, widgetUrl } from "flinks-reconnect/widget";

const vectors = (name) => JSON.parse(readFileSync(`${process.env.RECONNECT_VECTORS}/widget/${name}.json`, "utf8"));

test("a URL is what the core writes", () => {
  for (const { place, with: fields, url } of vectors("urls")) assert.equal(widgetUrl(place, fields), url);
});

test("news is what the core reads", () => {
  const all = vectors("news");
  assert(all.length > 500);
  for (const { message, news } of all) {
    const read = readNews(message);
    assert.deepEqual(read && { ...read, accounts: [...read.accounts] }, news, message);
  }
});

test("only the widget in the frame is heard", () => {
  const [frame, on, heard] = [{ contentWindow: {}, src: "https://w.example/x?y" }, new EventTarget(), []];
  const post = (source, origin, data) => on.dispatchEvent(Object.assign(new Event("message"), { source, origin, data }));
  const stop = listen(frame, (message, { means }) => heard.push([message, means]), { on });
  const text = '{"step":"SUBMIT_MFA"}';
  post(frame.contentWindow, "https://w.example", text);
  post(frame.contentWindow, "https://w.example", JSON.parse(text));
  post({}, "https://w.example", text);
  post(frame.contentWindow, "https://w.example.evil.example", text);
  post(frame.contentWindow, "null", text);
  post(frame.contentWindow, "https://w.example", undefined);
  stop();
  post(frame.contentWindow, "https://w.example", text);
  assert.deepEqual(heard, [[text, "progress"], [text, "progress"]]);
});

test("a value that no widget posts is no news", () => {
  const cyclic = {};
  cyclic.self = cyclic;
  const throws = { get step() { throw new Error("no"); } };
  for (const odd of [undefined, null, 7, 1n, Symbol("s"), cyclic, throws, () => {}]) assert.equal(readNews(odd), null);
  const frame = { contentWindow: null, src: "" };
  const on = new EventTarget();
  const stop = listen(frame, () => assert.fail("nobody posted"), { on });
  for (const origin of ["null", "", undefined]) {
    on.dispatchEvent(Object.assign(new Event("message"), { source: null, origin, data: '{"step":"SUBMIT_MFA"}' }));
  }
  stop();
  for (const place of ["javascript:alert(1)//", "https://u:p@w.example/", "", undefined, {}]) {
    assert.throws(() => widgetUrl(place), TypeError);
  }
});
