"""SIGKILL between the store and the row: another machine goes on from what is there, and nothing is paid twice."""

from __future__ import annotations

from pathlib import Path

from seedance_nb.engine.copies import place_of
from seedance_nb.ledger import Ledger
from seedance_nb.sandbox.clip import Clip
from seedance_nb.store import opened
from seedance_nb.task import TaskStatus

from ..s3 import S3
from .harness import Case, Zygote, wishes
from .invariants import violations

FILES = 4
"""Recipe, poster, last frame, clip: in this order they go into the store."""


def test_a_clip_on_its_way_into_the_store_is_finished_by_another_machine(
    s3: S3, tmp_path: Path, small_clip: Clip
) -> None:
    """Paid once, whole in the store, named by its row; what is there already does not come from the provider again."""
    with Zygote() as zygote:
        for number, moment in enumerate((("store.put", FILES), ("store.put.done", FILES))):
            _killed_at(moment, zygote, s3.home(), tmp_path / str(number), small_clip)


def _killed_at(moment: tuple[str, int], zygote: Zygote, home: str, folder: Path, clip: Clip) -> None:
    with Case(folder, clip) as case:
        first = folder / "first"
        case.home.mkdir(parents=True)  # of the ledger, and of the second machine
        killed = case.run(zygote, wishes("ark+"), kill=list(moment), home=home, options={"folder": str(first)})
        assert killed.all("killed_at") == [list(moment)], case.last_words
        assert TaskStatus.KEPT not in case.statuses()
        second = case.run(zygote, trace=True, home=home, options={"folder": str(case.home)})
        assert case.statuses() == [TaskStatus.KEPT], case.last_words
        assert violations(case) == []
        assert len(case.box.bills) == 1
        is_fetched = "download.sends" in {name for name, _ in second.moments}
        assert is_fetched is not (moment == ("store.put.done", FILES))
        with Ledger.open(case.ledger, home=case.home) as ledger:
            (record,) = ledger.records()
    store = opened(home)
    assert len(record.artifacts) == 3
    for artifact in record.artifacts:
        assert store.sha256(place_of(artifact.original)[1]) == artifact.sha256
    assert len(store.entries("clips")) == FILES
