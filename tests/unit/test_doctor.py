"""What an examination finds between ledger, files and providers, and what mends it."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seedance_nb import media
from seedance_nb.engine import owner
from seedance_nb.engine.arriving import ORPHANS, artifact, described
from seedance_nb.engine.examining import examine
from seedance_nb.engine.findings import NEEDS_ENGINE, Examination, Finding
from seedance_nb.engine.mending import move_orphan, repair
from seedance_nb.engine.parts import Part, write_whole
from seedance_nb.errors import ConfigurationError, NotKeptError
from seedance_nb.ledger import Ledger
from seedance_nb.task import Failure, TaskStatus
from seedance_nb.widgets.examination_table import MOST, ExaminationReport, examination_table

from .ledger_samples import a_ledger, a_record, after, charge, succeed
from .media_samples import clip

NOW = after(3_600)
CLIP = clip(1, 64, 64)
DEAD = "nowhere/1/2.00"


def is_alive(name: str) -> bool:
    return name not in {"", DEAD}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger(tmp_path) as opened:
        yield opened


def folder(ledger: Ledger) -> Path:
    (ledger.home / "clips").mkdir(exist_ok=True)
    return ledger.home / "clips"


def kept(ledger: Ledger, number: int = 1, **changes: Any) -> Path:
    """A task as it should be: its clip and poster on this disk, written down and charged."""
    record = a_record(number, **changes)
    succeed(ledger, record)
    path = folder(ledger) / f"{record.local_id}.mp4"
    ledger.add_artifact(record.local_id, artifact("clip", write_whole(CLIP, path), media.probe_file(path)))
    still = path.with_suffix(".jpg")
    ledger.add_artifact(record.local_id, artifact("poster", write_whole(media.poster(path), still)))
    charge(ledger, record.local_id)
    ledger.transition(record.local_id, TaskStatus.KEPT, at=after(200))
    return path


def found(ledger: Ledger, **options: Any) -> list[Finding]:
    return examine(ledger, ledger.home, **({"now": NOW, "is_alive": is_alive} | options))


def kinds(ledger: Ledger, **options: Any) -> list[str]:
    return [finding.kind for finding in found(ledger, **options)]


def test_nothing_is_wrong_where_nothing_is(ledger: Ledger) -> None:
    """Kept clips, a clip that is being fetched, a task that is followed: none of them is a finding."""
    kept(ledger)
    succeed(ledger, a_record(2))
    ledger.add_intent(a_record(3, owner=owner.me()))
    ledger.claim("somebody/1/2.00/1")
    part = Part(folder(ledger) / "t-0002.mp4")
    part.write(b"half")
    assert kinds(ledger, is_alive=lambda name: name != DEAD, deep=True) == []
    part.drop()


def test_an_examination_changes_nothing(ledger: Ledger) -> None:
    """It can be made at any time."""
    kept(ledger).unlink()
    (folder(ledger) / "holiday.mp4").write_bytes(CLIP)
    before = (ledger.records(), sorted(folder(ledger).iterdir()), ledger.events("t-0001"))
    assert found(ledger) == found(ledger)
    assert (ledger.records(), sorted(folder(ledger).iterdir()), ledger.events("t-0001")) == before


def damaged(path: Path) -> None:
    path.write_bytes(CLIP[:-1] + b"!")


@pytest.mark.parametrize(
    ("harm", "kind", "deep"),
    [
        (Path.unlink, "clip_missing", False),
        (lambda path: path.write_bytes(CLIP[:-9]), "clip_damaged", False),
        (damaged, "clip_damaged", True),
    ],
    ids=["missing", "another size", "other bytes"],
)
def test_a_kept_clip_that_is_not_there_as_it_was(
    ledger: Ledger, harm: Callable[[Path], object], kind: str, deep: bool
) -> None:
    """It is rescued by the engine; here nothing is done about it."""
    path = kept(ledger)
    harm(path)
    if deep:
        assert kinds(ledger) == []
    (finding,) = found(ledger, deep=deep)
    assert (finding.kind, finding.local_id, finding.path, finding.repairable) == (kind, "t-0001", path, True)
    assert "task.rescue()" in finding.fix
    assert kind in NEEDS_ENGINE
    with pytest.raises(ConfigurationError, match="Nothing was changed"):
        repair(finding, ledger, ledger.home)


@pytest.mark.parametrize(("name", "asked"), [("t-0001.jpg", False), ("t-0001-last.png", True)])
def test_a_picture_that_is_missing_is_made_again(ledger: Ledger, name: str, asked: bool) -> None:
    """From the clip, and written down."""
    path = kept(ledger, request={"return_last_frame": True} if asked else {})
    if not asked:
        path.with_suffix(".jpg").unlink()
    (finding,) = found(ledger)
    assert finding.kind == "still_missing"
    assert "made again" in repair(finding, ledger, ledger.home)
    made = ledger.get("t-0001").artifact("last_frame" if asked else "poster")
    assert made is not None
    assert made.path == path.with_name(name)
    assert made.sha256 == described(path.with_name(name)).sha256
    assert kinds(ledger) == []


@pytest.mark.parametrize("status", [TaskStatus.SUCCEEDED, TaskStatus.LOST])
def test_a_clip_that_lies_there_is_written_down(ledger: Ledger, status: TaskStatus) -> None:
    """An earlier process got as far as the file: it is kept after all, with its poster and its charge."""
    succeed(ledger, a_record())
    if status is TaskStatus.LOST:
        ledger.transition("t-0001", status, at=after(99), failure=Failure("TaskGone", "Gone."))
    path = folder(ledger) / "t-0001.mp4"
    path.write_bytes(CLIP)
    (finding,) = found(ledger)
    assert (finding.kind, finding.path) == ("adoptable", path)
    repair(finding, ledger, ledger.home, now=NOW)
    record = ledger.get("t-0001")
    assert (record.status, record.failure, record.cost) == (TaskStatus.KEPT, None, record.quote and record.quote.high)
    assert {item.kind for item in record.artifacts} == {"clip", "poster"}
    assert found(ledger) == []
    assert "kept" in repair(finding, ledger, ledger.home, now=NOW)  # again is fine
    assert found(ledger) == []


def test_half_a_clip_is_not_written_down(ledger: Ledger) -> None:
    """A file that is not whole is no clip, and stays for a person to look at."""
    succeed(ledger, a_record())
    path = folder(ledger) / "t-0001.mp4"
    path.write_bytes(CLIP)
    (finding,) = found(ledger)
    path.write_bytes(CLIP[:200])
    assert kinds(ledger) == ["not_kept"]
    with pytest.raises(NotKeptError, match="no whole clip"):
        repair(finding, ledger, ledger.home)
    assert (folder(ledger) / ORPHANS / "t-0001.mp4").read_bytes() == CLIP[:200]
    assert ledger.get("t-0001").status is TaskStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("provider", "days", "fix", "repairable"),
    [
        ("ark", 1, "while ark has it until 2026-11-28", True),
        ("ark", 8, "has forgotten the task by now", False),
        ("atlas", 8, "while atlas has it.", True),
    ],
)
def test_a_clip_that_is_not_here_can_be_fetched_for_a_time(
    ledger: Ledger, provider: str, days: int, fix: str, repairable: bool
) -> None:
    """As long as the provider's record lives; where that is not published, as long as it lasts."""
    succeed(ledger, a_record(provider=provider))
    ledger.transition("t-0001", TaskStatus.SUCCEEDED, at=after(99), failure=Failure("NotKept", "The disk is full."))
    (finding,) = found(ledger, now=after(days * 86_400), is_alive=lambda name: True)
    assert (finding.kind, finding.repairable) == ("not_kept", repairable)
    assert fix in finding.fix
    assert "billed" in finding.why


