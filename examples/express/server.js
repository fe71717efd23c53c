// An app that reconnects its user's bank. README.md says how to start it.

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import express from "express";
import { Client, Instance, Session } from "flinks-reconnect";
import { row } from "./store.js";

// In your app: the login of the user who is signed in, with sessions of its own. The keys come from where you keep
// secrets, and the instance is Instance.named("yourname", "your-customer-id").
const { ADDRESS, LOGIN_ID, WEBHOOK_KEY, DATA = "data", PAGE = "public", PORT = "3000" } = process.env;
if (!ADDRESS || !LOGIN_ID || !WEBHOOK_KEY) throw new Error("set ADDRESS, LOGIN_ID and WEBHOOK_KEY");
const instance = Instance.at(ADDRESS, `${ADDRESS}/`, "43387ca6-0391-4c82-857d-70d95f087ecb");
const keys = { secret: "sandbox-secret", api: "sandbox-api-key" };
const [client, jobs, accounts] = [new Client({ instance, keys }), new Map(), `${DATA}/accounts.json`];

mkdirSync(`${DATA}/sessions`, { recursive: true });
const all = () => readdirSync(`${DATA}/sessions`).filter((name) => /^[0-9a-f-]{36}$/.test(name));
const store = (key) => row(`${DATA}/sessions/${key}`);
const load = (key) => Session.restore(store(key).load(), instance, keys, { store: store(key) });

/** Tells a session something, and goes on with it until it waits. One job at a time. */
function goOn(key, tell = () => null) {
  const job = async () => {
    const session = load(key);
    if (session.outcome()) return null;
    const said = await tell(session);
    const now = await client.step(session);
    if (now.do === "done") writeFileSync(accounts, JSON.stringify(now.accounts), { mode: 0o600 });
    return said;
  };
  jobs.set(key, (jobs.get(key) ?? Promise.resolve()).then(job, job));
  return jobs.get(key);
}

const look = (key, ask = load(key).ask()) => ({
  state: load(key).outcome()?.do ?? (ask ? "ask" : "working"),
  leftMs: ask?.deadline && ask.deadline.at - Date.now(),
});

const app = express();
app.use((request, reply, next) => {
  reply.set("content-security-policy", `default-src 'self'; frame-src ${ADDRESS}`).set("referrer-policy", "no-referrer");
  // A page of another site may not act for the user.
  const isStrange = request.method !== "GET" && request.get("sec-fetch-site") === "cross-site";
  return isStrange ? reply.sendStatus(403) : next();
});
app.use(express.static(PAGE));
app.use("/element.js", express.static(fileURLToPath(import.meta.resolve("flinks-reconnect/element"))));
app.get("/accounts", (_, reply) => reply.json(existsSync(accounts) ? JSON.parse(readFileSync(accounts, "utf8")) : []));

// The user pressed the button. A second press finds the same session, so the bank sends one text message.
app.post("/sessions", (_, reply) => {
  const key = all().find((one) => !load(one).outcome()) ?? randomUUID();
  store(key).swap(null, client.refresh(LOGIN_ID, { known: { key, tag: key } }).snapshot());
  goOn(key).catch(console.error);
  reply.json({ session: key });
});

// What the component asks its server: where the widget is, for one showing; to take a message; and how far it is.
app.param("key", (_request, reply, next, key) => (all().includes(key) ? next() : reply.sendStatus(404)));
app.post("/sessions/:key/widget", async ({ params: { key } }, reply) => {
  const url = look(key).state === "ask" ? await goOn(key, (session) => client.show(session)) : null;
  reply.json({ url, leftMs: look(key).leftMs });
});
app.post("/sessions/:key/message", express.text({ type: () => true }), async ({ params: { key }, body }, reply) => {
  await goOn(key, (session) => session.returned(body));
  reply.sendStatus(204);
});
app.get("/sessions/:key", ({ params: { key } }, reply) => reply.json(look(key)));

// Flinks has the data. Its tag is the session's key. Answer 200 once it is stored: then Flinks does not send it again.
app.post("/webhook", express.raw({ type: () => true, limit: "64mb" }), async (request, reply) => {
  const given = Buffer.from(request.get("flinks-authenticity-key") ?? request.get("x-flinks-signature") ?? "", "base64");
  const wanted = createHmac("sha256", WEBHOOK_KEY).update(request.body ?? "").digest();
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return reply.sendStatus(401);
  const { Tag, RequestId } = JSON.parse(request.body);
  if (all().includes(Tag)) await goOn(Tag, (session) => session.returned({ step: "REDIRECT", requestId: RequestId }));
  return reply.sendStatus(200);
});

// Polls go on if the page is closed, and after a restart.
setInterval(() => all().forEach((key) => goOn(key).catch(console.error)), 1000);
const server = app.listen(Number(PORT), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
