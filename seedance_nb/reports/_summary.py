"""A report in a few sentences."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from seedance_nb import words
from seedance_nb.money import Money


def sentences(
    language: str, total: Sequence[dict[str, Any]], outcomes: Sequence[dict[str, Any]], currency: str
) -> list[str]:
    """What stands above the tables.

    Args:
        language: `en`, `zh` or `fr`.
        total: The rows of `ledger.total`.
        outcomes: The rows of `ledger.outcomes`, by anything.
        currency: That of the view.
    """

    def say(message: str, **values: object) -> str:
        return words.say(message, language=language, **values)

    def money(amount: Decimal, currency: str) -> str:
        return words.money(Money(amount, currency), language)

    tasks, made, unknown = (sum(row[name] for row in outcomes) for name in ("tasks", "made", "unknown"))
    failed = sum(row["failed"] + row["expired"] + row["rejected"] for row in outcomes)
    said = [
        say(
            "{tasks} tasks, of which {made} made a clip and {failed} did not.",
            tasks=words.number(tasks, language),
            made=words.number(made, language),
            failed=words.number(failed, language),
        )
    ]
    billed = [row for row in total if row["line"] == "billed"]
    if billed:
        amounts = " + ".join(money(row["cost"], str(row["currency"])) for row in billed)
        said.append(say("They cost {amounts}.", amounts=amounts))
    together = next(row for row in total if row["line"] == "together")
    if len(billed) > 1 or any(row["currency"] != currency for row in billed):
        said.append(say("Seen in {currency}: {amount}.", currency=currency, amount=money(together["seen"], currency)))
    for row in total:
        if row["line"] == "not converted":
            amount = money(row["cost"], str(row["currency"]))
            said.append(say("{amount} more has no known rate and is in no sum.", amount=amount))
    if unknown:
        said.append(
            say(
                "{count} had no answer to their create; they may have been billed.",
                count=words.number(unknown, language),
            )
        )
    return said
