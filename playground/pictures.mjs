// node pictures.mjs CHROMIUM ADDRESS FOLDER: takes the pictures of the playground that the pages show.
import { started } from "./browser.mjs";

const [executable, address, folder] = process.argv.slice(2);
const { browser, outside, errors, open } = await started(executable, address);
const page = await open();
const example = async (name, words) => { await page.selectOption("#examples", { label: name }); await page.waitForSelector(`#editor .hint >> nth=0`); await page.waitForSelector(`#problems:has-text('${words}')`); };
const take = async (name) => { await page.mouse.move(900, 20); await page.waitForTimeout(900); await page.screenshot({ path: `${folder}/playground-${name}.png` }); };

await page.setViewportSize({ width: 1280, height: 760 });
await example("front-desk", "no findings");
await page.waitForSelector("details[data-file='ice.json'] .json:has-text('startRecording')");
await page.click(`.json:has-text('"text"')`);
await take("compiled");

await example("a policy that is refused", "conference-scope");
await page.waitForSelector(".fix");
await page.click("#tab-explain");
await page.waitForSelector("#panel article h1:has-text('board')");
await take("finding");

await example("pay-by-phone", "no findings");
await page.click("#tab-simulate");
for (const step of ["answer", "begin card", "end card"]) await page.click(`button.next[data-step="${step}"]`);
await page.waitForSelector(".tape .recorded >> nth=1");
await page.click(".steps .leads:has-text('phase card')");
await take("simulate");

console.log(JSON.stringify({ outside, errors }));
await browser.close();
