// The worker: Python with recpol in it. Messages in and out are plain data; see client.js.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const base = new URL(".", import.meta.url).href;
const say = (kind, more) => postMessage({ kind, ...more });
let playground = null;

async function start() {
  say("progress", { text: "loading Python …" });
  const [python, site] = await Promise.all([
    loadPyodide({ indexURL: `${base}pyodide/`, stdout: () => {}, stderr: () => {} }),
    fetch(`${base}site.zip`).then((answer) => {
      if (!answer.ok) throw new Error("site.zip is not there");
      return answer.arrayBuffer();
    }),
  ]);
  // All is here now. Whatever a policy may bring about, nothing is fetched any more.
  for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport", "importScripts"]) {
    try { Object.defineProperty(self, name, { value: undefined, configurable: false, writable: false }); } catch { /* not there */ }
  }
  say("progress", { text: "loading recpol …" });
  python.unpackArchive(new Uint8Array(site), "zip", { extractDir: "/playground" });
  python.globals.set("send", (text) => say("lsp", { message: JSON.parse(text) }));
  playground = python.runPython(`
import os, sys
sys.path.insert(0, "/playground/lib")
os.chdir("/playground/project")
from tabs import Playground
Playground(send, "/playground/project")
`);
  say("ready", { uri: playground.uri });
}

onmessage = ({ data }) => {
  try {
    if (data.kind === "lsp") playground.receive(JSON.stringify(data.message));
    else say("tab", { id: data.id, answer: JSON.parse(playground.tab(data.name, JSON.stringify(data.params))) });
  } catch (error) {
    // Python itself has ended, for want of memory or stack: the page starts another one.
    say("dead", { text: String(error).slice(0, 200) });
  }
};

start().catch((error) => say("failed", { text: String(error).slice(0, 300) }));
