"""What a card says about money: quote, cost, how it was counted, and what an end means for the bill."""

from __future__ import annotations

from seedance_nb.money import Quote
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.widgets._words import BILLED_SOMEHOW, BILLED_WHEN_MADE, NOT_BILLED, RUNNING_CANCELLED
from seedance_nb.words import Amount, Language, Said, Sentence, Word, calculation, quoted, say


def money(record: TaskRecord, language: Language) -> dict[str, str]:
    """What is quoted, what is charged and how that was counted, and what it means for the bill; empty where nothing is.

    Args:
        record: The task.
        language: What to say it in.
    """
    quote, cost, bill = record.quote, record.cost, _bill(record)
    shown = {"quote": "", "quote_sum": "", "cost": "", "cost_basis": "", "bill": say(bill, language=language)}
    if quote:
        shown["quote"] = _would_be(quoted(quote), record, language)
        shown["quote_sum"] = calculation(quote.sum, language)
    if cost is not None:
        shown["cost"] = _would_be(Amount(cost), record, language)
        shown["cost_basis"] = _basis(record, language)
    return shown


def _would_be(price: Said, record: TaskRecord, language: Language) -> str:
    return say("would be {price}", language=language, price=price) if record.is_sandbox else price.said(language)


def _basis(record: TaskRecord, language: Language) -> str:
    billed = not record.is_sandbox
    match record.cost_basis:
        case "usage" if record.usage:
            made = calculation(_usage_sum(record.usage.total_tokens, record.quote, record.duration), language)
            if billed:
                return say("billed from usage: {sum}", language=language, sum=made)
            return say("from usage: {sum}", language=language, sum=made)
        case "usage":
            said = Word("billed from usage") if billed else Word("from usage")
        case "reported":
            said = Word("billed as the provider reported") if billed else Word("as the provider reported")
        case _:
            said = (
                Word("billed by the price that was frozen at submit")
                if billed
                else Word("by the price that was frozen at submit")
            )
    return said.said(language)


def _usage_sum(tokens: int, quote: Quote | None, duration: int | None) -> str:
    """In English, as a quote's sum is."""
    if quote is None:
        return f"{tokens:,} tokens"
    if quote.price.unit == "seconds":
        return f"{duration} s × {quote.price}" if duration else str(quote.price)
    return f"{tokens:,} tokens × {quote.price}"


def _bill(record: TaskRecord) -> str:
    if record.is_sandbox:
        return Word("sandbox, nothing is billed")
    match record.status:
        case TaskStatus.CANCELLED if record.failure and record.failure.code == "CancelledRunning":
            return RUNNING_CANCELLED
        case TaskStatus.FAILED | TaskStatus.REJECTED | TaskStatus.EXPIRED | TaskStatus.CANCELLED:
            return NOT_BILLED
        case TaskStatus.UNKNOWN if record.quote:
            most = Amount(record.quote.high)
            return Sentence("It may be billed, at most {price}: if a task was created, it runs.", price=most)
        case TaskStatus.UNKNOWN:
            return Word("It may be billed: if a task was created, it runs.")
        case TaskStatus.LOST if record.cost is None:
            return BILLED_WHEN_MADE
        case TaskStatus.SUCCEEDED | TaskStatus.KEPT if record.cost is None:
            return BILLED_SOMEHOW
        case _:
            return ""
