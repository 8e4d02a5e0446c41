"""The lettering over a scene: the panel with the prompt and the facts, the mark, the watermark."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from seedance_nb.sandbox.clip.matrix import Matrix
from seedance_nb.sandbox.clip.planes import U16, Colour, Patch, Planes, lay, patch
from seedance_nb.sandbox.clip.text import clean, font, length, shorten, wrap

OVER = 3
"""How many times larger round corners are drawn than shown."""


def unit_of(width: int, height: int) -> float:
    """The length that lettering is measured by, about the height of a landscape frame."""
    return min(0.75 * math.sqrt(width * height), width * 0.95)


@dataclass(frozen=True, slots=True)
class Label:
    """A patch with its place."""

    patch: Patch
    x: int
    y: int

    def draw(self, on: Planes) -> None:
        """Lay it over a frame."""
        self.patch.lay(on, self.x, self.y)


@dataclass(frozen=True, slots=True)
class Caption:
    """The panel in the lower third, whose last line counts time and frames."""

    panel: Patch
    x: int
    y: int
    cells: dict[str, U16]
    """Opacity of each character of the counter, all of the same width."""

    right: int
    line: int
    """Where the counter ends, and its first row, in the frame."""

    frames: int

    def draw(self, on: Planes, frame: int, shown: float = 1.0) -> None:
        """Lay the panel over a frame, `shown` between 0 and 1 while it fades."""
        if shown <= 0:
            return
        (self.panel if shown >= 1 else self.panel.faded(shown)).lay(on, self.x, self.y)
        text = f"{frame / 24:.2f} s  {frame + 1:0{len(str(self.frames))}d}/{self.frames}"
        strip = np.concatenate([self.cells[char] for char in text], axis=1)
        if shown < 1:
            strip = (strip * np.float32(shown)).astype(np.uint16)
        lay(on.y, strip * np.uint16(228), strip, self.right - strip.shape[1], self.line)


def caption(
    width: int,
    height: int,
    frames: int,
    *,
    prompt: str,
    seed: int,
    accent: Colour,
    raised: bool,
    matrix: Matrix,
) -> Caption:
    """Build the panel of a clip; a raised panel leaves room for a watermark below it where they would touch.

    The model is not in it, as in no provider's clip: who votes blindly would read it.
    """
    unit = unit_of(width, height)
    margin = _even(unit * 0.042)
    size, small = max(13, round(unit * 0.036)), max(11, round(unit * 0.0235))
    pad_x, pad_y = round(unit * 0.030), round(unit * 0.020)
    wide = _even(min(width - 2 * margin, unit * 1.12))
    inner = wide - 2 * pad_x - max(3, round(unit * 0.006))
    lines = wrap(clean(prompt) or "–", size, inner, 2 if width > height else 3)
    cells = _cells(small)
    counter = f"{(frames - 1) / 24:.2f} s  {frames}/{frames}"
    taken = sum(cells[char].shape[1] for char in counter)
    facts = _flow([f"seed {seed}", f"{width}×{height}"], small, inner, inner - taken - small)
    step, small_step = round(size * 1.38), round(small * 1.5)
    tall = _even(2 * pad_y + step * len(lines) + round(size * 0.28) + small_step * len(facts))
    picture = _plate(wide, tall, round(unit * 0.018), (6, 8, 16, 152))
    bar = max(3, round(unit * 0.006))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle(
        (pad_x * 0.45, pad_y * 1.2, pad_x * 0.45 + bar, tall - pad_y * 1.2), bar / 2, (*_whole(accent), 255)
    )
    left = pad_x + bar
    _write(picture, lines, left, pad_y - round(size * 0.12), step, size, (255, 255, 255, 252))
    top = tall - pad_y - small_step * len(facts) + round(small * 0.12)
    _write(picture, facts, left, top, small_step, small, (255, 255, 255, 196))
    lift = round(unit * 0.05) if raised and wide > width * 0.72 else 0
    x, y = margin, (height - margin - tall - lift) & ~1
    line = y + top + small_step * (len(facts) - 1)
    return Caption(patch(picture, matrix), x, y, cells, x + wide - pad_x, line, frames)


def mark(width: int, height: int, accent: Colour, matrix: Matrix) -> Label:
    """The word SANDBOX in the top left corner."""
    unit = unit_of(width, height)
    size = max(11, round(unit * 0.026))
    space, dot = size * 0.16, size * 0.5
    pad = size * 0.75
    word = "SANDBOX"
    wide = round(pad * 2 + dot * 1.7 + length(word, size) + space * (len(word) - 1))
    tall = round(size * 1.9)
    picture = _plate(_even(wide), _even(tall), tall / 2, (6, 8, 16, 150))
    pen = ImageDraw.Draw(picture)
    dots = Image.new("L", (round(dot * 4), round(dot * 4)))
    ImageDraw.Draw(dots).ellipse((0, 0, dots.width - 1, dots.height - 1), fill=255)
    dots = dots.resize((round(dot), round(dot)), Image.Resampling.LANCZOS)
    picture.paste((*_whole(accent), 255), (round(pad), round((tall - dot) / 2)), dots)
    x = pad + dot * 1.7
    for char in word:
        pen.text((x, tall / 2), char, (255, 255, 255, 250), font(size), anchor="lm")
        x += length(char, size) + space
    margin = _even(unit * 0.042)
    return Label(patch(picture, matrix), margin, margin)


def watermark(width: int, height: int, matrix: Matrix) -> Label:
    """The notice "AI 生成" in the bottom right corner."""
    unit = unit_of(width, height)
    size = max(12, round(unit * 0.028))
    word, edge = "AI 生成", round(size * 0.4)
    wide, tall = _even(length(word, size) + 2 * edge), _even(size * 1.3 + 2 * edge)
    letters = Image.new("L", (wide, tall))
    ImageDraw.Draw(letters).text((wide / 2, tall / 2), word, 235, font(size), anchor="mm")
    shadow = letters.filter(ImageFilter.GaussianBlur(size * 0.12)).point([level * 3 // 4 for level in range(256)])
    picture = Image.new("RGBA", (wide, tall), (0, 0, 0, 0))
    picture.putalpha(shadow)
    picture.alpha_composite(_letters(letters))
    margin = round(unit * 0.024)
    return Label(patch(picture, matrix), width - margin - wide, height - margin - tall)


def _letters(alpha: Image.Image) -> Image.Image:
    body = Image.new("RGBA", alpha.size, (255, 255, 255, 0))
    body.putalpha(alpha)
    return body


def _plate(width: int, height: int, radius: float, colour: tuple[int, int, int, int]) -> Image.Image:
    """A rounded rectangle with a hair-thin light edge."""
    shape = Image.new("L", (width * OVER, height * OVER))
    box = (0, 0, width * OVER - 1, height * OVER - 1)
    ImageDraw.Draw(shape).rounded_rectangle(box, radius * OVER, fill=colour[3])
    plate = Image.new("RGBA", (width, height), colour)
    plate.putalpha(shape.resize((width, height), Image.Resampling.LANCZOS))
    rim = Image.new("L", shape.size)
    ImageDraw.Draw(rim).rounded_rectangle(box, radius * OVER, outline=46, width=OVER)
    plate.alpha_composite(_letters(rim.resize((width, height), Image.Resampling.LANCZOS)))
    return plate


def _write(
    on: Image.Image, lines: list[str], x: float, y: float, step: int, size: int, colour: tuple[int, int, int, int]
) -> None:
    """Write lines with a soft shadow; `y` is where the first line's box begins."""
    letters = Image.new("L", on.size)
    pen = ImageDraw.Draw(letters)
    for index, text in enumerate(lines):
        pen.text((x, y + index * step + step / 2), text, colour[3], font(size), anchor="lm")
    body = Image.new("RGBA", on.size, (*colour[:3], 0))
    body.putalpha(letters)
    on.alpha_composite(body)


def _flow(parts: list[str], size: int, width: float, last: float) -> list[str]:
    """Put facts on as few lines as they need; the last line is shorter, for the counter."""
    gap = "   "
    whole = gap.join(parts)
    if length(whole, size) <= last:
        return [whole]
    return [shorten(parts[0], size, width), shorten(gap.join(parts[1:]), size, last)]


def _cells(size: int) -> dict[str, U16]:
    """Characters of the counter as opacities of 0 to 200; digits have one width so that nothing trembles."""
    digit = math.ceil(max(length(char, size) for char in "0123456789"))
    tall = round(size * 1.5)
    found = {}
    for char in "0123456789./s ":
        wide = digit if char.isdigit() or char == "s" else max(2, math.ceil(length(char, size)))
        cell = Image.new("L", (wide, tall))
        ImageDraw.Draw(cell).text((wide / 2, tall / 2), char, 200, font(size), anchor="mm")
        found[char] = np.asarray(cell).astype(np.uint16)
    return found


def _whole(colour: Colour) -> tuple[int, int, int]:
    r, g, b = (max(0, min(255, round(part))) for part in colour)
    return (r, g, b)


def _even(size: float) -> int:
    return max(2, round(size) + round(size) % 2)
