"""The site, built strictly: a warning is an error, every name leads somewhere, no page needs anything from outside."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import seedance_nb as sd

from .pages import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it, from a copy, its notebooks not executed: other tests do that."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "docs", copy / "docs", ignore=shutil.ignore_patterns("reference", "notebooks"))
    for file in ROOT.glob("*.md"):
        shutil.copy(file, copy)
    for folder in ("notebooks", "seedance_nb", "tests"):
        (copy / folder).symlink_to(ROOT / folder)
    built = copy / "built"
    strictly = ["-W", "-n", "--keep-going", "--quiet", "-D", "notebooks_run=0"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *strictly, "docs", str(built)],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        timeout=540,
    )
    assert done.returncode == 0, done.stderr
    return built


class _Wants(HTMLParser):
    """What a browser fetches to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"script", "img", "video", "source", "iframe"}:
            self.found += [given[name] or "" for name in ("src", "poster") if name in given]
        if tag == "link" and "stylesheet" in (given.get("rel") or ""):
            self.found.append(given.get("href") or "")


def test_the_site_needs_nothing_from_outside(site: Path) -> None:
    """No page fetches a script, a style, a font or a picture from elsewhere, and what it fetches is there."""
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        wants = _Wants()
        wants.feed(page.read_text("utf-8"))
        for wanted in wants.found:
            path = wanted.partition("?")[0]
            assert not re.match(r"(https?:)?//", wanted), f"{page.name} fetches {wanted}"
            assert path.startswith("data:") or (page.parent / path).exists(), f"{page.name} fetches {wanted}"
    for file in [*site.rglob("*.css"), *site.rglob("*.js")]:
        assert not re.search(r"(?:url\(|@import|import\()\s*[\"']?(?:https?:)?//", file.read_text("utf-8")), file.name


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    """Each has an entry with its own anchor, and what cannot be called by hand has no signature."""
    shown = "".join(page.read_text("utf-8") for page in (site / "reference").glob("*.html"))
    for name in {*sd.__all__, "open"} - {"__version__", "catalog", "errors", "prices", "providers", "sandbox"}:
        assert re.search(rf'id="seedance_nb\.{name}"|id="seedance_nb\.\w+\.{name}"', shown), name
    studio = (site / "reference" / "studio.html").read_text("utf-8")
    assert "The most that this request can cost." in (site / "reference" / "money.html").read_text("utf-8")
    assert 'id="seedance_nb.Studio.submit"' in studio
    assert re.search(r'href="[^"]*errors\.html#seedance_nb\.errors\.BudgetError"', studio)
    tasks = (site / "reference" / "tasks.html").read_text("utf-8")
    assert "engine" not in tasks[tasks.index('id="seedance_nb.Task"') :][:400]


def test_no_page_is_left_out_of_the_contents(site: Path) -> None:
    """Each page of the documentation, of the tutorial and of the reference has its line beside the others."""
    beside = (site / "index.html").read_text("utf-8")
    for file in [*(ROOT / "docs").glob("*.md"), *(ROOT / "notebooks").glob("[0-9]*.ipynb")]:
        page = f"{'notebooks/' if file.suffix == '.ipynb' else ''}{file.stem}.html"
        assert f'href="{page}"' in beside or file.stem == "index", page


def test_a_drawing_stands_in_its_page(site: Path) -> None:
    """It can be read aloud and follows the page's colours."""
    page = (site / "life.html").read_text("utf-8")
    assert '<div class="drawing"><svg' in page
    assert "<title>From each status to those that may follow it. intent: submitting" in page
