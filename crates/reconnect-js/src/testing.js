/** For tests: a sandbox, which is the service, its widget and its users, offline; and a suite for stores. The sandbox
 * is the command `reconnect sandbox`. Node only. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { Instance } from "flinks-reconnect";

export { checkStore } from "./store-suite.js";

const CUSTOMER = "43387ca6-0391-4c82-857d-70d95f087ecb";

/** The answers of the sandbox's user Greatday, by a word of the question. */
export const GREATDAY = Object.freeze({ city: "Montreal", country: "Canada", shape: "Triangle" });

/** A sandbox that runs. `clock` and `sleep` are for clients: its time goes `speed` times as fast as ours. */
class Sandbox {
  #process;
  #began;
  #started = performance.now();

  constructor(process, url, speed) {
    this.#process = process;
    this.url = url;
    this.speed = speed;
    this.instance = Instance.at(url, `${url}/`, CUSTOMER);
    this.keys = { secret: "sandbox-secret", api: "sandbox-api-key" };
    this.clock = () => this.#began + Math.floor((performance.now() - this.#started) * speed);
    this.sleep = async (ms, { signal } = {}) => void (await pause(ms / speed, undefined, { signal }));
  }

  async begin() {
    this.#began = (await this.control("clock")).now;
    this.#started = performance.now();
    const logins = await this.control("logins");
    this.logins = Object.fromEntries(logins.map((one) => [one.username, one.loginId]));
    return this;
  }

  /** Asks one of the sandbox's controls, such as `doctor`, or tells it `body`. */
  async control(name, body) {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const reply = await fetch(`${this.url}/_sandbox/${name}`, init);
    if (!reply.ok) throw new Error(`the sandbox refused ${name}: ${reply.status}`);
    return reply.json();
  }

  /** Each documented rule that a request broke. */
  doctor() {
    return this.control("doctor");
  }

  /** Plays the user and the browser. Returns the message that the widget posts at its end. */
  async answerInWidget(url, answers = GREATDAY) {
    for (let body; ; ) {
      const init = { method: body ? "POST" : "GET", body, headers: { accept: "application/json" } };
      const reply = await fetch(url, init);
      const text = await reply.text();
      if (reply.headers.get("content-type").startsWith("application/json")) return JSON.stringify(JSON.parse(text).event);
      const form = /<form[^>]* action="([^"]*)"[^>]*>([^]*?)<\/form>/.exec(text);
      if (!form) throw new Error("the widget shows no question");
      const names = [...form[2].matchAll(/<input[^>]* name="([^"]*)"/g)].map((input) => plain(input[1]));
      const said = (name) => Object.entries(answers).find(([word]) => name.includes(word))?.[1] ?? "";
      body = new URLSearchParams(names.map((name) => [name, said(name)]));
      url = new URL(plain(form[1]), url).href;
    }
  }

  /** Ends it. */
  async close() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill();
    await ended;
  }

  static {
    if (Symbol.asyncDispose) this.prototype[Symbol.asyncDispose] = this.prototype.close;
  }
}

const plain = (html) =>
  html.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/**
 * Runs a sandbox that refuses what the documentation forbids. `options` are those of `reconnect sandbox`. The command is
 * `command`, or what the variable `RECONNECT_BIN` names, or `reconnect` on the path.
 */
export async function sandbox({ options = [], speed = 20, command = process.env.RECONNECT_BIN ?? "reconnect" } = {}) {
  const child = spawn(command, ["sandbox", "--strict", `--accelerate=${speed}`, ...options], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const failed = once(child, "error").then(() => {
    throw new Error("no command `reconnect` is on the path: install it, or name it in RECONNECT_BIN");
  });
  const said = createInterface({ input: child.stdout });
  const [url] = await Promise.race([failed, once(said, "line"), once(child, "exit").then(() => [""])]);
  if (!url.startsWith("http")) throw new Error(`${command} sandbox said no address: try it with these options in a terminal`);
  // It ends with this process.
  const end = () => child.kill();
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  return new Sandbox(child, url, speed).begin();
}
