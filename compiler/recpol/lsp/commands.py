"""Commands of lenses: a policy explained, and compiled, and the call of a test, as texts for the editor to show.

Invariant: nothing is written; a policy with errors has an answer that says so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from recpol.compilation import CompilerBug, compile_program
from recpol.explain import explain
from recpol.explain.markdown import markdown
from recpol.lsp.cases import CALL, call
from recpol.lsp.client import Client, RequestRefused
from recpol.lsp.places import LspObject, path_of


def run(client: Client, command: str, arguments: Sequence[object]) -> LspObject:
    """Carry out a command about a file: its URI is the first argument."""
    uri = arguments[0] if arguments else None
    if command == CALL:
        return call(client, uri, arguments[1] if len(arguments) > 1 else None)
    looked = client.workspace.look(uri) if isinstance(uri, str) else None
    path = path_of(uri) if isinstance(uri, str) else None
    if looked is None or looked.view is None or path is None:
        raise RequestRefused("name a policy that is open")
    try:
        compilation = compile_program(looked.view.program, client.workspace.session(path).levels)
    except CompilerBug as bug:
        raise RequestRefused(str(bug)) from None
    match command:
        case "recpol.explain":
            return {"language": "markdown", "text": markdown(explain(compilation))}
        case "recpol.compiled":
            if not compilation.outputs:
                raise RequestRefused("the policy has errors: put them right first")
            files = {name: json.loads(data) for name, data in compilation.files.items()}
            return {"language": "json", "files": files}
        case _:
            raise RequestRefused(f"there is no command `{command[:80]}`")
