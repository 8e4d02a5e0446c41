"""What falls or floats in front of a scene: snow, rain, fireflies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from seedance_nb.sandbox.clip.chance import stream
from seedance_nb.sandbox.clip.land import Stage
from seedance_nb.sandbox.clip.plan import Plan
from seedance_nb.sandbox.clip.planes import U8, Patch, Planes, mix, patch


@dataclass(frozen=True, slots=True)
class Fall:
    """A curtain of bright marks without beginning or end; it keeps the lighter of itself and the scene."""

    curtain: U8
    down: float
    """Pixels per frame."""

    sideways: float
    """Pixels per frame."""

    def draw(self, on: Planes, frame: int) -> None:
        """Lay the curtain over a frame."""
        height, width = self.curtain.shape[0], on.width
        x = int(self.sideways * frame) % (self.curtain.shape[1] - width)
        start = height - int(self.down * frame) % height
        for row, source in ((0, start % height), (height - start % height, 0)):
            count = min(height - source, on.height - row)
            if count > 0:
                part = on.y[row : row + count]
                np.maximum(part, self.curtain[source : source + count, x : x + width], out=part)


@dataclass(frozen=True, slots=True)
class Fireflies:
    """Small lights that wander and breathe."""

    glow: tuple[Patch, ...]
    """The same light at several strengths."""

    places: npt.NDArray[np.float64]
    """For every light: x, y, size of its walk, two speeds, two starts, beat."""

    def draw(self, on: Planes, frame: int) -> None:
        """Draw every light that shines at that frame."""
        seconds = frame / 24
        for x, y, walk, fast, slow, start, phase, beat in self.places:
            level = 0.5 + 0.5 * np.sin(beat * seconds + phase)
            light = self.glow[min(len(self.glow) - 1, int(level * len(self.glow)))]
            left = x + walk * np.sin(fast * seconds + start)
            top = y + walk * 0.6 * np.sin(slow * seconds + phase) - light.height / 2
            light.lay(on, round(left - light.width / 2), round(top))


def weather(plan: Plan, at: Stage) -> list[Fall | Fireflies]:
    """What a plan's weather adds to the scene; nothing for a clear day."""
    rng = stream(plan.key, "weather")
    size = at.unit / 720
    match plan.weather:
        case "snow":
            kinds = [(1.1, 0.9, 190), (1.9, 1.6, 120), (3.0, 2.6, 60)] if plan.fine else [(1.9, 1.6, 110)]
            return [Fall(_flakes(rng, at, r * size, n), speed * size, 0.5 * speed * size) for r, speed, n in kinds]
        case "rain":
            kinds = [(0.8, 13.0, 130), (1.2, 19.0, 70)] if plan.fine else [(1.0, 15.0, 90)]
            return [Fall(_drops(rng, at, r * size, n), speed * size, 0.0) for r, speed, n in kinds]
        case "fireflies":
            return [_fireflies(plan, rng, at, 34 if plan.fine else 14)]
        case _:
            return []


def _flakes(rng: np.random.Generator, at: Stage, radius: float, count: int) -> U8:
    width, height = at.width + at.width // 3, at.height
    picture = Image.new("L", (width, height))
    pen = ImageDraw.Draw(picture)
    for x, y, share in rng.random((int(count * width / height), 3)):
        r = radius * (0.7 + 0.6 * share)
        left, top = x * (width - 2 * r), y * (height - 2 * r)
        pen.ellipse((left, top, left + 2 * r, top + 2 * r), fill=int(150 + 75 * share))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(max(0.6, radius * 0.35))))


def _drops(rng: np.random.Generator, at: Stage, radius: float, count: int) -> U8:
    width, height = at.width + 64, at.height
    picture = Image.new("L", (width, height))
    pen = ImageDraw.Draw(picture)
    for x, y, share in rng.random((int(count * width / height), 3)):
        length = radius * (22 + 22 * share)
        left, top = x * width, y * (height - length)
        pen.line((left, top, left, top + length), fill=int(95 + 70 * share), width=max(1, round(radius)))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(0.5)))


def _fireflies(plan: Plan, rng: np.random.Generator, at: Stage, count: int) -> Fireflies:
    size = max(6, int(at.unit * 0.026)) & ~1
    light = Image.new("L", (size, size))
    pen = ImageDraw.Draw(light)
    middle, core = size / 2, size * 0.13
    pen.ellipse((middle - core, middle - core, middle + core, middle + core), fill=255)
    halo = light.filter(ImageFilter.GaussianBlur(size * 0.15)).point([min(255, level * 2) for level in range(256)])
    halo.paste(255, (0, 0), light.filter(ImageFilter.GaussianBlur(0.7)))
    r, g, b = mix(plan.colours.accent, (255.0, 240.0, 170.0), 0.6)
    body = Image.new("RGB", (size, size), (round(r), round(g), round(b)))
    body.putalpha(halo)
    whole = patch(body, at.matrix)
    places = rng.random((count, 8))
    places[:, 0] *= at.width
    places[:, 1] = at.height * (0.50 + 0.42 * places[:, 1])
    places[:, 2] = at.unit * (0.02 + 0.05 * places[:, 2])
    places[:, 3:5] = 0.4 + 0.8 * places[:, 3:5]
    places[:, 5:7] *= 6.28
    places[:, 7] = 0.8 + 1.6 * places[:, 7]
    return Fireflies(tuple(whole.faded(step / 8) for step in range(9)), places)
