"""What the columns of a report's tables are called in a workbook."""

from __future__ import annotations

from seedance_nb.words import Said, Sentence, Word, say

HEADS: dict[str, Word] = {
    # how things are told apart
    "local_id": Word("Our id", "report"),
    "task_id": Word("Task", "report"),
    "provider": Word("Provider", "report"),
    "model": Word("Model", "report"),
    "model_id": Word("Model's id", "report"),
    "mode": Word("Mode", "report"),
    "status": Word("Status", "report"),
    "is_sandbox": Word("Sandbox", "report"),
    "project": Word("Project", "report"),
    "run": Word("Run", "report"),
    "notebook": Word("Notebook", "report"),
    "batch": Word("Batch", "report"),
    "tags": Word("Tags", "report"),
    "rating": Word("Rating", "report"),
    "note": Word("Note", "report"),
    "prompt": Word("Prompt", "report"),
    "family": Word("Prompt family", "report"),
    "resolution": Word("Resolution", "report"),
    "ratio": Word("Ratio", "report"),
    "duration": Word("Seconds", "report"),
    "seed": Word("Seed", "report"),
    "owner": Word("Owner", "report"),
    "account": Word("Account", "report"),
    "day": Word("Day", "report"),
    "week": Word("Week", "report"),
    "month": Word("Month", "report"),
    "period": Word("From (UTC)", "report"),
    # amounts
    "line": Word("Line", "report"),
    "currency": Word("Currency", "report"),
    "tasks": Word("Tasks", "report"),
    "tokens": Word("Tokens", "report"),
    "cost": Word("Cost", "report"),
    "rate": Word("Rate", "report"),
    "cost_basis": Word("On whose word", "report"),
    "basis": Word("On whose word", "report"),
    "price_id": Word("Price row", "report"),
    "quote_tokens": Word("Tokens quoted", "report"),
    "quote_low": Word("Quoted, at least", "report"),
    "quote_high": Word("Quoted, at most", "report"),
    "quote_currency": Word("Currency of the quote", "report"),
    # what came of it
    "clip": Word("Clip", "report"),
    "failure_code": Word("Code of the failure", "report"),
    "failure_message": Word("Reason", "report"),
    "created_at": Word("Written down (UTC)", "report"),
    "submitted_at": Word("Sent (UTC)", "report"),
    "finished_at": Word("Ended (UTC)", "report"),
    "charged_at": Word("Charged (UTC)", "report"),
    "updated_at": Word("Changed (UTC)", "report"),
    "seconds": Word("Seconds", "report"),
    "cost_a_second": Word("A second", "report"),
    "cost_a_kept_clip": Word("A kept clip", "report"),
    "cost_a_preferred_clip": Word("A preferred clip", "report"),
    "cost_of_judged": Word("Cost of what was judged", "report"),
    "judged": Word("Judged", "report"),
    "preferred": Word("Preferred", "report"),
    "made": Word("Made", "report"),
    "kept": Word("Kept", "report"),
    "lost": Word("Lost", "report"),
    "failed": Word("Failed", "report"),
    "expired": Word("Expired", "report"),
    "rejected": Word("Refused", "report"),
    "cancelled": Word("Cancelled", "report"),
    "unknown": Word("No answer", "report"),
    "open": Word("Open", "report"),
    "success_percent": Word("Success, %", "report"),
    "seconds_to_clip": Word("Seconds to the clip", "report"),
    "seconds_lost": Word("Seconds waited in vain", "report"),
    # quoted against billed
    "without_quote": Word("Without a quote", "report"),
    "by_quote": Word("Charged by the quote", "report"),
    "other_currency": Word("Quoted in another currency", "report"),
    "compared": Word("Compared", "report"),
    "within": Word("As quoted", "report"),
    "above": Word("Above the quote", "report"),
    "below": Word("Below the quote", "report"),
    "quoted_low": Word("Quoted, at least", "report"),
    "quoted_high": Word("Quoted, at most", "report"),
    "billed": Word("Billed", "report"),
    "over": Word("Above, in all", "report"),
    "under": Word("Below, in all", "report"),
    "drift_percent": Word("Drift, %", "report"),
    "tokens_quoted": Word("Tokens quoted", "report"),
    "tokens_billed": Word("Tokens billed", "report"),
    # price rows
    "amount": Word("Price", "report"),
    "per": Word("For so many", "report"),
    "unit": Word("Unit", "report"),
    "start_date": Word("From", "report"),
    "source": Word("Source", "report"),
    # a bill against the ledger
    "kind": Word("Finding", "column"),
    "at": Word("Time (UTC)", "report"),
    "billed_currency": Word("Currency of the bill", "report"),
    "booked": Word("In the ledger", "column"),
    "booked_currency": Word("Currency in the ledger", "report"),
    "difference": Word("Difference", "report"),
    "booked_tokens": Word("Tokens in the ledger", "report"),
    "billed_tokens": Word("Tokens billed", "report"),
    "matched_by": Word("Matched by", "report"),
    "may_be": Word("May be for", "report"),
    "what": Word("In a sentence", "report"),
    "rounding": Word("Roundings", "report"),
}
TITLES: dict[tuple[str, ...], Word] = {
    ("provider", "model"): Word("By provider and model"),
    ("provider",): Word("By provider"),
    ("model",): Word("By model"),
    ("mode",): Word("By mode"),
    ("resolution",): Word("By resolution"),
    ("project",): Word("By project"),
    ("family",): Word("By prompt family"),
    ("price_id",): Word("By price row"),
    ("day",): Word("By day"),
    ("week",): Word("By week"),
    ("month",): Word("By month"),
}


OVER: dict[str, Word] = {
    "day": Word("day by day"),
    "week": Word("week by week"),
    "month": Word("month by month"),
}


def title_of(names: tuple[str, ...], over: str | None = None) -> Said:
    """What a table of costs by some names is called, and over stretches of time."""
    if over is not None and names:
        return Sentence("{some}, {more}", some=title_of(names), more=OVER[over])
    if over is not None:
        return TITLES[(over,)]
    if names in TITLES:
        return TITLES[names]
    first, *rest = (HEADS.get(name, name) for name in names)
    listed: str = first
    for name in rest:
        listed = Sentence("{some}, {more}", some=listed, more=name)
    return Sentence("By {names}", names=listed)


def head_of(name: str, view: str, language: str) -> str:
    """What a column is called; one that has no name here, such as a tag, goes by its own."""
    if name in {"seen", f"cost_{view}"}:
        return say("Seen in {currency}", language=language, currency=view)
    return say(HEADS[name], language=language) if name in HEADS else name
