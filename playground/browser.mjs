// What the scripts that use the playground have in common.
import { chromium } from "playwright-core";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** A browser, and `open(address)`, which gives a page once recpol answers there; `outside` and `errors` tell what went wrong. */
export async function started(executablePath, address) {
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const outside = [], errors = [];
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, deviceScaleFactor: 1 });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const own = new URL(address).origin;
  const open = async (hash = "", shown = "compiled") => {
    const page = await context.newPage();
    page.on("request", (request) => { if (!request.url().startsWith(own) && !request.url().startsWith("data:")) outside.push(request.url()); });
    page.on("pageerror", (error) => errors.push(String(error.stack)));
    page.on("console", (message) => { if (["error", "warning"].includes(message.type())) errors.push(message.text()); });
    await page.goto(address + hash);
    await page.waitForSelector(`body[data-shown=${shown}]`, { timeout: 90_000 });
    await page.waitForSelector("body[data-problems]");
    return page;
  };
  return { browser, outside, errors, open };
}

/** Put a text in the place of the policy, as pasting does. */
export async function paste(page, text, editor = "#editor") {
  await page.click(`${editor} .cm-content`);
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

export const texts = (page, selector) => page.$$eval(selector, (found) => found.map((one) => one.textContent));
