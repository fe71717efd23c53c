/** An exchange over `fetch`. It follows no redirect, and tries nothing twice. */

import { Fault, ReconnectError } from "./error.js";

/** What Node says of a connection that was not made: no byte of the request has left. */
const NOT_SENT = [
  [/^(ENOTFOUND|EAI_)/, "nameNotFound"],
  [/^ECONNREFUSED$/, "refused"],
  [/^UND_ERR_CONNECT_TIMEOUT$/, "connectTimeout"],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES|EPERM)$/, "connect"],
  [/CERT|^UNABLE_TO_/, "untrusted"],
];

/** What Node says of a reply that is not whole: the request may have arrived. */
const SENT = [
  [/^UND_ERR_(HEADERS|BODY)_TIMEOUT$|^ETIMEDOUT$/, "timeout"],
  [/^UND_ERR_HEADERS_OVERFLOW$|^HPE_HEADER_OVERFLOW$/, "headTooLarge"],
  [/^HPE_/, "garbled"],
  [/^(ECONNRESET|EPIPE)$/, "reset"],
  [/^(ERR_SSL|ERR_TLS|EPROTO$)/, "tls"],
];

export async function exchange(fetch, request, reply, signal) {
  // Nothing has left yet.
  if (signal?.aborted) throw new Fault("connect", { sent: false });
  const limit = AbortSignal.timeout(request.limitMs);
  let fault;
  try {
    const { url, method, headers, body } = request;
    const either = signal ? AbortSignal.any([signal, limit]) : limit;
    const init = { method, headers: headers.map((pair) => [...pair]), body, redirect: "manual", signal: either };
    return await receive(await fetch(url, init), reply);
  } catch (error) {
    // The caller stopped it, and the session counts its reply as lost.
    signal?.throwIfAborted();
    if (error instanceof ReconnectError) throw error;
    fault = limit.aborted ? new Fault("timeout", { sent: true }) : faultOf(error);
  }
  // Thrown here, since the first error may hold an address.
  throw fault;
}

async function receive(response, reply) {
  // A browser hides the status of a redirect, and tells its type.
  reply.beginReply(response.type === "opaqueredirect" ? 302 : response.status, response.headers);
  if (response.body === null) return;
  const reader = response.body.getReader();
  for (let piece; !(piece = await reader.read()).done; ) {
    if (!reply.append(piece.value)) return void reader.cancel().catch(() => {});
  }
}

/** The fault that an error stands for. If a host does not say what happened, the request may have arrived. */
export function faultOf(error) {
  const codes = [];
  for (let cause = error, depth = 0; cause && depth < 8; cause = cause.cause, depth++) {
    codes.push(String(cause.code ?? ""), ...(cause.errors ?? []).map((one) => String(one.code ?? "")));
  }
  for (const [kinds, sent] of [[NOT_SENT, false], [SENT, true]]) {
    for (const [pattern, kind] of kinds) {
      if (codes.some((code) => pattern.test(code))) return new Fault(kind, { sent });
    }
  }
  return new Fault("broken", { sent: true });
}
