// The types as a program in strict TypeScript meets them.
import { Client, Instance, ReconnectError, revision, sessionId, type Result, type Store } from "flinks-reconnect";
import type { ErrorCode, FlinksReconnectElement, FlinksReconnectEventMap } from "flinks-reconnect/element";
import { listen, readNews, widgetUrl, type Meaning } from "flinks-reconnect/widget";
import { checkStore, sandbox } from "flinks-reconnect/testing";

class Row implements Store {
  load = async () => null;
  swap = (loaded: number | null, snapshot: string) => loaded === revision(snapshot) && sessionId(snapshot) !== null;
}

function says(result: Result): string {
  switch (result.do) {
    case "ask":
      return result.challenges.map(({ prompt }) => prompt).join();
    case "done":
      return result.accounts.map((account) => `${account.title}: ${account.balance.current}`).join();
    case "failed":
      switch (result.recovery) {
        case "tryLater":
          return String(result.notBefore);
        case "startOver":
        case "askTheUser":
        case "actAtTheBank":
        case "fixTheSetup":
          return result.recovery;
        default:
          return result.recovery satisfies never;
      }
    default:
      return result satisfies never;
  }
}

function label(means: Meaning): string {
  const labels: Record<Meaning, string> = {
    redirect: "a", progress: "b", left: "c", ends: "d", tokenSpent: "e", error: "f",
  };
  return labels[means];
}

function shows(endpoint: string): FlinksReconnectElement {
  const element = document.createElement("flinks-reconnect");
  element.setAttribute("endpoint", endpoint);
  element.ask = async () => ({ url: null, againMs: 3000 });
  element.tell = async (text) => void text.length;
  element.look = async () => ({ state: "working" });
  element.addEventListener("reconnect-step", ({ detail }) => detail.step?.concat(label(detail.means)));
  element.addEventListener("reconnect-error", ({ detail }) => detail.code satisfies ErrorCode);
  element.addEventListener("click", () => element.show());
  const failed = (event: FlinksReconnectEventMap["reconnect-error"]) => void event.detail.code;
  element.addEventListener("reconnect-error", failed);
  element.removeEventListener("reconnect-error", failed);
  // @ts-expect-error: a detail holds no id.
  element.addEventListener("reconnect-redirect", ({ detail }) => detail.loginId);
  // @ts-expect-error: there is no such state.
  element.look = async () => ({ state: "asleep" });
  return element;
}

export async function run(signal: AbortSignal): Promise<string> {
  await using bank = await sandbox({ speed: 50 });
  const client = new Client({ instance: Instance.named("toolbox", "c"), keys: { secret: "s", api: null }, store: new Row() });
  using session = (await client.load()) ?? client.refresh(bank.logins["Greatday"] ?? "", { keep: ["a-1"] });
  const step = await client.advance(session, { signal });
  if (step.do === "ask") session.returned((await client.show(session)) ?? "");
  const stop = listen(document.querySelector("iframe")!, (message, news) => session.returned(message) && label(news.means));
  stop();
  document.body.append(shows("/sessions/1"));
  await checkStore(() => new Row());
  await checkStore(async (name: string) => Object.assign(new Row(), { name }));
  // @ts-expect-error: a store has two methods.
  await checkStore(() => ({ load: () => null }));
  // @ts-expect-error: an amount is text.
  if (step.do === "done") step.accounts[0]!.balance.current satisfies number;
  // @ts-expect-error: a fault says whether a byte has left.
  session.fault("timeout");
  // @ts-expect-error: there is no such fault.
  session.fault("bored", { sent: true });
  // @ts-expect-error: nobody makes one.
  new ReconnectError();
  return says(step) + widgetUrl("toolbox", { requestId: "r", keep: ["a"] }) + readNews({})?.means;
}
