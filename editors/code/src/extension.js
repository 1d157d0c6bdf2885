// The VS Code side of `recpol lsp`: starts it, and shows what its commands answer in documents beside the policy.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");
const { findRecpol } = require("./find");

const SCHEME = "recpol-view";
const INSTALL = "pip install recpol";

let client;
const shown = new Map();
const changed = new vscode.EventEmitter();

/** The Python that the Python extension has chosen, where there is one. */
async function chosenPython(folder) {
  const extension = vscode.extensions.getExtension("ms-python.python");
  if (extension) {
    try {
      const api = extension.isActive ? extension.exports : await extension.activate();
      const found = api?.environments?.getActiveEnvironmentPath?.(folder?.uri);
      if (found?.path) {
        const resolved = await api.environments.resolveEnvironment?.(found);
        return resolved?.executable?.uri?.fsPath ?? found.path;
      }
    } catch {
      // Another extension's failure is no reason not to look elsewhere.
    }
  }
  return vscode.workspace.getConfiguration("python", folder).get("defaultInterpreterPath", "");
}

function isFile(file) {
  try {
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

async function recpol() {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === "file");
  const where = {
    setting: vscode.workspace.getConfiguration("recpol").get("path", "").trim(),
    python: await chosenPython(folders[0]),
    folders: folders.map((folder) => folder.uri.fsPath),
    path: process.env.PATH ?? process.env.Path ?? "",
    windows: process.platform === "win32",
  };
  const found = findRecpol(where, isFile);
  if (!found) await tellHowToInstall(where.setting);
  return found;
}

async function tellHowToInstall(setting) {
  const [install, settings] = ["Install in the terminal", "Open the setting"];
  const message = setting
    ? `There is no recpol at "${setting}", which the setting recpol.path names.`
    : "recpol is not installed: it is neither beside the chosen Python, nor in the workspace's .venv, nor on the PATH.";
  const answer = await vscode.window.showErrorMessage(message, ...(setting ? [settings] : [install, settings]));
  if (answer === install) {
    const terminal = vscode.window.createTerminal("recpol");
    terminal.show();
    terminal.sendText(INSTALL, false); // For the person to look at and to run.
  } else if (answer === settings) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "recpol.path");
  }
}

/** Show what a command answered, in a document beside the policy that is not written anywhere. */
async function show(policy, result) {
  const name = path.posix.basename(policy.path).replace(/\.(recpol|test\.yaml)$/, "");
  const ending = { markdown: "md", json: "json" }[result.language] ?? "txt";
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}.${ending}`, query: policy.toString() });
  shown.set(uri.toString(), result.text ?? `${JSON.stringify(result.files, null, 2)}\n`);
  changed.fire(uri);
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true, preserveFocus: true });
}

const middleware = {
  // The server offers these commands, and answers with a text; from the palette they come without the policy.
  async executeCommand(command, given, next) {
    const named = given[0] ?? vscode.window.activeTextEditor?.document.uri.toString();
    if (!named) return undefined;
    try {
      const result = await next(command, [named, ...given.slice(1)]);
      if (result) await show(vscode.Uri.parse(named), result);
      return result;
    } catch (refused) {
      vscode.window.showWarningMessage(`recpol: ${refused.message}`);
      return undefined;
    }
  },
};

// The server formats policies alone. Were it offered for YAML and JSON too, VS Code would ask which formatter to take.
const formatsPolicies = {
  fillClientCapabilities() {},
  preInitialize(capabilities) {
    capabilities.documentFormattingProvider = false;
    capabilities.documentRangeFormattingProvider = false;
  },
  initialize() {},
  getState: () => ({ kind: "static" }),
  clear() {},
};

async function edits(method, document, params, token) {
  if (!client) return [];
  const made = await client.sendRequest(method, { textDocument: { uri: document.uri.toString() }, ...params }, token);
  return client.protocol2CodeConverter.asTextEdits(made, token);
}

const formatter = {
  provideDocumentFormattingEdits: (document, options, token) => edits("textDocument/formatting", document, { options }, token),
  provideDocumentRangeFormattingEdits: (document, { start, end }, options, token) =>
    edits("textDocument/rangeFormatting", document, { range: { start, end }, options }, token),
};

function settings() {
  const given = vscode.workspace.getConfiguration("recpol");
  const names = ["inlayHints", "codeLens", "wholeProject"];
  return Object.fromEntries(names.map((name) => [name, given.get(name)]));
}

async function start() {
  const command = await recpol();
  if (!command) return;
  client = new LanguageClient(
    "recpol",
    "recpol",
    { command, args: ["lsp"] },
    {
      documentSelector: [
        { scheme: "file", language: "recpol" },
        { scheme: "untitled", language: "recpol" },
        { scheme: "file", pattern: "**/recpol.yaml" },
        { scheme: "file", pattern: "**/*.test.yaml" },
        { scheme: "file", pattern: "**/{ice,ace,pie,manage,callout}.json" },
        { scheme: "file", pattern: "**/*.{ice,ace,pie,manage,callout,svaml}.json" },
      ],
      initializationOptions: settings(),
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/{*.recpol,recpol.yaml}") },
      middleware,
    },
  );
  client.registerFeature(formatsPolicies);
  await client.start();
}

async function stop() {
  const running = client;
  client = undefined;
  await running?.stop();
}

async function restart() {
  await stop();
  await start();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => shown.get(uri.toString()) ?? "",
    }),
    vscode.workspace.onDidCloseTextDocument((document) => shown.delete(document.uri.toString())),
    vscode.languages.registerDocumentFormattingEditProvider({ language: "recpol" }, formatter),
    vscode.languages.registerDocumentRangeFormattingEditProvider({ language: "recpol" }, formatter),
    vscode.commands.registerCommand("recpol.restart", restart),
    vscode.workspace.onDidChangeConfiguration((event) => (event.affectsConfiguration("recpol") ? restart() : undefined)),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
