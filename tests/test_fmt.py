"""The formatter: what comes out for every construct, and what holds for every text."""

from __future__ import annotations

import io
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ordinary import as_ordinary_user
from random_policies import random_policy
from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.cli.main import run
from recpol.formatter import Malformed, Refused, format_source
from recpol.formatter.layout import WIDTH
from recpol.formatter.lines import write
from recpol.formatter.same import damage
from recpol.formatter.selection import format_lines
from recpol.formatter.written import written_of
from recpol.rules.check import check
from recpol.syntax.builders import MAKERS, WORDS, read
from recpol.syntax.moves import Moves
from recpol.syntax.parser import parse
from recpol.syntax.table import load_table
from scattered import scattered

ROOT = Path(__file__).parents[1]
TAB = "\t"


def formatted(text: str) -> str:
    got = format_source(Source("x.recpol", text))
    assert isinstance(got, str), got
    return got


# Every construct

DECLARATIONS = (
    """\
policy   demo use "shared/company.recpol" target svaml1 ,svaml2 answers
"+442079460104",+442079460105 answers   application "a" unique
"{{ start.id }}","{{ start.n }}"   because "x"
  locale
en-GB voice Emma voice  Astrid in
sv-SE on recording   failure hangup on phase
failure   refuse
store calls{url "s3://a/b/" credentials env X
format mp3 notify yes transcribe en-US direction both}
store other { url "s3://c/d/" credentials "{{ env.X }}" }
on ice{answer}
on callout customer{call pstn "{{ env.N }}"   cli +46850020000 custom "x" hangup}
on pie empty {

}
""",
    """\
policy demo
use "shared/company.recpol"
target svaml1, svaml2
answers "+442079460104", +442079460105
answers application "a"
unique "{{ start.id }}", "{{ start.n }}" because "x"
locale en-GB
voice Emma
voice Astrid in sv-SE
on recording failure hangup
on phase failure refuse

store calls {
  url          "s3://a/b/"
  credentials  env X
  format       mp3
  notify       yes
  transcribe   en-US
  direction    both
}

store other { url "s3://c/d/" credentials "{{ env.X }}" }
on ice { answer }
on callout customer { call pstn "{{ env.N }}" cli +46850020000 custom "x" hangup }
on pie empty { }
""",
)

GUARANTEES = (
    """\
rules company
record   a,b ,@c except d , e to calls because "why"
never record @card   because "card data"
always record all announce notice before recording in  every locale because "law"
announce notice,other
 in recording
keep recordings in "s3://a/**" , "s3://b/**" because "ours"
""",
    """\
rules company
record a, b, @c except d, e to calls because "why"
never record @card because "card data"
always record all
announce notice before recording in every locale because "law"
announce notice, other in recording
keep recordings in "s3://a/**", "s3://b/**" because "ours"
""",
)

SEGMENTS = (
    r"""
policy demo
on ice {
answer cookie "a"="b"
notice:say "one \"two\" \u{e9}" in sv-SE @a@b
say ssml "<speak/>"
play "https://a.example/1.wav","https://a.example/2.wav" in en-GB
tones "1#"
record call to calls{record conference{connect conference "x" moh ring}}
}
on ace { talk : continue }
on manage  stop in  agent,@x{say "Bye."   to everyone off:continue}
on pie a { connect app "anna" header "x-a"="b" locale en-GB } on pie b { hangup }
on pie c { connect sip "a@b.example" suppress-callbacks suppress-callbacks yes cli "private" max-duration 4h @x {
phase one
phase two @y} @z }
on manage pick { park {intro "Wait." hold play "https://a.example/1.mp3" , ssml "<speak/>" max-duration 10m}}
on pie otherwise { park {
intro "Wait."
max-duration 10m
} }
""",
    r"""policy demo

on ice {
  answer
  cookie "a" = "b"
  notice: say "one \"two\" \u{e9}" in sv-SE @a @b
  say ssml "<speak/>"
  play "https://a.example/1.wav", "https://a.example/2.wav" in en-GB
  tones "1#"
  record call to calls { record conference { connect conference "x" moh ring } }
}

on ace { talk: continue }
on manage stop in agent, @x { say "Bye." to everyone off: continue }
on pie a { connect app "anna" header "x-a" = "b" locale en-GB }
on pie b { hangup }

on pie c {
  connect sip "a@b.example"
      suppress-callbacks
      suppress-callbacks yes
      cli "private"
      max-duration 4h @x {
    phase one
    phase two @y
  } @z
}

on manage pick {
  park { intro "Wait." hold play "https://a.example/1.mp3", ssml "<speak/>" max-duration 10m }
}

on pie otherwise {
  park {
    intro         "Wait."
    max-duration  10m
  }
}
""",
)

