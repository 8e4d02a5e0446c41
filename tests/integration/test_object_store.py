"""Clips that are kept in an object store: on a real server, over HTTP, with signatures that count."""

from __future__ import annotations

import hashlib
import json
import logging
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import seedance_nb as sd
from seedance_nb.cli import main
from seedance_nb.engine import copies
from seedance_nb.errors import ConfigurationError, NotKeptError, StoreError
from seedance_nb.mcp_server import Settings
from seedance_nb.mcp_server import _desk as mcp_desk
from seedance_nb.mcp_server._telling import files_of
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.store import Store, opened
from seedance_nb.store._store import PART
from seedance_nb.studio import Studio
from seedance_nb.task import Failure, TaskStatus

from ..s3 import S3, SECRET
from ..s3_faults import Fault, FaultyStore, Sometimes
from .test_engine import REQUEST

StoreStudio = Callable[..., Studio]


@pytest.fixture
def store_studio(s3: S3, box: Sandbox, tmp_path: Path) -> Iterator[StoreStudio]:
    """Studios that keep their clips in one folder of the store; each may be on a machine (a folder) of its own."""
    made: list[Studio] = []
    home = s3.home()

    def make(machine: str = "here", **more: object) -> Studio:
        options = {"home": home, "folder": tmp_path / machine, "ledger": tmp_path / "ledger.sqlite3", **more}
        made.append(Studio("sandbox", base_url=box.url("ark"), **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for studio in made:
        studio.close()


def bytes_of(store: Store, key: str) -> bytes:
    return b"".join(store.read(key))


def test_a_clip_is_kept_in_the_store_and_read_on_another_machine(
    store_studio: StoreStudio, box: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Clip, poster, last frame and recipe lie there; another machine has what it looks at, checked."""
    caplog.set_level(logging.DEBUG)
    studio = store_studio()
    task = studio.submit(REQUEST.replace(return_last_frame=True)).wait(60)
    store = opened(studio.store)
    names = {f"clips/{task.local_id}{ending}" for ending in (".mp4", ".jpg", ".json", "-last.png")}
    assert set(store.entries("clips")) == names
    for artifact in task.record().artifacts:
        assert artifact.original.startswith(f"{studio.store}/clips/{task.local_id}")
        assert store.sha256(copies.place_of(artifact.original)[1]) == artifact.sha256
    assert studio.ledger.frame()["clip"][0] == f"{studio.store}/clips/{task.local_id}.mp4"

    other = store_studio("there")
    there = other.tasks()[0]
    assert not (other.home / "clips").exists()
    assert there.video is not None
    assert there.last_frame is not None
    assert other.home in there.video.parents
    assert there.video.read_bytes() == bytes_of(store, f"clips/{task.local_id}.mp4")
    assert sd.open(there.video).request.prompt == REQUEST.prompt
    there.video.unlink()
    view = other.preview(there).clips[0]
    assert (view["problem"], view["frames"]) == ("", 25)
    for path in (other.home / "clips").iterdir():
        path.unlink()
    assert other.compare(there, there).frame()["frames"].tolist() == [25, 25]
    page = other.report(tmp_path / "report.html", clips="inside").read_text()
    assert page.count("data:video/mp4") == 1
    assert len(other.doctor(deep=True)) == 0

    told = [caplog.text, page, repr(studio), repr(store), repr(vars(store)), repr(task.record())]
    told += [(tmp_path / "ledger.sqlite3").read_bytes().decode("latin-1"), repr(studio.doctor()), str(view)]
    told += [(tmp_path / "ledger.sqlite3-wal").read_bytes().decode("latin-1")]
    assert not [text for text in told if SECRET in text or "X-Amz-" in text]
    assert len(box.bills) == 1


def test_the_command_line_and_an_assistant_know_the_store(
    store_studio: StoreStudio, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The doctor looks into it, a task names it, and what is linked is there or where the copy is."""
    studio = store_studio()
    task = studio.submit(REQUEST).wait(60)
    address = studio.store
    studio.close()
    for path in (studio.home / "clips").iterdir():
        path.unlink()
    place = ["--home", str(studio.home), "--ledger", str(tmp_path / "ledger.sqlite3"), "--json"]
    assert main(["tasks", *place, task.local_id]) == 0
    [clip] = [one for one in json.loads(capsys.readouterr().out)["task"]["files"] if one["kind"] == "clip"]
    assert clip["original"] == f"{address}/clips/{task.local_id}.mp4"
    assert main(["doctor", *place, "--deep", "--store", address]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
    assert main(["rescue", *place, task.local_id, "--store", address]) == 0

    for path in (studio.home / "clips").iterdir():
        path.unlink()
    with mcp_desk.opened(Settings(home=studio.home, ledger=str(tmp_path / "ledger.sqlite3"), store=address)) as desk:
        link, poster = files_of(desk.studio.task(task.local_id).record())
    assert (link.type, link.uri, poster.type) == ("resource_link", clip["original"], "image")  # type: ignore[union-attr]


def test_many_clips_arrive_whole_whatever_the_network_does(
    store_studio: StoreStudio, s3: S3, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slow, 503, reset, cut off, other bytes, thrown away: each clip is there, verified, paid once."""
    with FaultyStore(s3.endpoint, Sometimes(random.Random(7), 0.3)) as faulty:
        monkeypatch.setenv("AWS_ENDPOINT_URL", faulty.endpoint)
        studio = store_studio()
        batch = studio.submit_many([REQUEST.replace(seed=seed) for seed in range(12)], progress=False)
        batch.wait(300)
        assert len(faulty.done) >= 5, faulty.done
        records = [task.record() for task in studio.tasks()]
        for path in (studio.home / "clips").iterdir():
            path.unlink()
        copies.bring(record.artifact("clip") for record in records)  # back through the same network
        for record in records:
            clip = record.artifact("clip")
            assert clip is not None
            assert clip.path is not None
            assert hashlib.sha256(clip.path.read_bytes()).hexdigest() == clip.sha256
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.endpoint)
    whole = opened(studio.store)
    for record in records:
        assert record.status is TaskStatus.KEPT
        for artifact in record.artifacts:
            assert whole.sha256(copies.place_of(artifact.original)[1]) == artifact.sha256
    assert len(box.bills) == 12


def test_a_large_file_goes_in_parts_and_comes_back_checked(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there is not sent again; other bytes are noticed and never get the name; a break goes on where it was."""
    file, key = tmp_path / "large.mp4", "clips/large.mp4"
    file.write_bytes(random.Random(1).randbytes(2 * PART + 12_345))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    home = s3.home()
    with FaultyStore(s3.endpoint, lambda method, path: None) as faulty:
        monkeypatch.setenv("AWS_ENDPOINT_URL", faulty.endpoint)
        store = opened(home)
        assert store.put(file, key, sha256=digest)
        assert (faulty.seen["PUT"], faulty.seen["POST"], faulty.seen["GET"]) == (3, 2, 0)
        assert not store.put(file, key, sha256=digest)
        assert faulty.seen["PUT"] == 3

        cut = iter(["cut", "reset", None])
        faulty.plan = lambda method, path: next(cut, None) if method == "GET" else None  # type: ignore[assignment]
        copies.fetch(store, key, tmp_path / "copy" / "large.mp4", sha256=digest)
        assert (tmp_path / "copy" / "large.mp4").read_bytes() == file.read_bytes()

        faulty.plan = lambda method, path: "wrong bytes" if method == "GET" else None
        with pytest.raises(StoreError, match="other bytes than were kept"):
            copies.fetch(store, key, tmp_path / "wrong" / "large.mp4", sha256=digest)
        assert list((tmp_path / "wrong").iterdir()) == []


def test_a_store_that_refuses_loses_nothing(
    store_studio: StoreStudio, s3: S3, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made and billed, whole on this disk, not kept, and said so; with the right keys it is kept, and paid once."""
    with monkeypatch.context() as wrong:
        wrong.setenv("AWS_SECRET_ACCESS_KEY", "another-secret-altogether")
        studio = store_studio()
    task = studio.submit(REQUEST)
    with pytest.raises(NotKeptError, match=r"refuses these keys \(403.*lies whole on this disk") as raised:
        task.wait(60)
    assert "another-secret" not in str(raised.value)
    assert [finding.kind for finding in studio.doctor()] == ["adoptable", "store_closed"]
    studio.close()
    again = store_studio()
    assert again.tasks()[0].wait(60).status is TaskStatus.KEPT
    assert set(opened(again.store).entries("clips")) >= {f"clips/{task.local_id}.mp4"}
    assert (len(box.bills), len(again.doctor())) == (1, 0)


def test_the_doctor_finds_and_mends_what_is_wrong_in_the_store(
    store_studio: StoreStudio, box: Sandbox, tmp_path: Path
) -> None:
    """Gone, damaged, forgotten, of no task: named; what can be had is put back, from a copy or from the provider."""
    studio = store_studio()
    gone, damaged, bare, forgotten = (studio.submit(REQUEST.replace(seed=seed)).wait(60) for seed in (1, 2, 3, 4))
    store = opened(studio.store)

    def key(task: sd.Task, ending: str = ".mp4") -> str:
        return f"clips/{task.local_id}{ending}"

    first = bytes_of(store, key(gone))
    store.delete([key(gone), key(bare, ".jpg")])
    stranger, other = tmp_path / "holiday.mp4", tmp_path / "other.mp4"
    stranger.write_bytes(b"x")
    other.write_bytes(bytes(len(bytes_of(store, key(damaged)))))
    store.put(stranger, "clips/holiday.mp4", sha256=hashlib.sha256(b"x").hexdigest())
    store.put(other, key(damaged), sha256=hashlib.sha256(other.read_bytes()).hexdigest())
    for path in (studio.home / "clips").iterdir():
        path.unlink()  # as on a machine that has looked at nothing
    with pytest.raises(StoreError, match="other bytes than were kept"):
        _ = damaged.video
    # As after a process that died when the clip was put and its row was not written.
    moment, why = forgotten.record().updated_at, Failure("NotKept", "The process ended.")
    studio._store.transition(forgotten.local_id, TaskStatus.SUCCEEDED, at=moment, failure=why)

    def kinds(report: object) -> list[str]:
        return sorted(finding.kind for finding in report)  # type: ignore[attr-defined]

    assert kinds(studio.doctor(deep=True)) == ["adoptable", "clip_damaged", "clip_missing", "orphan", "still_missing"]
    assert kinds(studio.doctor(deep=True, repair=True)) == ["orphan"]
    assert bytes_of(store, key(gone)) == first
    assert forgotten.record().status is TaskStatus.KEPT
    assert all(artifact.original for task in studio.tasks() for artifact in task.record().artifacts)
    assert len(box.bills) == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"home": "ftp://clips/x"}, "s3://, gs://, tos://"),
        ({"home": "s3://me:hush@clips/x"}, "come from the environment"),
        ({"home": "s3://clips/x?key=hush"}, "come from the environment"),
        ({"home": "s3://clips/../x"}, "come from the environment"),
        ({"home": "tos://clips/x"}, "TOS_ACCESS_KEY"),
        ({"home": "out", "folder": "copies"}, "home= names none"),
        ({"home": "s3://clips/x", "folder": "s3://clips/y"}, "a folder on this machine"),
        ({"home": "s3://clips/x", "ledger": "s3://clips/x/ledger.sqlite3"}, "SQLite or PostgreSQL"),
    ],
)
def test_what_cannot_be_is_refused_before_anything(
    options: dict[str, str], said: str, s3: S3, box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A place that is none, keys in an address, a ledger in a store: nothing is opened, and no key is repeated."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=said) as raised:
        Studio("sandbox", base_url=box.url("ark"), **options)  # type: ignore[arg-type]
    assert "hush" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_plain_http_is_for_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """TOS has the bucket in its host's name, and the address of S3's protocol; plain http goes to no other machine."""
    monkeypatch.setenv("TOS_ACCESS_KEY", "AK")
    monkeypatch.setenv("TOS_SECRET_KEY", SECRET)
    monkeypatch.setenv("TOS_ENDPOINT", "https://tos-cn-shanghai.volces.com")
    import datetime as dt

    signed = opened("tos://films/team").signed("clips/a.mp4", dt.timedelta(hours=1))
    assert signed.startswith("https://films.tos-s3-cn-shanghai.volces.com/team/clips/a.mp4?")
    assert SECRET not in signed
    monkeypatch.setenv("TOS_ENDPOINT", "http://tos-cn-shanghai.volces.com")
    with pytest.raises(ConfigurationError, match="plain http"):
        opened("tos://films/team")


def test_a_library_moves_into_a_store_and_back(
    s3: S3, box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off, gone on with, verified, there and back: nothing lost; what was damaged stays and is named."""
    studio = Studio("sandbox", base_url=box.url("ark"), home=tmp_path, project="film")
    tasks = [studio.submit(REQUEST.replace(seed=seed)).wait(60) for seed in range(4)]
    whole = [task.video.read_bytes() for task in tasks if task.video]
    home, folder = s3.home(), tmp_path / "clips"
    (folder / f"{tasks[3].local_id}.mp4").write_bytes(whole[3][:-1] + b"?")

    def refuses_one(method: str, path: str) -> Fault | None:
        return "503" if path.endswith(f"{tasks[1].local_id}.mp4") else None

    with FaultyStore(s3.endpoint, refuses_one) as faulty, monkeypatch.context() as hasty:
        hasty.setenv("AWS_ENDPOINT_URL", faulty.endpoint)
        hasty.setattr("seedance_nb.store._opening.RETRY", {"max_retries": 0})
        moved = studio.move_home(home)
        assert moved.remove_old() == 4
    assert (moved.to, moved.files, len(moved.left)) == (home, 4, 2)
    assert "other bytes than were kept" in moved.left[1]
    assert studio.move_home(home).files == 2
    (folder / f"{tasks[3].local_id}.mp4").write_bytes(whole[3])
    last = studio.move_home(home)
    assert (last.files, last.left) == (2, ())
    assert all(artifact.original for task in tasks for artifact in task.record().artifacts)
    assert last.remove_old() == 2
    assert sorted(path.stem for path in folder.iterdir()) == sorted([tasks[1].local_id] * 3)
    assert (studio.store, len(studio.doctor(deep=True))) == (home, 0)

    room = studio.space().set_index("kind")
    assert set(room["place"]) == {home}
    assert set(room["project"]) == {"film"}
    assert room["files"].to_dict() == {"clip": 4, "poster": 4, "recipe": 4}
    assert room.loc["clip", "bytes"] == sum(map(len, whole))
    assert room.loc["clip", "here"] == len(whole[1])
    fifth = studio.submit(REQUEST.replace(seed=9)).wait(60)
    assert fifth.record().artifacts[0].original.startswith(home)  # from now on it keeps them there

    for path in folder.iterdir():
        path.unlink()
    back = studio.move_home(studio.home)
    assert (back.files, back.left, studio.store) == (10, (), "")
    assert back.remove_old() == 10
    assert opened(home).entries("clips") == {}
    assert [task.video.read_bytes() for task in tasks if task.video] == whole
    assert sd.open(folder / f"{tasks[0].local_id}.mp4").request.prompt == REQUEST.prompt
    assert len(list(folder.glob("*.json"))) == 5
    assert len(studio.doctor(deep=True)) == 0
    with pytest.raises(ConfigurationError, match="Another folder"):
        studio.move_home(tmp_path / "elsewhere")
    studio.close()
    assert len(box.bills) == 5
