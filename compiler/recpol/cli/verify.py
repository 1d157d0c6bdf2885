"""`recpol verify`: SVAML that nobody wrote in our language, and clause packs, in; the verdict of each clause out.

Invariant: exit status 0 says that every guarantee of the packs is proven of the documents.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence

from recpol.analysis.program import Program, program
from recpol.audit.packed import ClauseVerdicts, marked, verdicts_of_packs, with_packs
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.base.typing import Any
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, say_json, tell, text_kind, wants_color
from recpol.cli.replies import EVENTS, manifest_of, refuse_missing, refuse_unlike, reply_items
from recpol.prove.shown import shown
from recpol.prove.verdict import Verdict
from recpol.report.call import call_lines
from recpol.syntax import tree
from recpol.targets.filenames import MANIFEST
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.reading import Files
from recpol.workspace.session import current_day

SAID = {
    "proven": "proven for every call", "broken": "broken", "unknown": "not proven", "empty": "about nothing here",
}  # fmt: skip

_DETAILS = """\
The documents are read as the policy that says the same, and each guarantee of the packs is proven of it, or broken by a
call. Packs speak of parts of calls by tags: --tag card="enter your card" says which part is meant by words that are
heard in it, --tag card=card which phase. `recpol packs NAME` lists the tags.
Exit status: 0 every guarantee is proven, 1 one is not, 2 recpol could not run, or the documents say what no policy can.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("verify", "Say what clause packs come to for existing SVAML.", _DETAILS)
    parser.option("paths", nargs="+", metavar="PATH", help="the replies of one application, or their folder")
    parser.option("--pack", action="append", metavar="NAME", help="a clause pack, repeatable")
    parser.option("--tag", action="append", metavar="TAG=WORDS", help="what a tag of the packs means, repeatable")
    parser.choice("--event", EVENTS, metavar="EVENT", help="what the only reply answers: ice, ace, pie or manage")
    parser.choice(
        "--output-format", ("text", "json"), default="text", metavar="FORMAT", help="text or json; default: text"
    )
    parser.colors()
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    options = arguments().read(words)
    if not options.pack:
        raise CannotRun("no pack is named", "write `--pack NAME`; `recpol packs` lists them")
    tags = [_tag(written) for written in options.tag or ()]
    read = _read(options)
    if read is None:
        return 2
    for name in options.pack:
        if re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) is None:
            raise CannotRun(f"there is no pack `{name}`", "`recpol packs` lists them")
    whole = _with(read, tags, options.pack)
    if whole.bad_uses:
        bad = whole.bad_uses[0]
        raise CannotRun(f"there is no pack `{bad.use.path.value}`", bad.help)
    found = verdicts_of_packs(whole)
    missing = {name for one in found for name in one.pack.tags} - whole.names.tags.keys()
    for name in sorted(missing):
        tell(f"note: nothing is tagged `@{name}`; say what it means with `--tag {name}=WORDS`")
    if options.output_format == "json":
        say_json(_document(whole, found))
    else:
        say("\n".join(_text(whole, found)))
    return int(any(verdict.status != "proven" for one in found for verdict in one.verdicts))


def _tag(written: str) -> tuple[str, str]:
    name, sign, words = written.partition("=")
    if not sign or not words.strip() or re.fullmatch(r"[a-z][a-z0-9-]*", name) is None:
        raise CannotRun(f"`--tag {written}` is not understood", 'write `--tag card="enter your card"`')
    return name, " ".join(words.split())


def _read(options: Any) -> Program | None:
    """The policy that the documents say; None where they cannot be read as one, which is told."""
    from recpol.importer import import_documents
    from recpol.svaml.read import read_document

    of_policies = 'write `use pack "NAME"` in it, and `recpol lint` proves its clauses'
    items = [item for path in options.paths for item in reply_items(path, of_policies)]
    replies = [item for item in items if os.path.basename(item.path) != MANIFEST]
    if not replies:
        raise CannotRun("there is nothing to verify", "name the files of replies")
    files = Files()
    loaded = [files.load(item) for item in replies]
    unread = [source for source in loaded if isinstance(source, Finding)]
    manifest = manifest_of(files, [item for item in items if os.path.basename(item.path) == MANIFEST])
    refuse_missing(manifest, replies)
    documents = [read_document(one, options.event or "") for one in loaded if isinstance(one, Source)]
    result = None if unread else import_documents("verified", documents, manifest)
    problems = unread if result is None else result.refused
    if result is None or problems:
        from recpol.report.text import full

        color = wants_color(options.color, sys.stderr)
        tell(full(tuple(problems), color=color), kind=text_kind(color=color))
        return None
    if result.errors:
        message = f"the documents do what no policy may: {result.errors[0].message}"
        raise CannotRun(message, "`recpol import` of them says more")
    refuse_unlike(result.differences)
    return program(Source("verified.recpol", result.text), targets=result.targets, today=current_day())


def _with(read: Program, tags: Sequence[tuple[str, str]], packs: Sequence[str]) -> Program:
    places: list[tuple[int, str]] = []
    for name, words in tags:
        found = marked(read, words)
        if not found:
            raise CannotRun(f"nothing in the documents has the words of `--tag {name}=…`", "copy words that are heard")
        places += [(at, name) for at in found]
    header = next(one for one in read.own_statements if isinstance(one, tree.Header))
    text = with_packs(read.source.text, packs, places, header.span.end)
    return program(Source(read.source.path, text), targets=read.targets, today=read.today)


# ── what is said ─────────────────────────────────────────────────────────────────────────────────────────────────


def _written(verdict: Verdict) -> str:
    guarantee = verdict.guarantee
    end = guarantee.span.end if guarantee.because is None else guarantee.because.span.start
    return " ".join(guarantee.span.source.text[guarantee.span.start : end].split())


def _text(whole: Program, found: Sequence[ClauseVerdicts]) -> Iterator[str]:
    last = ""
    for one in found:
        if one.pack.name != last:
            yield f"{one.pack.title}, version {one.pack.version}"
            last = one.pack.name
        yield f"  {one.clause.citation}"
        if not one.verdicts:
            yield "    nothing of it can be decided from documents"
        for verdict in one.verdicts:
            yield f"    {_written(verdict)}: {SAID[verdict.status]}"
            if verdict.reason:
                yield f"      {verdict.reason}"
            if verdict.status == "broken":
                yield from (f"      {line}" for line in call_lines(shown(whole, verdict)))
            if verdict.status == "proven" and verdict.assumptions:
                yield f"      rests on {', '.join(verdict.assumptions)}"
        for words in one.clause.not_covered:
            yield f"    not covered: {words}"


def _document(whole: Program, found: Sequence[ClauseVerdicts]) -> dict[str, Any]:
    return {
        "verifyVersion": 1,
        "clauses": [
            {
                "pack": one.pack.name, "version": one.pack.version, "clause": one.clause.citation,
                "guarantees": [
                    {
                        "guarantee": _written(verdict), "status": verdict.status, "reason": verdict.reason,
                        "assumptions": list(verdict.assumptions),
                        "call": [act.text for act in shown(whole, verdict)] if verdict.status == "broken" else [],
                    }
                    for verdict in one.verdicts
                ],
                "notCovered": list(one.clause.not_covered),
            }
            for one in found
        ],
    }  # fmt: skip
