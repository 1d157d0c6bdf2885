// node precompile.mjs IN.zip OUT.zip: the Python of the archive compiled by the Python that will run it, for it starts sooner.
import fs from "node:fs";
import { loadPyodide } from "pyodide";

const [given, made] = process.argv.slice(2);
const python = await loadPyodide();
python.FS.writeFile("/in.zip", new Uint8Array(fs.readFileSync(given)));
python.runPython(`
import importlib._bootstrap_external as bootstrap, zipfile
with zipfile.ZipFile("/in.zip") as source, zipfile.ZipFile("/out.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
    for name in source.namelist():
        data = source.read(name)
        if name.endswith(".py"):
            code = compile(data, name, "exec", dont_inherit=True)
            name, data = name + "c", bytes(bootstrap._code_to_timestamp_pyc(code))
        target.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
`);
fs.writeFileSync(made, python.FS.readFile("/out.zip"));
