// A browser, by way of Vite; and the listener, with a frame of the same origin in the place of the widget's.
import { listen } from "flinks-reconnect/widget";
import { smoke } from "./hosts.js";

const frame = document.createElement("iframe");
frame.src = "/frame.html";
document.body.append(frame);
const heard = [];
const stop = listen(frame, (message, { means }) => heard.push(`${means} ${message}`));
const post = (from, data) => {
  const event = new MessageEvent("message", { source: from, origin: location.origin, data });
  window.dispatchEvent(event);
};
post(window, { step: "REDIRECT", loginId: "forged" });
post(frame.contentWindow, { step: "SUBMIT_MFA" });
window.dispatchEvent(new MessageEvent("message", { source: frame.contentWindow, origin: "https://evil.example", data: "step" }));
post(frame.contentWindow, "no news");
stop();
post(frame.contentWindow, { step: "REDIRECT" });
fetch("/said", { method: "POST", body: `${smoke()} | ${heard.join()}` });
