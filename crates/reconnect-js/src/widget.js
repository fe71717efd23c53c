/** What a page needs: the widget's URL, what the widget posts, and a listener. No module, no key and no session. The suite's
 * vectors of `vectors/widget` hold this file to the core's own rules. */

import { ERRORS } from "./codes.js";

const MAX_NEWS = 64 << 10;
const MAX_ID = 128;
const MAX_ACCOUNTS = 200;
/** How many messages may be around an event, and how deep lists of accounts may be nested. */
const WRAPPED = 3;
const DEPTH = 4;

/** Steps that mean more than some progress. */
const MEANS = {
  REDIRECT: "redirect",
  COMPONENT_CLOSE_SESSION: "left",
  COMPONENT_DENY_CONSENT: "ends",
  COMPONENT_DENY_TERMS: "ends",
  MAXIMUM_RETRY_REACHED: "ends",
  TOKEN_INVALID: "tokenSpent",
};

// The URL.

/**
 * The widget's URL. `place` is the instance's name, such as `toolbox`, or the address of its widget. With `requestId` the
 * widget shows the question of that session; without it, it is an ordinary Connect session, at `institution` if that is
 * given. Every further field is a parameter. If the URL is longer than `most` bytes, the accounts to keep are left out.
 */
export function widgetUrl(place, { requestId, keep, institution, authorizeToken, most = 8000, ...parameters } = {}) {
  const isName = typeof place === "string" && /^[a-z0-9-]+$/i.test(place);
  if (!isName && !/^https?:\/\/[^@#]+$/.test(place)) throw new TypeError("a place is an instance's name or a web address");
  const base = isName ? `https://${place}-iframe.private.fin.ag/` : place;
  const named = Object.entries({ ...parameters, authorizeToken }).filter(([, value]) => value != null);
  const rest = named.map(([name, value]) => [name, encode(value)]);
  if (requestId == null) return withAll(connect(base, institution), rest);
  const request = ["requestId", encode(requestId)];
  if (!keep) return withAll(base, [request, ...rest]);
  const whole = withAll(base, [request, ["resumeSelectedAccounts", [...keep].map(encode).join(",")], ...rest]);
  return bytesOf(whole) > most ? withAll(base, [request, ...rest]) : whole;
}

function connect(base, institution) {
  if (institution == null) return base;
  const [, path, query] = /^([^?]*)([^]*)$/.exec(base);
  return `${path}${path.endsWith("/") ? "" : "/"}Credential/${encode(institution)}${query}`;
}

function withAll(url, parameters) {
  for (const [name, value] of parameters) {
    const query = url.includes("?") ? url.slice(url.indexOf("?") + 1) : null;
    url += `${query === null ? "?" : query === "" || query.endsWith("&") ? "" : "&"}${encode(name)}=${value}`;
  }
  return url;
}

/** Everything but unreserved characters (RFC 3986) is encoded. */
const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const bytesOf = (text) => new TextEncoder().encode(text).length;

// The page.

/**
 * Calls `heard(message, news)` for each message that the widget in `frame` posts, and for no other. Send `message` to your
 * server: a session reads it there. `news` is for the page. Returns a function that ends the listening.
 */
export function listen(frame, heard, { on = globalThis } = {}) {
  const hear = ({ source, origin, data }) => {
    if (source === null || source !== frame.contentWindow || origin !== originOf(frame.src)) return;
    const news = readNews(data);
    if (news) heard(typeof data === "string" ? data : JSON.stringify(data), news);
  };
  on.addEventListener("message", hear);
  return () => on.removeEventListener("message", hear);
}

/** A frame without an address has no origin. */
function originOf(address) {
  const { protocol, origin } = URL.canParse(address) ? new URL(address) : {};
  return /^https?:$/.test(protocol) ? origin : undefined;
}

// The news.

/** What a message of the widget, or the URL of its redirect, says; null if it is neither. All of it is a claim: a browser
 * can be made to say anything, so a server looks for itself. */
export function readNews(message) {
  const text = typeof message === "string" ? message.toWellFormed() : json(message);
  if (text === undefined || bytesOf(text) > MAX_NEWS) return null;
  try {
    const news = nested(text, WRAPPED);
    return news === AROUND ? null : public_(news);
  } catch (error) {
    if (error !== NO_NEWS) throw error;
    return null;
  }
}

/** A message of any page may be what JSON cannot write. */
function json(message) {
  try {
    return JSON.stringify(message);
  } catch {
    return undefined;
  }
}

const NO_NEWS = new Error("no news");
/** It is a message with an event inside. */
const AROUND = Symbol("around");

function public_({ accounts, other, ...news }) {
  return Object.freeze({ ...news, accounts: Object.freeze(accounts), means: means(news) });
}

function means({ step, loginId, code, error }) {
  const redirects = error === null && (step === null ? code === null && loginId !== null : step === "REDIRECT");
  if (redirects) return "redirect";
  if (code !== null || error !== null) return "error";
  return meaning(step);
}

const meaning = (step) => (Object.hasOwn(MEANS, step) ? MEANS[step] : ERRORS.has(step) ? "error" : "progress");

const empty = () => ({
  step: null, loginId: null, requestId: null, institution: null, accounts: [], tag: null, code: null, error: null,
  errorDescription: null, other: new Set(),
});

function nested(text, depth) {
  // The event may be posted as text, which JSON then quotes once more.
  const inner = string(mended(trim(text))) ?? text;
  const event = fields(mended(trim(inner)));
  if (event && isAround(event, depth)) return AROUND;
  const news = event ? ofEvent(event) : ofUrl(trim(inner));
  const { step, loginId, requestId, error, accounts } = news;
  if ([step, loginId, requestId, error].every((one) => one === null) && accounts.length === 0) throw NO_NEWS;
  return news;
}

function isAround(event, depth) {
  const named = (name) => event.find(([has]) => lower(has) === name)?.[1];
  const inside = (name) => {
    const json = named(name);
    if (json === undefined) return false;
    try {
      return Boolean(nested(json, depth - 1));
    } catch {
      return false;
    }
  };
  return depth > 0 && named("step") === undefined && ["data", "nativeevent", "detail"].some(inside);
}

function ofEvent(event) {
  const news = empty();
  let url = null;
  for (const [name, json] of event) {
    if (lower(name) === "url") url = string(json);
    else take(news, name, json);
  }
  const named = (name) => news.other.has(name);
  const redirects = news.step === null
    ? named("state") || named("error_uri") || news.errorDescription !== null
    : news.step === "REDIRECT";
  // Another step, or a message of another script, may have an error with another meaning.
  if (!redirects) news.error = news.errorDescription = null;
  const inUrl = url === null ? null : attempt(() => ofUrl(url));
  if (inUrl) {
    // The code of an event stands in the event itself, not in its URL.
    inUrl.code = null;
    if (news.step !== null && news.step !== "REDIRECT") inUrl.error = inUrl.errorDescription = null;
    fill(news, inUrl);
  }
  if (meaning(news.step) === "error") news.code = news.step;
  return coded(news);
}

function attempt(work) {
  try {
    return work();
  } catch (error) {
    if (error !== NO_NEWS) throw error;
    return null;
  }
}

function ofUrl(text) {
  const [query, fragment] = parts(text);
  const news = ofParameters(query);
  // A page after `#` may have the parameters. Those of the query win.
  fill(news, ofParameters(fragment));
  news.step = null;
  return coded(news);
}

function ofParameters(query) {
  const news = empty();
  for (const [name, value] of pairs(query)) take(news, decode(name), JSON.stringify(decode(value)));
  return news;
}

/** Takes each value that it does not have itself. */
function fill(news, from) {
  if (news.error === null) [news.error, news.errorDescription] = [from.error, from.errorDescription];
  if (news.accounts.length === 0) news.accounts = from.accounts;
  for (const name of ["step", "loginId", "requestId", "institution", "tag", "code"]) news[name] ??= from[name];
  for (const name of from.other) news.other.add(name);
}

function coded(news) {
  if (news.error !== null) news.code ??= code(news.error);
  return news;
}

function take(news, named, json) {
  if (isAccounts(named)) return takeAccounts(news.accounts, json, DEPTH);
  const name = lower(named);
  if (name === "loginid" || name === "requestid") {
    const text = id(json);
    if (text !== null) return void (news[name === "loginid" ? "loginId" : "requestId"] = sound(text));
  }
  const text = asText(json);
  if (json === "null") return;
  if (text !== null && name === "step") news.step = stepOf(text);
  else if (text !== null && (name === "institution" || name === "tag")) news[name] = text;
  else if (text !== null && name === "flinkscode" && code(text) !== null) news.code = code(text);
  else if (text !== null && name === "error" && isError(text)) news.error = shown(text, 64, /[^ -~]/g);
  else if (text !== null && name === "error_description" && isError(text)) {
    news.errorDescription = shown(text, 200, UNSHOWN);
  } else news.other.add(name);
}

/** A step; without control characters, and cut, if it is none of the widget's. */
const stepOf = (text) => first(text.replace(/\p{Cc}/gu, ""), 64);

const code = (text) => (/^[A-Z0-9_]{1,64}$/.test(text) || ERRORS.has(text) ? text : null);

const isError = (text) => !isPlaceholder(text) && !["false", "0"].includes(lower(trim(text)));

/** What controls a terminal, changes the direction of a text, or cannot be seen. */
const UNSHOWN =
  /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

const shown = (text, most, unshown) => first(trim(text).replace(unshown, ""), most);

const first = (text, most) => (text.length <= most ? text : [...text].slice(0, most).join(""));

// Ids.

/** The text of one id: a text, also one that is quoted as JSON once more, or the digits of a whole number. */
function id(json) {
  const text = asText(json);
  if (text === null || !json.startsWith('"')) return isWhole(json) ? text : null;
  return string(trim(text)) ?? text;
}

const isWhole = (json) => /^[0-9]+$/.test(json);

/** An id of a login or a session; null if a program wrote a placeholder. News with what cannot be an id is none. */
function sound(text) {
  if (isPlaceholder(text)) return null;
  if (!isId(trim(text))) throw NO_NEWS;
  return trim(text);
}

const isId = (text) =>
  text !== "" && text !== "." && text !== ".." && bytesOf(text) <= MAX_ID && !/[\p{Cc}\ufffd]/u.test(text);

function isPlaceholder(text) {
  const word = lower(trim(text));
  const zeros = word.replace(/^\{(.*)\}$/s, "$1");
  return ["", "undefined", "null", "(null)", "none", "nil", "nan", "[object object]"].includes(word) ||
    /^optional\([^]*\)$/.test(word) || /^([0-]{32}|[0-]{8}-[0-]{4}-[0-]{4}-[0-]{4}-[0-]{12})$/.test(zeros);
}

function isAccounts(named) {
  let name = trim(named);
  for (let at; name.endsWith("]") && (at = name.lastIndexOf("[")) >= 0; ) name = name.slice(0, at);
  return ["accountid", "accountids", "resumeselectedaccounts"].includes(lower(name));
}

/** Takes an id, a comma list, a list of either, or objects that hold ids. What cannot be an id is left out. */
function takeAccounts(accounts, json, depth) {
  if (depth === 0 || accounts.length >= MAX_ACCOUNTS) return;
  const list = elements(json);
  if (list) return list.forEach((one) => takeAccounts(accounts, one, depth - 1));
  const object = fields(json);
  if (object) {
    const ids = object.filter(([name]) => ["id", "accountid"].includes(lower(name)));
    return ids.forEach(([, one]) => takeAccounts(accounts, one, depth - 1));
  }
  const text = asText(json);
  if (text !== null && json.startsWith('"')) takeText(accounts, text, depth);
  else if (text !== null && isWhole(json)) takeOne(accounts, text);
}

function takeText(accounts, given, depth) {
  const text = trim(given);
  if (isPlaceholder(text)) return;
  // It may have been encoded more than once.
  if (/^%(25)*(5b|7b|22)/i.test(text) || /%(25)*2c/i.test(text)) {
    return depth > 1 ? takeText(accounts, decode(text), depth - 1) : undefined;
  }
  if (/^[[{"]/.test(text) && isJson(text)) return takeAccounts(accounts, text, depth - 1);
  // `[a-1, a-2]`, as some languages print a list.
  const list = /^\[([^[\]]*)\]$/.exec(text)?.[1] ?? text;
  for (const part of list.split(",")) takeOne(accounts, part);
}

function takeOne(accounts, given) {
  const text = trim(given);
  if (accounts.length >= MAX_ACCOUNTS || isPlaceholder(text) || !isId(text)) return;
  if (!accounts.some((has) => lower(has) === lower(text))) accounts.push(text);
}

// Queries.

/** The query of a URL and its part after `#`, or parameters without a URL around them. */
function parts(text) {
  const [before, fragment] = cut(text, "#") ?? [text, ""];
  const query = cut(before, "?");
  if (query) return [query[1], fragment];
  const name = cut(before, "=")?.[0];
  if (name && /^[A-Za-z0-9_\-.[\]%\u0080-\u{10ffff}]+$/u.test(name)) return [before, fragment];
  if (fragment.includes("=")) return ["", fragment];
  throw NO_NEWS;
}

const KNOWN = ["loginid", "requestid", "institution", "tag", "flinkscode", "error", "error_description"];

function* pairs(query) {
  for (const one of query.split("&").filter((pair) => pair !== "")) {
    // A page that writes a URL into HTML escapes `&`.
    const pair = one.replace(/^amp;/, "");
    // A second query may have been appended: there only the widget's names are looked for.
    const second = cut(pair, "?");
    const name = second && second[1].split("=")[0];
    const hidden = second && (isAccounts(name) || KNOWN.includes(lower(name))) ? second : null;
    const own = hidden ? hidden[0] : pair;
    // A part of a path is no parameter.
    if (!own.startsWith("/") || own.includes("=")) yield cut(own, "=") ?? [own, ""];
    if (hidden) yield cut(hidden[1], "=") ?? [hidden[1], ""];
  }
}

/** Both sides of the first mark. */
function cut(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? null : [text.slice(0, at), text.slice(at + mark.length)];
}

/** `+` is a space, and a text that is no percent-code stays as it is. NUL is replaced. */
function decode(text) {
  if (!/[%+\0]/.test(text)) return text;
  const plain = text.replaceAll("+", " ");
  const bytes = [];
  for (const part of plain.split(/(%[0-9a-f]{2})/i)) {
    if (/^%[0-9a-f]{2}$/i.test(part)) bytes.push(parseInt(part.slice(1), 16));
    else bytes.push(...new TextEncoder().encode(part));
  }
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return decoder.decode(new Uint8Array(bytes)).replaceAll("\0", "\ufffd");
}

// Text and JSON.

/** By steps: a pattern would try each blank of a long text again. */
function trim(text) {
  let [start, end] = [0, text.length];
  while (start < end && BLANK.test(text[start])) start += 1;
  while (start < end && BLANK.test(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

const BLANK = /[\s\u0085]/;

const lower = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const STRING = /"(?:[^"\\]|\\[^])*"?/g;

/** JSON whose characters that no text may hold are replaced. */
function mended(text) {
  if (!/^[{"]/.test(text)) return text;
  const escape = /\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\u(0000|d[89a-f][0-9a-f]{2})|\\[^]/gi;
  const keep = (all, bad) => (bad === undefined ? all : "\ufffd");
  return text.replace(STRING, (one) => one.replace(escape, keep).replace(/[\0-\x1f]/g, "\ufffd"));
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A JSON text; null if it is none. */
const string = (json) => (json.startsWith('"') && isJson(json) ? JSON.parse(json) : null);

/** A text, or a number as it is written. */
const asText = (json) => string(json) ?? (/^[-0-9]/.test(json) ? json : null);

/** The elements of a JSON list, each as JSON. */
const elements = (json) => (json.startsWith("[") && isJson(json) ? inside(json) : null);

/** The fields of a JSON object: each name, and its value as JSON. A number keeps its digits that way. */
function fields(json) {
  if (!json.startsWith("{") || !isJson(json)) return null;
  return inside(json).map((field) => {
    const [name] = /^"(?:[^"\\]|\\[^])*"/.exec(field);
    return [JSON.parse(name), field.slice(name.length).replace(/^\s*:\s*/, "")];
  });
}

/** What stands between the commas of a list or an object. */
function inside(json) {
  const all = [];
  let [depth, start] = [0, 1];
  for (const { 0: mark, index } of json.matchAll(/"(?:[^"\\]|\\[^])*"|[[\]{},]/g)) {
    if (depth === 1 && ",]}".includes(mark)) {
      all.push(json.slice(start, index).trim());
      start = index + 1;
    }
    if ("[{".includes(mark)) depth += 1;
    else if ("]}".includes(mark)) depth -= 1;
  }
  return all.filter((one) => one !== "");
}
