"""A report's page in a few sentences and large figures: what the most of it was, what changed, what is to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from html import escape
from typing import Any

from seedance_nb.ledger import moment
from seedance_nb.reports._converted import viewed
from seedance_nb.reports._frame import is_missing
from seedance_nb.reports._report_costs import Told
from seedance_nb.reports._report_table import records
from seedance_nb.words import Word

DAYS = 30
"""So many days are looked ahead."""


def story(told: Told, now: dt.datetime) -> str:
    """Sentences below the summary; empty where there is nothing more to say."""
    said = [*_most(told), *_change(told, now), *_in_vain(told), *_ahead_in_words(told, now)]
    return f'<p class="story">{escape(told.voice.together(said))}</p>' if said else ""


def figures(told: Told, now: dt.datetime) -> str:
    """Large figures, each with what it is and what stands behind it."""
    shown = "".join(
        f"<div><dt>{escape(name)}</dt><dd><strong>{escape(value)}</strong>"
        f"{f'<span>{escape(more)}</span>' if more else ''}</dd></div>"
        for name, value, more in _figures(told, now)
    )
    return f'<dl class="figures">{shown}</dl>' if shown else ""


def _figures(told: Told, now: dt.datetime) -> Iterator[tuple[str, str, str]]:
    voice = told.voice
    billed = [row for row in told.total if row["line"] == "billed"]
    own = " + ".join(voice.money(row["cost"], str(row["currency"])) for row in told.total if row["cost"] is not None)
    if len(billed) == 1 and len(told.total) == 2:
        yield (
            voice.say(Word("Spent", "report")),
            own,
            voice.say(Word("{tokens} tokens", "report"), tokens=voice.number(billed[0]["tokens"])),
        )
    elif billed:
        together = next(row for row in told.total if row["line"] == "together")
        yield voice.say(Word("Spent", "report")), voice.money(together["seen"], told.currency), own
    tasks, made, failed = _ends(told)
    if tasks:
        tried = made + failed
        yield (
            voice.say(Word("Clips made", "report")),
            voice.number(made),
            voice.say("{share} of {tasks} that ended", share=voice.percent(made, tried), tasks=voice.number(tried))
            if tried
            else "",
        )
    worth = records(told.view.unit_costs((), told.where))
    if len(worth) == 1 and worth[0]["cost_a_kept_clip"] is not None:
        row, currency = worth[0], str(worth[0]["currency"])
        second = row["cost_a_second"]
        yield (
            voice.say(Word("A kept clip", "report")),
            voice.money(row["cost_a_kept_clip"], currency),
            voice.say("{amount} a second", amount=voice.money(second, currency)) if second is not None else "",
        )
    whole = records(told.view.outcomes((), told.where))
    if whole and not is_missing(whole[0]["seconds_to_clip"]):
        yield (
            voice.say(Word("To the clip", "report")),
            voice.seconds(float(whole[0]["seconds_to_clip"])),
            voice.say(Word("median", "report")),
        )
    for row in _ahead(told, now)[:1]:
        currency = str(row["currency"])
        between = ""
        if row["low"] is not None:
            between = voice.say(
                "{low} to {high}", low=voice.money(row["low"], currency), high=voice.money(row["high"], currency)
            )
        name = voice.say("The coming {days} days", days=voice.number(DAYS))
        yield name, voice.money(row["expected"], currency), between


def _ends(told: Told) -> tuple[int, int, int]:
    tasks, made = (sum(row[name] for row in told.outcomes) for name in ("tasks", "made"))
    return tasks, made, sum(row["failed"] + row["expired"] + row["rejected"] for row in told.outcomes)


def _most(told: Told) -> Iterator[str]:
    """What the largest part was spent on."""
    voice = told.voice
    seen = viewed([str(row["currency"]) for row in told.worth], told.currency, told.fx)
    parts: dict[tuple[str, str], Decimal] = {}
    for row in told.worth:
        cost = seen.of(row["cost"], str(row["currency"]))
        if cost is not None:
            which = str(row["provider"]), str(row["model"])
            parts[which] = parts.get(which, Decimal(0)) + cost
    whole = sum(parts.values(), Decimal(0))
    if len(parts) > 1 and whole:
        provider, model = max(parts, key=lambda which: (parts[which], which))
        amount = parts[provider, model]
        yield voice.say(
            "The largest part, {share}, went into {model} at {provider}: {amount}.",
            share=voice.percent(amount, whole),
            model=model,
            provider=provider,
            amount=voice.money(amount, told.currency),
        )


def _change(told: Told, now: dt.datetime) -> Iterator[str]:
    """Against as many days before, where the report has a beginning."""
    voice = told.voice
    since = _at("since", told.where)
    if since is None:
        return
    until = min(_at("until", told.where) or now, now)
    if until <= since:
        return
    long = until - since
    before = {**told.where, "since": since - long, "until": since}
    (then,) = (row for row in records(told.view.total(told.currency, before, fx=told.fx)) if row["line"] == "together")
    (here,) = (row for row in told.total if row["line"] == "together")
    days = voice.plural("In the day before", "In the {count} days before", max(1, round(long / dt.timedelta(days=1))))
    if not then["tasks"]:
        yield voice.say("{days} nothing was charged.", days=days)
        return
    amount = voice.money(then["seen"], told.currency)
    if here["seen"] == then["seen"]:
        yield voice.say("{days} it was as much.", days=days)
    elif here["seen"] > then["seen"]:
        more = voice.percent(here["seen"] - then["seen"], then["seen"])
        yield voice.say("{days} it was {amount}: now it is {share} more.", days=days, amount=amount, share=more)
    else:
        less = voice.percent(then["seen"] - here["seen"], then["seen"])
        yield voice.say("{days} it was {amount}: now it is {share} less.", days=days, amount=amount, share=less)


def _at(name: str, where: Mapping[str, object]) -> dt.datetime | None:
    text = moment(name, where.get(name))
    return None if text is None else dt.datetime.fromisoformat(text)


def _in_vain(told: Told) -> Iterator[str]:
    """What failures cost: time, and where a clip was lost, money."""
    voice = told.voice
    seconds = sum(float(row["seconds_lost"]) for row in told.outcomes if not is_missing(row["seconds_lost"]))
    lost = sum(row["lost"] for row in told.outcomes)
    if seconds:
        yield voice.say("{time} were waited in vain.", time=voice.seconds(seconds))
    if lost:
        yield voice.plural("{count} clip was paid for and lost.", "{count} clips were paid for and lost.", lost)


def _ahead(told: Told, now: dt.datetime) -> list[dict[str, Any]]:
    """The forecast, where the report reaches until now and enough is known."""
    until = _at("until", told.where)
    if until is not None and until <= now:
        return []
    where = {name: value for name, value in told.where.items() if name not in {"since", "until"}}
    rows = records(told.view.forecast(days=DAYS, where=where, now=now))
    rows = [row for row in rows if row["expected"]]
    return sorted(rows, key=lambda row: row["currency"] != told.currency)


def _ahead_in_words(told: Told, now: dt.datetime) -> Iterator[str]:
    voice = told.voice
    rows = _ahead(told, now)
    if rows:
        amounts = " + ".join(voice.money(row["expected"], str(row["currency"])) for row in rows)
        yield voice.say(
            "If it goes on as in the last weeks, the coming {days} days cost {amounts}.",
            days=voice.number(DAYS),
            amounts=amounts,
        )
