"""Makers of declarations, handlers, decisions, guarantees, and what is stated of stores."""

from __future__ import annotations

from recpol.base.source import Span
from recpol.syntax import tree
from recpol.syntax.builders.shared import Children, ScopeWord, To, every, located, one, plain
from recpol.syntax.moves import Maker, WordMaker


def policy(children: Children, span: Span) -> tree.Header:
    return tree.Header("policy", children[0], span)


def rules(children: Children, span: Span) -> tree.Header:
    return tree.Header("rules", children[0], span)


def use(children: Children, span: Span) -> tree.Use:
    return tree.Use(children[0], False, span)


def use_pack(children: Children, span: Span) -> tree.Use:
    return tree.Use(children[0], True, span)


def target_choice(children: Children, span: Span) -> tree.TargetChoice:
    return tree.TargetChoice(every(children, tree.Word), span)


def answers(children: Children, span: Span) -> tree.Answering:
    kind = one(children, tree.Word)
    lines = tuple(child for child in children if isinstance(child, tree.AnsweredLine))
    return tree.Answering(kind, lines, span)


def unique(children: Children, span: Span) -> tree.Unique:
    return tree.Unique(every(children, tree.Text), one(children, tree.Because), span)


def locale(children: Children, span: Span) -> tree.Default:
    return tree.Default("locale", children[0], None, span)


def voice(children: Children, span: Span) -> tree.Default:
    return tree.Default("voice", children[0], located(children), span)


def _field(key: str) -> Maker:
    def make(children: Children, span: Span) -> tree.StoreField:
        return tree.StoreField(key, children[0], span)

    return make


def environment(children: Children, span: Span) -> tree.EnvName:
    return tree.EnvName(children[0], span)


def store(children: Children, span: Span) -> tree.Store:
    return tree.Store(children[0], tuple(children[1:]), span)


def handler(children: Children, span: Span) -> tree.OnBlock:
    named = children[1] if len(children) > 1 and isinstance(children[1], tree.Word) else None
    kind: tree.Word = children[0]
    event = tree.OnEvent(kind, named, kind.span.to(named.span if named else kind.span))
    return tree.OnBlock(event, tuple(children[2 if named else 1 :]), span)


def within(children: Children, span: Span) -> tree.Selection:
    return tree.Selection(children[0], None, children[0].span)


def request_handler(children: Children, span: Span) -> tree.OnBlock:
    kind, named, chosen, *items = children
    event = tree.OnEvent(kind, named, kind.span.to(chosen.span), chosen)
    return tree.OnBlock(event, tuple(items), span)


def on_failure(children: Children, span: Span) -> tree.OnFailure:
    return tree.OnFailure((children[0], children[1]), children[2], span)


def record_rule(children: Children, span: Span) -> tree.RecordRule:
    said, chosen = one(children, ScopeWord), one(children, tree.Selection)
    assert chosen is not None  # the grammar demands one
    end = said.span.end if said else span.start + len("record")
    keyword = span.source.span(span.start, end)
    reason = one(children, tree.Because)
    return tree.RecordRule(plain(said), chosen, plain(one(children, To)), reason, keyword, span)


def never(children: Children, span: Span) -> tree.RecordGuarantee:
    return tree.RecordGuarantee("never", children[0], one(children, tree.Because), span)


def always(children: Children, span: Span) -> tree.RecordGuarantee:
    return tree.RecordGuarantee("always", children[0], one(children, tree.Because), span)


def in_every(children: Children, span: Span) -> bool:
    return True


def announce_before(children: Children, span: Span) -> tree.Announce:
    party = plain(one(children, To))
    return tree.Announce("before", children[0], party, True in children, one(children, tree.Because), span)


def announce_in(children: Children, span: Span) -> tree.Announce:
    return tree.Announce("in", children[0], None, False, one(children, tree.Because), span)


def keep(children: Children, span: Span) -> tree.Keep:
    return tree.Keep(every(children, tree.Text), one(children, tree.Because), span)


def at_least(children: Children, span: Span) -> tree.Retention:
    return tree.Retention(children[0], None, span)


def between(children: Children, span: Span) -> tree.Retention:
    return tree.Retention(children[0], children[1], span)


def at_most(children: Children, span: Span) -> tree.Retention:
    return tree.Retention(None, children[0], span)


def _promise(key: str) -> Maker:
    def make(children: Children, span: Span) -> tree.Promise:
        return tree.Promise(key, children[0], span)

    return make


def keep_time(children: Children, span: Span) -> tree.KeepTime:
    return tree.KeepTime(children[0], one(children, tree.Because), span)


def keep_encrypted(children: Children, span: Span) -> tree.KeepEncrypted:
    return tree.KeepEncrypted(one(children, tree.Because), span)


def keep_region(children: Children, span: Span) -> tree.KeepRegion:
    return tree.KeepRegion(every(children, tree.Word), one(children, tree.Because), span)


def never_transcribe(children: Children, span: Span) -> tree.NeverTranscribe:
    return tree.NeverTranscribe(children[0], one(children, tree.Because), span)


def record_only(children: Children, span: Span) -> tree.OneSide:
    return tree.OneSide(children[0], children[1], one(children, tree.Because), span)


def opt_out(children: Children, span: Span) -> tree.OptOut:
    return tree.OptOut(children[0], one(children, tree.Because), span)


def start(children: Children, span: Span) -> tuple[tree.Statement, ...]:
    return tuple(children)


_ALL: tuple[Maker, ...] = (
    policy,
    rules,
    use,
    target_choice,
    answers,
    unique,
    use_pack,
    locale,
    voice,
    environment,
    store,
    handler,
    within,
    request_handler,
    on_failure,
    record_rule,
    never,
    always,
    in_every,
    announce_before,
    announce_in,
    keep,
    at_least,
    between,
    at_most,
    keep_time,
    keep_encrypted,
    keep_region,
    never_transcribe,
    record_only,
    opt_out,
    start,
)

MAKERS: dict[str, Maker] = {
    **{make.__name__.rstrip("_"): make for make in _ALL},
    **{key: _field(key) for key in ("url", "credentials", "format", "notify", "transcribe", "direction")},
    **{key: _promise(key) for key in ("readers", "encrypted", "region")},
    "credentials_env": _field("credentials"),
    "keep_field": _promise("keep"),
}

WORDS: dict[str, WordMaker] = {"failure_word": tree.Word}
