// The page: one policy, its editor and its tabs.
import { Client } from "./client.js";
import { h, later, oneAtATime, sentence } from "./dom.js";
import { Editor, testEditor } from "./editor.js";
import { markdown } from "./markdown.js";
import { compiled, explained, problem, simulated, tested } from "./panels.js";
import { fragment, opened } from "./share.js";
import examples from "./dist/examples.json";

const MOST = 100; // findings that are shown
const at = (id) => document.getElementById(id);
const TABS = { compiled: "compiled JSON", explain: "explain", simulate: "simulate", test: "test" };
const state = { tab: "compiled", target: "", call: "", stuck: null, file: "" };

const say = (words, kind = "") => { at("state").textContent = words; at("state").className = kind; };

const client = new Client({
  progress: (text) => say(text),
  ready: () => { say(""); document.body.dataset.state = "ready"; if (state.stuck !== editor.text) { refresh(); show(); } },
  diagnostics: (found, version) => { if (version === client.version) editor.diagnose(found).catch(gone); },
  lost: (why) => { state.stuck = client.sent; delete document.body.dataset.state; panel(h("p", { class: "alert" }, `${why}: recpol was started anew. Change the policy, and it is looked at again.`)); },
  failed: (why) => say(`recpol could not be loaded: ${why}`, "bad"),
});

const gone = (error) => console.debug("no answer:", error.message);

const refresh = oneAtATime(async () => { if (client.ready && state.stuck !== editor.text) await editor.refresh(); });
const refreshSoon = later(refresh, 120);
const showSoon = later(() => show(), 300);

const editor = new Editor(at("editor"), client, {
  changed: () => { refreshSoon(); showSoon(); },
  cursor: later((line) => follow(line), 50),
  command: (name) => choose(name === "recpol.explain" ? "explain" : "compiled"),
  problems,
});

const tests = testEditor(at("tests"), () => showSoon());
const setTests = (text) => tests.dispatch({ changes: { from: 0, to: tests.state.doc.length, insert: text } });

const page = {
  light: (from, to) => editor.light(from, to),
  target: (name) => { state.target = name; show(); },
  file: (name) => { state.file = name; choose("compiled"); },
};

function play(call) {
  state.call = call;
  if (state.tab === "simulate") show(); else choose("simulate");
}

// ── the tabs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

for (const [name, title] of Object.entries(TABS)) {
  at("tabs").append(h("button", { role: "tab", id: `tab-${name}`, "aria-controls": "panel", onclick: () => choose(name) }, title));
}

function choose(name) {
  state.tab = name;
  for (const one of Object.keys(TABS)) at(`tab-${one}`).setAttribute("aria-selected", String(one === name));
  at("tests").hidden = name !== "test";
  if (name === "test") tests.requestMeasure();
  show();
}

function panel(...children) {
  const { scrollTop } = at("panel");
  at("panel").replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  at("panel").scrollTop = scrollTop;
}

/** Show the tab that is chosen; only the latest of several answers is shown. */
const show = oneAtATime(async () => {
  if (!client.ready || state.stuck === editor.text) return;
  const { tab } = state;
  const params = { text: editor.text, target: tab === "compiled" ? state.target : "", call: state.call, tests: tests.state.doc.toString() };
  const answer = await client.tab(tab, params).catch(() => null);
  if (answer === null || tab !== state.tab) return;
  if (at("panel").dataset.tab !== tab) at("panel").scrollTop = 0;
  at("panel").dataset.tab = tab;
  if (answer.problem !== undefined) panel(problem(page, answer));
  else if (tab === "compiled") panel(compiled(page, answer));
  else if (tab === "explain") panel(explained(page, answer));
  else if (tab === "simulate") { state.call = answer.call; panel(simulated(page, answer, play)); }
  else panel(tested(page, answer, play));
  document.body.dataset.shown = tab;
  follow(editor.view.state.doc.lineAt(editor.view.state.selection.main.head).number);
  const file = [...at("panel").querySelectorAll("details")].find((one) => one.dataset.file === state.file);
  if (file) { file.open = true; file.scrollIntoView({ block: "start" }); state.file = ""; }
});

