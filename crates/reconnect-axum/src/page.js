// Loads the page again once there is something else to show. It works without this script too.
(() => {
  "use strict";
  const { session, state, pause } = document.querySelector("main").dataset;
  const reload = () => location.reload();

  // The component shows the question, and says how the session ends.
  const component = document.querySelector("flinks-reconnect");
  for (const end of ["reconnect-done", "reconnect-failed"]) component?.addEventListener(end, reload);
  if (pause) setTimeout(reload, Number(pause) * 1000);
  if (component || pause) return;

  setInterval(async () => {
    if (document.hidden) return;
    const reply = await fetch(`${session}/live`).catch(() => {});
    if (reply?.ok && (await reply.json()).state !== state) reload();
  }, 3000);
})();
