"""The report as PDF: A4 with page numbers and tags, nothing loaded for it, and plain words where it cannot be made."""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from recpol.cli.main import run
from recpol.cli.printing import pdf_of

POLICY = """policy desk
store calls { url "s3://acme/calls/" credentials env STORE }
on ice { answer record { connect pstn +46850020000 } }
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.recpol").write_text(POLICY, "utf-8")
    return tmp_path


def objects(pdf: bytes) -> bytes:
    """What a PDF says, with its compressed streams as they are read."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    return b"".join([pdf, *(_inflated(one) for one in streams)])


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


def needs_pango() -> None:
    try:
        import weasyprint  # type: ignore[import-untyped]  # noqa: F401  whether it finds Pango, and has no types
    except OSError:
        pytest.skip("there is no Pango")


@pytest.mark.slow
def test_the_report_is_printed_on_a4_with_tags(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs_pango()
    assert run(["report", "desk.recpol", "--pdf", "desk.pdf"]) == 0
    assert capsys.readouterr().out == "", "the page is asked for by `-o` alone then"
    said = objects((here / "desk.pdf").read_bytes())
    pages = len(re.findall(rb"/Type\s*/Page\b", said))
    assert pages >= 3
    boxes = re.findall(rb"/MediaBox\s*\[([^\]]*)\]", said)
    assert len(boxes) == pages
    assert {tuple(round(float(one)) for one in box.split()) for box in boxes} == {(0, 0, 595, 842)}
    assert b"/MarkInfo" in said
    assert run(["report", "desk.recpol", "--pdf", "desk.pdf", "-o", "desk.html"]) == 0
    assert "Page " in (here / "desk.html").read_text("utf-8")


def test_nothing_is_loaded_for_it(here: Path) -> None:
    needs_pango()
    for address in (f"file://{here}/desk.recpol", "http://127.0.0.1:9/x.png", "data:image/png;base64,AAAA"):
        with pytest.raises(BaseException, match="Error fetching"):
            pdf_of(f'<img src="{address}">')


class _Missing:
    """Finds a module that lacks a library of the system."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return None


@pytest.mark.parametrize(("missing", "said"), [(None, "pip install 'recpol[pdf]'"), (_Missing(), "Pango")])
def test_what_is_missing_is_named(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, missing: object, said: str
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    if missing is None:
        monkeypatch.setitem(sys.modules, "weasyprint", None)
    else:
        monkeypatch.setattr(sys, "meta_path", [missing, *sys.meta_path])
    assert run(["report", "desk.recpol", "--pdf", "desk.pdf"]) == 2
    assert said in capsys.readouterr().err
    assert not (here / "desk.pdf").exists()
