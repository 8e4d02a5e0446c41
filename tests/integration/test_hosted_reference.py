"""A local reference clip, for a provider that takes clips by address alone: put into a store, signed for, removed."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import seedance_nb as sd
from seedance_nb import sandbox
from seedance_nb.errors import ConfigurationError, InvalidRequestError
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec, render
from seedance_nb.store import Store, opened
from seedance_nb.studio import Studio
from seedance_nb.task import TaskStatus

from ..s3 import S3, SECRET


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip that Ark takes as a reference: large and long enough."""
    spec = ClipSpec(
        width=864, height=496, frames=49, prompt="x", seed=3, model="m", mode="text", audio=False, watermark=False
    )
    path = tmp_path_factory.mktemp("reference") / "the user's own clip.mp4"
    path.write_bytes(render(spec).mp4)
    return path


@pytest.fixture
def slow_box(small_clip: Clip) -> Iterator[Sandbox]:
    """A sandbox on which time stands still until it is moved."""
    with sandbox.start(scenario=Scenario(queue=1, run=2), speed=0, render=lambda spec: small_clip) as started:
        yield started


def request(reference: Path, seed: int = 1) -> sd.Request:
    return sd.Request(
        sd.Content("Like [video 1], at night", sd.Video(reference)),
        resolution="480p",
        ratio="16:9",
        duration=4,
        seed=seed,
    )


def test_a_local_clip_is_read_by_signed_address_and_removed_at_the_end(
    s3: S3, slow_box: Sandbox, reference: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Said before, put there once for two tasks, fetched by Ark's dialect, gone when both have ended; told nowhere."""
    caplog.set_level(logging.DEBUG)
    home = s3.home()
    studio = Studio("sandbox", base_url=slow_box.url("ark"), home=tmp_path / "out", host=home)
    (said,) = studio.check(request(reference))
    assert (said.code, said.severity) == ("source.hosted", "warning")
    assert f"will be put into {home}" in said.what
    assert "for 49 h" in said.what
    assert list(opened(home).entries("references")) == []  # to look is not to send
    frame = sd.quotes(request(reference), host=home)
    assert home in frame[frame["provider"] == "ark"]["reason"].iloc[0]

    with pytest.warns(UserWarning, match="will be put into"):
        first = studio.submit(request(reference))
    second = studio.submit(request(reference, 2), allow={"source.hosted"})
    _until(lambda: {first.status, second.status} == {TaskStatus.QUEUED})
    (entry,) = opened(home).entries("references").values()
    assert entry.bytes == reference.stat().st_size
    events = [event for event in studio._store.events(second.local_id) if event.kind == "host"]
    assert events[0].detail is not None
    assert events[0].detail["was_there"]
    assert events[0].detail["at"] == f"{home}/{entry.key}"

    first.cancel()
    _until(lambda: first.status is TaskStatus.CANCELLED)
    assert len(studio.doctor()) == 0  # the other one may still be read
    assert len(opened(home).entries("references")) == 1
    slow_box.clock.advance(10)
    second.wait(60)
    _until(lambda: not opened(home).entries("references"))

    texts = [caplog.text, str(said), repr(studio), repr(second.record()), str(second.record().request)]
    texts += [file.read_bytes().decode("latin-1") for file in (tmp_path / "out").rglob("*") if file.is_file()]
    assert not [text for text in texts if SECRET in text or "X-Amz-" in text]
    studio.close()


def test_what_a_dead_notebook_left_is_found_and_removed(
    s3: S3, slow_box: Sandbox, reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that no task waits for is named by the doctor, and removed by it; of another ledger it is left alone."""
    home = s3.home()
    studio = Studio("sandbox", base_url=slow_box.url("ark"), home=home, folder=tmp_path / "out", host=True)
    other = Studio("sandbox", base_url=slow_box.url("ark"), home=home, folder=tmp_path / "other", host=True)

    def dead(self: Store, keys: Any) -> None:
        list(keys)  # the process ends before it gets so far

    with monkeypatch.context() as killed, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        killed.setattr(Store, "delete", dead)
        task = studio.submit(request(reference))
        _until(lambda: task.status is TaskStatus.QUEUED)
        slow_box.clock.advance(10)
        task.wait(60)
        studio.close()
    assert [finding.kind for finding in other.doctor(repair=True)] == ["orphan"] * 3  # its clips, seen from outside
    again = Studio("sandbox", base_url=slow_box.url("ark"), home=home, folder=tmp_path / "out", host=True)
    assert [finding.kind for finding in again.doctor()] == ["leftover"]
    assert len(again.doctor(repair=True)) == 0
    assert not opened(home).entries("references")
    again.close()
    other.close()


def test_without_a_store_a_local_clip_is_refused(s3: S3, reference: Path, tmp_path: Path) -> None:
    """As before; and a store that no provider reaches, or that nobody named, is said at once."""
    with sandbox.start() as box:
        studio = Studio("sandbox", base_url=box.url("ark"), home=tmp_path)
        with pytest.raises(InvalidRequestError, match="cannot be sent along"):
            studio.submit(request(reference))
        studio.close()
    with pytest.raises(ConfigurationError, match="home= names"):
        Studio("sandbox", home=tmp_path, host=True)
    with pytest.raises(ConfigurationError, match="on this machine alone"):
        Studio("ark", key="x", home=tmp_path, host=s3.home())


def _until(done: Any) -> None:
    import time

    until = time.monotonic() + 60
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)