def test_what_is_lost_is_said_as_long_as_it_may_be_rescued(ledger: Ledger) -> None:
    """After that it is lost, and everybody has been told."""
    succeed(ledger, a_record())
    ledger.transition("t-0001", TaskStatus.LOST, at=after(99), failure=Failure("TaskGone", "Gone."))
    assert kinds(ledger, now=after(86_400)) == ["not_kept"]
    assert kinds(ledger, now=after(8 * 86_400)) == []


def test_an_unknown_outcome_waits_for_a_person(ledger: Ledger) -> None:
    """With what there is to look for, and never by itself."""
    ledger.add_intent(a_record(owner=DEAD))
    ledger.transition("t-0001", TaskStatus.SUBMITTING, at=after(2), submitted_at=after(2))
    ledger.transition("t-0001", TaskStatus.UNKNOWN, at=after(3), failure=Failure("OutcomeUnknown", "No answer."))
    (finding,) = found(ledger)
    assert (finding.kind, finding.repairable) == ("unknown_outcome", False)
    assert "seed 7" in finding.what
    assert "task.settle(None)" in finding.fix
    with pytest.raises(ConfigurationError):
        repair(finding, ledger, ledger.home)


@pytest.mark.parametrize(
    ("statuses", "kind"),
    [
        ([], "never_sent"),
        ([TaskStatus.SUBMITTING], "no_answer"),
        ([TaskStatus.SUBMITTING, TaskStatus.QUEUED], "unfollowed"),
        ([TaskStatus.SUBMITTING, TaskStatus.UNKNOWN], "unfollowed"),
    ],
)
def test_what_a_dead_notebook_left_is_found(ledger: Ledger, statuses: list[TaskStatus], kind: str) -> None:
    """Wherever it stood; the engine goes on with it."""
    ledger.add_intent(a_record(owner=DEAD))
    for status in statuses:
        ledger.transition("t-0001", status, at=after(2), task_id="cgt-1" if status is TaskStatus.QUEUED else None)
    ledger.claim(DEAD)
    (finding,) = found(ledger)
    assert (finding.kind, finding.repairable) == (kind, True)
    assert kind in NEEDS_ENGINE
    ledger.claim("alive/1/2.00/1", dead=[DEAD])
    assert kinds(ledger) == []


