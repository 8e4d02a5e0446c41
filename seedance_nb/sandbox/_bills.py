"""What the tasks of a sandbox would have cost at their providers; nothing is charged.

A dialect adds a bill where its provider would: when a task succeeds. Tests and demos compare it with
what the client thinks it spent, so it is worked out here and nowhere near the client's prices.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One task, as its provider would bill it."""

    task_id: str
    provider: str
    model: str
    """The provider's model id."""
    tokens: int | None
    """Tokens billed; None where the provider does not count them."""
    seconds: float
    """Seconds of the clip."""
    amount: Decimal | None = None
    """Money; None where the sandbox knows no price."""
    currency: str = ""
    at: float
    """When it was billed, in unix seconds of the sandbox clock."""

    def to_json(self) -> dict[str, Any]:
        """The bill with its time in ISO 8601 and its money as text."""
        at = dt.datetime.fromtimestamp(self.at, dt.UTC).isoformat().replace("+00:00", "Z")
        return asdict(self) | {"amount": None if self.amount is None else f"{self.amount:f}", "at": at}


class Bills:
    """The bills of a sandbox, oldest first."""

    def __init__(self) -> None:
        self._bills: list[Bill] = []

    def add(self, bill: Bill) -> None:
        """Write one more."""
        self._bills.append(bill)

    def of(self, provider: str) -> Iterator[Bill]:
        """Those of one provider."""
        return (bill for bill in tuple(self._bills) if bill.provider == provider)

    def to_json(self) -> list[dict[str, Any]]:
        """All of them, as `GET /sandbox/bills` gives them."""
        return [bill.to_json() for bill in tuple(self._bills)]
