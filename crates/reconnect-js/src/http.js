/** An exchange over `fetch`. It follows no redirect, and tries nothing twice. */

import { Fault, ReconnectError } from "./error.js";

/** What Node says of a connection that was not made: no byte of the request has left. The same words may come of a connection
 * that stood, so most of them count only from the two calls that make one. */
const MAKES_ONE = /^(connect|getaddrinfo)$/;
const NOT_MADE = [
  [/^(ENOTFOUND|EAI_)/, "nameNotFound"],
  [/^ECONNREFUSED$/, "refused"],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES|EPERM)$/, "connect"],
];
/** These say it by themselves: the certificate of the other side is looked at before anything is sent. */
const NOT_SENT = [
  [/^UND_ERR_CONNECT_TIMEOUT$/, "connectTimeout"],
  [/^(CERT_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT$|UNABLE_TO_|ERR_TLS_CERT)/, "untrusted"],
];
/** What Node says of a reply that is not whole: the request may have arrived. */
const SENT = [
  [/^UND_ERR_(HEADERS|BODY)_TIMEOUT$|^ETIMEDOUT$/, "timeout"],
  [/^UND_ERR_HEADERS_OVERFLOW$|^HPE_HEADER_OVERFLOW$/, "headTooLarge"],
  [/^HPE_/, "garbled"],
  [/^(ECONNRESET|EPIPE)$/, "reset"],
  [/^(ERR_SSL|ERR_TLS|EPROTO$)/, "tls"],
];

/** Sends a request once, and gives its reply to `reply`. Returns the fault if no whole reply came. */
export async function exchange(fetch, request, reply, signal) {
  // Nothing has left yet.
  if (signal?.aborted) return new Fault("connect", { sent: false });
  const limit = AbortSignal.timeout(request.limitMs);
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  let answered = false;
  try {
    const { url, method, headers, body } = request;
    const init = { method, headers: headers.map((pair) => [...pair]), body, redirect: "manual", signal: either };
    const response = await orAborted(fetch(url, init), either);
    answered = true;
    await receive(response, reply, either);
    return null;
  } catch (error) {
    // The caller stopped it, and the session counts its reply as lost.
    signal?.throwIfAborted();
    if (error instanceof ReconnectError) throw error;
    return limit.aborted ? new Fault("timeout", { sent: true }) : faultOf(error, answered);
  }
}

async function receive(response, reply, signal) {
  // A browser hides the status of a redirect, and tells its type.
  reply.beginReply(response.type === "opaqueredirect" ? 302 : response.status, response.headers);
  if (response.body === null) return;
  const reader = response.body.getReader();
  try {
    for (let piece; !(piece = await orAborted(reader.read(), signal)).done; ) {
      if (!reply.append(piece.value)) break;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** A `fetch` may be of a kind that does not heed its signal. */
async function orAborted(work, signal) {
  let abort;
  const aborted = new Promise((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** The fault that an error stands for. If a host does not say what happened, the request may have arrived. */
function faultOf(error, answered) {
  try {
    if (error instanceof Fault) return error;
    const causes = causesOf(error);
    if (!answered) {
      const made = causes.filter(({ syscall }) => syscall !== undefined);
      const kind = wordOf(NOT_SENT, causes) ??
        (made.length > 0 && made.every(({ syscall }) => MAKES_ONE.test(syscall)) ? wordOf(NOT_MADE, made) : null);
      if (kind) return new Fault(kind, { sent: false });
    }
    return new Fault(wordOf(SENT, causes) ?? "broken", { sent: true });
  } catch {
    // The fields of an error may be anything.
    return new Fault("broken", { sent: true });
  }
}

/** The error and what it came from. Several addresses of a host may have an error each. */
function causesOf(error) {
  const all = [];
  for (let [cause, depth] = [error, 0]; cause && depth < 8; cause = cause.cause, depth++) {
    const several = Array.isArray(cause.errors) && cause.errors.length > 0;
    for (const one of several ? cause.errors : [cause]) all.push({ code: String(one?.code ?? ""), syscall: one?.syscall });
  }
  return all;
}

const wordOf = (words, causes) => words.find(([pattern]) => causes.some(({ code }) => pattern.test(code)))?.[1] ?? null;
