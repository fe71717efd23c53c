import { Session } from "flinks-reconnect";
import { sandbox } from "flinks-reconnect/testing";

const bank = await sandbox();
const begin = { clock: bank.clock, loginId: bank.logins.Greatday_NoMFA };
const session = Session.begin("refresh", bank.instance, bank.keys, begin);
for (let done = false; !done; ) {
  const row = session.turn(); // Store it, before anything is sent.
  const work = session.take();
  if (work.do === "send") {
    const { url, method, headers, body } = work.request;
    const reply = await fetch(url, { method, headers: headers.map((pair) => [...pair]), body, redirect: "manual" });
    session.receive(reply.status, reply.headers, new Uint8Array(await reply.arrayBuffer()));
  } else if (work.do === "wait") {
    await bank.sleep(Math.max(work.until - bank.clock(), 0));
  } else if (work.do === "done") {
    for (const { title, balance } of work.accounts) console.log(`${title}: ${balance.current}`);
    done = true;
  } else done = work.do !== "turn";
}
await bank.close();
