// The editor: CodeMirror, with what the language server says of the text.
import { autocompletion, completionKeymap, closeBrackets, closeBracketsKeymap, snippet } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentUnit, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers, WidgetType } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { h, sentence } from "./dom.js";
import { markdown } from "./markdown.js";

// ── a language that needs no server: comments, texts, numbers, tags ─────────────────────────────────────────────────

const simple = (name, token) => StreamLanguage.define({ name, token, languageData: { commentTokens: { line: "#" } } });

const RECPOL = simple("recpol", (stream) => {
  if (stream.match(/#.*/)) return "comment";
  if (stream.match(/"(?:[^"\\]|\\.)*"?/)) return "string";
  if (stream.match(/@[a-z][a-z0-9-]*/)) return "meta";
  if (stream.match(/\+?\d+\b/)) return "number";
  if (!stream.match(/[A-Za-z_][\w-]*/)) stream.next();
  return null;
});

const YAML = simple("yaml", (stream) => {
  if (stream.match(/#.*/)) return "comment";
  if (stream.match(/"(?:[^"\\]|\\.)*"?|'[^']*'?/)) return "string";
  if (stream.match(/[\w-]+(?=:(?:\s|$))/)) return "keyword";
  if (stream.match(/\d+\b/)) return "number";
  if (!stream.match(/[A-Za-z_][\w-]*/)) stream.next();
  return null;
});

const COLOURS = HighlightStyle.define([
  { tag: tags.comment, class: "tok-comment" },
  { tag: tags.string, class: "tok-string" },
  { tag: tags.number, class: "tok-number" },
  { tag: tags.keyword, class: "tok-keyword" },
  { tag: tags.meta, class: "tok-decorator" },
]);

// ── what the server says, as decorations that move with the text until it says more ─────────────────────────────────

class Remark extends WidgetType {
  constructor(text, title, kind) { super(); Object.assign(this, { text, title, kind }); }
  eq(other) { return other.text === this.text && other.title === this.title; }
  toDOM() { return h("span", { class: `hint ${this.kind}`, title: this.title }, this.text); }
}

class LensLine extends WidgetType {
  constructor(lenses, indent, run) { super(); Object.assign(this, { lenses, indent, run }); }
  eq(other) { return JSON.stringify(other.lenses) === JSON.stringify(this.lenses) && other.indent === this.indent; }
  toDOM() {
    const one = ({ title, command }) => {
      const kind = title.startsWith("✓") ? "proven" : title.startsWith("✗") ? "broken" : title.startsWith("?") ? "unsure" : "";
      return command ? h("button", { class: `lens ${kind}`, onclick: () => this.run(command) }, title) : h("span", { class: `lens ${kind}` }, title);
    };
    return h("div", { class: "lenses", style: { "padding-left": `${6 + this.indent * 8}px` } }, this.lenses.map(one));
  }
  ignoreEvent() { return true; }
}

const setSaid = StateEffect.define();
const setLit = StateEffect.define();

const said = StateField.define({
  create: () => ({ tokens: Decoration.none, hints: Decoration.none, lenses: Decoration.none }),
  update(value, transaction) {
    let next = value;
    if (transaction.docChanged) {
      const map = (set) => set.map(transaction.changes);
      next = { tokens: map(value.tokens), hints: map(value.hints), lenses: map(value.lenses) };
    }
    for (const effect of transaction.effects) if (effect.is(setSaid)) next = effect.value;
    return next;
  },
  provide: (field) => ["tokens", "hints", "lenses"].map((name) => EditorView.decorations.from(field, (value) => value[name])),
});

const lit = StateField.define({
  create: () => Decoration.none,
  update(value, transaction) {
    let next = value.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setLit)) continue;
      const doc = transaction.state.doc;
      const lines = [];
      for (let n = Math.max(1, effect.value.from); n <= Math.min(effect.value.to, doc.lines); n += 1) {
        lines.push(Decoration.line({ class: "lit" }).range(doc.line(n).from));
      }
      next = Decoration.set(lines);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** A place of the protocol, from 0, as a character of the text; a place outside is the nearest inside. */
export function offset(doc, { line, character }) {
  if (line >= doc.lines) return doc.length;
  const { from, to } = doc.line(line + 1);
  return Math.min(from + character, to);
}

export function position(doc, at) {
  const line = doc.lineAt(at);
  return { line: line.number - 1, character: at - line.from };
}

const range = (doc, { start, end }) => ({ from: offset(doc, start), to: offset(doc, end) });

function tokensOf(doc, { data }, kinds) {
  const builder = new RangeSetBuilder();
  let line = 0, character = 0;
  for (let n = 0; n + 4 < data.length; n += 5) {
    if (data[n]) character = 0;
    line += data[n];
    character += data[n + 1];
    const from = offset(doc, { line, character }), to = offset(doc, { line, character: character + data[n + 2] });
    if (to > from) builder.add(from, to, kinds[data[n + 3]]);
  }
  return builder.finish();
}

const KINDS = ["keyword", "variable", "string", "number", "decorator", "comment", "operator"]
  .map((name) => Decoration.mark({ class: `tok-${name}` }));

function hintsOf(doc, hints) {
  const kind = (text) => (text.startsWith("●") ? "on" : text.startsWith("∅") ? "never" : "off");
  const made = hints.map((hint) => Decoration.widget({ widget: new Remark(hint.label, hint.tooltip ?? "", kind(hint.label)), side: 1 })
    .range(doc.line(Math.min(hint.position.line + 1, doc.lines)).to));
  return Decoration.set(made, true);
}

function lensesOf(doc, lenses, run) {
  const lines = new Map();
  for (const { range: where, command } of lenses) {
    const from = doc.line(Math.min(where.start.line + 1, doc.lines)).from;
    lines.set(from, [...(lines.get(from) ?? []), { title: command.title, command: command.command }]);
  }
  const made = [...lines].map(([from, found]) => {
    const indent = /^ */.exec(doc.lineAt(from).text)[0].length;
    return Decoration.widget({ widget: new LensLine(found, indent, run), side: -1, block: true }).range(from);
  });
  return Decoration.set(made, true);
}

// ── the editor of the policy ─────────────────────────────────────────────────────────────────────────────────────────

const MOST = 500; // findings that are marked, and for which fixes are looked for
const SEVERITY = { 1: "error", 2: "warning", 3: "info" };

export class Editor {
  /** `on` has: changed(), cursor(line), command(name), problems(list). */
  constructor(parent, client, on) {
    Object.assign(this, { client, on });
    const completions = async (context) => {
      const word = context.matchBefore(/[@\w-]+|->\s*/);
      if (!client.ready || (!context.explicit && !word)) return null;
      return this.complete(context);
    };
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        extensions: [
          lineNumbers(), lintGutter(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), closeBrackets(),
          highlightSelectionMatches(), search(), EditorView.lineWrapping, indentUnit.of("  "), RECPOL, syntaxHighlighting(COLOURS), said, lit,
          autocompletion({ override: [completions], icons: false }),
          hoverTooltip((view, at) => this.hover(at), { hoverTime: 250 }),
          keymap.of([
            { key: "F12", run: () => { this.define(); return true; } },
            { key: "F2", run: () => { this.rename(); return true; } },
            { key: "Shift-Alt-f", run: () => { this.format(); return true; } },
            indentWithTab, ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap,
          ]),
          EditorView.contentAttributes.of({ "aria-label": "policy", spellcheck: "false" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) on.changed();
            if (update.docChanged || update.selectionSet) on.cursor(update.state.doc.lineAt(update.state.selection.main.head).number);
          }),
        ],
      }),
    });
  }

  get text() { return this.view.state.doc.toString(); }

  set text(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, selection: { anchor: 0 }, annotations: isolateHistory.of("full"), scrollIntoView: true });
  }

  /** Light up lines of the policy, and show the first. */
  light(from, to = from, scroll = true) {
    const doc = this.view.state.doc;
    const effects = [setLit.of({ from, to })];
    if (scroll && from > 0) effects.push(EditorView.scrollIntoView(doc.line(Math.min(from, doc.lines)).from, { y: "nearest", yMargin: 80 }));
    this.view.dispatch({ effects });
  }

  /** Ask the server what it says of the text; an answer that comes too late is dropped. */
  async refresh() {
    const doc = this.view.state.doc, end = position(doc, doc.length);
    this.client.put(doc.toString());
    const [hints, tokens, lenses] = await Promise.all([
      this.client.about("inlayHint", { range: { start: { line: 0, character: 0 }, end } }),
      this.client.about("semanticTokens/full"),
      this.client.about("codeLens"),
    ]);
    if (this.view.state.doc !== doc) return;
    const before = this.view.state.field(said);
    const value = {
      tokens: tokensOf(doc, tokens, KINDS), hints: hintsOf(doc, hints),
      // A text that cannot be read has no lenses; those of before stay, so that lines do not jump while somebody types.
      lenses: lenses.length ? lensesOf(doc, lenses, this.on.command) : before.lenses,
    };
    this.view.dispatch({ effects: setSaid.of(value) });
  }

  /** Show the server's findings, and then what can be done about them. */
  async diagnose(found) {
    const doc = this.view.state.doc;
    this.show(found, []);
    if (!found.length || found.length > MOST) return;
    const whole = { start: { line: 0, character: 0 }, end: position(doc, doc.length) };
    const actions = await this.client.about("codeAction", { range: whole, context: { diagnostics: found } });
    if (this.view.state.doc === doc) this.show(found, actions);
  }

  show(found, actions) {
    const doc = this.view.state.doc, { uri } = this.client;
    const same = (one, other) => one.code === other.code && JSON.stringify(one.range) === JSON.stringify(other.range);
    const usable = (action) => action.edit && Object.keys(action.edit.changes).every((key) => key === uri);
    const problems = found.map((diagnostic) => {
      const { from, to } = range(doc, diagnostic.range);
      const fixes = actions.filter((action) => usable(action) && action.diagnostics?.some((one) => same(one, diagnostic)))
        .map((action) => ({ name: action.title, preferred: action.isPreferred === true, apply: () => this.edit(action.edit.changes[uri], doc) }));
      return {
        from, to: Math.max(to, Math.min(from + 1, doc.length)), severity: SEVERITY[diagnostic.severity], message: diagnostic.message,
        rule: diagnostic.code ?? "", line: diagnostic.range.start.line + 1, fixes, tags: diagnostic.tags ?? [],
        related: diagnostic.relatedInformation ?? [],
      };
    });
    const shown = problems.slice(0, MOST).map((one) => ({
      from: one.from, to: one.to, severity: one.severity, message: one.message, source: one.rule,
      markClass: one.tags.includes(1) ? "unnecessary" : undefined,
      renderMessage: () => h("div", { class: "message" }, one.message.split("\n").map((line) => h("div", {}, sentence(line)))),
      actions: one.fixes.map((fix) => ({ name: fix.name, apply: fix.apply })),
    }));
    this.view.dispatch(setDiagnostics(this.view.state, shown));
    this.on.problems(problems);
  }

  /** Carry out edits of the server, if the text is still the one that they are about. */
  edit(edits, doc) {
    if (this.view.state.doc !== doc) return;
    const changes = edits.map((one) => ({ ...range(doc, one.range), insert: one.newText }));
    this.view.dispatch({ changes, annotations: isolateHistory.of("full"), scrollIntoView: true });
    this.view.focus();
  }

  async complete(context) {
    const { doc } = context.state;
    this.client.put(doc.toString());
    const items = await this.client.about("completion", { position: position(doc, context.pos) });
    if (!items?.length || context.aborted) return null;
    const { from } = range(doc, items[0].textEdit.range);
    const options = items.filter((item) => range(doc, item.textEdit.range).from === from).map((item, n) => ({
      label: item.filterText ?? item.label, displayLabel: item.label, detail: item.detail, boost: -Math.min(n, 99),
      apply: item.insertTextFormat === 2 ? snippet(item.textEdit.newText.replace(/\$(\d+)/g, "$${$1}").replaceAll("${0}", "${}")) : item.textEdit.newText,
    }));
    return { from, options };
  }

  async hover(at) {
    if (!this.client.ready) return null;
    const { doc } = this.view.state;
    this.client.put(doc.toString());
    const found = await this.client.about("hover", { position: position(doc, at) }).catch(() => null);
    if (!found || this.view.state.doc !== doc) return null;
    const { from, to } = range(doc, found.range);
    return { pos: from, end: to, above: true, create: () => ({ dom: h("div", { class: "hover prose" }, markdown(found.contents.value)) }) };
  }

  async define() {
    const { doc, selection } = this.view.state;
    const [found] = await this.client.about("definition", { position: position(doc, selection.main.head) });
    if (!found || found.uri !== this.client.uri || this.view.state.doc !== doc) return;
    const { from, to } = range(doc, found.range);
    this.view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
  }

  async rename() {
    const { doc, selection } = this.view.state;
    const where = { position: position(doc, selection.main.head) };
    const named = await this.client.about("prepareRename", where);
    const newName = named && prompt(`A new name for ${named.placeholder}`, named.placeholder);
    if (!newName || newName === named.placeholder) return;
    const made = await this.client.about("rename", { ...where, newName }).catch((error) => alert(error.message));
    if (made?.changes[this.client.uri]) this.edit(made.changes[this.client.uri], doc);
  }

  async format() {
    const { doc } = this.view.state;
    this.client.put(doc.toString());
    const edits = await this.client.about("formatting", { options: { tabSize: 2, insertSpaces: true } });
    if (edits.length) this.edit(edits, doc);
  }
}

/** A plain editor of tests. */
export function testEditor(parent, changed) {
  return new EditorView({
    parent,
    state: EditorState.create({
      extensions: [
        lineNumbers(), history(), drawSelection(), highlightActiveLine(), indentUnit.of("  "), YAML, syntaxHighlighting(COLOURS), lit,
        keymap.of([indentWithTab, ...defaultKeymap, ...searchKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ "aria-label": "tests", spellcheck: "false" }),
        EditorView.updateListener.of((update) => { if (update.docChanged) changed(); }),
      ],
    }),
  });
}
