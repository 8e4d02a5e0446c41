"""Copies of a clip: for editors without AAC, for browsers without HEVC, for judges who may not know."""

from __future__ import annotations

import hashlib
import io
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image as Pillow

from seedance_nb.errors import MediaError
from seedance_nb.media import bare_copy, frame, last_frame, probe_file, twin

from . import media_samples as samples


def packets(path: Path, kind: str = "video") -> list[tuple[Fraction, Fraction, Fraction, bool, str]]:
    """Moment, order, length and content of every packet."""
    with av.open(str(path)) as container:
        stream = getattr(container.streams, kind)[0]
        return [
            (
                packet.pts * packet.time_base,
                packet.dts * packet.time_base,
                packet.duration * packet.time_base,
                packet.is_keyframe,
                hashlib.sha256(bytes(packet)).hexdigest(),
            )
            for packet in container.demux(stream)
            if packet.size
        ]


def heard(path: Path) -> Any:
    """The sound as 48,000 samples a second in one channel, from the moment the picture begins."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=48_000)
        pieces = [piece.to_ndarray()[0] for found in container.decode(audio=0) for piece in resampler.resample(found)]
    return np.concatenate(pieces)


def pixel(content: bytes) -> tuple[int, ...]:
    found = Pillow.open(io.BytesIO(content)).convert("RGB").getpixel((10, 10))
    assert isinstance(found, tuple)
    return found


def test_a_twin_with_mp3_has_the_same_pictures(tmp_path: Path) -> None:
    """Its pictures are the clip's, packet for packet; its sound is MP3 and begins within 2 ms of where it did."""
    click = np.zeros(96_000)
    click[48_000:48_100] = 0.8
    clip = samples.film(tmp_path / "clip.mp4", [np.full((64, 64), 90)] * 48, sound=click)
    twin(clip, tmp_path / "twin.mp4", "mp3")
    assert packets(tmp_path / "twin.mp4") == packets(clip)
    assert (probe_file(tmp_path / "twin.mp4").audio_codec or "").startswith("mp3")
    assert abs(int(np.abs(heard(tmp_path / "twin.mp4")).argmax()) - 48_050) < 150
    assert list(tmp_path.glob("*.part")) == list(tmp_path.glob(".*.part")) == []


def test_a_clip_without_sound_has_a_twin_too(tmp_path: Path) -> None:
    """Then it is a copy."""
    clip = samples.kept(tmp_path, "clip.mp4", samples.clip(1, 320, 320))
    twin(clip, tmp_path / "twin.mp4", "mp3")
    assert packets(tmp_path / "twin.mp4") == packets(clip)
    assert probe_file(tmp_path / "twin.mp4").audio_codec is None


def test_a_twin_in_h264_shows_the_same_frames(tmp_path: Path) -> None:
    """Frame for frame at the same moments, in the same colours, with the same sound."""
    clip = samples.kept(
        tmp_path, "clip.mp4", samples.clip(1, 160, 720, codec="libx265", sound=True, matrix="ITU709", tagged=True)
    )
    assert probe_file(clip).video_codec == "hevc"
    twin(clip, tmp_path / "twin.mp4", "h264")
    facts = probe_file(tmp_path / "twin.mp4")
    assert (facts.video_codec, facts.frames, facts.width, facts.height) == ("h264", 24, 160, 720)
    assert sorted(packet[0] for packet in packets(tmp_path / "twin.mp4")) == sorted(p[0] for p in packets(clip))
    assert packets(tmp_path / "twin.mp4", "audio") == packets(clip, "audio")
    for index in (0, 17, 23):
        assert np.allclose(pixel(frame(tmp_path / "twin.mp4", index)), (20 + 2 * index, 60, 40), atol=3)
    with av.open(str(tmp_path / "twin.mp4")) as container:
        assert int(container.streams.video[0].codec_context.colorspace) == 1
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"


