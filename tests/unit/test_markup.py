"""Dollars are money, not formulas."""

from __future__ import annotations

import pytest

from seedance_nb.markup import no_formulas


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<b>$0.09/s = $0.36</b>", "<b><span>$</span>0.09/s = <span>$</span>0.36</b>"),
        ("a $1 and <i>b $2</i> c $3", "a <span>$</span>1 and <i>b <span>$</span>2</i> c <span>$</span>3"),
        ('<a href="x$y$z" title="$1">$</a>', '<a href="x$y$z" title="$1"><span>$</span></a>'),
        ("¥5.01", "¥5.01"),
    ],
)
def test_dollars_in_text_stand_alone_and_attributes_stay(html: str, shown: str) -> None:
    """A notebook looks for a formula within one piece of text."""
    assert no_formulas(html) == shown
