"""What each target can say, computed: that nothing of the language is left out, and that what is said is so."""

from __future__ import annotations

import functools

import lark
import pytest

from recpol.analysis.program import Program, program
from recpol.base import resources
from recpol.base.source import Source
from recpol.compilation import compile_program
from recpol.platform.targets import CLASSIC, SVAML2, Target
from recpol.rules.policy.connects import _TARGETS as CONNECTS
from recpol.rules.policy.options import _KINDS as OPTIONS
from recpol.support_matrix import CONSTRUCTS, DECLARED, Construct, judge, said_of, table, with_declared
from recpol.targets.backend import TargetDifference
from recpol.targets.catalogue import all_targets, backend_of, target_names, targets_named

ABOUT = {construct.about: construct for construct in CONSTRUCTS if construct.about}

NO_TARGET_SEES = {"policy", "rules", "use", "use_pack"}
"""What makes up files; a target sees what is in them."""

PLACES = ("statement", "field", "segment", "body", "phase", "menu_item", "park_item", "option")


@functools.cache
def grammar() -> lark.Lark:
    return lark.Lark(resources.grammar_text(), parser="lalr", lexer="basic")


def unit(text: str, *targets: str) -> Program:
    return program(Source("x.recpol", text), targets=targets_named(targets or ("classic",)))


# ── nothing is left out ──────────────────────────────────────────────────────────────────────────────────────────


def test_every_construct_of_the_grammar_has_its_row() -> None:
    """Segments, declarations, guarantees, fields of stores, lines of menus and of `park`, by their alternatives."""
    known = {rule.alias for rule in grammar().rules if rule.origin.name in PLACES and rule.alias}
    assert {"say", "park", "notify", "on_failure", "digits_item", "hold_item", "block", "phase", "never"} <= known
    assert known - set(ABOUT) - NO_TARGET_SEES - {"segment", "option", "flag", "header"} == set()


def test_every_kind_of_connect_has_its_row() -> None:
    assert len(CONNECTS) >= 5
    assert {f"connect {kind}" for kind in CONNECTS} - set(ABOUT) == set()


def test_every_option_of_every_connect_has_its_row() -> None:
    named = {rule.expansion[0].name for rule in grammar().rules if rule.origin.name == "option_name"}
    terminals = {terminal.name: terminal.pattern.value for terminal in grammar().terminals}
    options = {terminals[name] for name in named} | {"suppress-callbacks", "header"}
    assert options == set(OPTIONS)
    assert {f"{kind} {option}" for option, kinds in OPTIONS.items() for kind in kinds} - set(ABOUT) == set()


def test_a_row_is_about_what_is_in_its_example() -> None:
    for about, construct in ABOUT.items():
        kind, _, option = about.partition(" ")
        if kind == "connect":
            assert f"connect {option}" in construct.example
        elif option:
            assert f"connect {kind} " in construct.example
            assert f" {option} " in construct.example
        else:
            tree = grammar().parse(construct.example)
            assert about in {str(node.data) for node in tree.iter_subtrees()}, about


def test_rows_are_told_apart() -> None:
    names = [(construct.group, construct.name) for construct in CONSTRUCTS]
    assert len(names) == len(set(names))
    abouts = [construct.about for construct in CONSTRUCTS if construct.about]
    assert len(abouts) == len(set(abouts))
    assert len(set(target_names())) == len(target_names())


# ── what is said is so ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda construct: construct.name)
def test_what_a_target_can_say_it_does_say(construct: Construct) -> None:
    for target in all_targets():
        cell = said_of(construct.example, target)
        if cell.says == "no":
            assert any(finding.level == "error" for finding in cell.findings)
            assert not compile_program(unit(with_declared(construct.example), target.name)).outputs
            continue
        needs = any(finding.level == "error" for finding in cell.findings)
        text = with_declared(construct.example) if needs else construct.example
        (output,) = compile_program(unit(text, target.name)).outputs
        assert output.verified.differences == ()
        assert bool(cell.findings or cell.lost) or cell.says == "yes"


def test_some_cells_that_are_known() -> None:
    said = {row.construct.name: [cell.says for cell in row.cells.values()] for row in table(all_targets())}
    assert said["`connect pstn`"] == ["yes", "yes", "yes"]
    assert said["`cookie STRING = STRING`"] == ["yes", "yes", "no"]
    assert said["`direction inbound`"] == ["no", "no", "yes"]
    assert said["`say STRING`"] == ["yes", "yes", "condition"]
    assert said["`notify yes`"] == ["yes", "yes", "condition"]
    assert said["`on recording failure hangup`"] == ["condition", "condition", "yes"]
    assert said["`url` in Sinch Drive (`sdrive://`)"] == ["yes", "no", "no"]
    assert said["`record conference`"] == ["yes", "yes", "no"]


