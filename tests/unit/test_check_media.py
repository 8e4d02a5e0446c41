"""Rules about each medium, on real files, each with a neighbour that passes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from seedance_nb import catalog
from seedance_nb.catalog._media import file_problems
from seedance_nb.content import Audio, Content, Image, Item, Media, Video
from seedance_nb.request import Problem, Request

from . import media_samples as samples

REFERENCE = Image("https://example.com/a.png", "reference_image")


def problems(*items: Item) -> list[Problem]:
    return catalog.check(Request(Content("x", *items)), "ark")


def codes(*items: Item) -> list[str]:
    return [problem.code for problem in problems(*items)]


def of_file(item: Media) -> list[str]:
    """Only what is wrong with the file, not with its being local."""
    return [problem.code for problem in file_problems("x 1", item, catalog.provider("ark").inputs[item.kind])]


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_picture_formats_that_are_taken(name: str) -> None:
    """Six formats that Pillow writes are taken."""
    assert of_file(Image(samples.picture(640, 480, name))) == []


def test_picture_formats_that_are_not_taken() -> None:
    """AVIF is a picture and is not taken; HEIC is."""
    assert of_file(Image(samples.picture(640, 480, "AVIF"))) == ["media.format"]
    assert of_file(Image(samples.heic())) == []


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((300, 300), []),
        ((299, 300), ["media.side"]),
        ((6000, 3000), []),
        ((6001, 3000), ["media.side"]),
        ((1000, 400), []),
        ((1001, 400), ["media.ratio"]),
        ((400, 1000), []),
        ((400, 1001), ["media.ratio"]),
    ],
)
def test_pictures_have_limits(size: tuple[int, int], expected: list[str]) -> None:
    """Sides run from 300 to 6000 pixels and the ratio from 0.4 to 2.5, both included."""
    assert of_file(Image(samples.picture(*size))) == expected


def test_a_turned_photograph_is_judged_as_shown() -> None:
    """A picture that is turned by its EXIF data is not judged lying on its side."""
    assert "width-to-height ratio of 0.39" in str(problems(Image(samples.picture(1020, 400, "JPEG", orientation=6)))[0])


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    """30 MB are too much by one byte."""
    content = samples.picture(640, 480)
    path = samples.kept(tmp_path, "cat.png", content + bytes(31_457_279 - len(content)))
    assert of_file(Image(path)) == []
    path.write_bytes(content + bytes(31_457_280 - len(content)))
    assert of_file(Image(path)) == ["media.bytes"]


def test_the_whole_body_has_a_limit(tmp_path: Path) -> None:
    """Two pictures of 24 MiB become 64 MiB in base64 and do not fit with the rest; slightly smaller ones do."""
    content = samples.picture(640, 480)
    size = 24 * 1024**2
    path = samples.kept(tmp_path, "cat.png", content + bytes(size - len(content)))
    frames = (Image(path, "first_frame"), Image(path, "last_frame"))
    assert codes(*frames) == ["body.size"]
    path.write_bytes(content + bytes(size - len(content) - 2_000))
    assert codes(*frames) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (lambda: samples.clip(2, 640, 640), []),
        (lambda: samples.clip(2, 640, 640, container="mov"), []),
        (lambda: samples.clip(2, 640, 640, container="matroska"), ["media.format"]),
        (lambda: samples.clip(2, 640, 640, codec="mpeg4"), ["media.codec"]),
        (lambda: samples.clip(2, 640, 636), ["media.pixels"]),
        (lambda: samples.clip(2, 614, 664), []),
        (lambda: samples.clip(2, 1200, 400), ["media.ratio"]),
        (lambda: samples.clip(2, 640, 640, fps=60), []),
        (lambda: samples.clip(2, 640, 640, fps=62), ["media.fps"]),
        (lambda: samples.clip(2, 640, 640, fps=23), ["media.fps"]),
    ],
)
def test_clips_have_limits(content: object, expected: list[str]) -> None:
    """Container, codec, pixels, ratio and frames a second of a clip are judged by the real file."""
    assert callable(content)
    assert of_file(Video(content())) == expected


def test_a_clip_on_this_side_cannot_be_sent() -> None:
    """A local clip is told where to go, with its length for the quote."""
    (problem,) = problems(Video(samples.clip(4)))
    assert problem.code == "source.video_local"
    assert "must be provided as a web url" in problem.why
    assert "Video('https://…', duration=4)" in problem.fix
    assert "duration=4.041667" in problems(Video(samples.clip(Fraction(97, 24))))[0].fix
    assert problems(Video("https://example.com/a.mp4", duration=4)) == []


def test_clips_are_added_up() -> None:
    """Clips of 12 and 9 s are each good, too long together, and on the wrong side."""
    small = {"width": 640, "height": 640}
    listed = problems(Video(samples.clip(12, **small)), Video(samples.clip(9, **small)))
    assert [(problem.code, problem.where) for problem in listed] == [
        ("media.total_duration", "content"),
        ("source.video_local", "video 1"),
        ("source.video_local", "video 2"),
    ]
    assert "21 s long together (12 + 9)" in listed[0].what


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ((1.8,), []),
        ((1.79,), ["media.duration"]),
        ((15.1,), []),
        ((15.11,), ["media.duration"]),
        ((7.5, 7.6), []),
        ((7.5, 7.61), ["media.total_duration"]),
        ((5, None, 10), []),
    ],
)
def test_lengths_that_are_told_are_judged(lengths: tuple[float | None, ...], expected: list[str]) -> None:
    """2 to 15 s each and 15 s together, with the tolerance of other clients."""
    assert codes(*(Video("https://example.com/a.mp4", duration=length) for length in lengths)) == expected
    assert codes(REFERENCE, *(Audio("https://example.com/a.mp3", duration=one) for one in lengths)) == expected


def test_sounds_are_judged_by_their_files() -> None:
    """A wav of 3 s and an mp3 are taken; a short one and a flac are not."""
    assert codes(REFERENCE, Audio(samples.sound(3))) == []
    assert codes(REFERENCE, Audio(samples.compressed_sound(3))) == []
    assert codes(REFERENCE, Audio(samples.sound(1))) == ["media.duration"]
    assert codes(REFERENCE, Audio(samples.compressed_sound(3, container="flac", codec="flac"))) == ["media.format"]
    assert codes(REFERENCE, Audio(samples.sound(9)), Audio(samples.sound(7))) == ["media.total_duration"]
    large = samples.sound(14, rate=600_000)
    assert codes(REFERENCE, Audio(large)) == ["media.bytes"]


@pytest.mark.parametrize("item", [Image("none.png"), Image(b"text"), Image("data:image/png;base64,@@")])
def test_what_cannot_be_read_is_a_problem(item: Image) -> None:
    """A missing, wrong or damaged file is told as a problem and raises nothing."""
    assert codes(item) == ["media.unreadable"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("asset://asset-20260224200602-qn7wr", []),
        ("asset://portrait-12", ["source.asset_shape"]),
        ("asset://", ["source.asset_id"]),
        ("asset://a b", ["source.asset_id"]),
        ("https://example.com/a.png", []),
        ("http://127.0.0.1:8765/a.png", ["source.loopback"]),
        ("http://localhost:8765/a.png", ["source.loopback"]),
    ],
)
def test_addresses_are_judged_by_their_form(address: str, expected: list[str]) -> None:
    """An asset id has a form, and an address on this machine is of no use to a provider."""
    assert codes(Image(address)) == expected


def test_a_film_at_23_976_frames_is_let_pass() -> None:
    """24000/1001 frames a second are within the tolerance."""
    limits = catalog.provider("ark").inputs["video"].fps_tolerated
    assert limits is not None
    assert round(Fraction(24000, 1001), 1) in limits
