// node check.mjs CHROMIUM ADDRESS: uses the playground as a person would, and prints what it saw as JSON.
import { deflateRawSync } from "node:zlib";
import { paste, started, texts } from "./browser.mjs";

const [executable, address] = process.argv.slice(2);
const seen = {};
const { browser, outside, errors, open } = await started(executable, address);
const began = Date.now();
const page = await open();
seen.seconds = (Date.now() - began) / 1000;
const findings = (count) => page.waitForSelector(`body[data-problems="${count}"]`);
const example = (name) => page.selectOption("#examples", { label: name });
const tab = async (name, selector = `#panel[data-tab=${name}]`) => { await page.click(`#tab-${name}`); await page.waitForSelector(selector); };

// hints, lenses, and a line of JSON that lights up its line of the policy
await page.waitForSelector(".hint");
seen.hints = await texts(page, ".hint");
seen.lenses = await texts(page, ".lens");
await page.click(`.json:has-text('"text": "Parts of this call are recorded."')`);
seen.lit = await texts(page, "#editor .cm-line.lit");
await page.selectOption("#target", "svaml2");
await page.waitForSelector("details[data-file='incoming.json']");
seen.target = await page.inputValue("#target");
await page.click("#editor .cm-line:has-text('connect pstn +46850020000')");
await page.waitForSelector(".json.here");
seen.here = (await texts(page, ".json.here")).join("\n");

// hover
await page.hover("#editor .cm-line:has-text('store calls') >> text=calls");
await page.waitForSelector(".cm-tooltip-hover .hover");
seen.hover = await page.textContent(".cm-tooltip-hover .hover");

// typing: completion, a finding, and what the tabs say of it
await page.click("#editor .cm-content");
await page.keyboard.press("Control+End");
await page.keyboard.type("\nnever record @");
await page.waitForSelector(".cm-tooltip-autocomplete li");
seen.completion = await texts(page, ".cm-tooltip-autocomplete li");
await page.keyboard.press("Escape");
await page.keyboard.type("ghost");
await page.waitForSelector(".cm-lintRange");
await page.waitForSelector(".problem:has-text('ghost')");
seen.finding = await page.textContent("#problems");
await tab("simulate");
await page.waitForSelector("#panel .alert");
seen.refused = await page.textContent("#panel .alert");

// a fix
await example("a policy that is refused");
await page.waitForSelector(".problem:has-text('conference-scope') .fix");
seen.fixes = await texts(page, ".problem:has-text('conference-scope') .fix");
await page.click(".fix:has-text('record conference')");
await page.waitForFunction(() => !document.getElementById("problems").textContent.includes("conference-scope"));
await page.click(".cm-content");
seen.fixed = (await texts(page, "#editor .cm-line")).join("\n");
await page.keyboard.press("Control+z");
await page.waitForSelector(".problem .rule:has-text('conference-scope')");
await page.click(".problem .rule:has-text('conference-scope')");
await page.waitForSelector("#page[open] h2");
seen.rule = await page.textContent("#page .prose");
await page.click("#page button");

// a call, step by step
await example("support-line");
await findings(0);
await page.waitForSelector("button.next");
seen.next = await page.$$eval("button.next", (found) => found.map((one) => one.dataset.step));
for (const step of ["press 2", "answer", "begin card", "end card"]) {
  await page.click(`button.next[data-step="${step}"]`);
  await page.waitForFunction((last) => document.getElementById("scenario").value.endsWith(last), step);
}
seen.lanes = await texts(page, ".tape .lane");
seen.recorded = await page.$$eval(".tape .recorded", (found) => found.length);
await page.fill("#scenario", "press 2; press 9");
await page.keyboard.press("Enter");
await page.waitForSelector("#panel .findings li");
seen.impossible = await page.textContent("#panel .findings");

// explain, tests
await tab("explain", "#panel article h1");
seen.explain = await page.textContent("#panel h1");
await page.click("#panel .leads:has-text('line 30')");
seen.litByExplain = await texts(page, "#editor .cm-line.lit");
await tab("test", ".cases li");
seen.passed = await page.textContent("#panel .bar b");
await page.click("#tests .cm-content");
await page.keyboard.press("Control+End");
await page.keyboard.insertText("\n  - name: one that is wrong\n    call: wait\n    files: 3\n");
await page.waitForSelector(".cases li.failed");
seen.failed = await page.textContent(".cases li.failed");

// a link: nothing of the policy is in what is asked of the host
await page.click("#share");
await page.waitForSelector("body[data-shared]");
seen.copied = (await page.evaluate(() => navigator.clipboard.readText())) === page.url();
const text = (one) => texts(one, "#editor .cm-line");
const before = await text(page);
const hash = new URL(page.url()).hash;
const other = await open(hash);
seen.shared = JSON.stringify(await text(other)) === JSON.stringify(before) && before.length > 10;
await other.close();

// texts that want to be more than texts
const wild = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;
const policy = `# ${wild}\npolicy wild\nstore s { url "s3://b/p/" credentials env C }\non ice {\n  answer\n  hello: say "${wild.replaceAll('"', "'")}"\n  record { connect pstn +46850020000 }\n}\nnever record hello because "${wild.replaceAll('"', "'")}"\n`;
const tests = `tests:\n  - name: '${wild}'\n    call: hang up\n    heard: '${wild}'\n`;
const link = `#p=${deflateRawSync(JSON.stringify({ policy, tests })).toString("base64url")}`;
const bad = await open(link);
for (const name of ["explain", "simulate", "test"]) { await bad.click(`#tab-${name}`); await bad.waitForSelector(`#panel[data-tab=${name}]`); }
await bad.hover("#editor .cm-line:has-text('hello: say') >> text=hello");
await bad.waitForTimeout(800);
seen.hacked = await bad.evaluate(() => window.hacked ?? null);
seen.images = await bad.$$eval("img:not(.cm-widgetBuffer), main script, iframe", (found) => found.length);
await bad.close();
const cut = await open("#p=AAAA%%", "compiled");
seen.cut = (await texts(cut, "#editor .cm-line")).some((line) => line.startsWith("policy support-line"));
await cut.close();

// texts that no policy is, one after the other: the page goes on
await tab("compiled");
for (const junk of ["", "\u0000\u0001\ufeff", "policy x ".repeat(20000), "on ice { ".repeat(3000), "}".repeat(5000), "policy p\n# allow\n\"".repeat(50), "📞 policy 📞"]) {
  await paste(page, junk || " ");
  await page.waitForTimeout(400);
}
await example("front-desk");
await page.waitForSelector("details[data-file='ice.json']", { timeout: 60_000 });
await findings(0);
seen.afterJunk = await texts(page, "summary");

// a worker that ends: another one takes its place, and looks at the next text
await page.workers()[0].evaluate(() => postMessage({ kind: "dead", text: "memory" }));
await page.waitForSelector("#panel .alert");
seen.restarted = await page.textContent("#panel .alert");
await page.waitForSelector("body[data-state=ready]", { timeout: 60_000 });
await example("talk");
await page.waitForSelector("details[data-file='ace.json']");
seen.afterRestart = await texts(page, "summary");

console.log(JSON.stringify({ ...seen, outside, errors }));
await browser.close();
