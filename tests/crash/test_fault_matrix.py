"""What goes wrong outside, one test for each row of the table in `docs/faults.md`, named after it."""

from __future__ import annotations

import dataclasses
import re
import signal
import struct
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

import seedance_nb as sd
from seedance_nb.engine.keeping import Keeper
from seedance_nb.errors import SeedanceError, TaskExpired, TaskUnknown
from seedance_nb.sandbox import Fault
from seedance_nb.sandbox.clip import Clip
from seedance_nb.task import TaskStatus

from ..patience import PATIENCE, eventually
from . import conditions
from .drip import Relay
from .harness import LONGEST, QUICK, ROOT, Case, Zygote, Zygotes, in_parallel, wishes
from .invariants import made, violations
from .notebook import SHORT, SLEEPY, request

SHORT_TIMES = {
    "seedance_nb.providers._http.READ_TIMEOUT": 0.7,
    "seedance_nb.providers._http.CREATE_TIMEOUT": 1.0,
}
LEASE: float = SLEEPY["seedance_nb.engine.following.LEASE"]
"""Seconds after which a notebook without a sign of life counts as dead, here."""
ASLEEP_AT = ("create.sends", "create.sent", "create.read", "get.sent", "download.answered", "file.replace")
"""Moments in which a laptop may be closed."""


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SHORT.items():
        monkeypatch.setattr(name, value)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never answers is given up soon; so is, on a busy machine, what would have answered."""
    for name, value in SHORT_TIMES.items():
        monkeypatch.setattr(name, value)


@pytest.fixture
def case(tmp_path: Path, small_clip: Clip) -> Iterator[Case]:
    """A sandbox, a ledger and a folder."""
    with Case(tmp_path / "case", small_clip) as made_case:
        yield made_case
        assert violations(made_case) == []  # whatever the fault was


@pytest.fixture
def studio(case: Case) -> Iterator[Callable[..., sd.Studio]]:
    """Studios on the case."""
    opened: list[sd.Studio] = []

    def open_(provider: str = "ark", base_url: str | None = None) -> sd.Studio:
        url = base_url or case.box.url(provider)
        opened.append(sd.Studio(f"sandbox:{provider}", base_url=url, home=case.home, ledger=case.ledger))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


def submit(case: Case, studio: sd.Studio, count: int = 1) -> list[sd.Task]:
    """So many tasks under way."""
    orders = wishes(*[studio.provider] * count)
    case.asked |= {each["prompt"]: each for each in orders}
    return [studio.submit(request(each)) for each in orders]


def strike(case: Case, *faults: Fault) -> None:
    """From now on these faults, each as often as it says."""
    case.box.scenario = dataclasses.replace(QUICK, faults=faults)


def passed(studio: sd.Studio, task: sd.Task) -> list[str]:
    """The statuses a task has been in, in order."""
    frame = studio.ledger.events(task)
    return [str(status) for status in frame.loc[frame.kind == "status", "status"]]


def ends(tasks: list[sd.Task]) -> list[str]:
    """How tasks end, once they have."""
    for task in tasks:
        try:
            task.wait(PATIENCE)
        except SeedanceError:
            assert task.record().is_over, f"{task} is not over after {PATIENCE:g} s"
    return [str(task.status) for task in tasks]


# -- the table and the tests are the same --


def test_the_table_names_what_is_tested() -> None:
    """Every row of the table has its test, and every fault that is tested has its row."""
    table = (ROOT / "docs" / "faults.md").read_text()
    rows = re.findall(r"^\| \*\*(.+?)\*\* \|", table, re.MULTILINE)
    named = ["test_" + re.sub(r"[^a-z0-9]+", "_", row.lower()).strip("_") for row in rows]
    tests = [name for name in globals() if name.startswith("test_") and name != "test_the_table_names_what_is_tested"]
    assert sorted(named) == sorted(tests)


# -- creating --


@pytest.mark.parametrize("kind", ["reset", "malformed", "truncated"])
def test_create_accepted_and_the_answer_lost(case: Case, studio: Callable[..., sd.Studio], kind: str) -> None:
    """The task is there and its id is not: found by its seed in the provider's list, and kept."""
    strike(case, Fault(kind, on="create"))
    here = studio()
    [task] = submit(case, here)
    assert task.wait(PATIENCE).status is TaskStatus.KEPT
    assert "unknown" in passed(here, task)
    assert case.box.creates == 1


