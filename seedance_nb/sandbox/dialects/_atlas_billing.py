"""Atlas Cloud's public API: balance, and what models used and cost by day, from the sandbox's own bills.

Source: Atlas Cloud, billing public API (atlascloud.ai/docs/en/public-api and its reference pages), and
grouped results as seen by a user in August 2026; read 2026-11-21. Of the groupings only none and `model`
are here, and all rows come on one page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from seedance_nb.sandbox._bills import Bill
from seedance_nb.sandbox.dialects._atlas_errors import AtlasError, invalid

CREDIT = Decimal(1000)
"""What a sandbox account starts with, in US dollars. It may go below zero: nothing is refused for it."""
LONGEST_RANGE = 180

Query = Sequence[tuple[str, str]]


def balance(bills: Sequence[Bill]) -> dict[str, Any]:
    """The answer to `GET /balance`."""
    left = CREDIT - _sum(bills)
    none = _money(Decimal(0))
    return {
        "object": "balance",
        "scope": "account",
        "account": {"id": "acc_sandbox", "name": "Sandbox", "type": "personal"},
        "available": _money(left),
        "cash": _money(left),
        "bonus": none,
        "subscription_bonus": none,
        "frozen": none,
        "credit_grant": {
            "status": "inactive",
            "granted": none,
            "used": none,
            "remaining_overdraft": none,
            "overdrawn": none,
        },
    }


def model_costs(bills: Sequence[Bill], query: Query, now: float) -> dict[str, Any]:
    """The answer to `GET /model-costs`.

    Raises:
        AtlasError: 400, about the query.
    """
    return _listed(bills, query, now, "model_cost", lambda rows: {"amount": _money(_sum(rows))})


def model_usage(bills: Sequence[Bill], query: Query, now: float) -> dict[str, Any]:
    """The answer to `GET /model-usage`.

    Raises:
        AtlasError: 400, about the query.
    """

    def usage(rows: Sequence[Bill]) -> dict[str, Any]:
        tokens = {"input": 0, "output": sum(bill.tokens or 0 for bill in rows)}
        return {"usage": {"requests": len(rows), "tokens": tokens}}

    return _listed(bills, query, now, "usage", usage)


def _listed(bills: Sequence[Bill], query: Query, now: float, name: str, result: Any) -> dict[str, Any]:
    values = dict(query)
    start, end = _date(values, "start_date"), _date(values, "end_date")
    if not 0 < (end - start).days <= LONGEST_RANGE:
        raise invalid("end_date", f"1 to {LONGEST_RANGE} days after start_date are expected")
    scope = values.get("scope", "self")
    if scope not in ("self", "account"):
        raise invalid("scope", "one of self, account is expected")
    groups = [value for key, value in query if key == "group_by[]"]
    if groups not in ([], ["model"]):
        raise invalid("group_by[]", "the sandbox groups by model only")
    wanted = {value for key, value in query if key == "model_ids[]"}
    buckets = []
    for offset in range((end - start).days):
        day = start + dt.timedelta(days=offset)
        rows = [bill for bill in bills if _day(bill.at) == day and (not wanted or bill.model in wanted)]
        buckets.append(_bucket(name, day, now) | {"results": _results(name, rows, bool(groups), result)})
    return {"object": "list", "scope": scope, "data": buckets, "has_more": False, "next_page": None}


def _bucket(name: str, day: dt.date, now: float) -> dict[str, Any]:
    start = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    end = start + dt.timedelta(days=1)
    covered = min(end, max(start, dt.datetime.fromtimestamp(int(now), dt.UTC)))
    return {
        "object": f"{name}.bucket",
        "date": day.isoformat(),
        "start_at": _stamp(start),
        "end_at": _stamp(end),
        "covered_until": _stamp(covered),
        "partial": covered < end,
    }


def _results(name: str, rows: list[Bill], grouped: bool, result: Any) -> list[dict[str, Any]]:
    if not rows:
        return []
    head = {"object": f"{name}.result"}
    if not grouped:
        return [head | result(rows)]
    return [
        head | {"model_type": "video", "model": {"name": model}} | result([b for b in rows if b.model == model])
        for model in sorted({bill.model for bill in rows})
    ]


def _date(values: dict[str, str], name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(values[name])
    except KeyError:
        raise AtlasError(400, f"Missing required parameter: {name}.", param=name) from None
    except ValueError:
        raise invalid(name, "a date as YYYY-MM-DD is expected") from None


def _sum(bills: Sequence[Bill]) -> Decimal:
    return sum((bill.amount for bill in bills if bill.amount is not None), Decimal(0))


def _money(amount: Decimal) -> dict[str, str]:
    return {"value": f"{amount:.6f}", "currency": "usd"}


def _day(at: float) -> dt.date:
    return dt.datetime.fromtimestamp(at, dt.UTC).date()


def _stamp(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
