import "./element.js";

const [list, button, place] = document.querySelectorAll("ul, button, div");

async function accounts() {
  const reply = await fetch("/accounts");
  const lines = (await reply.json()).map((account) => `${account.title}: ${account.balance.current}`);
  list.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
}

button.addEventListener("click", async () => {
  const reply = await fetch("/sessions", { method: "POST" });
  const { session } = await reply.json();
  const element = document.createElement("flinks-reconnect");
  element.setAttribute("endpoint", `/sessions/${session}`);
  element.addEventListener("reconnect-done", accounts);
  place.replaceChildren(element);
});

accounts();
