// What the tabs show, from the answers of tabs.py: each takes an answer and gives elements.
import { h, sentence } from "./dom.js";
import { markdown } from "./markdown.js";

/** Something that lights up lines of the policy when it is clicked. */
const leads = (page, from, to, ...children) => h("button", { class: "leads", onclick: () => page.light(from, to) }, children);

export function problem(page, answer) {
  return h("div", { class: "refused" },
    h("p", { class: "alert" }, `${answer.problem}.`),
    h("ul", { class: "findings" }, (answer.findings ?? []).slice(0, 100).map((one) => finding(page, one))));
}

export function finding(page, one) {
  return h("li", { class: one.level },
    one.own && leads(page, one.line, one.line, `line ${one.line}`), " ",
    h("span", {}, sentence(one.message)), one.label && h("span", {}, ` (${one.label})`),
    one.why && h("div", { class: "quiet" }, "why: ", sentence(one.why)),
    one.help && h("div", { class: "quiet" }, "help: ", sentence(one.help)));
}

// ── compiled JSON ────────────────────────────────────────────────────────────────────────────────────────────────────

export function compiled(page, answer) {
  const choose = h("select", { id: "target", onchange: (event) => page.target(event.target.value) },
    answer.targets.map(({ name, title }) => h("option", { value: name, selected: name === answer.target }, `${name}: ${title}`)));
  const lineOf = ([text, from, to]) => h("div", {
    class: from ? "json leads" : "json", tabindex: from ? 0 : null, "data-from": from || null, "data-to": to || null,
    title: from ? `line ${from} of the policy` : null,
    onclick: from ? () => page.light(from, to) : null,
    onkeydown: from ? (event) => { if (event.key === "Enter") page.light(from, to); } : null,
  }, coloured(text));
  return [
    h("p", { class: "bar" }, h("label", {}, "Target ", choose),
      h("span", { class: "quiet" }, "click a line: the policy's line lights up")),
    answer.files.map(({ name, lines }) => h("details", { open: name !== "manifest.json", "data-file": name },
      h("summary", {}, name), h("div", { class: "code" }, lines.map(lineOf)))),
  ];
}

const JSON_PARTS = /("(?:[^"\\]|\\.)*")(:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?/g;

function coloured(text) {
  const found = [];
  let at = 0;
  for (const match of text.matchAll(JSON_PARTS)) {
    found.push(text.slice(at, match.index));
    const kind = match[2] ? "key" : match[1] ? "string" : match[3] ? "keyword" : "number";
    found.push(h("span", { class: `tok-${kind}` }, match[1] ?? match[0]), match[2] ?? "");
    at = match.index + match[0].length;
  }
  found.push(text.slice(at));
  return found;
}

// ── explain ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export function explained(page, answer) {
  const link = (words, line) => leads(page, line, line, words);
  return h("article", { class: "prose" }, markdown(answer.markdown, link));
}

// ── simulate ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export function simulated(page, answer, play) {
  const events = answer.steps.slice(1).map((step) => step.event);
  const typed = h("input", { id: "scenario", value: answer.call, placeholder: "press 1; answer; hang up", "aria-label": "the call as a scenario", spellcheck: "false" });
  const next = answer.next.map(({ step, leads: to }, n) => h("button", { class: "next", "data-step": step, onclick: () => play([...events, step].join("; ")) },
    h("b", {}, step), h("small", {}, sentence(to === "the call ends" ? to : `→ ${to}`)), n < 9 && h("kbd", {}, String(n + 1))));
  return [
    h("p", { class: "bar" },
      h("button", { disabled: !events.length, onclick: () => play("") }, "Call anew"),
      h("button", { disabled: !events.length, onclick: () => play(events.slice(0, -1).join("; ")) }, "Back"),
      h("form", { class: "grow", onsubmit: (event) => { event.preventDefault(); play(typed.value); } }, typed)),
    answer.refused.length > 0 && h("ul", { class: "findings" }, answer.refused.map((one) => finding(page, { ...one, own: false }))),
    tape(page, answer),
    h("h3", {}, answer.ended ? "The call is over." : "What can happen next"),
    answer.ended ? h("p", { class: "quiet" }, answer.files ? `It made ${answer.files} recording file${answer.files === 1 ? "" : "s"}.` : "Nothing of it is on tape.") : h("div", { class: "nexts" }, next),
    h("h3", {}, "What happened"),
    h("ol", { class: "steps" }, answer.steps.map((step) => h("li", {},
      h("b", {}, sentence(step.happens)), step.receives && h("button", { class: "leads file", onclick: () => page.file(step.receives) }, step.receives),
      step.heard.map((heard) => h("div", { class: heard.recorded.length ? "heard on" : "heard off" },
        heard.own ? leads(page, heard.line, heard.line, heard.words) : heard.words, h("span", { class: "mark" }, markOf(heard))))))),
  ];
}

