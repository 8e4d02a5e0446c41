"""Media work given to threads and processes: the same results, one clip's trouble no other's, a process that dies."""

from __future__ import annotations

import os
import pickle
import runpy
import signal
import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from seedance_nb import media, workshop
from seedance_nb.errors import ConfigurationError, MediaError, StoreError, WorkerError
from seedance_nb.workshop import Workpiece, Workshop
from seedance_nb.workshop._work import Work, carried_out

from ..patience import PATIENCE
from . import media_samples as samples


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    """Clips of several lengths, with sound."""
    made = [tmp_path / f"{number}.mp4" for number in range(6)]
    for number, path in enumerate(made):
        path.write_bytes(samples.clip(1 + number % 2, 160, 96, sound=True))
    return made


class Elsewhere(Executor):
    """An executor that stands for another machine: what goes there and comes back is pickled, and it has no file."""

    def __init__(self, **versions: str) -> None:
        self.sent: list[Work] = []
        self._versions = versions

    def submit(self, function, /, work, *args, **options):  # type: ignore[no-untyped-def]
        work = pickle.loads(pickle.dumps(work))
        self.sent.append(work)
        assert not options
        hidden = [piece if piece.content else Workpiece("/elsewhere/x.mp4", piece.original) for piece in work.pieces]
        object.__setattr__(work, "pieces", tuple(hidden))
        came: Future[object] = Future()
        done = function(work, *args)
        for name, value in self._versions.items():
            object.__setattr__(done, name, value)
        came.set_result(pickle.loads(pickle.dumps(done)))
        return came


def test_processes_say_the_same_and_outlive_one_that_is_killed(clips: list[Path], tmp_path: Path) -> None:
    """The figures are those of one process, also after one process died; what is no clip is its own trouble."""
    (broken := tmp_path / "broken.mp4").write_bytes(clips[0].read_bytes()[:2000])
    many = [*clips, broken, *clips]
    here = dict(Workshop().each(media.measure, many))
    shop = Workshop("processes")
    try:
        coming = shop.each(media.measure, many)
        found = dict([next(coming)])
        for pid in shop._hands.executor._processes:  # type: ignore[union-attr]
            os.kill(pid, signal.SIGKILL)
        found |= dict(coming)
        assert isinstance(found.pop(6), MediaError)
        assert found == {place: came for place, came in here.items() if place != 6}
        made, same = tmp_path / "made.mp4", tmp_path / "same.mp4"
        shop.do(media.twin, clips[0], "h264", target=made)
        media.twin(clips[0], same, "h264")
        assert made.read_bytes() == same.read_bytes()
    finally:
        shop.close()


def test_a_copy_does_not_depend_on_how_many_cores_there_are(tmp_path: Path) -> None:
    """The encoder works in as many parts on every machine, and notes how many."""
    clip, made = tmp_path / "clip.mp4", tmp_path / "made.mp4"
    clip.write_bytes(samples.clip(1, 640, 480))
    media.twin(clip, made, "h264")
    assert b" threads=4 " in made.read_bytes()


def test_a_clip_with_which_processes_die_is_named_and_the_others_are_measured(clips: list[Path]) -> None:
    """Those beside it are done again, one at a time; the one with which one dies alone is left."""
    shop = Workshop("processes")
    try:
        works = [Work(media.measure, (Workpiece.of(path),)) for path in clips]
        (deadly := clips[2].with_name("deadly.py")).write_text("import os\nos.kill(os.getpid(), 9)\n")
        works[2] = Work(runpy.run_path, (Workpiece.of(deadly),))  # as a clip that the decoder does not survive
        found = dict(shop._each(works))
        assert isinstance(found.pop(2), WorkerError)
        assert found == {place: media.measure(path) for place, path in enumerate(clips) if place != 2}
    finally:
        shop.close()


def test_threads_are_asked_to_stop(clips: list[Path]) -> None:
    """Who asked for the work stops it in the middle, and nothing is left of it; an executor of others stays open."""
    stop = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        shop = Workshop(pool)
        target = clips[0].with_name("twin.mp4")
        stop.set()
        with pytest.raises(MediaError, match="Stopped"):
            shop.do(media.twin, clips[0], "h264", target=target, stopped=stop.is_set)
        assert dict(shop.each(media.measure, clips, stopped=stop.is_set)) == {}
        shop.close()
        assert pool.submit(int, "7").result(PATIENCE) == 7
    assert not target.exists()


def test_who_stops_to_look_takes_back_what_has_not_begun(clips: list[Path]) -> None:
    """An interrupt leaves nothing in the queue."""
    with ThreadPoolExecutor(1) as pool:
        for _ in Workshop(pool).each(media.probe_file, clips * 20):
            break
        assert pool.submit(int, "7").result(PATIENCE) == 7
        assert pool._work_queue.qsize() == 0


