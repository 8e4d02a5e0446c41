"""The doctor on a studio: what it finds is said in words, and what it mends is mended."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seedance_nb.errors import NotKeptError
from seedance_nb.sandbox import Fault
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio
from seedance_nb.task import TaskStatus

from .test_engine import REQUEST, with_faults

StudioOn = Callable[..., Studio]


def kinds(report: object) -> list[str]:
    return sorted(finding.kind for finding in report)  # type: ignore[attr-defined]


def test_a_healthy_studio_has_nothing_to_hear(box: Sandbox, studio_on: StudioOn) -> None:
    """And the doctor says that it has looked."""
    studio = studio_on(box)
    studio.submit(REQUEST).wait(180)
    report = studio.doctor(deep=True)
    assert len(report) == 0
    assert "1 task" in repr(report)


def test_what_is_broken_is_found_and_mended(box: Sandbox, studio_on: StudioOn) -> None:
    """A removed clip, a damaged one, a missing poster, a stranger's file: each is named; the first three come back."""
    studio = studio_on(box)
    removed, damaged, bare = (studio.submit(REQUEST.replace(seed=seed)).wait(180) for seed in (1, 2, 3))
    assert removed.video is not None
    assert damaged.video is not None
    whole, first = damaged.video.read_bytes(), removed.video.read_bytes()
    removed.video.unlink()
    damaged.video.write_bytes(whole[: len(whole) // 2])
    poster = bare.record().artifact("poster")
    assert poster is not None
    assert poster.path is not None
    poster.path.unlink()
    stranger = removed.video.with_name("holiday.mp4")
    stranger.write_bytes(whole)

    found = studio.doctor()
    assert kinds(found) == ["clip_damaged", "clip_missing", "orphan", "still_missing"]
    assert damaged.video.read_bytes() != whole  # looking changes nothing

    report = studio.doctor(repair=True)
    assert kinds(report) == ["orphan"]
    assert len(report.done) >= 3
    assert removed.video is not None
    assert removed.video.read_bytes() == first  # its recipe included
    assert damaged.video is not None
    assert damaged.video.read_bytes() == whole
    assert poster.path.exists()
    assert stranger.read_bytes() == whole
    assert box.creates == 3
    assert studio.ledger.costs().tasks.sum() == 3
    assert "holiday.mp4" in report._repr_mimebundle_()["text/html"]


def test_clips_that_were_not_kept_are_fetched_by_one_call(box: Sandbox, studio_on: StudioOn) -> None:
    """`studio.rescue()` brings home whatever is made and not here."""
    studio = studio_on(box)
    blocked = studio.home / "clips"
    blocked.write_text("a file where the folder should be")
    tasks = [studio.submit(REQUEST.replace(seed=seed)) for seed in (1, 2)]
    for task in tasks:
        with pytest.raises(NotKeptError):
            task.wait(180)
    assert kinds(studio.doctor()) == ["not_kept", "not_kept"]
    blocked.unlink()
    assert [task.wait(180).status for task in studio.rescue()] == [TaskStatus.KEPT] * 2
    assert len(studio.doctor()) == 0


def test_a_clip_that_nobody_has_any_more_is_said_to_be_lost(box: Sandbox, studio_on: StudioOn) -> None:
    """The doctor tries, and says why it did not succeed."""
    studio = studio_on(box)
    task = studio.submit(REQUEST).wait(180)
    assert task.video is not None
    task.video.unlink()
    with_faults(box, Fault("not_found", on="get", times=None))
    report = studio.doctor(repair=True)
    assert any("is gone at ark" in sentence for sentence in report.done)
    assert task.status is TaskStatus.LOST