@pytest.mark.parametrize("provider", ["atlas", "eachlabs"])
def test_create_accepted_and_the_answer_lost_without_a_list(
    case: Case, studio: Callable[..., sd.Studio], provider: str
) -> None:
    """Nobody can look it up: it is said so, with what to look for, and it is never sent again."""
    strike(case, Fault("reset", on="create"))
    [task] = submit(case, studio(provider))
    with pytest.raises(TaskUnknown, match=r"may exist and be billed.*console"):
        task.wait(PATIENCE)
    again = studio(provider).tasks()[task.local_id]
    with pytest.raises(TaskUnknown):
        again.wait(PATIENCE)
    assert case.box.creates == 1


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("kind", ["hang", "drop", "server_error"])
def test_create_without_an_answer(case: Case, studio: Callable[..., sd.Studio], kind: str) -> None:
    """Nothing was created, which nobody can know: the list does not show it, and it is not sent again."""
    strike(case, Fault(kind, on="create"))
    [task] = submit(case, studio())
    with pytest.raises(TaskUnknown, match="its list shows no task"):
        task.wait(PATIENCE)
    assert case.box.creates == 1


def test_create_refused_for_now(case: Case, studio: Callable[..., sd.Studio]) -> None:
    """A storm of 429 holds the line; all are created once, in the order they were asked for."""
    storm = 5
    strike(case, Fault("rate_limit", on="create", times=storm, retry_after=0.2))
    here = studio()
    tasks = submit(case, here, 4)
    assert ends(tasks) == ["kept"] * 4
    assert case.box.creates == 4 + storm
    order = {found[0].order: prompt for prompt, found in made(case.box).items()}
    assert [order[number] for number in sorted(order)] == [task.record().prompt for task in tasks]


@pytest.mark.usefixtures("_impatient")
def test_create_that_drips(case: Case, studio: Callable[..., sd.Studio]) -> None:
    """An answer that comes byte by byte is not waited for beyond the time-out; the task is found by its seed."""
    with Relay(case.box, {"create": 1}) as relay:
        here = studio(base_url=relay.url(case.box.url("ark")))
        [task] = submit(case, here)
        assert task.wait(PATIENCE).status is TaskStatus.KEPT
        assert relay.given_up.acquire(timeout=180)
        assert "unknown" in passed(here, task)
    assert case.box.creates == 1


# -- looking --


def test_reads_refused_for_now(case: Case, studio: Callable[..., sd.Studio]) -> None:
    """429 on everything that reads only makes it slower."""
    storm = [Fault("rate_limit", on=where, times=3, retry_after=0.1) for where in ("get", "list", "download")]
    strike(case, *storm)
    assert ends(submit(case, studio(), 3)) == ["kept"] * 3


def test_server_errors_while_looking(case: Case, studio: Callable[..., sd.Studio]) -> None:
    """A burst of 500s on gets, lists and downloads only makes it slower."""
    strike(case, *[Fault("server_error", on=where, times=3) for where in ("get", "list", "download")])
    assert ends(submit(case, studio(), 3)) == ["kept"] * 3


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("kind", ["malformed", "truncated", "reset", "hang"])
def test_answers_to_a_look_that_cannot_be_read(case: Case, studio: Callable[..., sd.Studio], kind: str) -> None:
    """Garbage, half an answer or none is no word about a task; it is looked at again."""
    strike(case, Fault(kind, on="get", times=2), Fault(kind, on="list", times=2))
    assert ends(submit(case, studio(), 2)) == ["kept"] * 2


