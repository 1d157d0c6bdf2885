// textmate.cjs GRAMMAR TEXTS OUT: the words of texts, as VS Code's engine cuts them: [start, end, scope].
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

const [grammarPath, textsPath, out] = process.argv.slice(2);
const INNER = /^(?:variable\.other\.placeholder|constant\.character\.escape)/;

async function main() {
  const wasm = fs.readFileSync(path.join(path.dirname(require.resolve("vscode-oniguruma")), "onig.wasm"));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(fs.readFileSync(grammarPath, "utf8"), grammarPath),
  });
  const grammar = await registry.loadGrammar("source.recpol");
  const found = {};
  for (const [name, text] of Object.entries(JSON.parse(fs.readFileSync(textsPath, "utf8")))) {
    const words = [];
    let state = textmate.INITIAL;
    let offset = 0;
    for (const line of text.split("\n")) {
      const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
      state = ruleStack;
      let open = false; // What is inside a string is a part of it.
      for (const token of tokens) {
        const scope = (token.scopes[1] ?? "").replace(/\.recpol$/, "");
        if (!scope || scope.startsWith("invalid")) {
          open = false;
          continue;
        }
        const last = words[words.length - 1];
        const start = offset + token.startIndex;
        const end = offset + Math.min(token.endIndex, line.length);
        const inner = token.scopes.length > 2 && INNER.test(token.scopes[2]);
        if (last && last[1] === start && last[2] === scope && (inner || open)) last[1] = end;
        else words.push([start, end, scope]);
        open = inner;
      }
      offset += line.length + 1;
    }
    found[name] = words;
  }
  fs.writeFileSync(out, JSON.stringify(found));
}

main();
