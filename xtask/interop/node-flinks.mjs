// Drives `node-flinks` (Neo Financial, Node.js) through a running `reconnect sandbox`.
//
//     node xtask/interop/node-flinks.mjs PACKAGES URL LOGIN_ID
//
// PACKAGES is the folder that npm installed into. One line of JSON for each step: {"step","passed","rules","says"}.
// `rules` is what the sandbox's doctor named during the step, and what the client got wrong in reading the reply.

import { createRequire } from "node:module";
import { resolve } from "node:path";

const [packages, url, login] = process.argv.slice(2);
const FlinksClient = createRequire(resolve(packages, "package.json"))("node-flinks").default;
setTimeout(() => process.exit(1), 120_000).unref(); // The client has no time-out of its own.

const CUSTOMER = "43387ca6-0391-4c82-857d-70d95f087ecb";
const ANSWERS = { city: "Montreal", country: "Canada", shape: "Triangle" };
const NOBODY = "00000000-0000-4000-8000-000000000000";

/** The client knows Flinks' own hosts only; its HTTP client can be told of another, and of headers. */
function connect(headers = {}) {
  const flinks = new FlinksClient("toolbox", CUSTOMER);
  flinks.client = flinks.client.extend({ prefixUrl: `${url}/v3/${CUSTOMER}`, headers });
  return flinks;
}

const flinks = connect();

async function control(name, body) {
  const post = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const reply = await fetch(`${url}/_sandbox/${name}`, body && post);
  if (!reply.ok) throw new Error(`${name}: ${reply.status}`);
  return reply.json();
}

/** Every finding since the start. */
function doctor() {
  return control("doctor");
}

function expect(wanted, found) {
  if (`${wanted}` !== `${found}`) throw new Error(`expected ${wanted}, found ${found}`);
}

async function cached() {
  const reply = await flinks.authorize({ loginId: login });
  expect([200, login], [reply.httpStatusCode, reply.login.id]);
  return reply.requestId;
}

async function live() {
  const reply = await flinks.authorize({ loginId: login, mostRecentCached: false, save: true });
  expect([203, "QuestionAndAnswer"], [reply.httpStatusCode, reply.securityChallenges[0].type]);
  return reply;
}

async function answer() {
  let reply = await live();
  for (const _ of Object.keys(ANSWERS)) {
    const { prompt } = reply.securityChallenges[0];
    const [, typed] = Object.entries(ANSWERS).find(([word]) => prompt.includes(word));
    reply = await flinks.authorize({ requestId: reply.requestId, securityResponses: { [prompt]: [typed] } });
  }
  expect(200, reply.httpStatusCode);
}

async function accounts(chosen) {
  const requestId = await cached();
  const first = await flinks.getAccountsDetail({ requestId, accountsFilter: chosen });
  expect([202, "OPERATION_PENDING"], [first.httpStatusCode, first.flinksCode]);
  await control("clock", { advanceMs: 10_000 });
  const found = (await flinks.getAccountsDetailAsync({ requestId })).accounts.map((account) => account.id);
  if (found.length === 0 || (chosen && `${chosen}` !== `${found}`)) throw new Error(`${found.length} accounts came`);
  return found;
}

/** The error has to say its FlinksCode: the way out depends on it. */
async function refused(code, call) {
  const error = await call().then(() => null, (error) => error);
  if (!error) throw new Error(`no error, where ${code} came`);
  expect(code, error.flinksCode);
}

const STEPS = {
  "authorize-cached": cached,
  "authorize-live": live,
  "answer-mfa": answer,
  accounts: () => accounts(),
  "accounts-filter": async () => accounts((await accounts()).slice(1, 2)),
  "wrong-login": () => refused("INVALID_LOGIN", () => flinks.authorize({ loginId: NOBODY })),
  "expired-request": async () => {
    const requestId = await cached();
    await control("expire", { requestId });
    await refused("SESSION_NONEXISTENT", () => flinks.getAccountsDetail({ requestId }));
  },
  "wrong-key": async () => {
    const requestId = await cached();
    await refused("ACCESS_DENIED", () => connect({ "x-api-key": "wrong" }).getAccountsDetail({ requestId }));
  },
};

for (const [step, run] of Object.entries(STEPS)) {
  // An unfinished MFA would stand against the cached calls of the next step.
  await control("reset-login", { loginId: login });
  const before = await doctor();
  const error = await run().then(() => null, (error) => error);
  const rules = [...new Set((await doctor()).slice(before.length).map((finding) => finding.rule))].sort();
  console.log(JSON.stringify({ step, passed: !error, rules, says: error ? `${error.name}: ${error.message}` : "" }));
}
