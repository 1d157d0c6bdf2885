"""Rules about names: unknown ones, double ones, ill-formed ones, and selectors that mean nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.analysis.builtins import BUILT_IN, built_in
from recpol.analysis.guarded import opts_out
from recpol.analysis.program import Program
from recpol.base.finding import Edit, Finding, Fix, Note
from recpol.base.nearest import KnownWords, nearest
from recpol.base.pattern import pattern
from recpol.rules.edits import guess, write
from recpol.rules.policy.misnamed import in_capitals
from recpol.rules.rule import rule
from recpol.settings.tenants import DEVICES
from recpol.syntax import tree

_NAME = pattern(r"[a-z][a-z0-9-]*\Z")
LONGEST = 200
"""How many characters a name has at most: file systems take 255 in the name of a file, and some goes around it."""


def _selections(program: Program) -> Iterator[tree.Selection]:
    """The selections that must mean something: all but those in guarantees of rules files, which fit many policies."""
    for statement in program.own_statements:
        if isinstance(statement, tree.Selecting):
            yield statement.selection
        if isinstance(statement, tree.OnBlock) and statement.event.within is not None:
            yield statement.event.within


@rule("error", binding=True)
def unknown_name(program: Program) -> Iterator[Finding]:
    """A label, store or opt-out that is not defined.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { agent: connect pstn +46850020000 }
    record agnet
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { agent: connect pstn +46850020000 }
    record agent
    ```
    """
    if program.partial or program.is_rules:
        return
    names, miscased = program.names, in_capitals(program)
    labels, stores = KnownWords(names.labels), KnownWords(names.stores)
    for selection in _selections(program):
        for selector in (selection.include, selection.exclude):
            for item in selector.items if selector else ():
                if isinstance(item, tree.Word) and item.text not in names.labels and item.text not in miscased:
                    yield _unknown(item, "label", labels, item.text in names.tags)
    for statement in program.own_statements:
        if isinstance(statement, tree.OptOut) and not any(
            opts_out(handler, statement.name.text) for handler in program.handlers
        ):
            yield _nobody_opts_out(program, statement.name)
    for decision in program.decisions.all:
        store = decision.node.store
        if store is not None and store.text not in names.stores and store.text not in miscased:
            yield _unknown(store, "store", stores, False)


def _nobody_opts_out(program: Program, name: tree.Word) -> Finding:
    known = [handler.name for handler in program.handlers if handler.kind in ("pie", "manage") and handler.name]
    close = nearest(name.text, known)
    lead = f"lead a key to it (`key 9 -> {name.text}`) and write `on pie {name.text} {{ … }}`"
    return Finding(
        f"there is no `on pie {name.text}` and no `on manage {name.text}`",
        name.span,
        help=f"did you mean `{close}`?" if close else lead,
        fixes=guess(name.span, name.text, close) if close else (),
    )


def _unknown(word: tree.Word, kind: str, known: KnownWords, is_tag: bool) -> Finding:
    joined = known.joined(word.text)
    if joined is not None:
        both = ", ".join(joined)
        fixes = write(word.span, both)
        return Finding(f"there is no {kind} `{word.text}`", word.span, help=f"write `{both}`", fixes=fixes)
    close = known.nearest(word.text)
    fixes = ()
    if is_tag:
        help_, fixes = f"`{word.text}` is a tag: write `@{word.text}`", write(word.span, f"@{word.text}")
    elif close:
        help_, fixes = f"did you mean `{close}`?", guess(word.span, word.text, close)
    elif kind == "store":
        help_ = f"declare it: `store {word.text} {{ … }}`"
    else:
        help_ = f"put `{word.text}:` before the segment that is meant"
    return Finding(f"there is no {kind} `{word.text}`", word.span, help=help_, fixes=fixes)


@rule("error", binding=True, covers=("C07",))
def duplicate_name(program: Program) -> Iterator[Finding]:
    """A name that is defined twice.

    Labels of segments, further menus and phases share one set of names per policy, so that a selector is never in
    doubt. Two policies of a run have two names, because each is written to the folder of its name.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    unclosed = any(problem.kind == "unclosed-brace" for problem in program.parsed.problems)
    for again in program.names.again:
        if unclosed and again.kind in ("handler", "store"):
            continue  # a head that stands there twice is unclosed-brace's
        message = f"`{again.name}` is defined twice"
        help_ = "give one of them another name"
        if again.kind == "handler":
            help_ = "join the two into one reply: the platform asks once"
        elif again.kind == "default":
            message = f"a second default `{again.name}`"
            help_ = "keep one; use `in LOCALE` for single prompts" if again.name == "locale" else "keep one"
            if again.name.startswith("on "):
                message = f"a second `{again.name}`"
        yield Finding(message, again.span, notes=(Note(again.earlier, "first defined here"),), help=help_)


@rule("error", binding=True)
def bad_name(program: Program) -> Iterator[Finding]:
    """A name with capital letters, underscores or other characters that names do not have.

    Names match `[a-z][a-z0-9-]*` and have at most 200 characters: they become file names and identifiers in the output,
    where letter case is not safe.

    Wrong:
    ```recpol
    policy Support_Line
    on ice { connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy support-line
    on ice { connect pstn +46850020000 }
    ```
    """
    headers = {header.name.span for header in program.names.headers}  # nothing else in the file says this name
    unread = {(problem.span.source.path, problem.span.start) for problem in program.parsed.problems}
    for word in _defined(program):
        after = word.span.source.text[word.span.end : word.span.end + 80] if unread else ""
        if (word.span.source.path, word.span.end + len(after) - len(after.lstrip(" \t"))) in unread:
            continue  # a name of two words, which syntax-error finds
        if not _NAME.match(word.text):
            plain = re.sub(r"[^a-z0-9]+", "-", word.text.lower()).strip("-")
            fits = _NAME.match(plain) is not None
            help_ = f"write `{plain}`" if fits else "use small letters, digits and hyphens"
            fixes = write(word.span, plain, safe=True) if fits and word.span in headers else ()
            if fits and not fixes:
                from recpol.rules.policy.slips.words import everywhere

                spans = everywhere(word.span.source, word.text, word.span.start)
                fixes = (Fix(f"write `{plain}`", tuple(Edit(span, plain) for span in spans)),)
            yield Finding(f"`{word.text}` is not a name", word.span, help=help_, fixes=fixes)
        elif len(word.text) > LONGEST:
            yield Finding(
                f"the name has {len(word.text)} characters; at most {LONGEST} are allowed",
                word.span,
                why="names become file names, and file systems take 255 characters",
                help="write a shorter one",
            )


def _defined(program: Program) -> Iterator[tree.Word]:
    for file in program.files:
        for statement in file.statements:
            if isinstance(statement, tree.Header | tree.Store):
                yield statement.name
            if isinstance(statement, tree.OnBlock) and statement.event.name is not None:
                yield statement.event.name
    for step in program.steps:
        if isinstance(step.body, tree.Submenu | tree.Phase):
            yield step.body.name


@rule("error", binding=True)
def reserved_name(program: Program) -> Iterator[Finding]:
    """A further menu called `main`, a tag that is built in, or a policy that is called as a device is.

    The tags `@digits`, `@talk`, `@prompts` and `@rooms` are built in: they mean the same in every policy, so that rules
    files can rely on them.

    The first menu of a block has the id `main` on the wire (Callback API page). A policy is written to a folder of its
    name, and Windows keeps `con`, `prn`, `aux`, `nul`, `com0` to `com9` and `lpt0` to `lpt9` for devices (Naming Files,
    Paths, and Namespaces): there such a folder cannot be made or checked out.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      menu {
        prompt "Press 1." key 1 -> menu main
        menu main { prompt "Press 2." key 2 -> done }
      }
    }
    on pie done { hangup }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      menu {
        prompt "Press 1." key 1 -> menu more
        menu more { prompt "Press 2." key 2 -> done }
      }
    }
    on pie done { hangup }
    on pie otherwise { hangup }
    ```
    """
    for step in program.steps:
        if isinstance(step.body, tree.Submenu) and step.body.name.text == "main":
            yield Finding(
                "`main` is the id of the first menu",
                step.body.name.span,
                why="the platform starts a RunMenu with the menu whose id is `main` (Callback API page)",
                help="give this menu another name",
            )
    for name in BUILT_IN.keys() & program.names.tags.keys():
        for step in program.names.tags[name]:
            yield from (
                Finding(
                    f"`@{name}` is built in, and means {BUILT_IN[name]}",
                    tag.span,
                    why="rules that fit every policy mean it so, whatever its author tags",
                    help="give this tag another name",
                )
                for tag in step.node.tags
                if tag.name == name
            )
    header = program.names.policy
    if header is not None and header.name.text in DEVICES:
        yield Finding(
            f"`{header.name.text}` is a device on Windows",
            header.name.span,
            why="a policy is written to a folder of its name, and Windows has no such folders (Naming Files page)",
            help="give this policy another name",
        )


@rule("error", binding=True)
def selects_nothing(program: Program) -> Iterator[Finding]:
    """A selector that matches no segment that could be recorded.

    A decision or guarantee about nothing is a mistake. Only guarantees from a `rules` file may match nothing: an
    organisation's rules fit many policies. So may selectors that are built in (`@digits`).

    Wrong:
    ```recpol
    policy desk
    on ice { agent: connect pstn +46850020000 }
    never record @card
    ```

    Right:
    ```recpol
    policy desk
    on ice { agent: connect pstn +46850020000 { phase card @card } }
    never record @card
    ```
    """
    if program.partial or program.is_rules:
        return
    tags = KnownWords(program.names.tags)
    for selection in _selections(program):
        unknown = False
        for selector in (selection.include, selection.exclude):
            for item in selector.items if selector else ():
                if isinstance(item, tree.Tag) and item.name not in program.names.tags and item.name not in BUILT_IN:
                    unknown = True
                    close = tags.nearest(item.name)
                    label = item.name in program.names.labels
                    help_ = f"`{item.name}` is a label: write it without `@`" if label else "tag what is meant"
                    fixes = guess(item.span, item.name, close, "@") if close else ()
                    yield Finding(
                        f"nothing is tagged `@{item.name}`",
                        item.span,
                        help=f"did you mean `@{close}`?" if close and not label else help_,
                        fixes=write(item.span, item.name) if label else fixes,
                    )
                elif not isinstance(item, tree.Tag) and item.text not in program.names.labels:
                    unknown = True  # unknown-name says so
        if not unknown and not program.selected.chosen(selection) and not built_in(selection):
            yield Finding(
                f"`{' '.join(selection.span.text.split())}` matches no segment that can be recorded",
                selection.span,
                why="`answer`, `cookie` and `hangup` make no sound",
                help="select a segment that can be heard, or delete this line",
            )
