"""What the numbers of a report rest on, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from importlib.metadata import version

from seedance_nb import words
from seedance_nb.words import Word

METHOD = Word(
    "Amounts are exact decimals in the currency they were billed in; they are rounded only to be read. Days and "
    "weeks are UTC, weeks begin on Monday. A failed task is not billed. A cost per kept or preferred clip has all "
    "costs in it, those of other clips too. Quotes are forecasts and in no sum of costs."
)
_ROWS = Word(
    "Of a period there are the tasks that were written down in it and the charges that were made in it: a task from "
    "its last minutes may be charged in the next one. Costs are sums of charges. Clips are named by their path from "
    "the ledger's folder."
)
_DIGITS = Word("An amount of more digits than a cell can hold exactly is written as text.")


def asked_for(where: Mapping[str, object], language: str) -> str:
    """The filters as text."""
    asked = ", ".join(f"{name} {value}" for name, value in where.items() if value is not None)
    return asked or words.say("all tasks", language=language)


def method(
    *, where: Mapping[str, object], currency: str, rates: str, is_sandbox: bool, language: str, now: dt.datetime
) -> list[tuple[str, str]]:
    """What a reader of the numbers needs to know, a line a thing, in a language.

    Args:
        where: The filters that were asked for.
        currency: That sums are seen in.
        rates: Those that were used, in words; empty: none was needed.
        is_sandbox: Whether it is of the sandbox's tasks.
        language: `en`, `zh` or `fr`.
        now: When it is made.
    """

    def say(message: str, **values: object) -> str:
        return words.say(message, language=language, **values)

    lines = [
        (say(Word("Made", "report file")), f"{now:%Y-%m-%d %H:%M} UTC, seedance-nb {version('seedance-nb')}"),
        (say(Word("About", "report file")), asked_for(where, language)),
        (say("Seen in {currency}", currency=currency), rates or "–"),
        (say("Method"), say(METHOD)),
        ("", say(_ROWS)),
        ("", say(_DIGITS)),
    ]
    if is_sandbox:
        lines.insert(
            2,
            (
                say(Word("Sandbox", "report")),
                say("All of this ran on the sandbox: nothing was billed, and the amounts are what it would have cost."),
            ),
        )
    return lines