def test_a_declaration_that_helps_is_a_condition() -> None:
    text = 'policy x\nlocale en-GB\non ice { answer say "Hello." hangup }\n'
    bare = said_of(text, SVAML2)
    assert (bare.says, [finding.rule for finding in bare.findings]) == ("condition", ["no-voice"])
    assert said_of(with_declared(text), SVAML2).says == "yes"
    assert with_declared(with_declared(text)) == with_declared(text)
    assert all(line in with_declared(text) for line in DECLARED)
    own = text + "on recording failure continue\nvoice Brian\n"
    assert with_declared(own).count("on recording failure") == 1
    assert said_of(own, SVAML2).says == "yes"
    assert said_of("policy x\nlocale sw-KE\non ice { hangup }\non ice { hangup }\n", SVAML2).says == "no"


def test_warnings_stop_a_policy_where_they_are_to() -> None:
    text = 'policy x\nstore s { url "sdrive://a.mp3" }\non ice { record { connect pstn +46850020000 } }\n'
    assert judge(unit(text), CLASSIC).says == "condition"
    assert judge(unit(text), CLASSIC, strict=True).says == "no"
    assert judge(unit(text), CLASSIC, {"fixed-file-name": "off"}, strict=True).says == "yes"
    assert judge(unit(text), CLASSIC, {"fixed-file-name": "error"}).says == "no"
    assert judge(unit(text, "svaml2"), CLASSIC).says == "condition", "each target is asked alone"


# ── differences ──────────────────────────────────────────────────────────────────────────────────────────────────

STORE = 'store calls { url "s3://acme-recordings/calls/" credentials env K }\n'
HEAD = "policy x\nlocale en-GB\n" + STORE
TALK = "connect pstn +46850020000"


def names(text: str, target: str) -> set[str]:
    return {own.name for own in differences(unit(HEAD + text, target))}


def differences(policy: Program) -> tuple[TargetDifference, ...]:
    """What is the own of the one target of a policy."""
    (target,) = policy.targets
    return backend_of(target).differences(policy)


@pytest.mark.parametrize("target", all_targets(), ids=lambda target: target.name)
def test_every_difference_is_noticed_somewhere(target: Target) -> None:
    found: set[str] = set()
    for example in (*(construct.example for construct in CONSTRUCTS), f"{HEAD}on ice {{ {TALK} }}\n"):
        policy = unit(with_declared(example), target.name)
        if judge(policy, target).says != "no":
            found |= {own.name for own in differences(policy)}
    assert found == {own.name for own, _ in backend_of(target).own}


@pytest.mark.parametrize("target", all_targets(), ids=lambda target: target.name)
def test_a_difference_is_a_sentence_with_its_source(target: Target) -> None:
    for own, _ in backend_of(target).own:
        assert own.sentence.endswith(")."), own.name
        assert any(word in own.sentence for word in ("page", "SDK", "Voice API v2")), own.name
        assert own.lost == ("does nothing" in own.sentence), own.name


@pytest.mark.parametrize(
    ("text", "other", "name"),
    [
        (f"on ice {{ {TALK} }}", f"on ice {{ answer {TALK} }}", "answered-at-once"),
        (f"on ice {{ {TALK} }}\non ace {{ continue }}", f"on ice {{ {TALK} }}", "no-late-reply"),
        (
            f"on ice {{ {TALK} }}\non ace {{ record {{ continue }} }}",
            f"on ice {{ record {{ {TALK} }} }}\non ace {{ record {{ continue }} }}",
            "callee-leg",
        ),
        (
            f"on ice {{ answer record {{ say \"A.\" }} {TALK} }}",
            f"on ice {{ answer record {{ say \"A.\" {TALK} }} }}",
            "stop-takes-time",
        ),
        (
            f"on ice {{ t: {TALK} {{ phase c }} }}\nrecord t except c",
            f"on ice {{ t: {TALK} {{ phase c }} }}\nrecord t",
            "wait-for-finish",
        ),
        (f'on ice {{ answer say "A." {TALK} }}', f"on ice {{ answer {TALK} }}", "named-voices"),
        (
            'on ice { answer menu { prompt "A." key 1 -> a } }\non pie otherwise { hangup }',
            'on ice { answer menu { prompt "A." repeat "B." 3 times key 1 -> a } }\non pie otherwise { hangup }',
            "menu-repeats",
        ),
        (f"on ice {{ answer {TALK} cli private }}", f"on ice {{ answer {TALK} cli +46850020001 }}", "number-withheld"),
        (f"on ice {{ record {{ {TALK} }} }}", f"on ice {{ {TALK} }}", "no-message-of-files"),
    ],
)  # fmt: skip
def test_a_difference_of_svaml2_is_named_only_where_it_can_be_noticed(text: str, other: str, name: str) -> None:
    assert name in names(text, "svaml2")
    assert name not in names(other, "svaml2")


def test_the_dialects_of_replies_differ_in_how_recordings_start() -> None:
    flagged, before = f"on ice {{ record {{ {TALK} }} }}", f'on ice {{ answer record {{ say "A." {TALK} }} }}'
    assert "flag-starts" in names(flagged, "classic")
    assert "flag-starts" not in names(before, "classic")
    assert "instruction-starts" in names(flagged, "svaml1")
    assert names(before, "svaml1") == set()
    room = 'on ice { record conference { connect conference "board" } }'
    assert names(room, "svaml1") == {"flag-for-rooms"}
    assert names('on ice { record call { connect conference "board" } }', "svaml1") == set()