MENUS = (
    """\
policy demo on ice { menu {
prompt "Press 1.",play "https://a.example/1.wav"
repeat "Sorry?" 2 times
wait 5s up to 20s barge no voice yes
key 1->sales
key * -> menu pin
key "#" -> sales
timeout->nobody
invalid->nobody
menu pin @card{prompt "Four digits." in  sv-SE,ssml "<b>x</b>" digits 4->checked}
}@m }
on ace { menu in sv-SE{ key 1->sales } }
on manage x { park in   "{{ var.x }}" { hold "Wait." } }
""",
    """\
policy demo

on ice {
  menu {
    prompt  "Press 1.", play "https://a.example/1.wav"
    repeat  "Sorry?" 2 times
    wait    5s up to 20s
    barge   no
    voice   yes
    key 1   -> sales
    key *   -> menu pin
    key "#" -> sales
    timeout -> nobody
    invalid -> nobody
    menu pin @card { prompt "Four digits." in sv-SE, ssml "<b>x</b>" digits 4 -> checked }
  } @m
}

on ace { menu in sv-SE { key 1 -> sales } }
on manage x { park in "{{ var.x }}" { hold "Wait." } }
""",
)

PROMISES = (
    """\
policy demo
use pack "gdpr"
store a { url "s3://a/" credentials env KEY keep 5y to 7y readers "QA" encrypted yes region eu-north-1 }
store b { url "s3://b/" keep up to 3y }
keep recordings 5y
keep recordings encrypted because "GDPR, article 32"
keep recordings   in region eu-north-1,"eu"
never transcribe @talk except b
record only inbound @talk
opt-out stop because "a caller may object at any time, and that has to have an effect from then on, whatever follows"
""",
    """\
policy demo
use pack "gdpr"

store a {
  url          "s3://a/"
  credentials  env KEY
  keep         5y to 7y
  readers      "QA"
  encrypted    yes
  region       eu-north-1
}

store b { url "s3://b/" keep up to 3y }
keep recordings 5y
keep recordings encrypted because "GDPR, article 32"
keep recordings in region eu-north-1, "eu"
never transcribe @talk except b
record only inbound @talk
opt-out stop
    because "a caller may object at any time, and that has to have an effect from then on, whatever follows"
""",
)

LONG = (
    """\
policy demo
on ice { answer notice: say "Parts of this call are recorded." record { connect pstn +46850020000 max-duration 10m } }
on pie a {
  connect sip "north@example.com" transport TLS cli "{{ call.cli | e164 }}" max-duration 4h header "x" = "y" @long
  menu {
    prompt "To report a claim press 1. To ask about a claim press 2.", play "https://a.example/1.wav", "Or wait."
    repeat "Nothing can be broken here, however long it gets, because it is one string that stays as it is." 2 times
  }
}
on pie b { play "https://prompts.example/one.wav", "https://prompts.example/two.wav", "https://prompts.example/3.wav" }
record conference agent-one, agent-two, agent-three, @talk, @europe, agent-four, agent-five, agent-six, agent-seven
never record @card, @pin except card because "whoever hears a card number can use it, and so can who reads it"
record agent-one, agent-two, agent-three, @talk, @europe, agent-four except card, consult, agent-nine, agent-ten
  to calls
keep recordings in "s3://acme-recordings/**", "s3://acme-archive-of-everything/**", "s3://the-third/**"
  because "ours alone"
""",
    """\
policy demo

on ice {
  answer
  notice: say "Parts of this call are recorded."
  record { connect pstn +46850020000 max-duration 10m }
}

on pie a {
  connect sip "north@example.com"
      transport TLS
      cli "{{ call.cli | e164 }}"
      max-duration 4h
      header "x" = "y" @long
  menu {
    prompt  "To report a claim press 1. To ask about a claim press 2.",
            play "https://a.example/1.wav",
            "Or wait."
    repeat  "Nothing can be broken here, however long it gets, because it is one string that stays as it is." 2 times
  }
}

on pie b {
  play "https://prompts.example/one.wav",
      "https://prompts.example/two.wav",
      "https://prompts.example/3.wav"
}

record conference agent-one, agent-two, agent-three, @talk, @europe, agent-four, agent-five,
    agent-six, agent-seven
never record @card, @pin except card
    because "whoever hears a card number can use it, and so can who reads it"
record agent-one, agent-two, agent-three, @talk, @europe, agent-four
    except card, consult, agent-nine, agent-ten
    to calls
keep recordings in "s3://acme-recordings/**",
    "s3://acme-archive-of-everything/**",
    "s3://the-third/**"
    because "ours alone"
""",
)

