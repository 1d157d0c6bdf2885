// The Markdown that recpol writes, to elements: headings, tables, lists, quotes, fences; code, bold, italics, `<br>`.
// What it does not know stays text. `link` is told of "line N" and makes it something to click.
import { h } from "./dom.js";

const INLINE = /\\([\\`*_{}[\]<>#|~@!&$().+-])|(`+)\s?([^`]|[^`][\s\S]*?[^`])\s?\2(?!`)|\*\*((?:\\.|[^*\\])+)\*\*|\*((?:\\.|[^*\\])+)\*|\[([^\]\n]+)\]\(([^)\s]+)\)|(<br>)|\bline (\d+)\b/g;

export function inline(text, link) {
  const found = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    found.push(text.slice(at, match.index));
    const [whole, escaped, , code, bold, italic, name, , br, line] = match;
    if (escaped) found.push(escaped);
    else if (code) found.push(h("code", {}, code.replaceAll("\\|", "|")));
    else if (bold) found.push(h("strong", {}, inline(bold, link)));
    else if (italic) found.push(h("em", {}, inline(italic, link)));
    else if (name) found.push(h("em", {}, inline(name, link)));
    else if (br) found.push(h("br"));
    else if (line && link) found.push(link(whole, Number(line)));
    else found.push(whole);
    at = match.index + whole.length;
  }
  found.push(text.slice(at));
  return found.flat().map((part) => (typeof part === "string" ? part.replace(/(^|\s)([●○·∅])(?=\s|$)/g, "$1$2") : part));
}

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());

/** Blocks of Markdown as elements. */
export function markdown(text, link) {
  const lines = text.split("\n");
  const made = [];
  let at = 0;
  const block = (test) => { const from = at; while (at < lines.length && test(lines[at])) at += 1; return lines.slice(from, at); };
  while (at < lines.length) {
    const line = lines[at];
    const heading = /^(#{1,6}) (.*)$/.exec(line);
    const fence = /^(`{3,})/.exec(line);
    if (!line.trim()) at += 1;
    else if (heading) { at += 1; made.push(h(`h${heading[1].length}`, {}, inline(heading[2], link))); }
    else if (fence) {
      at += 1;
      const inside = block((one) => !one.startsWith(fence[1]));
      at += 1;
      made.push(h("pre", {}, inside.join("\n")));
    } else if (line.startsWith("|")) made.push(table(block((one) => one.startsWith("|")), link));
    else if (line.startsWith(">")) made.push(h("blockquote", {}, markdown(block((one) => one.startsWith(">")).map((one) => one.replace(/^> ?/, "")).join("\n"), link)));
    else if (/^\s*[-*] /.test(line)) {
      const items = [];
      for (const one of block((next) => /^\s*[-*] |^ {2,}\S/.test(next))) {
        if (/^\s*[-*] /.test(one)) items.push(one.replace(/^\s*[-*] /, ""));
        else items.push(`${items.pop()} ${one.trim()}`);
      }
      made.push(h("ul", {}, items.map((item) => h("li", {}, inline(item, link)))));
    } else if (/^ {4}/.test(line)) made.push(h("pre", {}, block((one) => /^ {4}|^\s*$/.test(one)).map((one) => one.slice(4)).join("\n").trimEnd()));
    else made.push(h("p", {}, inline(block((one) => one.trim() && !/^(#{1,6} |\||>|```)/.test(one)).join(" "), link)));
  }
  return made;
}

function table(lines, link) {
  const [head, , ...rows] = lines.map(cells);
  const mark = (row) => ({ "●": "on", "○": "off", "∅": "never" })[row[0]] ?? "";
  return h("table", {},
    head.some(Boolean) && h("thead", {}, h("tr", {}, head.map((cell) => h("th", {}, inline(cell, link))))),
    h("tbody", {}, rows.map((row) => h("tr", { class: mark(row) }, row.map((cell) => h("td", {}, inline(cell, link)))))));
}
