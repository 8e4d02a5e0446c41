"""What must hold whatever was killed, and when: paid once, never lost, always explained.

The sandbox is the witness: what it made and billed is compared with what the ledger and the disk say.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import seedance_nb as sd
from seedance_nb.errors import MediaError
from seedance_nb.ledger import Ledger
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox._tasks import SandboxTask
from seedance_nb.task import TaskRecord, TaskStatus

from .harness import Case

CAN_LIST = frozenset({"ark"})
NOT_MADE = frozenset({TaskStatus.CANCELLED, TaskStatus.FAILED, TaskStatus.REJECTED})


def made(box: Sandbox) -> dict[str, list[SandboxTask]]:
    """What the sandbox made, by prompt."""
    found: dict[str, list[SandboxTask]] = defaultdict(list)
    for task in list(box._ask().store._tasks.values()):
        found[task.spec.prompt].append(task)
    return found


def violations(case: Case) -> list[str]:
    """Each broken promise as a sentence; empty when all is well."""
    with Ledger.open(case.ledger, home=case.home) as ledger:
        return list(_violations(case, ledger))


def _violations(case: Case, ledger: Ledger) -> Iterator[str]:
    records = ledger.records()
    by_prompt = {record.prompt: record for record in records}
    tasks = made(case.box)
    bills = {bill["task_id"]: bill for bill in case.box.bills}
    for prompt, several in tasks.items():
        if len(several) > 1:
            yield f"{prompt!r} was created {len(several)} times: {[task.id for task in several]}"
        if prompt not in by_prompt:
            yield f"{prompt!r} was created and no intent was written down"
    for life in case.lives:
        for local_id in life.all("local_id"):
            if local_id not in {record.local_id for record in records}:
                yield f"submit gave {local_id}, and the ledger does not have it"
    if len(by_prompt) != len(records):
        yield f"{len(records)} rows for {len(by_prompt)} requests"
    sent = sum(event.status is TaskStatus.SUBMITTING for record in records for event in ledger.events(record.local_id))
    if case.box.creates > sent:
        yield f"{case.box.creates} creates arrived, and {sent} times a task was to be sent"
    for record in records:
        yield from _of(record, tasks.get(record.prompt, []), bills, case)
    yield from _sums(records, ledger)
    yield from _files(case.home / "clips", records)
    yield from getattr(ledger, "contradictions", list)()


def _of(record: TaskRecord, tasks: list[SandboxTask], bills: dict[str, Any], case: Case) -> Iterator[str]:
    name = f"{record.local_id} ({record.provider}, {record.status}, {record.prompt!r})"
    if not record.is_over:
        yield f"{name} is not over"
    if record.status is TaskStatus.UNKNOWN and not (record.failure and record.failure.message):
        yield f"{name} does not say what is known"
    if record.status in {TaskStatus.UNKNOWN, *NOT_MADE} and record.cost is not None:
        yield f"{name} is charged {record.cost}"
    if not tasks:
        if record.status not in {TaskStatus.UNKNOWN, *NOT_MADE}:
            yield f"{name} was never created at the provider"
        return
    task = tasks[0]
    if record.task_id is None:
        if record.provider in CAN_LIST:
            yield f"{name} was created as {task.id} and was not found by listing"
        elif record.status is not TaskStatus.UNKNOWN:
            yield f"{name} was created as {task.id}, which nobody knows, and is not unknown"
        return
    if record.task_id != task.id:
        yield f"{name} has the id {record.task_id} and is {task.id}"
    if task.status == "succeeded":
        yield from _kept(name, record, case.asked.get(record.prompt) or record.request)
        yield from _charged(name, record, bills.get(task.id))


def _kept(name: str, record: TaskRecord, asked: dict[str, Any]) -> Iterator[str]:
    if record.status is not TaskStatus.KEPT:
        yield f"{name} is paid for and not kept: {record.failure}"
        return
    kinds = ["clip", "last_frame"] if asked.get("last_frame") or asked.get("return_last_frame") else ["clip"]
    for kind in kinds:
        artifact = next((each for each in record.artifacts if each.kind == kind), None)
        if artifact is None or artifact.path is None:
            yield f"{name} has no {kind}"
        elif not artifact.path.is_file():
            yield f"{name} has lost its {kind}"
        elif hashlib.sha256(artifact.path.read_bytes()).hexdigest() != artifact.sha256:
            yield f"{name} has another {kind} than the ledger says"
        elif kind == "clip":
            yield from _recipe(name, record, artifact.path)


def _recipe(name: str, record: TaskRecord, clip: Path) -> Iterator[str]:
    try:
        for path in (clip, clip.with_suffix(".json")):
            recipe = sd.open(path)
            if (recipe.task_id, recipe.seed, recipe.usage) != (record.task_id, record.seed, record.usage):
                yield f"{name} is said by {path.name} to be {recipe.task_id} with seed {recipe.seed}"
    except MediaError as exc:
        yield f"{name} has no recipe: {exc}"


def _charged(name: str, record: TaskRecord, bill: dict[str, Any] | None) -> Iterator[str]:
    if bill is None:
        yield f"{name} succeeded and the sandbox has no bill"
        return
    if record.cost is None:
        yield f"{name} is billed and not charged"
        return
    if bill["amount"] is not None and record.cost_basis == "reported":
        due = Decimal(bill["amount"])
    else:
        assert record.quote is not None
        due = record.quote.amount.amount
        if bill["tokens"] and record.usage and record.usage.completion_tokens != bill["tokens"]:
            yield f"{name} has {record.usage.completion_tokens} tokens, and {bill['tokens']} are billed"
    if record.cost.amount != due:
        yield f"{name} is charged {record.cost.amount} and owes {due}"


def _sums(records: list[TaskRecord], ledger: Ledger) -> Iterator[str]:
    charged = Counter[str]()
    for record in records:
        if record.cost is not None:
            charged[record.cost.currency] += record.cost.to_e8()
    events = Counter(
        event.local_id for record in records for event in ledger.events(record.local_id) if event.kind == "charge"
    )
    for local_id, times in events.items():
        if times > 1:
            yield f"{local_id} was charged {times} times"
    totals = Counter[str]()
    for row in ledger.cost_rows(("day",)):  # of these the ledger keeps sums beside the charges
        totals[str(row["currency"])] += int(Decimal(str(row["cost"])) * 10**8)
    if totals != charged:
        yield f"the kept sums are {dict(totals)} and the charges {dict(charged)}"


def _files(folder: Path, records: list[TaskRecord]) -> Iterator[str]:
    named = {artifact.path for record in records for artifact in record.artifacts if artifact.path}
    recipes = {path.with_suffix(".json") for path in named}
    there = set(folder.glob("*")) if folder.is_dir() else set()
    for path in sorted(there - named - recipes):
        if path.suffix != ".part":
            yield f"{path.name} is on the disk and in no row"
