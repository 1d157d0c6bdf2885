"""The grammars that editors colour policies by, written from `grammar/recpol.lark`: `make generate` runs it.

TextMate (VS Code, and much else that shows code), Vim, and the words for Emacs. Each is a list of patterns, one for
each kind of word of recpol's own lexer and in its order, so that they cut a text as that lexer does.

Invariant: what is written depends on the grammar alone.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from recpol.syntax.table import ParseTable, load_table

ROOT = Path(__file__).parents[1]

TEXTMATE = "editors/code/syntaxes/recpol.tmLanguage.json"
VIM = "editors/vim/syntax/recpol.vim"
EMACS = "editors/emacs/recpol-mode.el"

SCOPES = {
    "LABEL": "entity.name.function.label",
    "LOCALE": "constant.language.locale",
    "QUANTITY": "constant.numeric",
    "PHONE": "constant.numeric",
    "INT": "constant.numeric",
    "NAME": "variable.other",
    "IDENT": "variable.other",
    "TAG": "entity.other.attribute-name.tag",
    "STRING": "string.quoted.double",
    "COMMENT": "comment.line.number-sign",
}
"""The scope of each kind of word; a keyword is `keyword.control`, a sign `keyword.operator` or `punctuation`."""

_VIM_GROUPS = {
    "LABEL": ("Label", "Label"),
    "LOCALE": ("Locale", "Constant"),
    "QUANTITY": ("Number", "Number"),
    "PHONE": ("Number", "Number"),
    "INT": ("Number", "Number"),
    "NAME": ("Name", "Identifier"),
    "IDENT": ("Name", "Identifier"),
    "TAG": ("Tag", "Type"),
    "STRING": ("String", "String"),
    "COMMENT": ("Comment", "Comment"),
}
"""For each kind of word its group in Vim, and the group of all languages that it is shown as."""

PUNCTUATION = "{},:"


def grammars() -> dict[str, str]:
    """The generated files: path from the project folder, to text."""
    table = load_table()
    return {TEXTMATE: _textmate(table), VIM: _vim(table), EMACS: _emacs(table)}


def keywords(table: ParseTable) -> tuple[str, ...]:
    """The keywords; of two that begin alike the longer one is first."""
    return tuple(sorted((word for word in table.words if word[0].isalpha()), key=lambda word: (-len(word), word)))


def _signs(table: ParseTable) -> tuple[str, ...]:
    return tuple(sorted((word for word in table.words if not word[0].isalpha()), key=lambda word: (-len(word), word)))


def patterns(table: ParseTable) -> tuple[tuple[str, str], ...]:
    """Kind of word and regular expression, in the order in which the lexer tries them.

    A keyword is what would be a name, so `KEYWORD` stands right before `NAME` and ends as that does.
    """
    left_out = table.passed_over - {"COMMENT"}
    kinds = [(kind, _printable(regex)) for kind, regex in table.terminals.items() if kind not in left_out]
    end = next(regex for kind, regex in kinds if kind == "NAME").partition("*+")[2]
    at = [kind for kind, _ in kinds].index("NAME")
    kinds.insert(at, ("KEYWORD", f"(?:{'|'.join(keywords(table))}){end}"))
    return tuple(kinds)


def _printable(regex: str) -> str:
    return regex.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _textmate(table: ParseTable) -> str:
    rules: list[dict[str, object]] = []
    for kind, regex in patterns(table):
        scope = "keyword.control" if kind == "KEYWORD" else SCOPES[kind]
        rule: dict[str, object] = {"name": f"{scope}.recpol", "match": regex}
        if kind == "STRING":
            inside = [
                {"name": "variable.other.placeholder.recpol", "match": r"\{\{[^{}\"]*\}\}"},
                {"name": "constant.character.escape.recpol", "match": r"\\."},
            ]
            rule["captures"] = {"0": {"patterns": inside}}
        rules.append(rule)
    for sign in _signs(table):
        scope = "punctuation.separator" if sign in PUNCTUATION else "keyword.operator"
        rules.append({"name": f"{scope}.recpol", "match": re.escape(sign)})
    rules.append({"name": "invalid.illegal.unclosed-string.recpol", "match": '"[^\\n\\r#]*'})
    document = {
        "information_for_contributors": "Generated from grammar/recpol.lark by `make generate`; do not edit it.",
        "name": "recpol",
        "scopeName": "source.recpol",
        "fileTypes": ["recpol"],
        "patterns": rules,
    }
    return json.dumps(document, indent=2) + "\n"


_VIM_HEAD = """\
" Vim syntax of recpol: policies for the recording of calls.
" Generated from grammar/recpol.lark by `make generate`; do not edit it.
if exists("b:current_syntax")
  finish