/** Mark the lines of JSON that the line of the cursor has become: those of the smallest part of the policy around it. */
function follow(line) {
  if (state.tab !== "compiled") return;
  const lines = [...at("panel").querySelectorAll(".json[data-from]")];
  const around = lines.filter((one) => Number(one.dataset.from) <= line && line <= Number(one.dataset.to));
  const size = (one) => Number(one.dataset.to) - Number(one.dataset.from);
  const least = Math.min(...around.map(size));
  for (const one of lines) one.classList.toggle("here", around.includes(one) && size(one) === least);
}

document.addEventListener("keydown", (event) => {
  if (state.tab !== "simulate" || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, .cm-editor")) return;
  if (/^[1-9]$/.test(event.key)) at("panel").querySelectorAll("button.next")[Number(event.key) - 1]?.click();
});

// ── findings ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function problems(found) {
  const one = (problem) => {
    const [message, ...more] = problem.message.split("\n");
    return h("div", { class: `problem ${problem.severity}` },
      h("button", { class: "leads", onclick: () => { editor.view.dispatch({ selection: { anchor: problem.from }, scrollIntoView: true }); editor.view.focus(); } }, `line ${problem.line}`),
      " ", h("b", {}, sentence(message)), " ", problem.rule && h("button", { class: "leads rule", onclick: () => rule(problem.rule) }, problem.rule),
      more.map((line) => h("div", { class: "quiet" }, sentence(line))),
      problem.related.map((note) => note.location.uri === client.uri && h("div", { class: "quiet" },
        h("button", { class: "leads", onclick: () => editor.light(note.location.range.start.line + 1) }, `line ${note.location.range.start.line + 1}`), ` ${note.message}`)),
      problem.fixes.length > 0 && h("div", { class: "fixes" }, problem.fixes.map((fix) => h("button", { class: fix.preferred ? "fix preferred" : "fix", onclick: fix.apply }, sentence(fix.name)))));
  };
  const left = found.length - MOST;
  at("problems").replaceChildren(...(found.length ? [...found.slice(0, MOST).map(one), left > 0 ? h("div", { class: "quiet" }, `and ${left} more`) : ""] : [h("div", { class: "good" }, "✓ no findings")]));
  document.body.dataset.problems = String(found.length);
}

async function rule(name) {
  const answer = await client.tab("rule", { rule: name }).catch(() => null);
  if (!answer?.markdown) return;
  at("page").querySelector(".prose").replaceChildren(...markdown(answer.markdown));
  at("page").showModal();
}

// ── examples, links ──────────────────────────────────────────────────────────────────────────────────────────────────

function open({ policy, tests: written }) {
  state.call = "";
  state.target = "";
  setTests(written);
  editor.text = policy;
}

at("examples").append(...examples.map(({ name, summary }, n) => h("option", { value: n, title: summary }, name)));
at("examples").onchange = ({ target }) => open(examples[Number(target.value)]);
at("format").onclick = () => editor.format().catch((error) => { say(error.message); });

at("share").onclick = async () => {
  history.replaceState(null, "", await fragment({ policy: editor.text, tests: tests.state.doc.toString() }));
  const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
  say(copied ? "the link is copied" : "the link is in the address bar");
  document.body.dataset.shared = "yes";
  setTimeout(() => say(""), 4000);
};

async function begin() {
  try {
    const found = await opened(location.hash);
    if (found) { at("examples").prepend(h("option", { value: "", selected: true, disabled: true }, "from a link")); open(found); return; }
  } catch (error) {
    console.debug("the link:", error.message);
    panel(h("p", { class: "alert" }, "The link cannot be read: it may have been cut short. This is an example instead."));
  }
  const first = Math.max(0, examples.findIndex(({ name }) => name === "support-line"));
  at("examples").value = String(first);
  open(examples[first]);
}

window.addEventListener("hashchange", begin);
choose("compiled");
begin();
