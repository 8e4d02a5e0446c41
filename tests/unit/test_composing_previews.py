"""Small pictures of media, and the outline of a sound."""

from __future__ import annotations

import io
import math
import struct
import wave
from pathlib import Path

import pytest

from seedance_nb.composing.thumbs import Thumbs
from seedance_nb.content import Audio, Image, Media, Video
from seedance_nb.errors import MediaError
from seedance_nb.media import previews

from .media_samples import clip, compressed_sound, heic, kept, picture, sound


def pixels(content: bytes) -> tuple[int, int, list[tuple[int, ...]]]:
    from PIL import Image as Pictures

    made = Pictures.open(io.BytesIO(content)).convert("RGB")
    return made.width, made.height, [made.getpixel((x, made.height // 2)) for x in range(0, made.width, 8)]  # type: ignore[misc]


@pytest.mark.parametrize("picture_format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_thumbnail_is_small(picture_format: str) -> None:
    """In pixels and bytes, with the proportions of the picture."""
    made = previews.preview(Image(picture(1200, 800, picture_format)))
    assert (made.mime, made.width, made.height, made.frames) == ("image/jpeg", 256, 171, 1)
    assert len(made.content) <= previews.THUMB_BYTES
    assert pixels(made.content)[:2] == (256, 171)


def test_a_thumbnail_is_upright() -> None:
    """As a browser shows the picture itself."""
    made = previews.preview(Image(picture(1200, 800, "JPEG", orientation=6)))
    assert made.width < made.height


def test_a_clear_picture_is_put_on_white() -> None:
    """A JPEG knows no transparency."""
    from PIL import Image as Pictures

    out = io.BytesIO()
    Pictures.new("RGBA", (64, 64), (0, 0, 0, 0)).save(out, "PNG")
    *_, colours = pixels(previews.preview(Image(out.getvalue())).content)
    assert min(min(colour) for colour in colours) > 240


def test_a_clip_becomes_a_strip_of_its_frames() -> None:
    """Beside each other, from the first on, each later than the one before."""
    made = previews.preview(Video(clip(4, 640, 320)))
    assert (made.mime, made.frames) == ("image/jpeg", 8)
    assert made.width == 8 * previews.STRIP_SIDE
    assert len(made.content) <= previews.STRIP_BYTES
    _, _, colours = pixels(made.content)
    reds = [colours[len(colours) * (2 * n + 1) // 16][0] for n in range(8)]
    assert reds == sorted(reds)
    assert reds[0] < 60 < 150 < reds[-1]


def test_a_large_clip_is_looked_at_by_its_key_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoding every frame of it would take seconds."""
    monkeypatch.setattr(previews, "_DECODED_IN_ALL", 1)
    assert 1 <= previews.preview(Video(clip(4, 640, 320))).frames < 8


def test_a_sound_becomes_its_outline() -> None:
    """Silence, then a tone of half the loudness."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        loud = [int(16_384 * math.sin(n)) for n in range(8_000)]
        file.writeframes(struct.pack("<16000h", *[0] * 8_000, *loud))
    made = previews.preview(Audio(out.getvalue()))
    assert len(made.content) == previews.PEAKS
    assert max(made.content[:95]) <= 2
    assert all(115 <= level <= 140 for level in made.content[105:195])


@pytest.mark.parametrize("item", [Audio(sound()), Audio(compressed_sound())])
def test_every_sound_has_as_many_peaks(item: Media) -> None:
    """Whatever its format and length."""
    assert len(previews.preview(item).content) == previews.PEAKS


@pytest.mark.parametrize(
    "item", [Image("https://m.example/a.png"), Image(heic()), Video(clip()[:2000]), Image(picture()[:200])]
)
def test_what_cannot_be_shown_is_a_sentence(item: Media) -> None:
    """Behind an address, of a format that is not decoded here, or damaged."""
    with pytest.raises(MediaError):
        previews.preview(item)


def test_the_kind_is_told_by_the_first_bytes(tmp_path: Path) -> None:
    """Whatever the name says."""
    assert previews.kind_of(kept(tmp_path, "a.png", clip())) == "video"
    assert previews.kind_of(kept(tmp_path, "b.mp4", sound())) == "audio"
    assert previews.kind_of(kept(tmp_path, "c.png", b"<script>")) is None


def test_a_preview_is_made_once_for_a_file() -> None:
    """And again when it is another file."""
    thumbs, item = Thumbs(), Image(picture())
    assert thumbs.preview("a", 1, item) is thumbs.preview("a", 1, item)
    assert thumbs.preview("a", 2, item) is not thumbs.preview("a", 1, item)
