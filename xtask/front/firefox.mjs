// A user in Firefox presses the button, answers the bank and sees a text: node firefox.mjs PACKAGES ADDRESS TEXT

import { createRequire } from "node:module";

const [packages, address, text] = process.argv.slice(2);
const puppeteer = createRequire(`${packages}/`)("puppeteer-core");

const browser = await puppeteer.launch({ browser: "firefox", executablePath: "/usr/bin/firefox-esr", headless: true });
console.log(await browser.version());
try {
  const page = await browser.newPage();
  await page.goto(address);
  const entries = await page.evaluate(() => history.length);
  await page.click("button");
  await until("the bank's first question", () => inWidget(page, isAsked, "city"));
  const shown = await page.evaluate(() => history.length);
  if (shown !== entries) throw new Error(`the showing made ${shown - entries} entries of the history`);
  for (const [word, said] of Object.entries({ city: "Montreal", country: "Canada", shape: "Triangle" })) {
    await until(word, () => inWidget(page, answer, word, said));
  }
  await until(text, () => page.evaluate((text) => document.body.innerText.includes(text), text));
} finally {
  await browser.close();
}

/** What a function finds in the widget, or nothing: the widget may be between two pages. */
async function inWidget(page, work, ...words) {
  const widget = page.frames().find((frame) => frame !== page.mainFrame() && frame.url().startsWith("http"));
  return widget?.evaluate(work, ...words).catch(() => false);
}

function isAsked(word) {
  return document.querySelector(`input[name*=${word}]`) !== null;
}

function answer(word, said) {
  const field = document.querySelector(`input[name*=${word}]`);
  if (field === null) return false;
  field.value = said;
  document.querySelector("form button:not([type=button])").click();
  return true;
}

async function until(what, look) {
  for (let tries = 0; tries < 150; tries += 1) {
    if (await look()) return;
    await new Promise((go) => setTimeout(go, 200));
  }
  throw new Error(`after 30 s there is still not: ${what}`);
}
