"""From a submit to a file that says what made it, and back to a request."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image as Picture

import seedance_nb as sd
from seedance_nb.errors import ConfigurationError, MediaError
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio


def cat(path: Path) -> Path:
    buffer = io.BytesIO()
    Picture.new("RGB", (640, 640), (200, 60, 40)).save(buffer, "PNG")
    path.write_bytes(buffer.getvalue())
    return path


@pytest.mark.parametrize("provider", ["ark", "atlas", "eachlabs"])
def test_a_kept_clip_gives_its_request_back(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    """With a picture and without: the request is the one that was made, and what it used and cost is in the file."""
    monkeypatch.chdir(tmp_path)
    cat(tmp_path / "cat.png")
    content = sd.Content("The cat yawns", sd.Image("cat.png", role="first_frame"))
    fox = sd.Request("A fox in the snow", resolution="720p", duration=4, ratio="16:9")
    with Studio(f"sandbox:{provider}", base_url=box.url(provider), home=tmp_path / "out") as studio:
        for task, request in [(studio.submit(request), request) for request in (fox, fox.replace(content=content))]:
            record = task.wait(180).record()
            assert task.video is not None
            recipe = sd.open(task.video)
            assert (recipe.origin, recipe.missing) == ("file", ())
            assert recipe.request == request.replace(seed=record.seed)
            assert (recipe.provider, recipe.task_id, recipe.seed) == (provider, record.task_id, record.seed)
            assert recipe.usage == record.usage
            assert recipe.cost == record.cost
            assert recipe.price == (record.quote.price if record.quote else None)
            assert recipe.is_sandbox
            assert studio.composer(recipe.request).request == recipe.request
            beside = task.video.with_suffix(".json")
            assert sd.open(beside) == replace(recipe, path=beside, origin="sidecar")
        assert len(studio.doctor(deep=True)) == 0


def test_a_studio_may_leave_words_out_or_all(box: Sandbox, tmp_path: Path) -> None:
    """Redacted, neither the clip nor the file beside it has the prompt; with none there is no file beside it."""
    with Studio("sandbox", base_url=box.url("ark"), home=tmp_path / "a", recipe="redacted") as studio:
        redacted = studio.submit("A secret fox").wait(180).video
    with Studio("sandbox", base_url=box.url("ark"), home=tmp_path / "b", recipe="none") as studio:
        none = studio.submit("A secret fox").wait(180).video
    assert redacted is not None
    for path in (redacted, redacted.with_suffix(".json")):
        assert b"secret fox" not in path.read_bytes()
    assert sd.open(redacted).is_redacted
    assert none is not None
    assert not none.with_suffix(".json").exists()
    with pytest.raises(MediaError, match="no recipe"):
        sd.open(none)
    with pytest.raises(ConfigurationError, match="recipe='some'"):
        Studio("sandbox", home=tmp_path / "c", recipe="some")  # type: ignore[arg-type]
