// CommonJS.
const assert = require("node:assert/strict");
const { Client, Instance, ReconnectError } = require("flinks-reconnect");
const { readNews } = require("flinks-reconnect/widget");

const client = new Client({ instance: Instance.named("toolbox", "c"), keys: { secret: "s" } });
assert(client.refresh("l").turn());
assert.throws(() => client.refresh(""), ReconnectError);
assert.equal(readNews({ step: "SUBMIT_MFA" }).means, "progress");