endif

" Of patterns that fit at one place Vim takes the last.
"""


def _vim(table: ParseTable) -> str:
    lines = []
    for kind, regex in (*patterns(table), *((sign, re.escape(sign)) for sign in _signs(table))):
        group = vim_group(kind, kind)
        inside = " contains=recpolPlaceholder,recpolEscape" if kind == "STRING" else ""
        spell = {"STRING": ",@Spell", "COMMENT": " contains=@Spell"}.get(kind, "")
        lines.append(f"syntax match {group} /{vim_regex(regex)}/{inside}{spell}")
    lines.append('syntax match recpolError /"[^#]*/')
    lines.reverse()
    lines += [
        "",
        r"syntax match recpolPlaceholder /{{[^{}\"]*}}/ contained",
        r"syntax match recpolEscape /\\./ contained",
        "",
    ]
    shown = dict(_VIM_GROUPS.values()) | {
        "Keyword": "Keyword", "Operator": "Operator", "Delimiter": "Delimiter", "Placeholder": "Special",
        "Escape": "SpecialChar", "Error": "Error",
    }  # fmt: skip
    lines += [f"highlight default link recpol{group} {seen}" for group, seen in shown.items()]
    return _VIM_HEAD + "\n".join(lines) + '\n\nlet b:current_syntax = "recpol"\n'


def vim_group(kind: str, word: str) -> str:
    """The group of a word of a kind in Vim."""
    if kind in _VIM_GROUPS:
        return f"recpol{_VIM_GROUPS[kind][0]}"
    if word[0].isalpha():
        return "recpolKeyword"
    return "recpolDelimiter" if word in PUNCTUATION else "recpolOperator"


_PIECE = re.compile(r"\(\?[:=!]|\(|\)|\[(?:\\.|[^\]\\])*\]|\\.|[*+?]\+?|\{[0-9,]+\}|.", re.DOTALL)


def vim_regex(regex: str) -> str:
    """A regular expression of the lexer in Vim's notation, where letters count as written.

    Possessive repetition becomes plain: none of the lexer's expressions can give back a letter and still fit.
    """
    closing: list[str] = []
    written = []
    for piece in _PIECE.findall(regex):
        if piece.startswith("("):
            closing.append({"(?=": ")@=", "(?!": ")@!"}.get(piece, ")"))
            written.append("%(")
        elif piece == ")":
            written.append(closing.pop())
        elif piece.startswith("["):
            inside = piece.replace("\\n", "").replace("\\r", "").replace("/", "\\/")
            written.append("." if inside == "[^]" else inside)  # a line's end is in no class of Vim's
        elif piece[0] in "*+?" or (piece[0] == "{" and len(piece) > 1):
            written.append(piece[:1] if piece[0] in "*+?" else piece)
        elif piece in "<>=@&~%{}/":
            written.append("\\" + piece)
        else:
            written.append("-" if piece == "\\-" else piece)
    return "\\C\\v" + "".join(written)


BEGIN, END = ";; begin: words, written by `make generate`", ";; end: words"
"""What stands around the generated part of the mode for Emacs."""


def _emacs(table: ParseTable) -> str:
    before, _, rest = (ROOT / EMACS).read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    lines, line = [], " "
    for word in sorted(keywords(table)):
        if len(line) + len(word) > 76:
            lines.append(line)
            line = " "
        line += f' "{word}"'
    words = "\n".join([*lines, line])
    return f'{before}{BEGIN}\n(defconst recpol-keywords\n  \'(\n{words})\n  "The keywords of recpol.")\n{END}{after}'
