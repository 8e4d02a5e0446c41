"""Sweeps on an engine and a ledger that the test moves."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from seedance_nb.compare import Candidate, Sweep, plan
from seedance_nb.composing import BudgetLeft
from seedance_nb.money import Money
from seedance_nb.request import Request
from seedance_nb.task import Artifact, TaskStatus

from .batch_samples import House

COST = Money(Decimal("2.01"), "CNY")
TEMPLATE = "A {animal} in {place}"
AXES: dict[str, Any] = {
    "animal": ["cat", "fox"],
    "place": ["snow", "rain"],
    "model": ["seedance-2.0", "seedance-2.0-fast"],
    "resolution": "480p",
    "duration": 4,
    "ratio": "16:9",
}


class Beside:
    """A comparison, as far as a sweep makes one."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = list(candidates)

    def bundle(self) -> dict[str, str]:
        return {"text/plain": "beside", "text/html": "<p>beside</p>"}


def sweep(
    house: House, template: Any = TEMPLATE, *, left: Sequence[BudgetLeft] = (), seeds: Any = None, **axes: Any
) -> Sweep:
    """A sweep at this house."""

    def submit(requests: Sequence[Request], **options: Any) -> Any:
        return house.submit(requests, quiet=True, **options)

    return Sweep(
        plan(template, axes or AXES, seeds=seeds),
        provider=house.provider,
        is_sandbox=False,
        engine=house,
        books=house,
        submit=submit,
        left=lambda: left,
        compare=Beside,
    )


def keep_all(house: House, folder: Path | None = None, clip: bytes = b"no clip") -> None:
    """Every task that is not over ends with a clip."""
    for local_id, record in list(house.tasks.items()):
        if record.is_over:
            continue
        path = (folder or Path("/clips")) / f"{local_id}.mp4"
        if folder is not None:
            path.write_bytes(clip)
        house.keep(local_id, COST)
        artifact = Artifact("clip", path=path, sha256="ab" * 32, bytes=len(clip))
        house.move(local_id, TaskStatus.KEPT, artifacts=(artifact,))
