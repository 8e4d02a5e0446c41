"""Atlas Cloud's billing API: what was billed, by day and model.

Source: Atlas Cloud, "Billing Public API" and "List model costs" (atlascloud.ai/docs/en/public-api), read 2026-11-26;
what a result that is grouped by model has in it, as clients of August 2026 read it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from seedance_nb.errors import ConfigurationError, ResponseFormatError
from seedance_nb.money import Money
from seedance_nb.providers._fields import amount, text
from seedance_nb.providers.protocol import BilledDay

API, PUBLIC = "/api/v1", "/public/v1"
LONGEST = 180
"""Days that one question may be about."""
ROWS = 1000
"""Of a page, at most."""
MOST_PAGES = 1000

_NOTHING = "Nothing was compared."


@dataclass(frozen=True, slots=True)
class CostPage:
    """One answer to `GET /model-costs`."""

    days: tuple[BilledDay, ...]
    partial: frozenset[dt.date]
    next_page: str | None


def billing_url(base_url: str) -> str:
    """Where the billing API is: beside the one that makes clips.

    Raises:
        ConfigurationError: The address is not one of Atlas Cloud's shape.
    """
    parts = urlsplit(base_url)
    if not parts.path.rstrip("/").endswith(API):
        raise ConfigurationError(
            f"Atlas Cloud tells costs at {PUBLIC} beside {API}, and this address does not end in {API}. {_NOTHING}"
        )
    return urlunsplit(parts._replace(path=parts.path.rstrip("/").removesuffix(API) + PUBLIC))


def stretches(since: dt.date, until: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """The days from one to another, the latter not included, in pieces that one question may be about."""
    while since < until:
        end = min(until, since + dt.timedelta(days=LONGEST))
        yield since, end
        since = end


def decode_costs(payload: object) -> CostPage:
    """What a page of costs says. A line that cannot be read is an error and no zero.

    Raises:
        ResponseFormatError: It is no such page, or an amount of it cannot be read.
    """
    data = payload.get("data") if isinstance(payload, Mapping) else None
    if not isinstance(payload, Mapping) or not isinstance(data, list):
        raise _unreadable("something that is not its list of costs")
    days, partial = [], set()
    for bucket in data:
        results = bucket.get("results") if isinstance(bucket, Mapping) else None
        day = _day(bucket.get("date")) if isinstance(bucket, Mapping) else None
        if day is None or not isinstance(results, list):
            raise _unreadable("a day of costs that cannot be read")
        if bucket.get("partial"):
            partial.add(day)
        days += [_billed(day, result) for result in results]
    more = text(payload.get("next_page")) if payload.get("has_more") else None
    return CostPage(tuple(days), frozenset(partial), more)


def _billed(day: dt.date, result: object) -> BilledDay:
    known = result if isinstance(result, Mapping) else {}
    model, money = known.get("model"), known.get("amount")
    read = amount(money.get("value")) if isinstance(money, Mapping) else None
    currency = text(money.get("currency")) if isinstance(money, Mapping) else None
    named = (
        next((found for name in ("name", "id") if (found := text(model.get(name)))), "")
        if isinstance(model, Mapping)
        else ""
    )
    try:
        if read is None or currency is None:
            raise ValueError(day)
        return BilledDay(day, named[:200], Money(read, currency.upper()))
    except ValueError:
        raise _unreadable(f"an amount for {day} that cannot be read") from None


def _day(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _unreadable(what: str) -> ResponseFormatError:
    return ResponseFormatError(f"Atlas Cloud answered with {what}. {_NOTHING}", provider="atlas")
