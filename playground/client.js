// The page's side of the worker: requests with answers, and another worker where one ends or takes too long.

const PATIENCE = 30_000; // milliseconds for one answer

export class Client {
  /** `on` has: progress(text), ready(), diagnostics(list), lost(why), failed(why). */
  constructor(on) {
    this.on = on;
    this.uri = "";
    this.ready = false;
    this.start();
  }

  start() {
    this.ready = false;
    this.waiting = new Map();
    this.number = 0;
    this.version = 0;
    this.sent = null;
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => this.receive(data);
    this.worker.onerror = (event) => this.on.failed(event.message || "the worker could not be loaded");
  }

  async receive(data) {
    switch (data.kind) {
      case "progress": this.on.progress(data.text); break;
      case "failed": this.on.failed(data.text); break;
      case "dead": this.restart("recpol ran out of memory or stack"); break;
      case "tab": this.settle(data.id, data.answer, null); break;
      case "lsp": this.message(data.message); break;
      case "ready":
        this.uri = data.uri;
        this.ready = true;
        await this.request("initialize", {
          processId: null, rootUri: null,
          capabilities: { textDocument: { completion: { completionItem: { snippetSupport: true } } } },
          initializationOptions: { wholeProject: false },
        });
        this.notify("initialized", {});
        this.on.ready();
        break;
    }
  }

  message(message) {
    if (message.id !== undefined && message.id !== null) this.settle(message.id, message.result, message.error);
    else if (message.method === "textDocument/publishDiagnostics") this.on.diagnostics(message.params.diagnostics, message.params.version);
  }

  settle(id, answer, error) {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
    if (error) waiting.no(new Error(error.message)); else waiting.yes(answer);
  }

  /** Give up on this worker and begin another; what was waited for has no answer. */
  restart(why) {
    this.worker.terminate();
    for (const { no, timer } of this.waiting.values()) { clearTimeout(timer); no(new Error(why)); }
    this.on.lost(why);
    this.start();
  }

  ask(make) {
    const id = (this.number += 1);
    return new Promise((yes, no) => {
      const timer = setTimeout(() => this.restart("an answer took more than 30 seconds"), PATIENCE);
      this.waiting.set(id, { yes, no, timer });
      this.worker.postMessage(make(id));
    });
  }

  request(method, params) {
    return this.ask((id) => ({ kind: "lsp", message: { jsonrpc: "2.0", id, method, params } }));
  }

  notify(method, params) {
    this.worker.postMessage({ kind: "lsp", message: { jsonrpc: "2.0", method, params } });
  }

  /** What a tab shows. */
  tab(name, params) {
    return this.ask((id) => ({ kind: "tab", id, name, params }));
  }

  /** Tell the server of the text, if it has another one. */
  put(text) {
    if (!this.ready || this.sent === text) return;
    this.version += 1;
    const document = { uri: this.uri, version: this.version };
    if (this.sent === null) this.notify("textDocument/didOpen", { textDocument: { ...document, languageId: "recpol", text } });
    else this.notify("textDocument/didChange", { textDocument: document, contentChanges: [{ text }] });
    this.sent = text;
  }

  /** A request about the text. */
  about(feature, more = {}) {
    return this.request(`textDocument/${feature}`, { textDocument: { uri: this.uri }, ...more });
  }
}
