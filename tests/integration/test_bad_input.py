"""Bad input gets a sentence, and nothing is sent or written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image as Picture

import seedance_nb as sd
from seedance_nb.errors import InvalidRequestError
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio

A, B = "https://example.com/a.png", "https://example.com/b.png"


def clip(path: Path, seconds: int) -> Path:
    """A real clip of so many seconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 704, 640, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((640, 704, 3), np.uint8), format="rgb24")
        for number in range(24 * seconds):
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def audio_alone(folder: Path) -> sd.Request:
    return sd.Request(sd.Content("x", sd.Audio("https://example.com/a.mp3", duration=5)))


def mixed_roles(folder: Path) -> sd.Request:
    return sd.Request(sd.Content("x", sd.Image(A, role="first_frame"), sd.Image(B, role="reference_image")))


def two_long_clips(folder: Path) -> sd.Request:
    return sd.Request(sd.Content("x", sd.Video(clip(folder / "a.mp4", 12)), sd.Video(clip(folder / "b.mp4", 9))))


def small_picture(folder: Path) -> sd.Request:
    Picture.new("RGB", (200, 200)).save(folder / "small.png")
    return sd.Request(sd.Content("x", sd.Image(folder / "small.png")))


def text_called_png(folder: Path) -> sd.Request:
    (folder / "notes.png").write_text("this is not a picture")
    return sd.Request(sd.Content("x", sd.Image(folder / "notes.png")))


def unknown_role(folder: Path) -> sd.Request:
    return sd.Request(sd.Content("x", sd.Image(A, role="hero")))  # type: ignore[arg-type]


def too_short(folder: Path) -> sd.Request:
    return sd.Request(sd.Content("x"), duration=3)


def too_sharp_for_fast(folder: Path) -> sd.Request:
    return sd.Request(sd.Content("x"), model="seedance-2.0-fast", resolution="1080p")


def a_third_of_two(folder: Path) -> sd.Request:
    return sd.Request(
        sd.Content("image 3 meets image 1 and image 2", *(sd.Image(u, role="reference_image") for u in (A, B)))
    )


def missing_file(folder: Path) -> sd.Request:
    return sd.Request(sd.Content("x", sd.Image(folder / "nowhere.png")))


@pytest.mark.parametrize(
    ("make", "codes", "words"),
    [
        (audio_alone, {"role.audio_alone"}, "audio"),
        (mixed_roles, {"role.mixed"}, "reference"),
        (two_long_clips, {"media.total_duration", "source.video_local"}, "21"),
        (small_picture, {"media.side"}, "200"),
        (text_called_png, {"media.unreadable"}, "notes.png"),
        (unknown_role, set(), "'hero' is not a role"),
        (too_short, {"duration.range"}, "duration=3"),
        (too_sharp_for_fast, {"resolution.offered"}, "1080p"),
        (a_third_of_two, {"prompt.ordinal"}, "image 3"),
        (missing_file, {"media.unreadable"}, "nowhere.png"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_bad_input_gets_a_sentence(
    box: Sandbox,
    studio_on: Callable[..., Studio],
    tmp_path: Path,
    make: Callable[[Path], sd.Request],
    codes: set[str],
    words: str,
) -> None:
    """Each mistake is named with its value, nothing is sent, and nothing is in the ledger or on the disk."""
    studio = studio_on(box)
    with pytest.raises(InvalidRequestError) as caught:
        studio.submit(make(tmp_path))
    said = str(caught.value)
    assert words in said
    assert "nothing was sent" in said.lower()
    found = {problem.code for problem in caught.value.problems}
    assert codes <= found
    for problem in caught.value.problems:
        assert problem.what.endswith((".", "…", "?"))
        assert problem.fix
    assert not box.requests
    assert studio.ledger.frame().empty
    assert not (studio.home / "clips").exists()


def test_a_warning_points_to_the_line_that_submits(box: Sandbox, studio_on: Callable[..., Studio]) -> None:
    """Not to a line of this package, and not beyond the cell."""
    with pytest.warns(UserWarning, match="2,000 words") as caught:
        studio_on(box).submit(sd.Request("word " * 2000, duration=4, resolution="480p"))
    assert [warning.filename for warning in caught] == [__file__]