COMMENTS = (
    """\


# the first line


#   and the next
policy demo#the name
store calls {# of the store
   # alone

  url "s3://a/" # short
  credentials env SINCH_CREDENTIALS    # longer
                                       # goes on
  # before format
  format mp3

  # at the end of the block
}
on ice { # begins
  connect pstn # at once
    +46850020000 max-duration 4h # four
    cli "private"
  # the end
  } # after
on ace { continue } # one
on pie otherwise { menu { prompt "One.", # first
"Two." key 1 -> a # to a
timeout -> b # to b
} # outside
@tag }
# last
""",
    """\
# the first line

#   and the next
policy demo  #the name

store calls {  # of the store
  # alone

  url          "s3://a/"              # short
  credentials  env SINCH_CREDENTIALS  # longer
                                      # goes on
  # before format
  format       mp3

  # at the end of the block
}

on ice {  # begins
  connect pstn  # at once
      +46850020000
      max-duration 4h  # four
      cli "private"
  # the end
}  # after

on ace { continue }  # one

on pie otherwise {
  menu {
    prompt  "One.",  # first
            "Two."
    key 1   -> a  # to a
    timeout -> b  # to b
  }  # outside
      @tag
}
# last
""",
)

PARAGRAPHS = (
    """\
policy demo
locale en-GB



voice Emma
on ice {

  answer


  say "One."
  hangup

}
on ace { continue }
on pie a { hangup }
# about b
on pie b {
  say "B."
  hangup
} # b
# about c
on pie c { hangup }
record all

""",
    """\
policy demo
locale en-GB

voice Emma

on ice {
  answer

  say "One."
  hangup
}

on ace { continue }
on pie a { hangup }

# about b
on pie b {
  say "B."
  hangup
}  # b

# about c
on pie c { hangup }
record all
""",
)

PHASES = (
    """on ice {
connect pstn {
phase p @x {begin{say "a" to everyone @y}

end {
play "b" say "c"}} phase q {} } }""",
    """on ice {
  connect pstn {
    phase p @x {
      begin { say "a" to everyone @y }

      end {
        play "b"
        say "c"
      }
    }
    phase q { }
  }
}
""",
)

