"""Amounts, what a quote says, and its calculation, in each language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seedance_nb.words._figures import FRENCH, HARD, money
from seedance_nb.words._language import Language, spoken
from seedance_nb.words._said import Said, Sentence, say

if TYPE_CHECKING:
    from seedance_nb.money import Money, Quote

_PIECE = re.compile(
    r"(?P<sign>[¥$€]|\b[A-Z]{3} )?(?P<figure>\d[\d,]*(?:\.\d+)?)(?P<unit> tokens\b| s\b)?"
    r"|(?P<per>/s\b)"
    r"|(?P<least>, less than the minimum with a reference clip, )"
    r"|(?P<to> to )"
)
"""What is not the same everywhere in a calculation of `seedance_nb.prices`."""


class Amount(Said):
    """An amount of money; see `seedance_nb.words.money`."""

    __slots__ = ()

    def __new__(cls, amount: Money, places: int = 2) -> Amount:
        made = super().__new__(cls, money(amount, "en", places=places))
        made._made_of = (amount, places), {}
        return made

    def _in(self, language: Language) -> str:
        amount, places = self._made_of[0]
        return money(amount, language, places=places)


def quoted(quote: Quote) -> Said:
    """What a request will cost: an amount, or from where to where."""
    if quote.is_exact:
        return Amount(quote.high)
    return Sentence("{low} to {high}", low=Amount(quote.low), high=Amount(quote.high))


def calculation(text: str, language: str | None = None) -> str:
    """The sum of a quote or a charge in a language; a ledger keeps it in English.

    >>> calculation("1280×720 × (24×5+1) / 1024 = 108,900 tokens × ¥46/1M = ¥5.01", "zh")
    '1280×720 × (24×5+1) / 1024 = 108,900 tokens × ¥46/1M = ¥5.01'
    >>> calculation("5 s × $0.24/s = $1.20", "zh")
    '5 秒 × $0.24/秒 = $1.20'
    """
    chosen = spoken(language)
    return text if chosen == "en" else _PIECE.sub(lambda piece: _said(piece, chosen), text)


def _said(piece: re.Match[str], language: Language) -> str:
    if piece["per"]:
        return "/秒" if language == "zh" else piece["per"]
    if piece["least"]:
        return say(", less than the minimum with a reference clip, ", language=language)
    if piece["to"]:
        return say(" to ", language=language)
    sign, figure, unit = piece["sign"] or "", piece["figure"], piece["unit"] or ""
    if language == "zh":
        return f"{sign}{figure}{' 秒' if unit == ' s' else unit}"
    figure = figure.translate(FRENCH)
    if sign:
        figure += f"{HARD}{sign.strip()}"
    return f"{figure}{unit.replace(' ', HARD)}"
