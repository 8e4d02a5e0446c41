"""The doctor: looks at ledger and files, says what is wrong in words, and mends what can be mended.

What only needs this disk is mended here; where a provider has to be asked, the engine goes on with the task. Nothing
is paid for by it, and no file of a person's is removed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_nb.engine import Engine, owner
from seedance_nb.engine.examining import examine
from seedance_nb.engine.findings import NEEDS_ENGINE, Examination, Finding
from seedance_nb.engine.mending import repair
from seedance_nb.errors import SeedanceError
from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.widgets.examination_table import ExaminationReport
from seedance_nb.words import Number, Sentence, Word

if TYPE_CHECKING:
    from seedance_nb.store import Store

RESCUES = frozenset({"clip_missing", "clip_damaged", "not_kept", "adoptable", "charge_missing"})
"""What a rescue mends best: it takes a whole file that is here, and asks the provider what it charged."""
PATIENCE = 120.0
"""Seconds for which clips that are fetched again are waited for."""


def visit(
    engine: Engine,
    ledger: Ledger,
    home: Path,
    *,
    mend: bool,
    deep: bool,
    store: Store | None = None,
    host: Store | None = None,
) -> ExaminationReport:
    """Examine, mend where that is wanted, and examine again.

    Args:
        engine: Goes on with tasks, and fetches clips again.
        ledger: The tasks.
        home: The folder that `clips` lies in.
        mend: Whether to mend what can be mended without a person's decision.
        deep: Read every kept clip and compare its SHA-256.
        store: The object store that clips are kept in; None: they are kept in the folder.
        host: The one that local files go to which a provider only reads at an address.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    stores = [each for each in (store, host) if each is not None]
    found = _examined(engine, ledger, home, stores, deep=deep)
    if not mend or not any(finding.repairable for finding in found.findings):
        return ExaminationReport(found)
    done = _mended(engine, ledger, home, store, [finding for finding in found.findings if finding.repairable])
    return ExaminationReport(_examined(engine, ledger, home, stores, deep=deep), done=done)


def _examined(engine: Engine, ledger: Ledger, home: Path, stores: Sequence[Store], *, deep: bool) -> Examination:
    moment, left_alone = dt.datetime.now(dt.UTC), engine.left_alone()

    def is_alive(name: str) -> bool:
        return name not in left_alone and owner.is_alive(name)

    findings = examine(ledger, home, now=moment, deep=deep, is_alive=is_alive, stores=stores)
    tasks = sum(ledger.status_counts().values())
    return Examination(tuple(findings), tasks, moment, deep)


def _mended(engine: Engine, ledger: Ledger, home: Path, store: Store | None, findings: list[Finding]) -> list[str]:
    done: list[str] = []
    rescued: dict[str, Future[TaskRecord] | None] = {}
    for finding in findings:
        if finding.kind in RESCUES and finding.local_id not in rescued:
            rescued[finding.local_id] = _rescued(engine, finding, done)
    if any(finding.kind in NEEDS_ENGINE - RESCUES for finding in findings):
        left = engine.adopt()
        done.append(
            Sentence("The tasks that nobody followed go on, but for {count} without a key.", count=Number(len(left)))
            if left
            else Word("The tasks that nobody followed go on.")
        )
    for local_id, future in rescued.items():
        done += _ended(local_id, future)
    for finding in findings:
        was_rescued = finding.kind in RESCUES and rescued.get(finding.local_id) is not None
        if finding.kind not in NEEDS_ENGINE and not was_rescued:
            try:
                done.append(repair(finding, ledger, home, store=store))
            except SeedanceError as exc:
                done.append(Sentence("Not mended: {reason}", reason=str(exc)))
    return done


def _rescued(engine: Engine, finding: Finding, done: list[str]) -> Future[TaskRecord] | None:
    try:
        engine.rescue(finding.local_id)
        return engine.finished(finding.local_id)
    except SeedanceError as exc:
        done.append(Sentence("Not fetched again: {reason}", reason=str(exc)))
        return None


def _ended(local_id: str, future: Future[TaskRecord] | None) -> list[str]:
    if future is None:
        return []
    try:
        record = future.result(PATIENCE)
    except FutureTimeout:
        future.cancel()
        return [Sentence("Task {id}: its clip is still being fetched; that goes on.", id=local_id)]
    if record.status is TaskStatus.KEPT:
        return [Sentence("Task {id}: its clip is here again.", id=record.task_id)]
    return [f"Task {record.task_id}: {record.failure.message if record.failure else record.status}"]