@pytest.mark.parametrize(("size", "wanted"), [((2560, 1440), (1920, 1080)), ((1440, 2560), (1080, 1920))])
def test_a_large_clip_gets_a_smaller_twin(tmp_path: Path, size: tuple[int, int], wanted: tuple[int, int]) -> None:
    """The shorter side is at most 1080, whichever it is."""
    clip = samples.kept(tmp_path, "clip.mp4", samples.clip(Fraction(1, 8), *size, matrix="ITU709"))
    twin(clip, tmp_path / "twin.mp4", "h264")
    facts = probe_file(tmp_path / "twin.mp4")
    assert (facts.width, facts.height, facts.frames) == (*wanted, 3)
    assert np.allclose(pixel(last_frame(tmp_path / "twin.mp4")), (24, 60, 40), atol=3)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_bare_copy_says_nothing_of_itself(tmp_path: Path, codec: str) -> None:
    """What was asked for, who made it and when is nowhere in its bytes; what is shown is the same."""
    clip = samples.kept(tmp_path, "clip.mp4", samples.clip(2, 320, 320, codec=codec, sound=True))
    named = tmp_path / "named.mp4"
    with (
        av.open(str(clip)) as source,
        av.open(str(named), "w", container_options={"movflags": "use_metadata_tags"}) as out,
    ):
        out.metadata.update(
            {"comment": "A fox with a seed of 4711", "title": "seedance-2.0-fast", "recipe": "cgt-secret",
             "creation_time": "2026-11-26T01:02:03Z", "encoder": "seedance"}
        )  # fmt: skip
        copies = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
        for copy in copies.values():
            copy.metadata["handler_name"] = "seedance-2.0-fast"
        for packet in source.demux():
            if packet.size:
                packet.stream = copies[packet.stream.index]
                out.mux(packet)
    assert b"seedance-2.0-fast" in named.read_bytes()
    bare_copy(named, tmp_path / "bare.mp4")
    content = (tmp_path / "bare.mp4").read_bytes()
    for word in (b"fox", b"4711", b"seedance", b"cgt-", b"Lavf", b"Lavc", b"x264 -", b"x265 (", b"Copy"):
        assert word not in content
        assert word.decode().encode("utf-16-be") not in content
    # The header of the film and of each track: made at no time.
    for box in re.finditer(rb"(mvhd|tkhd|mdhd)\0...", content, re.DOTALL):
        assert content[box.end() : box.end() + 8] == bytes(8)
    assert [packet[:4] for packet in packets(tmp_path / "bare.mp4")] == [packet[:4] for packet in packets(clip)]
    for index in (0, 30, -1):
        assert frame(tmp_path / "bare.mp4", index) == frame(clip, index)
    assert np.array_equal(heard(tmp_path / "bare.mp4"), heard(clip))


def test_bare_copies_of_one_clip_are_the_same_bytes(tmp_path: Path) -> None:
    """Nothing of the moment in which it is made goes in."""
    clip = samples.kept(tmp_path, "clip.mp4", samples.clip(1, 320, 320, sound=True))
    bare_copy(clip, tmp_path / "one.mp4")
    bare_copy(clip, tmp_path / "other.mp4")
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "other.mp4").read_bytes()


@pytest.mark.parametrize("make", [bare_copy, lambda a, b: twin(a, b, "mp3"), lambda a, b: twin(a, b, "h264")])
def test_what_fails_leaves_nothing_behind(tmp_path: Path, make: Any) -> None:
    """A file that is no clip, a clip cut off, and a folder that is not there: a sentence, and no file."""
    (tmp_path / "made").mkdir()
    target = tmp_path / "made" / "copy.mp4"
    for content in (samples.sound(), b"text", samples.clip(1, options=(("movflags", "faststart"),))[:-20_000]):
        target.write_bytes(b"what was there")
        with pytest.raises(MediaError):
            make(samples.kept(tmp_path, "thing.mp4", content), target)
        assert target.read_bytes() == b"what was there"
        assert list(target.parent.iterdir()) == [target]
    with pytest.raises(MediaError, match="could not be written"):
        make(samples.kept(tmp_path, "clip.mp4", samples.clip(1)), tmp_path / "nowhere" / "copy.mp4")


@pytest.mark.parametrize("kind", ["mp3", "h264"])
def test_a_twin_can_be_stopped(tmp_path: Path, kind: Any) -> None:
    """Whoever closes the page stops it in the middle; nothing is left of it."""
    clip = samples.kept(tmp_path, "clip.mp4", samples.clip(2, 320, 320, sound=True))
    asked: list[int] = []
    with pytest.raises(MediaError, match="Stopped"):
        twin(clip, tmp_path / "twin.mp4", kind, stopped=lambda: bool(asked.append(1)) or len(asked) > 20)
    assert list(tmp_path.iterdir()) == [clip]


@pytest.mark.parametrize("codec", ["libx264", "mpeg4", "libx265"])
def test_any_frame_is_exactly_that_one(tmp_path: Path, codec: str) -> None:
    """Frame n of 24 is found by its brightness, from either end; the last is `last_frame`."""
    options = {"x265-params": "log-level=none:crf=8", "crf": "8"}
    pictures = [np.full((64, 64), 20 + 9 * number) for number in range(24)]
    clip = samples.film(tmp_path / "clip.mp4", pictures, codec=codec, options=options)
    for index in (0, 1, 2, 13, 22, 23, -24, -2):
        assert round((pixel(frame(clip, index))[0] - 20) / 9) == index % 24
    assert frame(clip, -1) == last_frame(clip) == frame(clip, 23)
    for index in (24, -25):
        with pytest.raises(MediaError, match="24 frames"):
            frame(clip, index)
