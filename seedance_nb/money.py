"""Money, prices, usage and quotes as values.

An amount is a `Decimal` together with its currency and never a float. Tokens are integers.
Which price applies to what is decided in `seedance_nb.prices`, not here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import total_ordering
from typing import Literal

from seedance_nb.errors import CurrencyMismatchError
from seedance_nb.markup import no_formulas

SCALE = 8
"""The ledger keeps amounts as whole numbers of 10⁻⁸ of the currency."""

_SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€"}


def symbol(currency: str) -> str:
    """What stands before an amount: `¥`, `$`, or the code and a space."""
    return _SYMBOLS.get(currency, f"{currency} ")


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency.

    >>> Money(Decimal("5.0094"), "CNY") + Money(Decimal("1"), "CNY")
    Money('6.0094', 'CNY')
    >>> str(Money(Decimal("5.0094"), "CNY"))
    '¥5.01'
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(
                f"An amount of money is a Decimal, not {type(self.amount).__name__}: "
                f'write Money(Decimal("5.01"), {self.currency!r}).'
            )
        if not self.amount.is_finite():
            raise ValueError(f"An amount of money is a finite number, not {self.amount}.")
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise ValueError(f"A currency is an ISO 4217 code such as 'CNY', not {self.currency!r}.")

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in one currency."""
        return cls(Decimal(0), currency)

    @classmethod
    def from_e8(cls, count: int, currency: str) -> Money:
        """The amount that the ledger stores as `count` × 10⁻⁸, with two places at least and none that are idle."""
        amount = Decimal(count).scaleb(-SCALE).normalize()
        exponent = amount.as_tuple().exponent
        return cls(amount if isinstance(exponent, int) and exponent < -2 else round(amount, 2), currency)

    def to_e8(self) -> int:
        """This amount as a whole number of 10⁻⁸, rounded half up."""
        return int(self.amount.scaleb(SCALE).to_integral_value(ROUND_HALF_UP))

    def _same(self, other: object) -> Money:
        if not isinstance(other, Money):
            raise TypeError(f"Money goes with Money, not with {type(other).__name__}.")
        if other.currency != self.currency:
            raise CurrencyMismatchError(
                f"{self} and {other} are different currencies and have no sum. "
                "Add them apart, or convert one of them at a rate you name."
            )
        return other

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other).amount, self.currency)

    def __mul__(self, factor: int | Decimal) -> Money:
        if isinstance(factor, bool) or not isinstance(factor, int | Decimal):
            raise TypeError(f"Money is multiplied by an int or a Decimal, not {type(factor).__name__}.")
        return Money(self.amount * factor, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other).amount

    def __bool__(self) -> bool:
        return bool(self.amount)

    def rounded(self, places: int = 2) -> Decimal:
        """The amount rounded half up, for reading."""
        return self.amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)

    def __str__(self) -> str:
        shown = self.rounded()
        sign = "-" if shown < 0 else ""
        return f"{sign}{symbol(self.currency)}{abs(shown):,}"

    def __repr__(self) -> str:
        return f"Money({str(self.amount)!r}, {self.currency!r})"


