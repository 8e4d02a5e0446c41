"""Numbers, money, times and sizes as each language writes them. For reading only; nothing calculates with these.

Three languages need two separators; a test holds them against Babel's tables.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from seedance_nb.money import symbol
from seedance_nb.words._language import Language, spoken

if TYPE_CHECKING:
    from seedance_nb.money import Money

HARD = "\u00a0"
"""A space that is not broken at."""
NARROW = "\u202f"
FRENCH = str.maketrans({",": NARROW, ".": ","})
"""From English separators to French ones."""

_SECONDS = {
    "en": ("{} s", "{} min", "{} h", "{} d", " "),
    "zh": ("{} 秒", "{} 分", "{} 小时", "{} 天", " "),
    "fr": (f"{{}}{HARD}s", f"{{}}{HARD}min", f"{{}}{HARD}h", f"{{}}{HARD}j", HARD),
}
_BYTES = {
    "en": ("{} B", "{} kB", "{} MB", "{} GB"),
    "zh": ("{} B", "{} KB", "{} MB", "{} GB"),
    "fr": (f"{{}}{HARD}o", f"{{}}{HARD}ko", f"{{}}{HARD}Mo", f"{{}}{HARD}Go"),
}

Figure = int | float | Decimal | Fraction


def number(value: Figure, language: str | None = None, *, places: int | None = None) -> str:
    """A number, grouped by thousands.

    >>> number(1234567.5, "en"), number(3, "zh"), number(3, "en", places=1)
    ('1,234,567.5', '3', '3.0')

    Args:
        value: Any number.
        language: None for the one that is spoken.
        places: Decimals; None for at most two, without zeros at the end.
    """
    return separated(value, places, spoken(language))


def separated(value: Figure, places: int | None, language: Language) -> str:
    """The same as `number`, for a language that is known to be one."""
    if isinstance(value, int) and places is None:
        text = f"{value:,}"
    elif places is None:
        text = f"{_plain(value):,.2f}".rstrip("0").rstrip(".")
    else:
        text = f"{_plain(value):,.{places}f}"
    return text.translate(FRENCH) if language == "fr" else text


def _plain(value: Figure) -> float | Decimal:
    return value if isinstance(value, Decimal) else float(value)


def money(amount: Money, language: str | None = None, *, places: int = 2) -> str:
    """An amount rounded half up: ¥ is always the yuan here, and $ the dollar of the United States.

    >>> from decimal import Decimal
    >>> from seedance_nb.money import Money
    >>> money(Money(Decimal("1234.5678"), "CNY"), "en")
    '¥1,234.57'
    """
    spoken_here = spoken(language)
    rounded = amount.amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    shown, sign = separated(abs(rounded), places, spoken_here), "-" if rounded < 0 else ""
    if spoken_here == "fr":
        return f"{sign}{shown}{HARD}{symbol(amount.currency).strip()}"
    return f"{sign}{symbol(amount.currency)}{shown}"


def seconds(value: Figure, language: str | None = None, *, places: int | None = None) -> str:
    """A time span as people say it.

    >>> seconds(41.6, "en"), seconds(72, "en"), seconds(3840, "zh"), seconds(90_000, "en"), seconds(4, "en", places=1)
    ('41 s', '1 min 12 s', '1 小时 4 分', '1 d 1 h', '4.0 s')

    Args:
        value: Seconds; less than none counts as none.
        language: None for the one that is spoken.
        places: Decimals of the seconds, as for the length of a clip; None for whole seconds, minutes, hours and days.
    """
    spoken_here = spoken(language)
    second, minute, hour, day, space = _SECONDS[spoken_here]
    if places is not None:
        return second.format(separated(max(value, 0), places, spoken_here))
    whole = max(0, int(value))
    if whole < 60:
        return second.format(whole)
    if whole < 3600:
        return minute.format(whole // 60) + space + second.format(whole % 60)
    if whole < 86_400:
        return hour.format(whole // 3600) + space + minute.format(whole % 3600 // 60)
    return day.format(separated(whole // 86_400, None, spoken_here)) + space + hour.format(whole % 86_400 // 3600)


def spans(language: str | None = None) -> list[str]:
    """What `seconds` fills in, for one who counts elsewhere: seconds, minutes, hours, days, and what is between two.

    Args:
        language: None for the one that is spoken.
    """
    return list(_SECONDS[spoken(language)])


def byte_count(count: int, language: str | None = None) -> str:
    """A file size as people say it, in powers of a thousand.

    >>> byte_count(812, "en"), byte_count(30_412, "en"), byte_count(4_230_000, "en")
    ('812 B', '30 kB', '4.2 MB')
    """
    spoken_here = spoken(language)
    power = 0 if count < 1000 else 1 if count < 10**6 else 2 if count < 10**9 else 3
    return _BYTES[spoken_here][power].format(separated(count / 1000**power, 1 if power > 1 else 0, spoken_here))
