// Shows a session's question, and passes the widget's messages on.

const WORDS = {
  group: ["Bank connection", "Connexion bancaire"],
  frame: ["Your bank’s question", "La question de votre banque"],
  wait: ["One moment …", "Un instant…"],
  asked: ["Your bank has a question.", "Votre banque a une question."],
  minute: ["Less than a minute is left.", "Il reste moins d’une minute."],
  over: ["The time is over.", "Le temps est écoulé."],
  left: ["You closed the question.", "Vous avez fermé la question."],
  sent: ["Thank you. Your accounts are being read.", "Merci. Vos comptes sont en cours de lecture."],
  done: ["Your accounts are up to date.", "Vos comptes sont à jour."],
  failed: ["That did not work.", "Cela n’a pas fonctionné."],
  offline: [
    "No connection. What you did is kept, and sent later.",
    "Pas de connexion. Ce que vous avez fait est gardé, et envoyé plus tard.",
  ],
  silent: ["The bank’s page may not have loaded.", "La page de la banque n’a peut-être pas été chargée."],
  again: ["Try again", "Réessayer"],
  reload: ["Load again", "Recharger"],
  resume: ["Go on", "Continuer"],
  close: ["Close", "Fermer"],
  time: ["Time left: ", "Temps restant\u00a0: "],
};

const STYLE = `:host{display:flex;flex-direction:column}
:host([hidden]),[hidden]{display:none}
section{flex:1;display:flex;flex-direction:column;gap:.5rem}
div{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center}
p{flex:1 1 12rem;margin:0}
button{font:inherit;color:inherit;background:none;border:1px solid;border-radius:.5rem;min-height:2.75rem;padding:0 1rem}
:focus-visible{outline:3px solid;outline-offset:2px}
iframe,::slotted(iframe){flex:1 0 auto;width:100%;min-height:var(--flinks-reconnect-height,40rem);border:0}`;

const MEANS = {
  __proto__: null,
  REDIRECT: "redirect",
  COMPONENT_CLOSE_SESSION: "left",
  COMPONENT_DENY_CONSENT: "ends",
  COMPONENT_DENY_TERMS: "ends",
  MAXIMUM_RETRY_REACHED: "ends",
  TOKEN_INVALID: "tokenSpent",
};
const ERRORS =
  /^(INVALID|DISABLED|ACC.+IED|UNAUTH|UNKNOWN_C|QUESTION|SECURITY|TOO_M|CONC|NEW_A|SESSION_[NE]|CARD|NO_T|AGG|METHOD|BANK|RETRY_L)/;

const MINUTE = 60_000;
/** Each URL is good for one showing. */
const SPENT = new Set();
let sheet;

export class FlinksReconnectElement extends (globalThis.HTMLElement ?? class {}) {
  static observedAttributes = ["endpoint", "lang", "closable"];

  #parts;
  /** What ends with a phase. */
  #now = { phase: "idle", timers: {} };
  #said = [];
  /** The focus when the user pressed. */
  #from;
  #spent = 0;
  #state;
  #queue = [];
  #go;

