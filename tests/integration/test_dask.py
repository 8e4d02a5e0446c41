"""Media work on a real Dask cluster of two processes, of which one is killed in the middle."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from seedance_nb import media
from seedance_nb.errors import MediaError, WorkerError
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.store import opened
from seedance_nb.studio import Studio
from seedance_nb.widgets._twin_files import TwinFiles
from seedance_nb.workshop import Workshop

from ..patience import PATIENCE, eventually
from ..s3 import S3, SECRET
from ..unit import media_samples as samples
from .test_engine import REQUEST


@pytest.fixture
def client(s3: S3) -> Iterator[Any]:
    """A cluster of two worker processes on this machine, which have the keys of a store in their environment."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, processes=True, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster, timeout=PATIENCE, set_as_default=False) as client,
    ):
        yield client


def test_a_cluster_makes_what_one_process_makes_also_when_a_worker_is_killed(
    client: Any,
    tmp_path: Path,
    box: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    s3: S3,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Figures, posters, copies and films are the same byte for byte; from disk, store, or as bytes."""
    caplog.set_level(logging.DEBUG, "seedance_nb")
    paths = [tmp_path / f"{number}.mp4" for number in range(20)]
    for number, path in enumerate(paths):
        path.write_bytes(samples.clip(1, 160, 96 + 2 * number, sound=True))
    (broken := tmp_path / "broken.mp4").write_bytes(paths[0].read_bytes()[:3000])
    there = Studio("sandbox", base_url=box.url("ark"), home=tmp_path / "there", media=client)
    here = Studio("sandbox", base_url=box.url("ark"), home=tmp_path / "here")
    task = there.submit(REQUEST.replace(return_last_frame=True)).wait(PATIENCE)  # looked at by a worker

    once, measure = tmp_path / "killed", media.measure

    def deadly(path: Path) -> media.Measures:
        if path.name == "7.mp4" and not once.exists():
            once.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
        return measure(path)

    with monkeypatch.context() as patch:
        patch.setattr(media, "measure", deadly)
        found = there.measure(paths, broken, tmp_path / "gone.mp4", progress=False)

    def workers() -> set[int]:
        return set(client.run(os.getpid, on_error="ignore").values())

    killed = int(once.read_text())
    eventually(lambda: len(pids := workers()) == 2 and killed not in pids)  # its nanny has started another one
    assert list(found["error"].notna()) == [False] * 20 + [True, True]
    alone = here.measure(paths, broken, tmp_path / "gone.mp4")
    assert "22/22" in capsys.readouterr().err  # a bar
    pd.testing.assert_frame_equal(found.drop(columns="error"), alone.drop(columns="error"), check_exact=True)
    assert len(there._store.measures(found["sha256"].dropna(), media.MEASURES_VERSION)) == 20

    # What it knows already is not measured again, nor is another studio's.
    with monkeypatch.context() as patch:
        patch.setattr(media, "measure", "nothing that could be called")
        pd.testing.assert_frame_equal(there.measure(paths, progress=False), found[:20])

    # Who stops to look takes back what has not begun.
    go_on = tmp_path / "go on"

    def patient(path: Path) -> str:
        path.with_suffix(".begun").touch()
        eventually(lambda: path.name == "0.mp4" or go_on.exists())
        return path.name

    shop = Workshop(client)
    for came in shop.each(patient, paths):
        assert came == (0, "0.mp4")
        break
    eventually(lambda: not any(client.processing().values()))
    go_on.touch()
    assert len(list(tmp_path.glob("*.begun"))) <= 4  # two that were done, two that had begun

    posters = dict(shop.each(media.poster, paths))
    assert [posters[place] for place in range(20)] == [media.poster(path) for path in paths]
    assert task.video is not None
    assert task.video.with_suffix(".jpg").read_bytes() == media.poster(task.video)
    for kinds in (["h264"], ["bare", "mp3"]):
        made = TwinFiles(there.home).made(paths[0], kinds)  # type: ignore[arg-type]
        assert made.read_bytes() == TwinFiles(here.home).made(paths[0], kinds).read_bytes()  # type: ignore[arg-type]
    shop.is_blind = True  # as if the workers were on other machines
    film, same = tmp_path / "film.mp4", tmp_path / "same.mp4"
    shop.do(media.join, paths[:3], target=film)
    media.join(paths[:3], same)
    assert film.read_bytes() == same.read_bytes()

    # A clip that lies in a store alone: workers read it with the keys of their own environment.
    store = opened(s3.home())
    store.put(paths[3], "clips/3.mp4", sha256=hashlib.sha256(paths[3].read_bytes()).hexdigest())
    shelved = sd_artifact(store.url("clips/3.mp4"), tmp_path / "elsewhere" / "3.mp4")
    assert dict(shop.each(media.measure, [shelved])) == {0: media.measure(paths[3])}
    with pytest.raises(MediaError):
        shop.do(media.measure, broken)

    for studio in (there, here):
        studio.close()
    assert client.status == "running"  # it is not ours
    said = caplog.text + repr(client.scheduler_info()) + repr(client.get_worker_logs())
    assert SECRET not in said
    client.close()
    with pytest.raises(WorkerError):
        shop.do(media.poster, paths[0])


def sd_artifact(original: str, path: Path) -> Any:
    """A clip as the ledger knows it."""
    from seedance_nb.task import Artifact

    return Artifact("clip", path=path, original=original)
