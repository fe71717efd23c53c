// The module itself: its memory, and a bug of it. There is none that is known, so one is planted in what it exports.

import assert from "node:assert/strict";
import { test } from "node:test";

const Real = WebAssembly.Instance;
let rc;
WebAssembly.Instance = function (module) {
  rc = { ...new Real(module).exports };
  return { exports: rc };
};
const { Instance, Session } = await import("flinks-reconnect");

const begun = () => Session.begin("refresh", Instance.named("toolbox", "c"), { secret: "s" }, { loginId: "l", clock: () => 0 });

test("memory stays flat over 20,000 sessions", () => {
  const body = new TextEncoder().encode('{"HttpStatusCode":200,"Token":"t"}');
  const use = () => {
    for (let n = 0; n < 10_000; n++) {
      const session = begun();
      session.turn();
      session.take();
      session.receive(200, [["a", "b"]], body);
      session.close();
    }
    return rc.memory.buffer.byteLength;
  };
  const before = use();
  assert.equal(use(), before, "a session that is closed gives its memory back");
});

test("a bug in the module or a full stack ends its sessions with an error, and no host", () => {
  for (const error of [new WebAssembly.RuntimeError("unreachable"), new RangeError("Maximum call stack size exceeded")]) {
    const [first, second] = [begun(), begun()];
    rc.rc_lost = () => {
      throw error;
    };
    assert.throws(() => first.lost(), { code: "panicked" });
    for (const session of [first, second]) {
      assert.throws(() => session.turn(), { code: "closed" });
      session.close();
    }
    assert(begun().turn(), "a new session has a new module");
  }
});
