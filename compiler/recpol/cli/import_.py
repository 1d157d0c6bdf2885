"""`recpol import`: the SVAML replies of one application in, a policy out.

Invariant: an existing file is never changed; what the language cannot say is refused with its place, and then nothing
is written.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence

from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.base.typing import TYPE_CHECKING, Any
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, tell, text_kind, wants_color
from recpol.cli.replies import EVENTS, manifest_of, refuse_missing, reply_items
from recpol.targets.filenames import MANIFEST
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import SUFFIX, Input
from recpol.workspace.reading import Files
from recpol.workspace.saving import save
from recpol.workspace.session import open_session

if TYPE_CHECKING:
    from argparse import Namespace

_DETAILS = """\
A reply is ICE, ACE, PIE or Manage Call by its file's name (ice.json, pie.sales.json, support.ace.svaml.json) or, if it
is the only one, by --event. A folder stands for the .json files in it; a manifest.json among them says where the
results of menus lead, and for which connect ace.LABEL.json is. Callouts are callout.NAME.json, with the replies inside
them. Of Voice API v2 the answer to an incoming call and requests that begin calls are imported. Without -o the policy
is printed. The policy says its `target` where the project that it goes to, that of -o or else of the current folder,
has another one.
Exit status: 0 done, where only the spelling may differ; 1 something cannot be said in a policy, the policy has errors,
or compiles to something else that may change what is recorded, who talks or which callbacks come; 2 recpol could not
run.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("import", "Make a policy of the SVAML replies of one application.", _DETAILS)
    parser.option("paths", nargs="+", metavar="PATH", help="replies or folders, or - for standard input")
    parser.option("-o", "--output", metavar="FILE", help="write the policy to a new file")
    parser.option("--name", metavar="NAME", help="the name of the policy; else that of the file or folder")
    parser.choice(
        "--event",
        EVENTS,
        metavar="EVENT",
        help="what the only reply answers: ice, ace, pie or manage",
    )
    parser.colors()
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    from recpol.importer import import_documents
    from recpol.svaml.read import read_document

    options = arguments().read(words)
    if options.output is not None and os.path.lexists(options.output):
        raise CannotRun(f"`{options.output}` is there already", "name a new file")
    of_policies = "name replies, in files of JSON; `recpol compile` makes them of a policy"
    items = [item for path in options.paths for item in reply_items(path, of_policies)]
    replies = [item for item in items if os.path.basename(item.path) != MANIFEST]
    manifests = [item for item in items if os.path.basename(item.path) == MANIFEST]
    if not replies:
        raise CannotRun("there is nothing to import", "name the files of replies")
    if len(replies) > 1 and options.event is not None:
        raise CannotRun("`--event` says what one reply answers, and there are several", "say it in the files' names")
    files = Files()
    loaded = [files.load(item) for item in replies]
    unread = [source for source in loaded if isinstance(source, Finding)]
    if unread:
        return _refuse(unread, options)
    sources = [source for source in loaded if isinstance(source, Source)]
    documents = [read_document(source, options.event or "") for source in sources]
    manifest = manifest_of(files, manifests)
    refuse_missing(manifest, replies)
    session = open_session([options.output] if options.output is not None else [])
    result = import_documents(_name(options, manifest, items), documents, manifest, session.targets)
    if result.refused:
        return _refuse(result.refused, options)
    if options.output is None:
        say(result.text)
    else:
        save(options.output, result.text, "nothing was written")
    for secret in result.secrets:
        tell(f"note: a secret was left out; set the environment variable `{secret}` where replies are rendered")
    for difference in result.differences:
        if difference not in result.changes:
            tell(f"note: the policy compiles to another spelling at {difference}")
    for change in result.changes:
        tell(f"warning: the policy compiles to something else at {change}; calls may change")
    for finding in result.errors:
        tell(f"note: the policy does not compile yet: {finding.message} ({finding.rule})")
    return int(bool(result.errors or result.changes))


def _refuse(findings: Sequence[Finding], options: Namespace) -> int:
    from recpol.report.text import full

    color = wants_color(options.color, sys.stderr)
    tell(full(findings, color=color), kind=text_kind(color=color))
    return 1


def _name(options: Namespace, manifest: Any, items: Sequence[Input]) -> str:
    """The name of the policy: what was said, the manifest's, the output's, or that of the folder."""
    said = options.name
    if said is not None and not re.fullmatch(r"[a-z][a-z0-9-]*", said):
        raise CannotRun(f"`{said}` cannot be the name of a policy", "use a-z, 0-9 and -")
    known = manifest.get("policy") if isinstance(manifest, dict) else None
    output = os.path.basename(options.output).removesuffix(SUFFIX) if options.output else ""
    folder = os.path.basename(os.path.dirname(items[0].path))
    for candidate in (said, output, known, folder):
        plain = re.sub(r"[^a-z0-9]+", "-", candidate.lower()).strip("-") if isinstance(candidate, str) else ""
        if re.fullmatch(r"[a-z][a-z0-9-]*", plain):
            return plain
    return "imported"
