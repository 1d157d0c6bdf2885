// Where recpol is: what the settings say, then the chosen Python's, the workspace's, and the one on the path.
"use strict";

const path = require("node:path");

/**
 * The programs to look for, in order, without those that are not there.
 *
 * @param {{setting: string, python: string, folders: string[], path: string, windows: boolean}} where
 *   what is known: the setting `recpol.path`, the Python that was chosen, the folders of the workspace, the `PATH`
 * @param {(file: string) => boolean} exists whether a file is there
 * @returns {string | undefined} the program; undefined where there is none
 */
function findRecpol(where, exists) {
  const { join, dirname, isAbsolute } = where.windows ? path.win32 : path.posix;
  const name = where.windows ? "recpol.exe" : "recpol";
  const scripts = where.windows ? "Scripts" : "bin";
  if (where.setting) {
    const places = isAbsolute(where.setting) ? [where.setting] : where.folders.map((folder) => join(folder, where.setting));
    return places.find(exists); // Who names a program means that one: no other is started in its place.
  }
  const candidates = [];
  if (where.python && isAbsolute(where.python)) candidates.push(join(dirname(where.python), name));
  for (const folder of where.folders) {
    for (const venv of [".venv", "venv"]) candidates.push(join(folder, venv, scripts, name));
  }
  const separator = where.windows ? ";" : ":";
  // A relative entry would mean the folder that the editor happens to be in.
  for (const folder of where.path.split(separator)) if (isAbsolute(folder)) candidates.push(join(folder, name));
  return candidates.find(exists);
}

module.exports = { findRecpol };
