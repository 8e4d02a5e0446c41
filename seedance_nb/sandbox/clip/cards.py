"""References shown in the scene: framed pictures, small videos that play, sounds as waveforms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from seedance_nb.sandbox.clip import media
from seedance_nb.sandbox.clip.caption import unit_of
from seedance_nb.sandbox.clip.matrix import Matrix
from seedance_nb.sandbox.clip.planes import F32, Colour, Patch, Planes, patch
from seedance_nb.sandbox.clip.text import font

_MOST = {"image": 9, "video": 3, "audio": 3}
_PAPER = (250, 249, 246)
_INK = (52, 54, 62)


@dataclass(frozen=True, slots=True)
class Card:
    """A reference in a white frame, with its name below."""

    patch: Patch
    x: int
    y: int
    start: int
    """The frame at which it appears."""

    window: tuple[int, int]
    """Where its inside begins, in the frame."""

    playing: tuple[Planes, ...] = ()
    """Pictures that follow each other in it, twelve in a second, forwards and backwards."""

    play_head: Patch | None = None
    span: int = 0
    """How far the play head moves in the clip, in pixels."""

    frames: int = 1

    def draw(self, on: Planes, frame: int) -> None:
        """Draw the card; it fades in and rises a little."""
        age = (frame - self.start + 1) / 9
        if age <= 0:
            return
        if age < 1:
            rise = round((1 - age) ** 2 * self.patch.height * 0.06)
            self.patch.faded(age).lay(on, self.x, self.y + rise)
            return
        self.patch.lay(on, self.x, self.y)
        x, y = self.window
        if self.playing:
            count = len(self.playing)
            turn = frame // 2 % max(1, 2 * count - 2)
            on.paste(self.playing[min(turn, 2 * count - 2 - turn)], x, y)
        if self.play_head:
            self.play_head.lay(on, x + self.span * frame // max(1, self.frames - 1), y)


@dataclass(frozen=True, slots=True)
class _Item:
    name: str
    data: bytes
    aspect: float
    picture: Image.Image | None = None
    sound: F32 | None = None


def cards(
    images: tuple[bytes, ...],
    videos: tuple[bytes, ...],
    audios: tuple[bytes, ...],
    *,
    size: tuple[int, int],
    frames: int,
    top: int,
    bottom: int,
    accent: Colour,
    matrix: Matrix,
) -> list[Card]:
    """Arrange references between two rows of the frame; those that cannot be read become empty cards."""
    width, height = size
    items = _items(images, videos, audios, unit_of(width, height), frames / 24)
    if not items:
        return []
    unit = unit_of(width, height)
    gap, edge, strip = round(unit * 0.028), max(2, round(unit * 0.008)), max(15, round(unit * 0.036))
    rows, tall = _rows([item.aspect for item in items], width - 2 * gap, bottom - top, gap, strip, unit)
    found: list[Card] = []
    used = len(rows) * (tall + strip + edge) + (len(rows) - 1) * gap
    y = top + max(0, (bottom - top - used) // 2)
    index = 0
    for row in rows:
        wides = [_even(aspect * tall) for aspect in row]
        x = (width - sum(wides) - gap * (len(row) - 1) - 2 * edge * len(row)) // 2
        for wide in wides:
            place, inside = (x & ~1, y & ~1), (wide, _even(tall))
            found.append(_card(items[index], place, inside, edge, strip, frames, 3 * index, accent, matrix))
            x += wide + 2 * edge + gap
            index += 1
        y += tall + strip + edge + gap
    return found


def _items(
    images: tuple[bytes, ...], videos: tuple[bytes, ...], audios: tuple[bytes, ...], unit: float, seconds: float
) -> list[_Item]:
    largest = (int(unit * 0.6), int(unit * 0.6))
    found = []
    for number, data in enumerate(images[: _MOST["image"]], 1):
        picture = media.picture(data, largest)
        aspect = picture.width / picture.height if picture else 1.0
        found.append(_Item(f"image {number}", data, min(1.7, max(0.6, aspect)), picture=picture))
    for number, data in enumerate(videos[: _MOST["video"]], 1):
        found.append(_Item(f"video {number}", data, min(1.8, max(0.6, media.shape(data) or 1.4))))
    for number, data in enumerate(audios[: _MOST["audio"]], 1):
        found.append(_Item(f"audio {number}", data, 1.6, sound=media.samples(data, max(seconds, 1.0))))
    return found


def _rows(
    aspects: list[float], width: int, height: int, gap: int, strip: int, unit: float
) -> tuple[list[list[float]], int]:
    """Split cards into rows so that they become as large as they can, but leave the scene visible."""
    best: tuple[list[list[float]], int] = ([aspects], 8)
    for count in range(1, min(5, len(aspects)) + 1):
        each = -(-len(aspects) // count)
        rows = [aspects[start : start + each] for start in range(0, len(aspects), each)]
        widest = max(rows, key=lambda row: sum(row) + 0.2 * len(row))
        by_width = (width - (gap + 12) * len(widest)) / sum(widest)
        by_height = (height - gap * (len(rows) - 1)) / len(rows) - strip - 8
        tall = int(min(by_width, by_height, unit * 0.30))
        if tall > best[1]:
            best = (rows, tall)
    return best


def _card(
    item: _Item,
    at: tuple[int, int],
    inside: tuple[int, int],
    edge: int,
    strip: int,
    frames: int,
    start: int,
    accent: Colour,
    matrix: Matrix,
) -> Card:
    edge, (wide, tall) = _even(edge), inside
    kind = item.name.split()[0]
    playing: tuple[Planes, ...] = ()
    if kind == "video":
        playing = media.footage(item.data, wide, tall, matrix)
    shadow = _even(edge * 2.5)
    full = (wide + 2 * (edge + shadow), tall + edge + strip + 2 * shadow)
    sheet = (shadow, shadow, full[0] - shadow - 1, full[1] - shadow - 1)
    dark = Image.new("L", full)
    ImageDraw.Draw(dark).rounded_rectangle(sheet, edge, fill=120)
    dark = dark.filter(ImageFilter.GaussianBlur(shadow * 0.42))
    picture = Image.new("RGBA", full, (0, 0, 0, 0))
    picture.putalpha(dark)
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle(sheet, edge, (*_PAPER, 255))
    left, top = shadow + edge, shadow + edge
    picture.paste(_inside(item, wide, tall, accent, plays=bool(playing)), (left, top))
    size = max(10, round(strip * 0.60))
    pen.text((left + 1, full[1] - shadow - strip / 2), item.name, (*_INK, 255), font(size), anchor="lm")
    head = None
    if item.sound is not None:
        head = patch(Image.new("RGBA", (max(2, _even(edge * 0.5)), tall), (255, 255, 255, 215)), matrix)
    place = (at[0] - shadow, at[1] - shadow)
    window = (place[0] + left, place[1] + top)
    return Card(patch(picture, matrix), *place, start, window, playing, head, wide - 4, frames)


def _inside(item: _Item, wide: int, tall: int, accent: Colour, *, plays: bool) -> Image.Image:
    if item.picture is not None:
        return media.cover(item.picture, wide, tall)
    if item.sound is not None:
        return _waveform(item.sound, wide, tall, accent)
    blank = Image.new("RGB", (wide, tall), (206, 208, 214))
    if not plays:
        word = font(max(10, tall // 8))
        ImageDraw.Draw(blank).text((wide / 2, tall / 2), "unreadable", (120, 122, 130), word, anchor="mm")
    return blank


def _waveform(sound: F32, wide: int, tall: int, accent: Colour) -> Image.Image:
    """Loudness over time as rounded bars."""
    picture = Image.new("RGB", (wide * 3, tall * 3), (28, 30, 42))
    pen = ImageDraw.Draw(picture)
    count = max(8, wide // 7)
    loud = np.array([float(np.abs(part).max()) if len(part) else 0.0 for part in np.array_split(sound, count)])
    loud /= max(float(loud.max()), 1e-4)
    r, g, b = (round(part) for part in accent)
    pitch = wide * 3 / count
    for index, level in enumerate(loud):
        half = (0.04 + 0.38 * level) * tall * 3
        left = index * pitch + pitch * 0.22
        box = (left, tall * 1.5 - half, left + pitch * 0.56, tall * 1.5 + half)
        pen.rounded_rectangle(box, pitch * 0.28, fill=(r, g, b))
    return picture.resize((wide, tall), Image.Resampling.LANCZOS)


def _even(size: float) -> int:
    return max(2, round(size) + round(size) % 2)
