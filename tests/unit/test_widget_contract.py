"""The page about what widgets and browser share."""

from __future__ import annotations

from pathlib import Path

from seedance_nb.widgets._base import STATIC
from seedance_nb.widgets.contract_doc import contract_doc

PAGE = Path(__file__).parents[2] / "docs" / "widget-contract.md"


def test_the_page_is_that_of_the_widgets() -> None:
    """`python -m seedance_nb.widgets.contract_doc > docs/widget-contract.md` writes it again."""
    assert PAGE.read_text("utf-8") == contract_doc()


def test_every_widget_has_its_traits_and_messages_there() -> None:
    """One section for each module of the browser, with what every widget shares and what one alone does."""
    page = contract_doc()
    assert page.count("\n## ") == len(list(STATIC.glob("*.js"))) == page.count('| `error` | Unicode | `""` |')
    card = page[page.index("## `StatusCard`") :].partition("\n## ")[0]
    assert "| `view` | Dict | `{}` | What `task_view` made of the record" in card
    assert "Messages: `cancel`." in card
    assert "`prompt_edit`" in page[page.index("## `Composer`") :].partition("\n## ")[0]
    assert "`layout`" not in page
