"""The calculation of one clip: tokens or seconds, money, and the line that a reader can redo."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from seedance_nb.money import Money, Price
from seedance_nb.prices._rows import Formula
from seedance_nb.prices._tokens import FPS, PER_TOKEN, minimum_seconds, minimum_tokens, plain_tokens, tokens


@dataclass(frozen=True, slots=True)
class Sum:
    """The calculation for one size and length at one price."""

    price: Price
    formula: Formula
    width: int
    height: int
    out: int
    into: Fraction | None
    """Seconds of the reference clips; None without any."""

    def tokens(self) -> int:
        """Tokens that are billed; 0 where the price is by the second."""
        return max(self._counted(), self._least()) if self.price.unit == "tokens" else 0

    def cost(self) -> Money:
        """What is billed."""
        return self.price.cost(self.out if self.price.unit == "seconds" else self.tokens())

    def text(self) -> str:
        """The whole calculation on a line."""
        if self.price.unit == "seconds":
            return f"{self.out} s × {self.price} = {self.cost()}"
        counted, least = self._counted(), self._least()
        pixels = f"{self.width}×{self.height}"
        length = f"{self.out}" if self.into is None else f"({count(self.into)}+{self.out})"
        frames = f"({FPS}×{length}+1)" if self.formula == "frames_plus_one" else f"{FPS}×{length}"
        line = f"{pixels} × {frames} / {PER_TOKEN} = {counted:,} tokens"
        if least > counted:
            line += (
                f", less than the minimum with a reference clip, ⌈5×{self.out}/3⌉ = {minimum_seconds(self.out)} s: "
                f"{pixels} × {FPS}×{minimum_seconds(self.out)} / {PER_TOKEN} = {least:,} tokens"
            )
        return f"{line} × {self.price} = {self.cost()}"

    def _counted(self) -> int:
        """Tokens by the formula."""
        counting = tokens if self.formula == "frames_plus_one" else plain_tokens
        return counting(self.width, self.height, self.out, 0 if self.into is None else self.into)

    def _least(self) -> int:
        """Tokens that are billed at least."""
        if self.into is None or self.formula != "frames_plus_one":
            return 0
        return minimum_tokens(self.width, self.height, self.out)


def count(value: Fraction) -> str:
    """Seconds such that the sum can be done again: as a decimal where that is exact, else as a fraction."""
    thousandths = value * 1000
    if thousandths.denominator == 1:
        return f"{float(value):.3f}".rstrip("0").rstrip(".")
    return f"{value.numerator}/{value.denominator}"