def test_who_sees_no_file_gets_its_bytes(clips: list[Path], tmp_path: Path) -> None:
    """A worker on another machine says that it sees nothing; then bytes go there and files come back, all the same."""
    far = Elsewhere()
    shop = Workshop(far)
    assert shop.do(media.look, clips[0], last_frame=True) == media.look(clips[0], last_frame=True)
    assert [work.weight > 0 for work in far.sent] == [False, True]
    assert dict(shop.each(media.measure, clips)) == dict(Workshop().each(media.measure, clips))
    made, same = tmp_path / "film.mp4", tmp_path / "same.mp4"
    joined = shop.do(media.join, clips[:2], target=made)
    assert joined.frames == media.join(clips[:2], same).frames
    assert made.read_bytes() == same.read_bytes()
    assert "ftyp" not in repr(far.sent)
    with pytest.raises(MediaError, match=r"gone\.mp4"):
        shop.do(media.measure, tmp_path / "gone.mp4")


def test_what_a_worker_stumbles_over_is_tried_again(clips: list[Path]) -> None:
    """A cluster loses a result now and then; what it never gives is said, and is no matter of the other clips."""

    class Forgetful(Elsewhere):
        def submit(self, function, /, work, *args, **options):  # type: ignore[no-untyped-def]
            came = super().submit(function, work, *args, **options)
            if len(self.sent) in {1, 3} or work.pieces[0].path.endswith("1.mp4"):
                came = Future()
                came.set_exception(TypeError("cannot unpack non-iterable Done object"))
            return came

    found = dict(Workshop(Forgetful()).each(media.measure, clips[:3]))
    assert isinstance(found.pop(1), WorkerError)
    assert found == {place: media.measure(clips[place]) for place in (0, 2)}


def test_a_store_that_gives_no_answer_once_is_asked_again(clips: list[Path]) -> None:
    """What a worker is told by a store may pass; after so many times it is the clip's error."""
    _no_answer.extend([StoreError("no answer", passing=True)] * 2)
    assert dict(Workshop(Elsewhere()).each(seen, clips[:1])) == {0: "seen"}
    _no_answer.extend([StoreError("no answer", passing=True)] * 3)
    [(_, came)] = Workshop(Elsewhere()).each(seen, clips[:1])
    assert isinstance(came, StoreError)
    assert _no_answer == []


_no_answer: list[StoreError] = []


def seen(path: Path) -> str:
    """What a worker does that meets a store in trouble."""
    if _no_answer:
        raise _no_answer.pop()
    return "seen"


def test_results_of_other_versions_are_refused(clips: list[Path]) -> None:
    """What another version of the decoder measured does not stand beside ours."""
    shop = Workshop(Elsewhere(made_with="av 1.0"))
    with pytest.raises(WorkerError, match=r"av 1\.0.*not be the same"):
        shop.do(media.measure, clips[0])


def test_another_file_under_the_same_name_is_not_taken_for_the_clip(clips: list[Path]) -> None:
    """Who may be elsewhere compares bytes, not names."""
    work = Work(media.measure, (Workpiece.of(clips[0]),)).known()
    clips[0].write_bytes(clips[1].read_bytes())
    assert carried_out(work, False).is_unseen


def test_what_nobody_does_in_time_is_done_here(clips: list[Path]) -> None:
    """A cluster without workers does not keep a clip from being looked at."""

    class Nobody(Executor):
        def submit(self, *args, **options):  # type: ignore[no-untyped-def]
            return Future()

    found = Workshop(Nobody()).do(media.poster, clips[0], patience=0.0)
    assert found == media.poster(clips[0])


def test_a_folder_has_one_workshop_as_long_as_its_studio(tmp_path: Path) -> None:
    """What is asked for later is done in the thread that asks."""
    shop = Workshop("threads")
    workshop.serve(tmp_path, shop)
    assert workshop.at(tmp_path / "clips" / "..") is shop
    workshop.leave(tmp_path, shop)
    assert workshop.at(tmp_path).is_here
    assert workshop.at(None).is_here


class Asynchronous:
    """A client of Dask that only its own loop can wait for."""

    asynchronous = True

    def get_executor(self, **options: object) -> Executor:
        raise AssertionError


@pytest.mark.parametrize("given", ["fibres", 7, Asynchronous(), "tcp://127.0.0.1:1"])
def test_what_can_do_no_work_is_refused(given: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is possible, and for Dask with the command that installs it."""
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigurationError, match=r"Nothing was opened|pip install 'seedance-nb\[dask\]'"):
        Workshop(given)  # type: ignore[arg-type]
