"""What the clips of a sweep can be sorted by beyond cost and time: what was measured in them, and the votes on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from seedance_nb import media, words
from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskRecord
from seedance_nb.widgets._sweep_view import COST, TIME, Figure
from seedance_nb.words import Word, say

VOTES = Figure("votes", Word("votes won"), "high")
MEASURED = (
    Figure("sharpness", Word("sharpness"), "high", is_measured=True),
    Figure("motion", Word("motion"), "high", is_measured=True),
    Figure("flicker", Word("flicker"), "low", is_measured=True),
    Figure("loudness", Word("loudness"), "high", is_measured=True),
)
FIGURES = (COST, TIME, VOTES, *MEASURED)

Found = dict[int, dict[str, tuple[float, str]]]


def found(ledger: Ledger, records: Mapping[int, TaskRecord]) -> Found:
    """What the ledger knows of these clips: measures and votes; nothing is measured here.

    Args:
        ledger: Where they are.
        records: The task of each cell, by its number.
    """
    figures: Found = {number: {} for number in records}
    digests = {
        number: clip.sha256
        for number, record in records.items()
        if (clip := record.artifact("clip")) is not None and clip.sha256
    }
    measured = ledger.measures(set(digests.values()), media.MEASURES_VERSION) if digests else {}
    for number, digest in digests.items():
        figures[number] |= _measures(measured.get(digest, {}))
    for number, said in _votes(ledger, records).items():
        figures[number]["votes"] = said
    return figures


def _measures(values: Mapping[str, Any]) -> dict[str, tuple[float, str]]:
    known = {figure.id: values.get(figure.id) for figure in MEASURED}
    units = {"loudness": " LUFS"}
    return {
        name: (round(float(value), 3), words.number(round(float(value), 2)) + units.get(name, ""))
        for name, value in known.items()
        if value is not None
    }


def _votes(ledger: Ledger, records: Mapping[int, TaskRecord]) -> dict[int, tuple[float, str]]:
    """Of the votes on a clip that preferred one, how many preferred it."""
    numbers = {record.local_id: number for number, record in records.items()}
    won: Counter[int] = Counter()
    judged: Counter[int] = Counter()
    for vote in ledger.votes():
        if vote.preferred is None:
            continue
        for clip in (vote.left_id, vote.right_id):
            if clip in numbers:
                judged[numbers[clip]] += 1
                won[numbers[clip]] += clip == vote.preferred
    return {
        number: (won[number] / count, say("{wins} of {votes}", wins=won[number], votes=count))
        for number, count in judged.items()
    }
