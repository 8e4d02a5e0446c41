"""The pages that are made from the code: they are current, and nothing of what they are about is left out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import seedance_nb as sd
from docs.pages import DOCS, PAGES, errors, life, prices, providers
from docs.pages.fields import attributes, meanings
from docs.pages.markdown import linked, plain
from seedance_nb import task
from seedance_nb.catalog import CODES
from seedance_nb.prices._load import book
from seedance_nb.task import TaskStatus

PACKAGE = Path(sd.__file__).parent


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_that_of_the_code(name: str) -> None:
    """`python -m docs.pages` writes all of them again."""
    assert (DOCS / name).read_text("utf-8") == PAGES[name]()


def test_the_picture_of_a_life_has_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many lines as there are steps, each status in a box; a step that is new has to be drawn first."""
    picture = life.picture()
    assert picture.count('class="life-text"') == len(TaskStatus)
    assert picture.count('class="life-step"') == len(life.LINES) + len(life.FROM_FRAME)
    more = {**task.MAY_FOLLOW, TaskStatus.KEPT: task.MAY_FOLLOW[TaskStatus.KEPT] | {TaskStatus.LOST}}
    monkeypatch.setattr(life, "MAY_FOLLOW", more)
    with pytest.raises(ValueError, match=r"differ in .*KEPT.*LOST"):
        life.picture()


def test_every_code_of_ours_is_explained() -> None:
    """What the engine writes as the reason of an end stands on the page of errors, and nothing else does."""
    written = {
        call.args[0].value
        for file in (PACKAGE / "engine").glob("*.py")
        for call in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Failure"
        if isinstance(call.args[0], ast.Constant)
    }
    assert written - {""} == set(errors.FAILURES)


def test_every_exception_says_what_to_do() -> None:
    """One section each, in the order of the tree, with the attributes that it carries."""
    page = errors.page()
    known = [
        name
        for name, value in vars(sd.errors).items()
        if isinstance(value, type) and value.__module__ == sd.errors.__name__
    ]
    assert sorted(re.findall(r"^## `(\w+)`", page, re.MULTILINE)) == sorted(known)
    tree = page[page.index("```text") :].partition("\n```")[0]
    assert sorted(re.findall(r"^[│├└─ ]*([A-Z]\w+)", tree, re.MULTILINE)) == sorted(known)
    assert page.count("**What to do.**") == len(known)
    section = page[page.index("## `TransportError`") :].partition("\n## ")[0]
    assert "| `may_have_been_created` | True when the request had left" in section
    assert "A `ProviderError`." in section


def test_every_fact_is_on_its_page() -> None:
    """All codes, models, limits and price rows, with the day on which each was read."""
    checks, models, book_of = PAGES["checks.md"](), providers.page(), prices.page()
    assert re.findall(r"^### `([\w.]+)`", checks, re.MULTILINE) == list(CODES)
    for name in providers.own_providers():
        facts = sd.catalog.provider(name)
        for model in facts.models:
            assert all(f"`{one}`" in models for one in model.ids.values())
        for entry in (*facts.parameters, *facts.limits, *facts.rates, *facts.usual, *facts.inputs.values()):
            assert f"{linked(entry.source)}, read {entry.checked}" in models
        for row in book(name).rows:
            assert f"`{row.price.id}`" in book_of
            assert plain(row.price.source).partition("http")[0] in book_of


def test_what_stands_below_a_field_is_found() -> None:
    """Also of what a constructor sets; without one it is empty."""

    class Made:
        """A class."""

        name: str = ""
        """What it is called."""
        other = 1

        def __init__(self) -> None:
            self.seen = True
            """Whether
            somebody saw it."""
            self.bare = 2

    assert meanings(Made) == {"name": "What it is called."}
    assert attributes(Made) == {"seen": "Whether somebody saw it.", "bare": ""}
    assert set(meanings(TaskStatus)) == {status.name for status in TaskStatus}


def test_text_stays_text() -> None:
    """What Markdown would read is written so that it does not, and addresses lead somewhere."""
    assert plain("a|b *c* <d> [e] first_frame _f_") == r"a\|b \*c\* \<d\> \[e\] first_frame \_f\_"
    assert linked("Ark, https://x.example/a_b, read") == "Ark, <https://x.example/a_b>, read"


def test_a_table_has_a_cell_for_each_head() -> None:
    """In every generated page each row has as many cells as its table has heads."""
    for name in PAGES:
        width = 0
        for line in (DOCS / name).read_text("utf-8").splitlines():
            cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
            assert not width or not cells or cells == width, f"{name}: {line[:80]}"
            width = cells


def test_every_word_that_makes_a_task_go_wrong_is_told() -> None:
    """The page of the sandbox names each."""
    page = (DOCS / "sandbox.md").read_text("utf-8")
    assert set(re.findall(r"`(\[sandbox:[\w-]+\])`", page)) == set(sd.sandbox.TRIGGERS)