@pytest.mark.parametrize("when", ["looking", "fetching"])
def test_a_404_that_flickers(case: Case, studio: Callable[..., sd.Studio], when: str) -> None:
    """Two denials in a row are no end, also where a made clip is asked for a new address."""
    flicker = Fault("not_found", on="get", times=2)
    strike(case, flicker if when == "looking" else Fault("expired", on="download", times=None))
    [task] = submit(case, studio())
    if when == "fetching":
        eventually(lambda: any(each.operation == "download" for each in case.box.requests))
        strike(case, flicker)
    assert ends([task]) == ["kept"]


def test_a_task_that_is_gone(case: Case, studio: Callable[..., sd.Studio]) -> None:
    """A provider that denies a task three times in a row has lost it; the bill is named as open."""
    case.box.scenario = dataclasses.replace(QUICK, queue=600.0, faults=(Fault("not_found", on="get", times=None),))
    [task] = submit(case, studio())
    with pytest.raises(TaskExpired, match=r"billed"):
        task.wait(PATIENCE)
    assert task.status is TaskStatus.LOST


@pytest.mark.usefixtures("_impatient")
def test_a_look_that_drips(case: Case, studio: Callable[..., sd.Studio]) -> None:
    """An answer that comes byte by byte is given up after the time-out and asked for again."""
    with Relay(case.box, {"get": 1}) as relay:
        here = studio(base_url=relay.url(case.box.url("ark")))
        tasks = submit(case, here)
        assert ends(tasks) == ["kept"]
        assert relay.given_up.acquire(timeout=180)


# -- fetching --


