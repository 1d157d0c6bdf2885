// Where the extension looks for recpol, and in which order.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const { findRecpol } = require(require("node:path").resolve("src/find.js"));

const where = {
  setting: "",
  python: "/opt/py/bin/python3",
  folders: ["/home/a/project"],
  path: "/usr/bin:.:/usr/local/bin",
  windows: false,
};
const among = (...files) => (file) => files.includes(file);

test("the chosen Python's comes first, then the workspace's, then the path's", () => {
  const files = ["/opt/py/bin/recpol", "/home/a/project/.venv/bin/recpol", "/usr/local/bin/recpol"];
  for (let left = 0; left < files.length; left++) {
    assert.equal(findRecpol(where, among(...files.slice(left))), files[left]);
  }
  assert.equal(findRecpol(where, among()), undefined);
});

test("a setting names the one program that is taken", () => {
  const set = { ...where, setting: "/opt/recpol" };
  assert.equal(findRecpol(set, among("/opt/recpol", "/opt/py/bin/recpol")), "/opt/recpol");
  assert.equal(findRecpol(set, among("/opt/py/bin/recpol")), undefined);
  assert.equal(findRecpol({ ...where, setting: "tools/recpol" }, among("/home/a/project/tools/recpol")), "/home/a/project/tools/recpol");
});

test("a relative entry of the path is not looked at", () => {
  assert.equal(findRecpol(where, among("recpol", "./recpol")), undefined);
  assert.equal(findRecpol({ ...where, python: "python" }, among("recpol")), undefined);
});

test("on Windows programs have other names and places", () => {
  const windows = { ...where, python: "C:\\py\\python.exe", folders: ["C:\\p"], path: "C:\\a;C:\\b", windows: true };
  assert.equal(findRecpol(windows, among("C:\\p\\.venv\\Scripts\\recpol.exe")), "C:\\p\\.venv\\Scripts\\recpol.exe");
  assert.equal(findRecpol(windows, among("C:\\b\\recpol.exe")), "C:\\b\\recpol.exe");
});
