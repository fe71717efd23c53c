// Passes on what the widget says, and shows what comes of it. The page works without this script too.
(() => {
  "use strict";
  const { session, view, widget } = document.querySelector("main").dataset;
  const frame = document.querySelector("iframe");
  const token = location.pathname.split("/").at(-2);
  let isReloading = false;

  // A showing is good for one page, so the same page is not loaded twice within 3 s.
  function reload() {
    if (isReloading) return;
    isReloading = true;
    setTimeout(() => location.reload(), frame ? 300 : 0);
  }

  async function look() {
    if (document.hidden) return;
    const reply = await fetch(`${session}/state`);
    if (reply.ok && (await reply.text()) !== view) reload();
  }

  addEventListener("message", async (event) => {
    if (!frame || event.origin !== widget || event.source !== frame.contentWindow) return;
    const body = JSON.stringify(event.data) ?? "";
    await fetch(`../${token}/news?session=${session}`, { method: "POST", body }).catch(() => {});
    if (event.data?.step === "TOKEN_INVALID") reload();
    else await look().catch(() => {});
  });

  const left = document.querySelector("[data-left]");
  const end = Date.now() + Number(left?.dataset.left) * 1000;
  setInterval(() => {
    if (left) {
      const seconds = Math.max(0, Math.round((end - Date.now()) / 1000));
      left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }
  }, 1000);
  const { pause } = document.querySelector("main").dataset;
  if (pause) setTimeout(reload, Number(pause) * 1000);
  else setInterval(() => look().catch(() => {}), 3000);
})();
