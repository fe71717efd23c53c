// A refresh with a restart in the middle, against the sandbox: node refresh.mjs

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { Client } from "flinks-reconnect";
import { sandbox } from "flinks-reconnect/testing";
import { Row } from "./store.mjs";

const bank = await sandbox();
const store = new Row(`${await mkdtemp(`${tmpdir()}/refresh-`)}/anna.json`);
const server = () => new Client({ instance: bank.instance, keys: bank.keys, clock: bank.clock, sleep: bank.sleep, store });
const before = server();
console.log((await before.advance(before.refresh(bank.logins.Greatday))).do); // The bank asks, and the process ends.

const client = server(); // Another process goes on.
const session = await client.load();
for (let url; (await client.advance(session)).do === "ask" && (url = await client.show(session)); ) {
  session.returned(await bank.answerInWidget(url)); // In production the user answers, and the page posts this.
}
const end = await client.advance(session);
if (end.do === "failed") throw new Error(`${end.recovery}: ${end.message}`);
for (const { title, balance, currency } of end.accounts) console.log(`${title}: ${balance.current} ${currency}`);
await bank.close();
