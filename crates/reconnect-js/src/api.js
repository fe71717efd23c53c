export { Client } from "./client.js";
export { Request } from "./core.js";
export { Fault, ReconnectError } from "./error.js";
export { Account, revision, sessionId } from "./results.js";
export { Instance, Session } from "./session.js";
