// Builds a page with Vite and opens it in Chromium; then the same from Vite's server for development.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { build, createServer, preview } from "vite";
import { EXPECTED } from "./hosts.js";

const chromium = ["chromium", "chromium-browser", "google-chrome"].find((name) => {
  try {
    return execFileSync(name, ["--version"], { stdio: "pipe" });
  } catch {
    return false;
  }
});
const config = {
  configFile: false, logLevel: "warn", server: { host: "127.0.0.1", port: 0 }, preview: { host: "127.0.0.1", port: 0 },
  // Vite's server joins packages, and would leave the module's file behind.
  optimizeDeps: { exclude: ["flinks-reconnect"] },
  build: { rollupOptions: { input: "page.html" }, outDir: "dist" },
};

async function open(server) {
  const [url] = (await server).resolvedUrls.local;
  const how = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom", `${url}page.html`];
  const { execFile } = await import("node:child_process");
  const { promisify } = await import("node:util");
  const { stdout } = await promisify(execFile)(chromium, how, { timeout: 60_000 });
  const text = /<p>([^<]*)<\/p>/.exec(stdout)?.[1].replaceAll("&amp;", "&");
  assert.equal(text, `${EXPECTED} | progress {"step":"SUBMIT_MFA"}`);
}

await build(config);
const built = await preview(config);
await open(built);
await built.close();
const developing = await createServer(config);
await developing.listen();
await open(developing);
await developing.close();