GOLDEN = {
    "declarations": DECLARATIONS,
    "guarantees": GUARANTEES,
    "promises": PROMISES,
    "what a phase says": PHASES,
    "keys of a room": (
        'on ice {\nconnect conference "a" {\nphase p @x key 9->stop key "#"->a-name } @y }',
        'on ice {\n  connect conference "a" {\n    phase p @x\n    key 9   -> stop\n    key "#" -> a-name\n  } @y\n}\n',
    ),
    "segments": SEGMENTS,
    "menus": MENUS,
    "long": LONG,
    "comments": COMMENTS,
    "paragraphs": PARAGRAPHS,
    "nothing": ("", ""),
    "only blanks": (" \n\n\t\n", ""),
    "only a comment": ("  # hello ", "# hello\n"),
    "no line break at the end": ("policy x", "policy x\n"),
    "a byte order mark": ("\ufeffpolicy  x\n", "policy x\n"),
    "line breaks of Windows": ("policy  x # a  \r\n\r\n\r\nlocale en-GB", "policy x  # a\r\n\r\nlocale en-GB\r\n"),
    "the first line break decides": ("policy  x\nlocale en-GB\r\n", "policy x\nlocale en-GB\n"),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_what_comes_out(name: str) -> None:
    before, after = GOLDEN[name]
    assert formatted(before) == after
    assert formatted(after) == after


def test_every_construct_is_among_what_comes_out() -> None:
    met: set[str] = set()

    def noticed(name: str) -> Callable[[Any, Any], None]:
        return lambda _, span: met.add(name)

    makers, words = ({name: noticed(name) for name in names} for names in (MAKERS, WORDS))
    for before, _ in GOLDEN.values():
        parsed = parse(Source("x", before), Moves(load_table(), makers, words))
        assert not parsed.problems
    assert {*MAKERS, *WORDS} - met == {"broken"}


# Suppressions speak about lines

LINES_KEPT = (
    'on ice { say "a"  # allow say-before-answer: tried\n  hangup\n}\n',
    'on ice {\n  # allow say-before-answer: tried\n  say "a" hangup\n}\n',
    'on ice {\n  # allow bad-number: tried\n  connect pstn 46850020000\n      cli "private"\n}\n',
    'on ice {\n  connect pstn\n      # allow bad-number: tried\n      46850020000\n      cli "private"\n}\n',
    "on ice {\n  # allow nothing: about a blank line\n\n  hangup\n}\n",
    "on ice {\n  menu {\n    timeout -> a\n    # allow nothing: about a blank line\n\n  } @pin\n}\n",
    "never record a  # allow empty-guarantee: tried\n    except b\n",
    """\
# allow some-rule: about all of a line that is too long
on ice { say "a string of some length" say "another string of some length" say "and a third one" hangup }
""",
)


@pytest.mark.parametrize("text", LINES_KEPT)
def test_a_line_that_a_suppression_speaks_about_keeps_its_words(text: str) -> None:
    assert formatted(text) == text


def test_the_rest_of_such_a_statement_is_formatted() -> None:
    before = 'on ice{answer say "a"# allow x-y: z\nsay "b" hangup}'
    assert formatted(before) == 'on ice { answer say "a"  # allow x-y: z\n  say "b"\n  hangup\n}\n'


# Laws

CORPUS = [
    text
    for folder in ("policies", "tests/cases")
    for path in sorted((ROOT / folder).rglob("*.recpol"))
    if not read(Source("x", text := path.read_text("utf-8")))[1].problems
]


def some_text(random: Random) -> str:
    return random_policy(random) if random.random() < 0.5 else random.choice(CORPUS)


def said(text: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What a lint says about a text, and what its author has allowed; without the layout that messages repeat."""
    checked = check(program(Source("x", text)))

    def plain(rule: str, message: str) -> tuple[str, str]:
        return rule, re.sub(r"#[^\n]*|\s", "", re.sub(r"\bline \d+", "line", message))

    found = sorted(plain(finding.rule, finding.message) for finding in checked.findings)
    return found, sorted(plain(finding.rule, finding.message) for finding, _ in checked.suppressed)


def test_the_corpus_is_there() -> None:
    assert len(CORPUS) > 100


@pytest.mark.slow
def test_formatting_changes_the_layout_and_nothing_else() -> None:
    commented = 0
    for seed in range(300):
        random = Random(seed)
        text = scattered(some_text(random), random, comments=random.choice((0, 0.02, 0.1, 0.4)))
        source = Source("x", text)
        file, parsed = read(source)
        assert not parsed.problems, (seed, text)
        once = formatted(text)
        again, reparsed = read(Source("x", once))
        assert again == file, seed
        assert [c.text for c in reparsed.comments] == [c.text.rstrip() for c in parsed.comments], seed
        places = [sum(start < c.start for _, start, _ in parsed.tokens) for c in parsed.comments]
        assert [sum(start < c.start for _, start, _ in reparsed.tokens) for c in reparsed.comments] == places, seed
        assert formatted(once) == once, seed
        assert TAB not in re.sub(r"#.*", "", once)
        assert not re.search(r"[ ]\n|\n\n\n|\A\n|\n\n\Z", once), seed
        commented += bool(parsed.comments)
    assert commented > 100


@pytest.mark.slow
def test_lines_that_are_chosen_are_formatted_without_harm_and_two_halves_make_the_whole() -> None:
    some = 0
    for seed in range(40):
        random = Random(2_000 + seed)
        text = scattered(some_text(random), random, comments=random.choice((0, 0.02, 0.1)))
        source = Source("x", text.replace("\n", "\r\n") if seed % 3 == 0 else text)
        file, parsed = read(source)
        last = source.text.count("\n") + 1
        first, end = sorted((random.randrange(1, last + 1), random.randrange(1, last + 1)))
        part = lines_formatted(source, first, end)
        assert damage(file, written_of(source, parsed), Source("x", part)) == "", (seed, first, end)
        some += source.text != part != formatted(source.text)
        lower = Source("x", lines_formatted(source, first, last))
        assert lines_formatted(lower, 1, first - 1) == formatted(source.text), (seed, first)
    assert some > 20, "most selections are neither nothing nor all"


def lines_formatted(source: Source, first: int, last: int) -> str:
    made = format_lines(source, first, last)
    assert isinstance(made, str), made
    return made


def allowing(text: str, random: Random) -> str:
    """A text with suppressions for about half of its findings, at the ends of their lines or above them."""
    lines = text.split("\n")
    for finding in check(program(Source("x", text))).findings:
        at = finding.span.begin.line - 1
        comment = f"# allow {finding.rule}: tried"
        if "#" not in lines[at] and random.random() < 0.5:
            lines[at] = f"{lines[at]} {comment}" if random.random() < 0.5 else f"{comment}\n{lines[at]}"
    return "\n".join(lines)


@pytest.mark.slow
def test_findings_stay_and_suppressions_keep_their_effect() -> None:
    suppressed = unused = 0
    for seed in range(250):
        random = Random(1_000 + seed)
        text = some_text(random)
        rules = tuple(sorted({finding.rule for finding in check(program(Source("x", text))).findings}))
        text = scattered(text, random, rules=rules, comments=random.choice((0, 0.05, 0.2)))
        text = allowing(text, random)
        found, allowed = said(text)
        assert said(formatted(text)) == (found, allowed), seed
        suppressed += len(allowed)
        unused += sum(rule == "unused-suppression" for rule, _ in found)
    assert suppressed > 100
    assert unused > 100


def test_lines_without_comments_end_in_time_where_they_can() -> None:
    """What is too long is one word, or words between which nothing may be broken."""
    for seed in range(100):
        random = Random(seed)
        text = formatted(scattered(random_policy(random), random, comments=0))
        for line in text.splitlines():
            if len(line) > WIDTH:
                assert max(map(len, re.findall(r'"[^"]*"', line)), default=0) > WIDTH / 2, (seed, line)


def test_the_same_words_in_the_same_paragraphs_come_out_the_same() -> None:
    for seed in range(100):
        text = formatted(random_policy(Random(seed)))
        respaced = re.sub(r"^ +", lambda found: found[0] * 2 + TAB, text, flags=re.MULTILINE)
        respaced = re.sub(r"(?<=\S)[ ]+(?=[^\s#])(?=[^\"]*(?:\"[^\"]*\"[^\"]*)*$)", "   ", respaced, flags=re.MULTILINE)
        assert respaced != text
        assert formatted(respaced) == text, seed


def test_a_large_file_takes_time_in_proportion() -> None:
    pair = 'on pie a { say "one"\nmenu { prompt "x" key 1 -> b } } # c\nrecord a, b, c except d\n'
    text = "policy x\n" + pair * 1000
    assert formatted(text).count("on pie a {") == 1000


def test_the_deepest_nesting_is_formatted() -> None:
    depth = 63
    text = "on ice {" + "record {\n" * depth + "hangup" + "}" * depth + "}"
    assert formatted(text).count("\n") == 2 * depth + 3


# Refusing


def test_a_text_that_cannot_be_read_is_not_formatted() -> None:
    for text in ("policy", "on ice {", 'policy x say "open', "}", "policy x %"):
        got = format_source(Source("x", text))
        assert isinstance(got, Malformed)
        assert got.problems


@pytest.mark.parametrize(
    ("after", "says"),
    [
        ("policy x # one\nlocale en-US # two", "something else"),
        ('policy x # one\nlocale "en-GB" # two', "something else"),
        ("policy x # one\nlocale en-GB", "a comment would be lost"),
        ("policy x # one\nlocale en-GB # too", "a comment would be lost"),
        ("policy x # two\nlocale en-GB # one", "a comment would be lost"),
        ("policy # one\nx locale en-GB # two", "a comment would be lost"),
        ("policy x\n# one\nlocale en-GB # two", "a comment would be lost"),
        ("policy x # one\nlocale en-GB } # two", "line 2 of the result could not be read"),
    ],
)
def test_damage_is_found(after: str, says: str) -> None:
    source = Source("x", "policy x # one\nlocale en-GB # two\n")
    file, parsed = read(source)
    assert damage(file, written_of(source, parsed), source) == ""
    assert says in damage(file, written_of(source, parsed), Source("x", after))


def test_a_suppression_for_other_words_is_damage() -> None:
    source = Source("x", "policy x\nlocale en-GB # allow a-b: c\n")
    file, parsed = read(source)
    moved = Source("x", "policy x locale en-GB # allow a-b: c\n")
    assert "suppression" in damage(file, written_of(source, parsed), moved)


# The command


@dataclass(frozen=True)
class Done:
    """What a run came to."""

    status: int
    out: str
    err: str


Shell = Callable[..., Done]
UGLY = "policy  talk\non ice { hangup }\n"
NEAT = "policy talk\non ice { hangup }\n"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Shell:
    """Runs `recpol fmt` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def go(*words: str, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        capfdbinary.readouterr()
        status = run(["fmt", *words])
        got = capfdbinary.readouterr()
        return Done(status, got.out.decode(), got.err.decode())

    return go


def test_files_are_written_where_they_change(shell: Shell, tmp_path: Path) -> None:
    for name, text in (("ugly", UGLY), ("neat", NEAT), ("company", "rules  company\n")):
        (tmp_path / f"{name}.recpol").write_text(text, "utf-8")
    (tmp_path / "ugly.recpol").chmod(0o640)
    os.utime(tmp_path / "neat.recpol", (1, 1))
    done = shell(".")
    assert done.status == 0, done
    assert done.out == "formatted company.recpol\nformatted ugly.recpol\n2 files formatted, 1 file already formatted\n"
    assert (tmp_path / "ugly.recpol").read_bytes() == NEAT.encode()
    assert (tmp_path / "company.recpol").read_bytes() == b"rules company\n"
    assert stat.S_IMODE((tmp_path / "ugly.recpol").stat().st_mode) == 0o640
    assert (tmp_path / "neat.recpol").stat().st_mtime == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["company.recpol", "neat.recpol", "ugly.recpol"]
    assert shell(".").out == "3 files already formatted\n"


def test_a_link_stays_a_link(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "real.recpol").write_text(UGLY, "utf-8")
    (tmp_path / "link.recpol").symlink_to("real.recpol")
    assert shell("link.recpol").status == 0
    assert (tmp_path / "link.recpol").is_symlink()
    assert (tmp_path / "real.recpol").read_text("utf-8") == NEAT


def test_check_lists_and_writes_nothing(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "ugly.recpol").write_text(UGLY, "utf-8")
    (tmp_path / "neat.recpol").write_text(NEAT, "utf-8")
    done = shell("--check", ".")
    assert done.status == 1
    assert done.out == "would format ugly.recpol\n1 file would be formatted, 1 file already formatted\n"
    assert (tmp_path / "ugly.recpol").read_text("utf-8") == UGLY
    assert shell("--check", "neat.recpol").status == 0


def test_a_diff_shows_and_writes_nothing(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "ugly.recpol").write_text(UGLY.rstrip(), "utf-8")
    done = shell("--diff", "ugly.recpol")
    assert done.status == 0
    assert done.out == (
        "--- ugly.recpol\n+++ ugly.recpol (formatted)\n@@ -1,2 +1,2 @@\n"
        "-policy  talk\n-on ice { hangup }\n\\ No newline at end of file\n+policy talk\n+on ice { hangup }\n"
    )
    assert (tmp_path / "ugly.recpol").read_text("utf-8") == UGLY.rstrip()
    assert shell("--diff", "--check", "ugly.recpol").status == 1


def test_a_diff_can_be_applied(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.recpol").write_bytes(LONG[0].encode())
    patch = shell("--diff", "a.recpol").out
    done = subprocess.run(
        ["git", "apply", "-p0", "-"], input=patch, text=True, cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.recpol").read_text("utf-8") == LONG[1]


def test_a_diff_does_not_show_credentials(shell: Shell, tmp_path: Path) -> None:
    key = "AKIAIOSFODNN7EXAMPLE"
    (tmp_path / "a.recpol").write_text(f'policy  x store a {{ url "s3://a/"  credentials "{key}:x:y" }}\n', "utf-8")
    done = shell("--diff", ".")
    assert "credentials" in done.out
    assert key not in done.out
    shell(".")
    assert key in (tmp_path / "a.recpol").read_text("utf-8")


def test_standard_input_to_standard_output(shell: Shell) -> None:
    assert shell("-", stdin=UGLY.encode()) == Done(0, NEAT, "")
    windows = "policy  é\r\n".replace("é", "x # é")
    assert shell("-", stdin=windows.encode()) == Done(0, "policy x  # é\r\n", "")
    assert shell("--check", "-", stdin=UGLY.encode()) == Done(1, "would format <stdin>\n", "")
    assert shell("--check", "-", stdin=NEAT.encode()) == Done(0, "", "")


def test_a_syntax_error_is_said_and_the_file_is_left_alone(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "bad.recpol").write_text("policy  x\non ice { oops\n", "utf-8")
    (tmp_path / "ugly.recpol").write_text(UGLY, "utf-8")
    done = shell(".")
    assert done.status == 1
    assert "formatted ugly.recpol" in done.out
    assert "1 file not formatted: it cannot be read" in done.out
    assert "bad.recpol:2:" in done.err
    assert "syntax-error" in done.err
    assert (tmp_path / "bad.recpol").read_text("utf-8") == "policy  x\non ice { oops\n"
    piped = shell("-", stdin=b"policy")
    assert (piped.status, piped.out) == (1, "")
    assert "syntax-error" in piped.err
    latin = shell("-", stdin=b"policy x # \xe9")
    assert (latin.status, latin.out) == (1, "")
    assert "not-utf8" in latin.err


def test_only_syntax_is_said(shell: Shell) -> None:
    piped = shell("-", stdin=b'policy x\nuse "nowhere.recpol"\nstore a { url "sdrive://" }\non ice {\n')
    assert re.findall(r"rule: (\S+)", piped.err) == ["unclosed-brace"]


def test_what_cannot_run(shell: Shell, tmp_path: Path) -> None:
    assert shell("nowhere.recpol").status == 2
    assert shell("-", "other.recpol").status == 2
    assert shell("--chek").status == 2
    assert shell().status == 2
    (tmp_path / "ice.svaml.json").write_text("{}", "utf-8")
    done = shell("ice.svaml.json")
    assert done.status == 2
    assert "`ice.svaml.json` is JSON" in done.err


def test_without_paths_the_project_is_formatted(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "recpol.yaml").write_text("include: [lines]\n", "utf-8")
    (tmp_path / "lines").mkdir()
    for path in ("lines/a.recpol", "b.recpol"):
        (tmp_path / path).write_text(UGLY, "utf-8")
    assert shell().out == "formatted lines/a.recpol\n1 file formatted\n"
    assert (tmp_path / "b.recpol").read_text("utf-8") == UGLY


def test_a_file_that_may_not_be_written_is_not(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "a.recpol"
    path.write_text(UGLY, "utf-8")
    path.chmod(0o444)

    def check() -> None:
        done = shell("a.recpol")
        assert done.status == 2
        assert "no permission" in done.err

    as_ordinary_user(check)
    assert path.read_text("utf-8") == UGLY


def test_a_refused_file_is_untouched(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recpol.formatter.write", lambda *given: write(*given).replace("hangup", "answer"))
    assert isinstance(format_source(Source("x", UGLY)), Refused)
    (tmp_path / "a.recpol").write_text(UGLY, "utf-8")
    done = shell("a.recpol")
    assert done.status == 2
    assert "`a.recpol` is left as it is: the result would say something else" in done.err
    assert (tmp_path / "a.recpol").read_text("utf-8") == UGLY


def test_nothing_heavy_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "a.recpol").write_text(UGLY, "utf-8")
    code = (
        "import sys\nfrom recpol.cli.main import run\nrun(['fmt', 'a.recpol'])\n"
        "print('MODULES', *sorted(m for m in sys.modules if m.partition('.')[0] in "
        "{'lark', 'jsonschema', 'jinja2', 'yaml', 'difflib', 'pathlib', 'tempfile'} "
        "or m.startswith(('recpol.targets.v', 'recpol.rendering', 'recpol.interpreters', 'recpol.compilation'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.endswith("MODULES\n"), done.stdout + done.stderr
    assert "formatted a.recpol" in done.stdout


# The page


def test_the_page_shows_what_comes_out() -> None:
    page = (ROOT / "docs" / "formatter.md").read_text("utf-8")
    blocks = re.findall(r"```(\S+)\n(.*?)```", page, re.DOTALL)
    pairs = 0
    for (kind, text), (following, after) in pairwise(blocks):
        if following in ("recpol", "recpol-part"):
            assert formatted(after) == after
            if kind == "text":
                assert formatted(text) == after
                pairs += 1
    assert pairs