@pytest.mark.parametrize("kind", ["truncated", "malformed", "reset", "stall"])
def test_a_download_that_comes_short(
    case: Case, studio: Callable[..., sd.Studio], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a clip, or something that is none, never gets a clip's name."""
    monkeypatch.setitem(Keeper.__init__.__kwdefaults__, "patience", 0.7)
    strike(case, Fault(kind, on="download", times=2))
    assert ends(submit(case, studio(), 2)) == ["kept"] * 2
    assert list((case.home / "clips").glob("*.part")) == []


def test_an_address_that_has_expired(case: Case, studio: Callable[..., sd.Studio]) -> None:
    """A dead address is asked for again while the provider's record lives."""
    strike(case, Fault("expired", on="download", times=2))
    assert ends(submit(case, studio())) == ["kept"]


def test_a_download_that_drips(case: Case, studio: Callable[..., sd.Studio]) -> None:
    """One clip that comes byte by byte does not keep the others from coming home, and comes home itself."""
    with Relay(case.box, {"download": 1}) as relay:
        here = studio(base_url=relay.url(case.box.url("ark")))
        [slow] = submit(case, here)
        assert relay.dripping.acquire(timeout=180)
        assert ends(submit(case, here, 4)) == ["kept"] * 4
        relay.let_go.set()
        assert ends([slow]) == ["kept"]


# -- this machine --


def test_a_disk_that_is_full(zygote: Zygote, tmp_path: Path, small_clip: Clip) -> None:
    """The clip is made and billed, and this disk has no room: said so, nothing lost, kept when there is room."""
    padding = struct.pack(">I4s", 2 * conditions.ROOM, b"free").ljust(2 * conditions.ROOM, b"\0")
    with Case(tmp_path / "case", dataclasses.replace(small_clip, mp4=small_clip.mp4 + padding)) as case:
        _not_kept_then_kept(case, zygote, full_disk=True)


def test_a_folder_that_cannot_be_written(case: Case, zygote: Zygote) -> None:
    """A folder that only lets itself be read: said so, nothing lost, kept when it can be written."""
    clips = case.home / "clips"
    clips.mkdir(parents=True)
    clips.chmod(0o555)
    _not_kept_then_kept(case, zygote, lambda: clips.chmod(0o755), plain_rights=True)


def _not_kept_then_kept(case: Case, zygote: Zygote, mend: Callable[[], None] = lambda: None, **condition: bool) -> None:
    [end] = case.run(zygote, wishes("ark"), **condition).ends
    assert end["status"] == "succeeded", end
    assert re.search(r"made and billed.*studio\.tasks\(\)", end["message"])
    assert list((case.home / "clips").glob("*.mp4")) == []
    mend()
    assert case.run(zygote).ends == []
    assert case.statuses() == [TaskStatus.KEPT]
    assert case.box.creates == 1
    assert violations(case) == []


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_clock_that_jumps(case: Case, zygote: Zygote, jump: float) -> None:
    """This machine's clock is set while tasks are under way: they are followed, found and kept as ever."""
    case.box.scenario = dataclasses.replace(QUICK, run=1.0, faults=(Fault("reset", on="create", after=1),))
    life = case.run(zygote, wishes("ark", "ark+", "ark"), jump=jump)
    assert life.code == 0, case.last_words
    assert life.ends == []


def test_a_laptop_that_sleeps(tmp_path: Path, small_clip: Clip, zygotes: Zygotes) -> None:
    """A process that stood still wakes up and goes on with its tasks, whatever it was in the middle of."""

    def sleep_at(moment: str, zygote: Zygote) -> None:
        with Case(tmp_path / moment, small_clip) as case:
            life = case.start(zygote, wishes("ark+"), stop=(moment, 1), constants=SLEEPY)
            assert "stopped_at" in zygote.until("stopped_at")
            time.sleep(2 * LEASE)
            life.signal(signal.SIGCONT)
            zygote.end()
            assert life.code == 0, case.last_words
            assert life.ends == []
            assert case.statuses() == [TaskStatus.KEPT]
            assert violations(case) == []

    in_parallel([partial(sleep_at, moment) for moment in ASLEEP_AT], zygotes, workers=len(ASLEEP_AT))


def test_a_laptop_that_sleeps_while_another_notebook_is_awake(
    tmp_path: Path, small_clip: Clip, zygotes: Zygotes
) -> None:
    """Another notebook takes the task over, and lives on; nothing is done twice, and all ends well when both wake."""

    def sleep_at(moment: str, provider: str, zygote: Zygote) -> None:
        scenario = dataclasses.replace(QUICK, run=2 * LEASE)  # longer than the sleep
        folder = tmp_path / f"{moment}-{provider}"
        with Case(folder, small_clip, scenario=scenario) as case, zygotes.one() as other:
            life = case.start(zygote, wishes(provider), stop=(moment, 1), constants=SLEEPY)
            assert "stopped_at" in zygote.until("stopped_at")
            awake = case.start(other, linger=LONGEST, constants=SLEEPY)
            other.until("done")
            assert not any("still" in end for end in awake.ends), f"{moment}, {provider}\n{case.last_words}"
            life.signal(signal.SIGCONT)
            zygote.end()
            assert life.code == 0, case.last_words
            assert life.ends == [], f"{moment}, {provider}\n{case.last_words}"
            other.stop()
            assert case.statuses() == [TaskStatus.KEPT]
            assert case.box.creates == 1
            assert violations(case) == []

    pairs = [(moment, provider) for moment in ASLEEP_AT for provider in ("ark", "eachlabs")]
    in_parallel([partial(sleep_at, *pair) for pair in pairs], zygotes, workers=4)


def test_a_kernel_that_dies_before_it_has_sent(case: Case, zygote: Zygote) -> None:
    """The request is written down and was not sent: said so, and not sent by anybody else."""
    assert case.run(zygote, wishes("ark"), kill=("write.tasks", 2)).code == -9
    [end] = case.run(zygote).ends
    assert end["status"] == "cancelled"
    assert "before this request was sent" in end["message"]
    assert case.box.creates == 0


def test_a_kernel_that_dies_while_it_waits_for_the_answer(case: Case, zygote: Zygote) -> None:
    """The next notebook finds the task in the provider's list."""
    assert case.run(zygote, wishes("ark"), kill=("create.answered", 1)).code == -9
    assert case.run(zygote).ends == []
    assert case.statuses() == [TaskStatus.KEPT]
    assert case.box.creates == 1
