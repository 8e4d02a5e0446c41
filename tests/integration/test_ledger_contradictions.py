"""Each rule that must hold in a ledger, broken by hand, is named; a ledger that was only used breaks none."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from seedance_nb.ledger import Ledger
from seedance_nb.task import Artifact, TaskStatus

from ..unit.ledger_samples import NOW, QUOTE, a_record, after, bring, charge, succeed


def a_full_life(ledger: Ledger, number: int = 1) -> str:
    """A task that was made, charged and kept."""
    record = a_record(number)
    name = record.local_id
    succeed(ledger, record)
    charge(ledger, name)
    ledger.add_artifact(name, Artifact("clip", ledger.home / "clips" / f"{name}.mp4", sha256="0" * 64, bytes=1))
    ledger.transition(name, TaskStatus.KEPT, at=after(90))
    return name


@pytest.fixture(autouse=True)
def _used(ledger: Ledger) -> None:
    a_full_life(ledger)


def test_a_ledger_in_use_has_none(ledger: Ledger) -> None:
    """Tasks at every point of their life, charged in several ways, fetched again and rescued."""
    for number, status in enumerate(TaskStatus, start=10):
        ledger.add_intent(a_record(number, quote=None))
        if status not in {TaskStatus.INTENT, TaskStatus.KEPT}:
            bring(ledger, f"t-{number:04}", status)
    succeed(ledger, a_record(30))
    charge(ledger, "t-0030", "0.1", "USD", tokens=None, basis="reported", at=after(100_000))
    ledger.transition("t-0030", TaskStatus.LOST, at=after(90))
    ledger.transition("t-0030", TaskStatus.SUCCEEDED, at=after(91))
    ledger.transition("t-0001", TaskStatus.SUCCEEDED, at=after(91))
    ledger.transition("t-0001", TaskStatus.KEPT, at=after(92))
    ledger.add_intent(a_record(31))
    for status in (TaskStatus.SUBMITTING, TaskStatus.INTENT, TaskStatus.SUBMITTING, TaskStatus.UNKNOWN):
        ledger.transition("t-0031", status, at=NOW)
    succeed(ledger, a_record(32))  # its quote is a range, so only the clip would tell
    ledger.transition("t-0032", TaskStatus.LOST, at=after(90))
    ledger.add_intent(a_record(33))
    bring(ledger, "t-0033", TaskStatus.LOST)  # gone before it was seen to succeed
    assert ledger.contradictions() == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE tasks SET status = 'lost'", "t-0001 is lost, and its last event says kept"),
        ("UPDATE events SET status = 'queued' WHERE status = 'intent'", "begins with queued"),
        ("DELETE FROM events WHERE kind = 'status'", "begins with no event"),
        ("DELETE FROM events WHERE status = 'succeeded'", "from queued to kept"),
        ("UPDATE tasks SET task_id = NULL", "its provider's id is not there"),
        ("UPDATE artifacts SET sha256 = NULL", "path or checksum of its clip"),
        ("UPDATE artifacts SET path = NULL", "path or checksum of its clip"),
        ("DELETE FROM artifacts", "path or checksum of its clip"),
        ("DELETE FROM charges", "was quoted, and has no charge"),
        ("DELETE FROM charges", r"0 charge\(s\), and 1 event"),
        ("DELETE FROM events WHERE kind = 'charge'", r"1 charge\(s\), and 0 event"),
        ("DELETE FROM cost_totals", "The kept sum of 2026-11-21, ark, .* is None"),
        ("UPDATE cost_totals SET amount_e8 = amount_e8 + 1", "The kept sum of"),
        ("UPDATE cost_totals SET tasks = 2", "The kept sum of"),
        ("UPDATE charges SET is_sandbox = (1 = 1)", "do not agree on whether it ran on the sandbox"),
    ],
)
def test_what_is_broken_is_named(ledger: Ledger, statement: str, said: str) -> None:
    """A sentence with the task, for each rule."""
    with ledger._engine.begin() as connection:
        connection.execute(sa.text(statement))
    assert any(re.search(said, sentence) for sentence in ledger.contradictions()), ledger.contradictions()


def test_a_charge_for_nothing_is_named(ledger: Ledger) -> None:
    """What failed, or is only under way, is not charged; what is lost after it was made is."""
    ledger.add_intent(a_record(2))
    bring(ledger, "t-0002", TaskStatus.FAILED)
    charge(ledger, "t-0002")
    fixed = a_record(3).quote
    assert fixed is not None
    succeed(ledger, a_record(3, quote=replace(fixed, low=QUOTE.high)))
    ledger.transition("t-0003", TaskStatus.LOST, at=NOW)
    assert ledger.contradictions() == [
        "Task t-0002 is failed, and was charged.",
        "Task t-0003 is lost and was quoted, and has no charge.",
    ]
