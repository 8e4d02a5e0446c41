"""How a report and its charts write numbers, money, days and sentences in one language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from seedance_nb import words
from seedance_nb.money import Money, symbol
from seedance_nb.words import Said


@dataclass(frozen=True, slots=True)
class Voice:
    """One language."""

    language: str
    """`en`, `zh` or `fr`."""

    def say(self, message: str, **values: object) -> str:
        """A message with its values; what is `Said` among these is said in the language too."""
        put = {name: value.said(self.language) if isinstance(value, Said) else value for name, value in values.items()}
        return words.say(message, language=self.language, **put)

    def plural(self, one: str, many: str, count: int) -> str:
        """A message that depends on a count."""
        return words.Plural(one, many, count).said(self.language)

    def money(self, amount: Decimal, currency: str, places: int = 2) -> str:
        """An amount, rounded to be read."""
        return words.money(Money(amount, currency), self.language, places=places)

    def number(self, value: int | Decimal) -> str:
        """A number."""
        return words.number(value, self.language)

    def seconds(self, value: float) -> str:
        """A time span; below ten seconds to a tenth."""
        return words.seconds(value, self.language, places=1 if value < 10 else None)

    @property
    def stop(self) -> str:
        """What ends a sentence."""
        return "。" if self.language == "zh" else "."

    def percent(self, part: Decimal | float, whole: Decimal | float = 1, *, places: int = 0) -> str:
        """A part of a whole, in hundredths."""
        share = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        shown = words.number(share, self.language)
        return f"{shown}\u202f%" if self.language == "fr" else f"{shown}%"

    def listed(self, items: Iterable[str]) -> str:
        """Several things, one after the other."""
        return ("、" if self.language == "zh" else ", ").join(items)

    def together(self, sentences: Iterable[str]) -> str:
        """Sentences as a paragraph."""
        return ("" if self.language == "zh" else " ").join(filter(None, sentences))

    def money_axis(self, currency: str) -> str:
        """An expression of Vega's that writes the value of an axis as an amount.

        Nothing of a user's is in it: the language's separators and a currency's sign alone.
        """
        sign = symbol(currency).replace("'", "")
        shown = "format(abs(datum.value), ',~f')"
        minus = "(datum.value < 0 ? '-' : '')"
        if self.language == "fr":
            return f"{minus} + {_french(shown)} + '\u00a0{sign.strip()}'"
        return f"{minus} + '{sign}' + {shown}"

    def number_axis(self) -> str:
        """The same for plain numbers."""
        shown = "format(datum.value, ',~f')"
        return _french(shown) if self.language == "fr" else shown

    def percent_axis(self) -> str:
        """The same for shares between 0 and 1."""
        return "format(datum.value * 100, '.0f') + '" + ("\u202f%'" if self.language == "fr" else "%'")

    def day_axis(self, first: dt.date, last: dt.date, shift_ms: float = 0) -> str:
        """The same for days, short as the language writes them, with the year where there is much of one.

        Args:
            first: The first day.
            last: The last one.
            shift_ms: By how much a label stands to the right of what it names, in milliseconds.
        """
        if (last - first).days > 300:
            form = {"zh": "%Y-%m", "fr": "%m/%Y"}.get(self.language, "%b %Y")
        else:
            form = {"zh": "%-m月%-d日", "fr": "%d/%m"}.get(self.language, "%b %-d")
        return f"utcFormat(datum.value - {shift_ms:.0f}, '{form}')"


def _french(expression: str) -> str:
    return f"replace(replace({expression}, /,/g, '\u202f'), /\\./, ',')"
