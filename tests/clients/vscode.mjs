// node vscode.mjs CHROMIUM PORT FOLDER PICTURES: looks at policies in VS Code as a person does, and takes pictures.
// Prints lines `@ NAME JSON` of what it saw.
import { chromium } from "playwright-core";

const [executablePath, port, folder, pictures] = process.argv.slice(2);
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args: FLAGS });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
page.setDefaultTimeout(240_000); // a busy machine takes its time
const say = (name, value) => console.log(`@ ${name} ${JSON.stringify(value)}`);
const texts = (selector) => page.$$eval(selector, (found) => found.map((one) => one.textContent.replace(/\u00a0/g, " ").trim()));
const take = (name) => page.screenshot({ path: `${pictures}/vscode-${name}.png` });
const rest = (time = 700) => page.waitForTimeout(time);

async function open(file) {
  const address = `127.0.0.1:${port}`;
  const payload = JSON.stringify([["openFile", `vscode-remote://${address}${folder}/${file}`]]);
  await page.goto(`http://${address}/?folder=${encodeURIComponent(folder)}&payload=${encodeURIComponent(payload)}`, { waitUntil: "domcontentloaded" });
  await page.waitForSelector(".monaco-editor .view-line");
  await page.waitForSelector(".codelens-decoration a, .codelens-decoration span");
}

async function goTo(line) {
  await page.keyboard.press("Control+g");
  await rest(300);
  await page.keyboard.type(`${line}`);
  await page.keyboard.press("Enter");
  await rest();
}

try {
  await open("support-line.recpol");
  await page.click(".monaco-editor .view-lines");
  await goTo("36:3");
  await page.waitForFunction(() => [...document.querySelectorAll(".view-line span")].some((one) => /^●\s*recorded/.test(one.textContent.trim())));
  await rest(1500);
  const shown = (await texts(".view-line span")).concat(await texts(".codelens-decoration"));
  say("hints", ["● recorded → calls", "○ not recorded"].every((word) => shown.some((text) => text.includes(word))));
  say("proven", shown.some((text) => text.includes("✓ proven for every call")));
  await take("hints");

  // a guarantee that is broken: the rule records the card phase too
  await page.keyboard.press("Control+f");
  await rest(300);
  await page.keyboard.type(" except card");
  await page.keyboard.press("Enter");
  await rest(400);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Delete");
  await page.waitForSelector(".squiggly-error");
  await page.waitForFunction(() => [...document.querySelectorAll(".codelens-decoration")].some((one) => one.textContent.includes("✗ broken")));
  say("broken", true);
  await page.keyboard.press("F8");
  await page.waitForSelector(".marker-widget");
  await rest(1200);
  say("call", (await texts(".marker-widget")).join(" ").includes("the backend begins the phase `card`"));
  await take("broken");

  // a slip, and its quick fixes
  await page.keyboard.press("Escape");
  await goTo("43:13");
  await page.keyboard.type(" except crad");
  await page.waitForSelector(".lightBulbWidget, .codicon-light-bulb, .codicon-lightbulb, [class*=lightbulb]");
  await page.keyboard.press("Escape");
  await page.keyboard.press("F8");
  await page.waitForSelector(".marker-widget");
  await rest();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+.");
  await page.waitForSelector(".action-widget .monaco-list-row");
  await rest();
  const fixes = await texts(".action-widget .monaco-list-row");
  say("fixes", fixes.some((text) => text.includes("`card`")));
  await take("fix");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".squiggly-error").length === 0);
  say("fixed", (await texts(".view-line")).some((text) => text.includes("except card")));

  // two lines out of the style, of which one is selected and formatted
  for (const line of [45, 46]) {
    await goTo(`${line}:1`);
    await page.keyboard.type("      ");
  }
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+End");
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Control+f");
  const begins = (words) => [...document.querySelectorAll(".view-line")].some((one) => one.textContent.replace(/\u00a0/g, " ").startsWith(words));
  await page.waitForFunction(begins, "announce notice");
  const lines = await page.$$eval(".view-line", (found) => found.map((one) => one.textContent.replace(/\u00a0/g, " ")));
  say("selection", lines.some((text) => /^ {6}never record/.test(text)));
  await page.keyboard.press("Control+Shift+i");
  await page.waitForFunction(begins, "never record");
  await page.keyboard.press("Control+s");
  await rest();

  // tests, and the call of one
  await open("support-line.test.yaml");
  await page.waitForFunction(() => document.querySelectorAll(".codelens-decoration").length >= 5);
  await rest();
  say("tests", (await texts(".codelens-decoration")).filter(Boolean));
  await page.click(".monaco-editor .view-lines");
  await page.keyboard.press("Control+Shift+i");
  await page.waitForFunction(() => [...document.querySelectorAll(".monaco-dialog-box")].some((one) => one.textContent.includes("no formatter for 'yaml'")));
  say("yaml", true);
  await page.keyboard.press("Escape");
  await page.click(".codelens-decoration a");
  await page.waitForFunction(() => [...document.querySelectorAll(".view-line")].some((one) => one.textContent.replace(/\u00a0/g, " ").includes("→ calls (file 1)")));
  say("played", true);
  await rest(1200);
  await take("tests");
} catch (problem) {
  await page.screenshot({ path: process.env.FAILED ?? "failed.png" }).catch(() => {});
  console.log(String(problem).slice(0, 1500));
  console.log("VS Code says:", await texts(".notification-list-item-message, .monaco-dialog-box").catch(() => []));
  process.exitCode = 1;
}
await browser.close();
