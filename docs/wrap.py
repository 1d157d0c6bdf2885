"""Wraps the lines of the project's pages: `python docs/wrap.py`, which `make format` runs.

Only paragraphs and items of lists with a line that is too long are laid out anew; tables, fences, headings, comments
and what is indented like code stay as they are. A code span and an address are never broken.

Invariant: what a page shows does not change, and wrapping twice is wrapping once.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]

WIDTH = 100

_FENCE = re.compile(r" *(`{3,}|~{3,})")
_ITEM = re.compile(r" *(?:[-*+]|\d+[.)]) +")
_STAYS = re.compile(r" *(?:\||#|<|>|$)")
_WORD = re.compile(r"(?:`[^`]*`|\S)+")
_MARKER = re.compile(r"(?:[-*+]|\d+[.)]|#+|>.*|\|.*)\Z")
"""A word that would begin something else at the beginning of a line."""


def wrapped(text: str, width: int = WIDTH) -> str:
    """A page whose paragraphs keep to a width."""
    result: list[str] = []
    block: list[str] = []
    fence = ""

    def close() -> None:
        result.extend(_wrapped(block, width) if any(len(line) > width for line in block) else block)
        block.clear()

    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence or mark is not None or _STAYS.match(line) or (not block and line.startswith("    ")):
            close()
            result.append(line)
            if mark is not None:
                fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
            continue
        if _ITEM.match(line):
            close()
        block.append(line)
    close()
    return "\n".join(result)


def _wrapped(lines: list[str], width: int) -> list[str]:
    item = _ITEM.match(lines[0])
    first = item[0] if item is not None else re.match(" *", lines[0])[0]  # type: ignore[index]  # matches every text
    words = _WORD.findall(" ".join([lines[0][len(first) :].strip(), *map(str.strip, lines[1:])]))
    result = [first]
    for word in words:
        fits = len(result[-1].rstrip()) + 1 + len(word) <= width
        if len(result[-1]) == len(first) or fits or _MARKER.match(word):
            result[-1] += word if len(result[-1]) == len(first) else f" {word}"
        else:
            result.append(" " * len(first) + word)
    return result


def pages(root: Path = ROOT) -> list[Path]:
    """All pages of a project folder, generated ones too; not what tests compare."""
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "bench").glob("*.md")])


def main() -> None:
    """Wrap the pages in place, and print which."""
    for page in pages():
        text = page.read_text("utf-8")
        if (laid_out := wrapped(text)) != text:
            page.write_text(laid_out, "utf-8", newline="\n")
            print(f"wrapped {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
