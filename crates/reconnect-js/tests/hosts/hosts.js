// The same few lines for every host: a session's first request.

import { Instance, Session } from "flinks-reconnect";
import { readNews, widgetUrl } from "flinks-reconnect/widget";

export function smoke() {
  const session = Session.begin("refresh", Instance.named("toolbox", "c"), { secret: "s" }, { loginId: "l", clock: () => 0 });
  session.turn();
  const { method, url } = session.take().request;
  session.close();
  const news = readNews({ step: "REDIRECT", loginId: "l" }).means;
  return `${method} ${url.split("/").at(-1)} ${news} ${new URL(widgetUrl("toolbox", { requestId: "r" })).search}`;
}

export const EXPECTED = "POST GenerateAuthorizeToken redirect ?requestId=r";
if (smoke() !== EXPECTED) throw new Error(smoke());
