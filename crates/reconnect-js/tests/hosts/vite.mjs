// Builds a page with Vite and opens it in Chromium; then the same from Vite's server for development. The page posts what it
// found.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { text } from "node:stream/consumers";
import { build, createServer, preview } from "vite";
import { EXPECTED } from "./hosts.js";

const chromium = ["chromium", "chromium-browser", "google-chrome"].find((name) => spawnSync(name, ["--version"]).status === 0);
let hear;
const listens = ({ middlewares }) =>
  void middlewares.use("/said", async (request, reply) => {
    const said = await text(request);
    reply.end();
    hear(said);
  });
const config = {
  configFile: false, logLevel: "warn", server: { host: "127.0.0.1", port: 0 }, preview: { host: "127.0.0.1", port: 0 },
  plugins: [{ name: "said", configureServer: listens, configurePreviewServer: listens }],
  // Vite's server joins packages, and would leave the module's file behind.
  optimizeDeps: { exclude: ["flinks-reconnect"] },
  build: { rollupOptions: { input: "page.html" }, outDir: "dist" },
};

async function open(server) {
  const said = new Promise((resolve, reject) => {
    hear = resolve;
    setTimeout(() => reject(new Error("the page said nothing in a minute")), 60_000).unref();
  });
  const profile = mkdtempSync(`${tmpdir()}/page-`);
  const how = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`];
  const browser = spawn(chromium, [...how, `${server.resolvedUrls.local[0]}page.html`], { stdio: "ignore" });
  const ended = once(browser, "exit");
  try {
    assert.equal(await said, `${EXPECTED} | progress {"step":"SUBMIT_MFA"}`);
  } finally {
    browser.kill();
    await ended;
    await server.close();
    // Chromium's other processes end after it, and may still write there.
    try {
      rmSync(profile, { recursive: true, force: true });
    } catch (error) {
      console.log(`left behind: ${error.code}`);
    }
  }
}

await build(config);
await open(await preview(config));
const developing = await createServer(config);
await developing.listen();
await open(developing);
