"""How much may be spent: money, tokens or seconds, in a session, a day or a project.

A budget is held against everything that is spent or promised in its period; see `seedance_nb.engine.budgeting`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from seedance_nb.errors import ConfigurationError
from seedance_nb.money import SCALE, Money

Period = Literal["session", "day", "project"]
"""A session is one run of a notebook's kernel; a day begins at midnight of this machine's clock and zone; a project
is everything filed under one name, whenever it was."""
Unit = Literal["money", "tokens", "seconds"]

FORMS = (
    '"20 CNY/day", "$3/session", "2,000,000 tokens/day", "600 seconds/project" or "10 minutes/day"; '
    f"a period is {', '.join(get_args(Period))}"
)
MOST = 9 * 10**18
"""The ledger counts in 64 bits."""

_TEXT = re.compile(
    r"""\s* (?P<before>[^\W\d_]{3}|[¥￥$€])? \s*
        (?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?) \s*
        (?P<after>[^\W\d_]+)? \s*
        (?:/|\bper\b) \s* (?P<per>\w+) \s*""",
    re.VERBOSE,
)
_CURRENCIES = {"¥": "CNY", "￥": "CNY", "元": "CNY", "RMB": "CNY", "$": "USD", "€": "EUR"}
_COUNTED: dict[str, tuple[Unit, int]] = {
    "token": ("tokens", 1),
    "tokens": ("tokens", 1),
    "s": ("seconds", 1),
    "sec": ("seconds", 1),
    "second": ("seconds", 1),
    "seconds": ("seconds", 1),
    "min": ("seconds", 60),
    "minute": ("seconds", 60),
    "minutes": ("seconds", 60),
    "h": ("seconds", 3600),
    "hour": ("seconds", 3600),
    "hours": ("seconds", 3600),
}


@dataclass(frozen=True, slots=True)
class Budget:
    """A cap on what tasks may cost, use or bring in a period.

    >>> Budget.parse("20 CNY/day")
    Budget('20 CNY/day')
    >>> Budget(Money(Decimal("3"), "USD"), "session") == Budget.parse("$3/session")
    True
    >>> str(Budget.parse("10 minutes/day"))
    '600 seconds/day'
    """

    limit: Money | int
    """The most; tokens and seconds (of clips) are whole numbers."""
    per: Period
    unit: Unit = "money"
    """What is counted. Money is of one currency: other currencies need budgets of their own."""

    def __post_init__(self) -> None:
        if self.per not in get_args(Period):
            raise ConfigurationError(f"per={self.per!r} is no period of a budget; it is one of {get_args(Period)}.")
        if self.unit not in get_args(Unit):
            raise ConfigurationError(f"unit={self.unit!r} is no unit of a budget; it is one of {get_args(Unit)}.")
        if isinstance(self.limit, Money):
            if self.unit != "money":
                raise ConfigurationError(f"A budget of {self.limit!r} counts money, not {self.unit}.")
            if not isinstance(exponent := self.limit.amount.as_tuple().exponent, int) or exponent < -SCALE:
                raise ConfigurationError(f"A budget of money has {SCALE} decimal places at most, not {self.limit!r}.")
            count = self.limit.amount.scaleb(SCALE)
        else:
            if self.unit == "money" or isinstance(self.limit, bool) or not isinstance(self.limit, int):
                raise ConfigurationError(
                    f"limit={self.limit!r} is no limit of {self.unit}: money is Money, tokens and seconds are whole "
                    f"numbers. Text is read by Budget.parse: {FORMS}."
                )
            count = Decimal(self.limit)
        if not 0 <= count <= MOST:
            raise ConfigurationError(f"A budget is not negative and not endless: {self.limit!r}.")

    @classmethod
    def parse(cls, text: str) -> Budget:
        """A budget from words, such as `20 CNY/day`, `¥20 per day` or `2,000,000 tokens/session`.

        `¥` is CNY and `$` is USD; minutes and hours become seconds.

        Raises:
            ConfigurationError: It cannot be read as one; the text says in which forms it can.
        """
        if not isinstance(text, str):
            raise ConfigurationError(f"A budget is a Budget or text, not {type(text).__name__}: {FORMS}.")
        found = _TEXT.fullmatch(text)
        unit = (found["before"] or found["after"] or "") if found else ""
        if found is None or not unit or (found["before"] and found["after"]):
            raise ConfigurationError(f"{text[:80]!r} is not a budget. It looks like {FORMS}.")
        number = found["number"].replace(",", "")
        amount, per = Decimal(number.rstrip("0").rstrip(".") if "." in number else number), found["per"].lower()
        if per not in get_args(Period):
            raise ConfigurationError(f"{text[:80]!r} is for {per!r}, which is no period. It looks like {FORMS}.")
        counted = _COUNTED.get(unit.lower())
        if counted is not None:
            whole = amount * counted[1]
            if whole != whole.to_integral_value():
                raise ConfigurationError(f"{text[:80]!r} is not a whole number of {counted[0]}.")
            return cls(int(whole), per, counted[0])  # type: ignore[arg-type]
        currency = _CURRENCIES.get(unit.upper(), unit.upper())
        if not (len(currency) == 3 and currency.isascii()):
            raise ConfigurationError(f"{text[:80]!r} counts {unit!r}, which is no unit. It looks like {FORMS}.")
        return cls(Money(amount, currency), per)  # type: ignore[arg-type]

    def __str__(self) -> str:
        if isinstance(self.limit, Money):
            return f"{self.limit.amount.normalize():f} {self.limit.currency}/{self.per}"
        return f"{self.limit:,} {self.unit}/{self.per}"

    def __repr__(self) -> str:
        return f"Budget({str(self)!r})"


def budgets(value: str | Budget | Iterable[str | Budget] | None) -> tuple[Budget, ...]:
    """One budget, several, or none, as they are written.

    Raises:
        ConfigurationError: One of them cannot be read.
    """
    if value is None:
        return ()
    if isinstance(value, str | Budget):
        value = (value,)
    if not isinstance(value, Iterable):
        raise ConfigurationError(f"A budget is a Budget or text, not {type(value).__name__}: {FORMS}.")
    return tuple(one if isinstance(one, Budget) else Budget.parse(one) for one in value)
