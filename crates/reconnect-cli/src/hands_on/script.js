// Gives the component its server, and keeps this page up to date.
(() => {
  "use strict";
  const widgetOrigin = document.body.dataset.widget;
  const language = document.documentElement.lang;
  // This page's own name: a showing of the widget is for the tab that asked for it.
  const tab = crypto.randomUUID();
  let showing = null;
  let queue = Promise.resolve();

  // The component passes on what the widget says, and drops the rest. This page shows that it does.
  window.addEventListener("message", (event) => {
    const frame = document.getElementById("widget-frame");
    const isWidget = event.origin === widgetOrigin && frame !== null && event.source === frame.contentWindow;
    if (!isWidget) send("/foreign", "");
  });

  /** The server of this page has routes of its own. It draws the next showing by itself. */
  function wire() {
    const component = document.querySelector("flinks-reconnect");
    if (component === null) return;
    component.tell = (text) => send("/news", text);
    component.ask = async () => ({ url: null });
    component.look = async () => ({ state: "working" });
  }

  document.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target.getAttribute("action"), "");
  });

  // In the order in which things happen.
  function send(path, body) {
    const order = { method: "POST", headers: { "x-tab": tab }, body, redirect: "manual" };
    queue = queue.then(() => fetch(path, order)).then(draw).catch(() => {});
    return queue;
  }

  async function draw() {
    const reply = await fetch(`/parts?lang=${language}`, { headers: { "x-tab": tab } });
    const page = await reply.json();
    for (const [name, html] of Object.entries(page.parts)) {
      if (name !== "widget") put(name, html);
    }
    // A frame that is redrawn would load its URL again, and that is good for one showing.
    const isShown = showing !== null && page.showing === showing;
    if (!isShown) {
      put("widget", page.parts.widget);
      wire();
      const frame = document.getElementById("widget-frame");
      showing = frame && Number(frame.dataset.showing);
    }
  }

  function put(name, html) {
    const part = document.getElementById(`part-${name}`);
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    // What stays as it is is neither announced again nor taken from under somebody's pointer.
    if (part.innerHTML === fresh.innerHTML) return;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : null;
    part.replaceChildren(fresh.content);
    if (focused) (document.getElementById(focused) ?? document.getElementById("part-status")).focus();
  }

  const forged = { step: "REDIRECT", loginId: "00000000-0000-4000-8000-000000000000" };
  const buttons = {
    "forge-page": () => window.postMessage(forged, window.location.origin),
    "forge-server": () => send("/news", JSON.stringify(forged)),
  };
  for (const [id, forge] of Object.entries(buttons)) {
    const button = document.getElementById(id);
    button.hidden = false;
    button.addEventListener("click", forge);
  }

  wire();
  draw();
  setInterval(() => {
    if (!document.hidden) queue = queue.then(draw).catch(() => {});
  }, 700);
})();
