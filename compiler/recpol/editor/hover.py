"""What stands at a place of a policy, in a few sentences of Markdown.

Invariant: what is said of recording and guarantees comes from `explain` and `prove`; credentials are never shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.builtins import BUILT_IN
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.record import Record
from recpol.base.secrets import masked
from recpol.base.source import Span
from recpol.base.typing import assert_never
from recpol.editor.marks import arrivals, verdict_words
from recpol.editor.mentions import Mention, MentionKind
from recpol.editor.view import View
from recpol.explain.rooms import only_in_room
from recpol.explain.things import stores_of, thing
from recpol.explain.words import plain
from recpol.prove import prove
from recpol.prove.verdict import ASSUMPTIONS
from recpol.rules.every import EVERY_BY_NAME
from recpol.syntax import tree


class Hover(Record):
    """Markdown about a piece of the text."""

    span: Span
    markdown: str


def hover(view: View, offset: int) -> Hover | None:
    """What is to be said of a place; None where there is nothing."""
    suppression = next((one for one in view.program.suppressions if _holds(view, one.span, offset)), None)
    if suppression is not None and suppression.rule in EVERY_BY_NAME:
        return Hover(suppression.span, rule_page(suppression.rule))
    mention = view.mention_at(offset)
    if mention is not None:
        return Hover(mention.span, "\n\n".join(_mention(view.program, mention)))
    for verdict in () if view.program.partial or view.program.is_rules else prove(view.program):
        span = verdict.guarantee.span
        if _holds(view, span, offset):
            told = [f"**{verdict_words(view, verdict)}**"]
            told += [
                f"It rests on `{name}`: {ASSUMPTIONS[name]}." for name in verdict.assumptions if name in ASSUMPTIONS
            ]
            reason = verdict.guarantee.because
            if reason is not None:
                told.append(f"Because: {plain(view.program, reason.reason)}")
            return Hover(span, "\n\n".join(told))
    handler = next((h for h in view.program.handlers if _holds(view, h.node.event.span, offset)), None)
    if handler is not None:
        return Hover(handler.node.event.span, f"`on {handler.key}`: {arrivals(view.program, handler)}.")
    return None


def hover_of(program: Program, span: Span) -> Hover | None:
    """What a label, a `@tag` or a store of a policy is, named in another file; None where it has no such name."""
    name = span.text.removeprefix("@")
    known: dict[MentionKind, bool] = {
        "tag": span.text != name and (name in program.names.tags or name in BUILT_IN),
        "label": span.text == name and name in program.names.labels,
        "store": span.text == name and name in program.names.stores,
    }
    kinds = [kind for kind, there in known.items() if there]
    said = ["\n\n".join(_mention(program, Mention(kind, name, span))) for kind in kinds]
    return Hover(span, "\n\n".join(said)) if said else None


def rule_page(name: str) -> str:
    """The page of a rule."""
    return f"**{name}**\n\n{EVERY_BY_NAME[name].page}"


def _holds(view: View, span: Span, offset: int) -> bool:
    return span.source is view.source and span.start <= offset <= span.end


def _mention(program: Program, mention: Mention) -> Iterator[str]:
    name = mention.name
    match mention.kind:
        case "label":
            step = program.names.labels.get(name)
            if step is not None and isinstance(step.body, tree.Call):
                yield f"`on callout {name}`: {arrivals(program, program.handler_of(step))}."
                return
            yield f"label `{name}`"
            if step is not None:
                yield _segment(program, step)
        case "tag" if name in BUILT_IN:
            yield f"`@{name}` is built in: {BUILT_IN[name]}"
        case "tag":
            steps = program.names.tags.get(name, ())
            yield f"tag `@{name}`, of {len(steps)} segment" + ("" if len(steps) == 1 else "s")
            yield "\n".join(f"* {_segment(program, step)}" for step in steps[:20])
        case "store":
            store = program.names.stores.get(name)
            yield f"store `{name}`"
            if store is not None:
                yield _store(program, store)
        case "pie" | "manage":
            handler = next((h for h in program.handlers if (h.kind, h.name) == (mention.kind, name)), None)
            yield f"`on {mention.kind} {name}`" + ("" if handler is None else f": {arrivals(program, handler)}.")
        case "variable":
            value = program.variables.get(name)
            yield f"variable `{name}`" + ("" if value is None else f", here `{masked(value)}`")
        case _:
            assert_never(mention.kind)


def _segment(program: Program, step: Step) -> str:
    what = thing(program, step)
    if program.partial or not step.recordable:
        return what
    stores = [f"{kind} into `{store}`" for kind, store in stores_of(program, step)]
    return f"{what}: {'recorded, ' + ', '.join(stores) if stores else 'not recorded'}{only_in_room(program, step)}"


def _store(program: Program, store: tree.Store) -> str:
    lines = []
    for field in store.fields:
        if isinstance(field, tree.Broken):
            continue
        value = "(not shown)" if field.key == "credentials" else _value(program, field.value)
        lines.append(f"* {field.key}: {value}")
    return "\n".join(lines)


def _value(program: Program, value: tree.StoreValue | tree.Retention) -> str:
    match value:
        case tree.Text():
            return masked(program.fill(value))
        case tree.Word():
            return value.text
        case tree.Retention():
            return value.span.text
        case tree.EnvName():
            return f"environment variable `{value.name.text}`"
        case _:
            assert_never(value)
