// The peer of `bench/serve.py`: an Express handler that checks callbacks with @sinch/voice, as Sinch's quickstart does,
// and answers with one document. It writes nothing down.
const fs = require("node:fs");
const { createRequire } = require("node:module");

const [folder, port, document] = process.argv.slice(2);
const load = createRequire(`${folder}/package.json`);
const express = load("express");
const { VoiceCallbackWebhooks } = load("@sinch/voice");

const callbacks = new VoiceCallbackWebhooks({
  applicationKey: process.env.SINCH_APPLICATION_KEY,
  applicationSecret: process.env.SINCH_APPLICATION_SECRET,
});
const reply = JSON.parse(fs.readFileSync(document, "utf8"));
const app = express();
app.use(express.text({ type: "*/*" }));
app.get("/health", (request, response) => response.json({}));
app.post("/desk", (request, response) => {
  if (!callbacks.validateAuthenticationHeader(request.headers, request.body, request.path, request.method)) {
    response.status(401).json({});
    return;
  }
  const event = callbacks.parseEvent(JSON.parse(request.body));
  response.json(event.event === "ice" || event.event === "ace" ? reply : {});
});
app.listen(Number(port), "127.0.0.1");
