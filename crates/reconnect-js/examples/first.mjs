// The accounts of a login whose bank asks three questions: node first.mjs

import { Client } from "flinks-reconnect";
import { sandbox } from "flinks-reconnect/testing";

const bank = await sandbox();
const client = new Client({ instance: bank.instance, keys: bank.keys, clock: bank.clock, sleep: bank.sleep });
const session = client.refresh(bank.logins.Greatday);
let step = await client.advance(session);
while (step.do === "ask") {
  const url = await client.show(session);
  // Here a script plays the user and the browser.
  if (url) session.returned(await bank.answerInWidget(url));
  step = await client.advance(session);
}
if (step.do === "done") {
  for (const { title, balance, currency } of step.accounts) console.log(`${title}: ${balance.current} ${currency}`);
} else console.log(`${step.recovery}: ${step.message}`);
session.close();
await bank.close();
