"""The pages of the documentation site lead nowhere that is not there, and what `docs/start.md` says happens.

The site is built here as `make site` builds it, strictly and without the playground.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

import sitepages
from recpol.rules.every import EVERY
from shells import Shell, shell_in

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sitepages, "PLAYGROUND", ROOT / "no-such-folder")
        return sitepages.site_pages()


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^ *(`{3,}).*?^ *\1$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_of_the_site_leads_to_a_page_and_a_heading(pages: dict[str, str]) -> None:
    dead = []
    for at, text in pages.items():
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(text)):
            if target.startswith(("https://", "http://")):
                continue
            path, _, anchor = target.partition("#")
            named = normpath(join(dirname(at), path)) if path else at
            if named in sitepages.pictures():
                continue
            if named not in pages or (anchor and anchor not in anchors(pages[named])):
                dead.append(f"{at}: {target}")
    assert dead == []


def test_links_to_the_repository_are_to_files_that_exist(pages: dict[str, str]) -> None:
    start = f"{sitepages.REPOSITORY}/"
    for at, text in pages.items():
        for target in re.findall(rf"\]\({re.escape(start)}(?:blob|tree)/main/([^)#\s]+)", text):
            assert (ROOT / target).exists(), f"{at}: {target}"


def built(folder: Path, more: str = "") -> subprocess.CompletedProcess[str]:
    """MkDocs over the pages of a folder, strictly."""
    settings = f"INHERIT: {ROOT / 'mkdocs.yml'}\ndocs_dir: {folder / 'pages'}\nsite_dir: {folder / 'site'}\n{more}"
    (folder / "mkdocs.yml").write_text(settings, "utf-8")
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", folder / "mkdocs.yml"],
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_site_is_built_strictly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitepages, "PLAYGROUND", tmp_path / "no-such-folder")
    assert sitepages.main([str(tmp_path / "pages")]) == 0
    (tmp_path / "pages" / "one-more.md").write_text("# One more\n\n[The language](language.md#segments)\n", "utf-8")
    done = built(tmp_path)
    assert (done.returncode, "WARNING" in done.stderr) == (0, False), done.stderr
    first = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert '<span class="k">record</span>' in first, "fences have the colours of the project's own lexer"
    rules = list((tmp_path / "site" / "rules").glob("*.html"))
    assert len(rules) == len(EVERY)
    assert '"location":"language.html' in (tmp_path / "site" / "search" / "search_index.json").read_text("utf-8")


@pytest.mark.parametrize("links", ["[Gone](gone.md), [no heading](language.md#no-such-heading)", ""])
def test_a_dead_link_ends_the_building_of_the_site(tmp_path: Path, links: str) -> None:
    """With the settings of the site, over two pages: without the dead links they are built."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.md").write_text(
        f"# One more\n\n{links}\n\n[A heading](language.md#segments)\n", "utf-8"
    )
    (tmp_path / "pages" / "language.md").write_text("# The language\n\n## Segments\n", "utf-8")
    done = built(tmp_path, "nav: [index.md, language.md]\n")
    assert done.returncode == bool(links), done.stderr
    if not links:
        return
    assert "gone.md" in done.stderr
    assert "no-such-heading" in done.stderr


@pytest.mark.parametrize("built", [True, False])
def test_a_playground_that_was_built_is_a_part_of_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: bool
) -> None:
    dist, site = tmp_path / "dist", tmp_path / "site"
    if built:
        (dist / "pyodide").mkdir(parents=True)
        for name in ("index.html", "pyodide/python.wasm"):
            (dist / name).write_text("here", "utf-8")
    monkeypatch.setattr(sitepages, "PLAYGROUND", dist)
    assert sitepages.main([str(site)]) == 0
    assert (site / "playground" / "pyodide" / "python.wasm").is_file() == built
    page = (site / "playground.md").read_text("utf-8")
    assert ("](playground/index.html)" in page) == built, "no page leads to what is not there"
    assert "{{ playground }}" not in page


def test_pictures_of_the_pages_are_on_the_site(pages: dict[str, str], tmp_path: Path) -> None:
    assert "](pictures/playground-simulate.png)" in pages["playground.md"]
    assert sitepages.main([str(tmp_path)]) == 0
    assert (tmp_path / "pictures" / "playground-simulate.png").read_bytes().startswith(b"\x89PNG")


def test_a_dead_link_is_refused() -> None:
    with pytest.raises(sitepages.DeadLink, match=r"docs/a\.md: gone\.md"):
        sitepages.shown("[x](gone.md)", "docs/a.md", "a.md", {})


def test_every_rule_has_a_page_of_its_own(pages: dict[str, str]) -> None:
    for rule in EVERY:
        page = pages[f"rules/{rule.name}.md"]
        assert page.startswith(f"# {rule.name}\n")
        assert rule.summary[:30] in page
        assert f"[{rule.name}](rules/{rule.name}.md)" in pages["rules.md"]
    assert len([name for name in pages if name.startswith("rules/")]) == len(EVERY)


def test_what_only_tests_read_is_not_shown(pages: dict[str, str]) -> None:
    assert not [at for at, text in pages.items() if "<!--" in prose(text)]


def test_the_menu_of_the_site_names_pages(pages: dict[str, str]) -> None:
    menu = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
    named = re.findall(r": (\S+\.md)$", menu, re.MULTILINE)
    assert set(named) <= set(pages)
    linked = {
        normpath(join(dirname(at), target.partition("#")[0]))
        for at, text in pages.items()
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(text))
    }
    lost = {at for at in pages if not at.startswith("decisions/")} - set(named) - linked
    assert lost == set(), "a page is in the menu, or another leads to it"


def test_what_the_first_page_says_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A comment says that a block is a file, or that the first text of each file is back."""
    shell: Shell = shell_in(tmp_path, monkeypatch, capsys)
    text = (ROOT / "docs" / "start.md").read_text("utf-8")
    found = re.findall(r"(?:<!-- (\w+)(?:: (\S+))? -->\n+)?(?:<!-- [^\n]* -->\n)?```(\S+)\n(.*?)```", text, re.DOTALL)
    here, ran = tmp_path, 0
    before: dict[Path, str] = {}
    for word, path, kind, block in found:
        if word == "file":
            before.setdefault(here / path, block)  # the first of a file is the good one
            (here / path).write_text(block, "utf-8")
        elif word == "undo":
            for file, content in before.items():
                file.write_text(content, "utf-8")
        if kind != "console":
            continue
        command, _, wanted = block.partition("\n")
        words = re.findall(r'"[^"]*"|\S+', command.removeprefix("$ "))
        if words[0] == "cd":
            here /= words[1]
            monkeypatch.chdir(here)
            continue
        done = shell(*(each.strip('"') for each in words[1:]))
        assert done.out == wanted, command
        assert (done.status, done.err) == (0, ""), command
        ran += 1
    assert ran == 5