const markOf = (heard) => (heard.recorded.length
  ? `● ${heard.recorded.map((one) => `${one.store} (file ${one.file}${one.scope === "conference" ? ", the whole room" : ""})`).join(" and ")}`
  : "○ not recorded");

/** The tape: what is heard from left to right, and below it each file with the part of the call that is in it. */
function tape(page, answer) {
  const files = new Map();
  const columns = [];
  const heads = [];
  for (const step of answer.steps) {
    heads.push({ words: step.happens, at: columns.length, span: Math.max(step.heard.length, 1) });
    for (const heard of step.heard) {
      for (const one of heard.recorded) files.set(one.file, one);
      columns.push(heard);
    }
    if (!step.heard.length) columns.push(null);
  }
  const lanes = [...files.keys()].sort((one, other) => one - other);
  const place = (row, from, span = 1) => ({ "grid-row": String(row), "grid-column": `${from + 2} / span ${span}` });
  const cells = [h("div", { class: "lane", style: { "grid-row": "2", "grid-column": "1" } }, "heard")];
  for (const head of heads) cells.push(h("div", { class: "event", style: place(1, head.at, head.span), title: head.words }, sentence(head.words)));
  columns.forEach((heard, n) => {
    const last = n === columns.length - 1 ? " last" : "";
    if (!heard) { cells.push(h("div", { class: `nothing${last}`, style: place(2, n) })); return; }
    cells.push(h("button", {
      class: `sound ${heard.recorded.length ? "on" : "off"}${last}`, style: place(2, n), title: `${heard.words}\n${markOf(heard)}`,
      onclick: () => { if (heard.own) page.light(heard.line, heard.line); },
    }, heard.words));
    heard.recorded.forEach((one) => cells.push(h("div", { class: `recorded ${one.scope}${last}`, style: place(3 + lanes.indexOf(one.file), n), title: markOf(heard) })));
  });
  lanes.forEach((file, row) => cells.push(h("div", { class: "lane", style: { "grid-row": String(3 + row), "grid-column": "1" } },
    h("span", { class: "dot" }, "● "), `${files.get(file).store} · file ${file}`)));
  if (!lanes.length) cells.push(h("div", { class: "lane quiet", style: { "grid-row": "3", "grid-column": "1 / -1" } }, "○ nothing on tape yet"));
  const drawn = h("div", { class: "tape", role: "img", "aria-label": `${lanes.length} recording files` }, cells);
  requestAnimationFrame(() => { drawn.scrollLeft = drawn.scrollWidth; });
  return drawn;
}

// ── test ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const KINDS = { segment: "segment", outcome: "result of a menu", phase: "phase", guarantee: "guarantee" };

export function tested(page, answer, play) {
  const count = (status) => answer.cases.filter((one) => one.status === status).length;
  const parts = [[count("ok"), "passed"], [count("failed"), "failed"], [count("skipped"), "skipped"]].filter(([n]) => n).map(([n, word]) => `${n} ${word}`);
  return [
    h("p", { class: "bar" }, h("b", { class: count("failed") || answer.trouble.length ? "bad" : "good" }, parts.join(", ") || "no tests"),
      answer.covered !== null && h("span", { class: "quiet" }, `${answer.covered} % of the policy exercised`)),
    answer.trouble.length > 0 && h("ul", { class: "findings" }, answer.trouble.map((one) => finding(page, { ...one, message: `line ${one.line} of the tests: ${one.message}`, own: false }))),
    h("ul", { class: "cases" }, answer.cases.map((one) => h("li", { class: one.status },
      h("span", { class: "verdict" }, { ok: "✓", failed: "✗", skipped: "–" }[one.status]), " ", h("b", {}, one.name), " ",
      one.call && h("button", { class: "leads file", title: "play this call", onclick: () => play(one.call) }, one.call),
      one.skip && h("div", { class: "quiet" }, one.skip),
      one.findings.length > 0 && h("ul", { class: "findings" }, one.findings.map((found) => finding(page, { ...found, own: false }))),
      one.trace.length > 0 && h("pre", {}, one.trace.join("\n"))))),
    answer.missing.length > 0 && [h("h3", {}, "No test exercises"), h("ul", { class: "findings" }, answer.missing.map((one) => h("li", {},
      one.own && leads(page, one.line, one.line, `line ${one.line}`), ` ${KINDS[one.kind] ?? one.kind}: ${one.name}`)))],
  ];
}