def test_a_missing_charge_is_made_up_for_once(ledger: Ledger) -> None:
    """By what the provider reported of tokens, at the price that was frozen."""
    path = kept(ledger, 1)
    succeed(ledger, a_record(2))
    other = folder(ledger) / "t-0002.mp4"
    ledger.add_artifact("t-0002", artifact("clip", write_whole(path.read_bytes(), other)))
    ledger.add_artifact("t-0002", artifact("poster", write_whole(b"jpeg", other.with_suffix(".jpg"))))
    ledger.transition("t-0002", TaskStatus.KEPT, at=after(99))
    finding = next(finding for finding in found(ledger) if finding.kind == "charge_missing")
    assert finding.local_id == "t-0002"
    repair(finding, ledger, ledger.home)
    record = ledger.get("t-0002")
    assert record.quote is not None
    assert record.cost == record.quote.price.cost(108_900)
    assert "already" in repair(finding, ledger, ledger.home)
    assert kinds(ledger) == []


def test_what_the_ledger_contradicts_itself_in_is_said(ledger: Ledger) -> None:
    """Word for word, and only to be looked at."""
    kept(ledger)
    with contextlib.closing(sqlite3.connect(str(ledger.path))) as database, database:
        database.execute("DELETE FROM cost_totals")
    findings = found(ledger)
    assert [finding.what for finding in findings] == ledger.contradictions() != []
    assert {(finding.kind, finding.repairable) for finding in findings} == {("contradiction", False)}


# -- files --


def test_a_file_of_no_task_is_named_and_moved_only_when_asked(ledger: Ledger) -> None:
    """It may be a person's; it is never removed, and never overwrites another one."""
    kept(ledger)
    for round_ in (1, 2):
        (folder(ledger) / "holiday.mp4").write_bytes(b"%d" % round_)
        (finding,) = found(ledger)
        assert (finding.kind, finding.repairable) == ("orphan", False)
        with pytest.raises(ConfigurationError):
            repair(finding, ledger, ledger.home)
        assert finding.path is not None
        assert finding.path.exists()
        move_orphan(finding)
    assert {path.read_bytes() for path in (folder(ledger) / ORPHANS).iterdir()} == {b"1", b"2"}
    assert kinds(ledger) == []