@dataclass(frozen=True, slots=True)
class Fx:
    """A rate between two currencies on a day: one unit of `base` is `rate` units of `quote`.

    For looking at amounts beside each other. Nothing that is summed or billed is converted.

    >>> rate = Fx(Decimal("7.1"), "USD", "CNY", dt.date(2026, 11, 20), "my bank")
    >>> rate.convert(Money(Decimal("2"), "USD"), "CNY")
    Money('14.2', 'CNY')
    >>> print(rate)
    1 USD = 7.1 CNY on 2026-11-20 (my bank)
    """

    rate: Decimal
    base: str
    quote: str
    date: dt.date
    source: str
    """Who says so."""

    def __post_init__(self) -> None:
        if not isinstance(self.rate, Decimal):
            raise TypeError(f"A rate is a Decimal, not {type(self.rate).__name__}: write Decimal({str(self.rate)!r}).")
        if not self.rate.is_finite() or self.rate <= 0:
            raise ValueError(f"A rate is a positive number, not {self.rate}.")
        for currency in (self.base, self.quote):
            Money(self.rate, currency)

    def between(self, one: str, other: str) -> bool:
        """Whether this is a rate between two currencies, in either direction."""
        return {one, other} == {self.base, self.quote}

    def convert(self, money: Money, to: str) -> Money:
        """An amount in the other currency, to 10⁻⁸ rounded half up.

        Raises:
            CurrencyMismatchError: This is a rate between other currencies.
        """
        if not self.between(money.currency, to):
            raise CurrencyMismatchError(f"A rate of {self.base} to {self.quote} does not make {to} of {money!r}.")
        amount = money.amount * self.rate if to == self.quote else money.amount / self.rate
        if amount.as_tuple().exponent < -SCALE:  # type: ignore[operator]  # a finite amount has a number here
            amount = amount.quantize(Decimal(1).scaleb(-SCALE), ROUND_HALF_UP)
        return Money(amount, to)

    def __str__(self) -> str:
        rate = format(self.rate.normalize(), "f")
        return f"1 {self.base} = {rate} {self.quote} on {self.date.isoformat()} ({self.source})"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a provider says a task consumed."""

    completion_tokens: int
    """Tokens of the clip, the count that is billed."""
    total_tokens: int
    """On Ark always equal to `completion_tokens`. Source: Ark, "Query a video task", read 2026-11-20."""
    web_search: int | None = None
    """Calls of the web search tool, where it was allowed."""


@dataclass(frozen=True, slots=True)
class Price:
    """One dated row of a price book: so much money per so many tokens or seconds."""

    id: str
    """Never reused, for example `ark/seedance-2.0/no-video/2026-04`."""
    amount: Decimal
    currency: str
    per: int
    """How many units `amount` buys, for example 1,000,000."""
    unit: Literal["tokens", "seconds"]
    start_date: dt.date
    """First day, in the provider's own time zone, on which a created task costs this."""
    source: str
    """Address or title of the page that says so."""
    checked: dt.date
    """The day on which somebody last read that page."""

    def cost(self, units: int | Decimal) -> Money:
        """What `units` tokens (or seconds) cost, exact."""
        return Money(self.amount * units / self.per, self.currency)

    def __str__(self) -> str:
        per = {1_000_000: "1M", 1_000: "1k"}.get(self.per, f"{self.per:,}")
        if self.unit == "seconds":
            per = "s" if self.per == 1 else f"{self.per} s"
        amount = format(self.amount.normalize(), "f")
        return f"{symbol(self.currency)}{amount}/{per}"


@dataclass(frozen=True, slots=True)
class Quote:
    """What a request will cost, before there is a usage; never added to costs.

    Only a task that succeeds is billed. Where something is left to the model
    (`duration=-1`, `ratio="adaptive"`) or cannot be known here (the length of a
    clip behind a URL), the quote is a range from `low` to `high`.
    """

    provider: str
    model: str
    """The neutral name, or the provider's id where there is none."""
    model_id: str
    tokens_low: int
    """0 where the price is by the second, as is `tokens_high`."""
    tokens_high: int
    low: Money
    high: Money
    price: Price
    """The row of the price book that was used; frozen into the task at submit."""
    basis: str
    """Why this is exact, or what the range is left open by, in words."""
    sum: str
    """The whole calculation on a line."""
    caveat: str = field(default="", compare=False)
    """What makes its price less certain than others, also said in `basis`; not kept in the ledger."""

    @property
    def tokens(self) -> int:
        """The most tokens that this request can use."""
        return self.tokens_high

    @property
    def amount(self) -> Money:
        """The most that this request can cost."""
        return self.high

    @property
    def is_exact(self) -> bool:
        """Whether low and high are the same."""
        return self.tokens_low == self.tokens_high and self.low == self.high

    def __str__(self) -> str:
        if self.is_exact:
            return f"{self.high}"
        return f"{self.low} to {self.high}"

    def __repr__(self) -> str:
        tokens = f", {self.tokens_high:,} tokens" if self.price.unit == "tokens" else ""
        return f"Quote({self.provider}, {self.model}, {self}{tokens})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from html import escape

        text = f"{self}\n{self.sum}\n{self.basis}"
        html = (
            '<div style="font-family:var(--jp-ui-font-family,system-ui,sans-serif);line-height:1.5">'
            f"<strong>{escape(str(self))}</strong> at {escape(self.provider)}, {escape(self.model)}<br>"
            f"<code>{escape(self.sum)}</code><br>"
            f"<small>{escape(self.basis)} Price row {escape(self.price.id)}, "
            f"checked {self.price.checked.isoformat()}.</small></div>"
        )
        return {"text/plain": text, "text/html": no_formulas(html)}