  constructor() {
    super();
    const status = make("p", { part: "status", tabIndex: -1, role: "status" });
    const time = make("span", { part: "time" });
    const action = make("button", { part: "action", onclick: () => this.#press() });
    const leave = () => this.#take({ step: "COMPONENT_CLOSE_SESSION" });
    const close = make("button", { part: "close", onclick: leave });
    const box = make("section", {}, make("div", { part: "bar" }, status, time, action, close), make("slot"));
    this.#parts = { box, status, time, action, close };
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(STYLE);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(box);
  }

  connectedCallback() {
    this.#hook("add");
    this.#wake();
  }

  disconnectedCallback() {
    this.#hook("remove");
    if (this.#now.phase !== "over") this.#rest("idle");
  }

  /** `moveBefore` loads nothing again. */
  connectedMoveCallback() {}

  attributeChangedCallback(name, before, now) {
    if (name === "endpoint" && before !== now) {
      [this.#queue, this.#spent, this.#state] = [[], 0];
      this.#rest("idle");
    }
    this.#draw();
    this.#wake();
  }

  // The app's server, or functions of the app.

  ask(_, endpoint) {
    return call(endpoint, "/widget", "POST");
  }

  tell(text, endpoint) {
    return call(endpoint, "/message", "POST", text);
  }

  look(_, endpoint) {
    return call(endpoint, "", "GET");
  }

  /** For a press of the user. */
  show() {
    const { frame, phase } = this.#now;
    if (!frame && phase !== "asking") return this.#press();
    if (frame) frame.focus();
    else this.#from = this.#active;
  }

  get #active() {
    return this.getRootNode().activeElement ?? document.activeElement;
  }

  #press() {
    this.#from = this.#active;
    this.#spent = 0;
    this.#begin();
  }

  #on = (event) => {
    if (event.type === "message") return this.#hear(event);
    const { frame, isLooking, phase } = this.#now;
    const isHere = event.type !== "pageshow" && !document.hidden;
    if (isHere) this.#go?.();
    // What the browser kept is stale.
    const isOld = event.persisted && (frame || isLooking || phase === "asking");
    if (isOld || (isHere && phase === "offline")) this.#begin();
    else if (isHere && isLooking) this.#look();
  };

  #hook(verb) {
    for (const type of ["message", "pageshow", "online"]) window[`${verb}EventListener`](type, this.#on);
    document[`${verb}EventListener`]("visibilitychange", this.#on);
  }

  /** Begins once the functions are set. */
  #wake() {
    queueMicrotask(() => {
      if (!this.isConnected || this.#now.phase !== "idle") return;
      if (document.readyState === "loading") {
        return document.addEventListener("DOMContentLoaded", () => this.#wake(), { once: true });
      }
      const frame = this.querySelector(":scope > iframe");
      if (!frame && !Object.hasOwn(this, "ask") && !this.hasAttribute("endpoint")) return;
      // The browser may have kept it.
      const isOld = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
      const url = urlOf(frame?.src);
      if (url && !SPENT.has(url.href) && !isOld) return this.#show(frame, url, this.getAttribute("left") * 1000);
      frame?.remove();
      this.#begin();
    });
  }

  async #begin() {
    if (!this.isConnected) return;
    const now = this.#rest("asking", "wait");
    const { error, url, leftMs, againMs } = await this.#bind("ask")();
    if (now !== this.#now) return;
    const to = urlOf(url);
    if (error) this.#fail(error);
    else if (url == null && againMs > 0) {
      this.#later("next", Math.min(Math.max(againMs, 500), MINUTE), () => this.#begin());
    } else if (url == null) {
      Object.assign(now, { phase: "following", isLooking: true, doubt: 1 });
      this.#look();
    } else if (!to) this.#fail("url");
    else if (SPENT.has(to.href)) this.#again();
    else this.#show(make("iframe", { referrerPolicy: "no-referrer" }), to, leftMs);
  }

  #again() {
    this.#spent += 1;
    if (this.#spent > 3) this.#fail("spent");
    else this.#begin();
  }

  #show(frame, { href, origin }, leftMs) {
    SPENT.add(href);
    const now = Object.assign(this.#now, { phase: "shown", base: ["asked"], frame, origin, tell: this.#bind("tell") });
    const load = (frame.onload = () => this.#expect(1));
    frame.part = "frame";
    this.#expect(2);
    if (!frame.isConnected) {
      // Its empty page leads there: a `src` would load again if it is moved.
      frame.onload = () => {
        frame.onload = load;
        const to = make("meta", { httpEquiv: "refresh", content: `0;url=${href}` });
        frame.contentDocument.head.append(make("meta", { name: "referrer", content: "no-referrer" }), to);
      };
      this.#parts.box.append(frame);
    }
    this.#mend();
    this.#count(leftMs);
    const active = this.#active;
    const isFree = active === document.body || this.contains(active);
    if (isFree ? this.#from || now.hadFocus : active === this.#from) frame.focus();
    this.#from = null;
    this.#emit("show");
  }

  /** The widget has to say something. */
  #expect(times) {
    if (this.#now.isHeard) return;
    this.#later("hint", times * 1000 * (this.getAttribute("patience") || 15), () => {
      this.#say("silent", "reload");
      this.#emit("error", { code: "silent" });
    });
  }

  /** Ends all that is under way. */
  #rest(phase, ...base) {
    const { frame, timers } = this.#now;
    Object.values(timers).forEach(clearTimeout);
    const hadFocus = this.contains(this.#active);
    frame?.remove();
    this.#now = { phase, base, hadFocus, timers: {}, pause: 2000 };
    this.#mend();
    if (hadFocus) this.#parts.status.focus();
    return this.#now;
  }

  #fail(code) {
    if (code === "network") this.#rest("offline", "offline", "again");
    else this.#rest("error", "failed", "again");
    this.#emit("error", { code });
  }

  #hear({ source, origin, data }) {
    if (!source || source !== this.#now.frame?.contentWindow || origin !== this.#now.origin) return;
    this.#take(data);
  }

  #take(data) {
    const { text, step, means } = (this.#now.frame && FlinksReconnectElement.read(data)) || {};
    if (!text) return;
    const { tell, ends, timers, isWarned } = this.#now;
    const submits = /^SUBMIT_/.test(step);
    this.#now.isHeard = true;
    clearTimeout(timers.hint);
    this.#mend("silent");
    if (submits) this.#spent = 0;
    if (means === "redirect") {
      // Its frame goes, so no second one is heard.
      Object.assign(this.#rest("sent", "sent"), { isLooking: true, doubt: 1 });
    } else if (means === "left") {
      this.#rest("left", "left", "resume").isWarned = isWarned;
      this.#count(ends - Date.now());
    } else if (means === "tokenSpent") {
      this.#rest("asking", "wait");
    } else if (means === "ends") {
      this.#now.isLooking = true;
      this.#say("asked", "again");
    }
    const now = this.#now;
    const then = () => {
      if (now !== this.#now) return;
      if (means === "tokenSpent") this.#again();
      else if (now.isLooking || submits) this.#look();
    };
    if (this.#queue.push({ text, tell, then }) > 50) this.#queue.splice(1, 1);
    this.#send();
    this.#emit("step", { step, means });
    if (means === "redirect" || means === "left") this.#emit(means);
  }

  /** What a message says, without its ids. */
  static read(data) {
    try {
      const text = typeof data === "string" ? data : JSON.stringify(data);
      // No JSON is left of what is too long.
      const { step, flinksCode, loginId, error } = JSON.parse(/^\s*{/.test(text) ? text.slice(0, 65_536) : "");
      const name = step ?? (loginId && !flinksCode ? "REDIRECT" : "");
      let means = MEANS[name] ?? (flinksCode || ERRORS.test(name) ? "error" : "progress");
      if (means === "redirect" && error) means = "error";
      return { text, step: /^(?!.*\d\d)[A-Z][A-Z0-9_]{0,63}$/.test(step) ? step : null, means };
    } catch {}
  }

  /** In order, and again after trouble. */
  async #send(queue = this.#queue) {
    if (queue.isSending) return;
    queue.isSending = true;
    for (let tries = 1; queue.length; tries += 1) {
      const { text, tell, then } = queue[0];
      const { error } = await tell(text);
      const isOurs = queue === this.#queue;
      if ({ network: 60, server: 9 }[error] > tries) {
        if (isOurs) this.#say("offline");
        await new Promise((go) => setTimeout((this.#go = go), Math.min(500 * 2 ** tries, 10_000)));
        continue;
      }
      queue.shift();
      tries = 0;
      if (error) this.#emit("error", { code: "message" });
      if (isOurs) this.#mend("offline");
      then();
    }
    queue.isSending = false;
  }

  async #look() {
    const now = this.#now;
    clearTimeout(now.timers.next);
    const { error, state, leftMs } = await this.#bind("look")();
    if (now !== this.#now) return;
    if (error === "refused" && !now.frame) return this.#fail(error);
    if (!error) this.#mend("offline");
    else if (now.isLooking) this.#say("offline");
    const isOver = state === "done" || state === "failed";
    const isNew = /^(working|ask|done|failed)$/.test(state) && state !== this.#state;
    if (isNew) this.#state = state;
    if (isOver) this.#rest("over", state);
    else if (now.frame) this.#count(leftMs);
    if (!isOver && now.isLooking) {
      this.#later("next", now.pause, () => document.hidden || this.#look());
      now.pause = Math.min(now.pause * 1.25, 10_000);
      const isAsked = state === "ask" && !now.frame && now.phase !== "left";
      if (isAsked && !now.doubt) this.#begin();
      now.doubt = 0;
    }
    if (isNew) this.#emit("state", { state });
    if (isOver) this.#emit(state);
  }

  /** It never throws. */
  #bind(name) {
    const [work, endpoint] = [this[name], this.getAttribute("endpoint")];
    return async (text) => {
      try {
        return (await work.call(this, text, endpoint)) ?? {};
      } catch (error) {
        return { error: /^(refused|server)$/.exec(error?.message)?.[0] ?? "network" };
      }
    };
  }

  #count(leftMs) {
    if (!(leftMs > 0)) return;
    this.#now.ends = Date.now() + +leftMs;
    this.#mend("over");
    this.#tick();
  }

  #tick() {
    const now = this.#now;
    const leftMs = now.ends - Date.now();
    this.#draw();
    if (leftMs > 0) this.#later("clock", 1000, () => this.#tick());
    if (leftMs > MINUTE) {
      this.#mend("minute");
      now.isWarned = false;
    } else if (leftMs <= 0) {
      now.ends = 0;
      now.isLooking = true;
      this.#say("over");
      this.#look();
      this.#emit("expired");
    } else if (!now.isWarned) {
      now.isWarned = true;
      this.#say("minute");
      this.#emit("expiring", { leftMs });
    }
  }

  #later(name, ms, work) {
    const { timers } = this.#now;
    clearTimeout(timers[name]);
    timers[name] = setTimeout(work, ms);
  }

  #say(words, button = this.#said[1]) {
    this.#said = [words, button];
    this.#draw();
  }

  #mend(trouble = this.#said[0]) {
    const [words, button = ""] = this.#now.base;
    if (this.#said[0] === trouble) this.#say(words, button);
  }

  #draw() {
    const { box } = this.#parts;
    const { frame, ends } = this.#now;
    const rest = ends - Date.now();
    box.lang = languageOf(this);
    const word = (name) => WORDS[name]?.[+(box.lang === "fr")] ?? "";
    box.ariaLabel = this.ariaLabel || word("group");
    if (frame && (box.contains(frame) || !frame.title)) frame.title = `${box.ariaLabel}: ${word("frame")}`;
    const texts = {
      status: word(this.#said[0]),
      time: ends && rest < 60 * MINUTE ? word("time") + new Date(Math.max(0, rest)).toISOString().slice(14, 19) : "",
      action: word(this.#said[1]),
      close: frame && this.hasAttribute("closable") ? word("close") : "",
    };
    for (const [name, text] of Object.entries(texts)) {
      const part = this.#parts[name];
      // The same text is not announced again.
      if (part.textContent !== text) part.textContent = text;
      part.hidden = name !== "status" && !text;
    }
  }

  #emit(name, detail = null) {
    if (!this.isConnected) return;
    this.dispatchEvent(new CustomEvent(`reconnect-${name}`, { detail, bubbles: true, composed: true }));
  }
}

async function call(endpoint, path, method, body) {
  if (endpoint === null) return;
  const url = new URL(endpoint + path, document.baseURI);
  if (url.origin !== location.origin) throw new Error("refused");
  const reply = await fetch(url, {
    method,
    body,
    headers: body && { "content-type": "application/json" },
    cache: "no-store",
    redirect: "manual",
    referrerPolicy: "no-referrer",
    keepalive: body?.length < 9999,
    signal: AbortSignal.timeout(30_000),
  });
  if (!reply.ok) throw new Error(reply.status > 499 || reply.status === 429 ? "server" : "refused");
  return body ? undefined : reply.json();
}

function make(tag, fields, ...inside) {
  const node = Object.assign(document.createElement(tag), fields);
  node.append(...inside);
  return node;
}

function urlOf(address) {
  const url = URL.canParse(address) && new URL(address);
  if (/^https?:$/.test(url.protocol)) return url;
}

function languageOf(node) {
  while (node && !node.lang) node = node.parentNode ?? node.host;
  return /^fr(-|$)/i.test(node?.lang) ? "fr" : "en";
}

if (globalThis.customElements && !customElements.get("flinks-reconnect")) {
  customElements.define("flinks-reconnect", FlinksReconnectElement);
}