def leave(ledger: Ledger, *, process: str | None = None, days: float = 0) -> Path:
    """A part file as some process leaves it."""
    part = Part(folder(ledger) / "t-0009.mp4")
    part.write(b"half a clip")
    part.rest()
    path = part.path
    if process is not None:
        pid = path.name.removeprefix("t-0009.mp4.").partition("-")[0]
        path = path.rename(path.with_name(path.name.replace(f".{pid}-", f".{process}-")))
    changed = (NOW - dt.timedelta(days=days)).timestamp()
    os.utime(path, (changed, changed))
    return path


@pytest.mark.parametrize(
    ("process", "days", "is_stale"),
    [(None, 0, False), (None, 1.5, True), ("4194304", 0, True)],
    ids=["being written", "of an old process that lives", "of a process that is gone"],
)
def test_a_part_is_removed_when_nobody_goes_on_with_it(
    ledger: Ledger, process: str | None, days: float, is_stale: bool
) -> None:
    """Its name says whose it is, its age whether that matters; one that is being written is left alone."""
    path = leave(ledger, process=process, days=days)
    findings = found(ledger, is_alive=owner.is_alive)
    assert [finding.kind for finding in findings] == ["stale_part"] * is_stale
    late = Finding("stale_part", "A part.", "", "", repairable=True, path=path)
    if is_stale:
        assert "removed" in repair(late, ledger, ledger.home, now=NOW)
        assert "gone already" in repair(late, ledger, ledger.home, now=NOW)
    else:
        with pytest.raises(ConfigurationError, match="being written"):
            repair(late, ledger, ledger.home, now=NOW)
    assert path.exists() is not is_stale


def test_a_part_of_an_older_version_is_judged_by_its_age(ledger: Ledger) -> None:
    """Its name says nothing of a process."""
    path = folder(ledger) / "t-0009.0123456789ab.part"
    for days, expected in ((0.5, []), (2, ["stale_part"])):
        path.write_bytes(b"x")
        changed = (NOW - dt.timedelta(days=days)).timestamp()
        os.utime(path, (changed, changed))
        assert kinds(ledger) == expected


# -- the report --

HOSTILE = '<script>alert(1)</script>"\u202e.mp4'


def report(*findings: Finding, **options: Any) -> ExaminationReport:
    return ExaminationReport(Examination(findings, 7, NOW), **options)


def test_a_report_says_what_why_and_how(ledger: Ledger) -> None:
    """In a table and in text, with what was done; file names are text."""
    (folder(ledger) / HOSTILE.replace("/", "")).write_bytes(b"x")
    findings = found(ledger)
    shown = report(*findings, done=["It was mended."])._repr_mimebundle_()
    assert "<script" not in shown["text/html"]
    assert "\u202e" not in shown["text/html"]
    assert "&lt;script&gt;" in shown["text/html"]
    for text in shown.values():
        for words in ("file of no task", "7 tasks", "1 thing is not right", "It was mended.", "Look at it"):
            assert words in text
    assert "Needs you." in shown["text/html"]


def test_a_clean_report_is_a_sentence() -> None:
    """No empty table."""
    assert "nothing is wrong" in repr(report())
    assert "<table" not in examination_table(Examination((), 7, NOW))


def test_a_long_report_is_cut_and_says_so() -> None:
    """Ten thousand findings do not flood a notebook; they are all there to go through."""
    many = report(*[Finding("orphan", f"File {n}.", "w", "f", repairable=False) for n in range(MOST + 7)])
    html = many._repr_mimebundle_()["text/html"]
    assert html.count("<tr>") == MOST + 1
    assert "7 more" in html
    assert len(list(many)) == len(many) == MOST + 7
