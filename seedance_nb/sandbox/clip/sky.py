"""The sky: a gradient with a glow, a sun or moon, stars, and clouds that drift over it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from seedance_nb.sandbox.clip.chance import enlarged, noise, smooth, stream
from seedance_nb.sandbox.clip.matrix import Matrix
from seedance_nb.sandbox.clip.plan import Plan
from seedance_nb.sandbox.clip.planes import F32, U8, Colour, Patch, Planes, channel, mix, patch, to_yuv

CLOUD = 34
"""How much brighter a cloud is than the sky behind it, at most."""


@dataclass(frozen=True, slots=True)
class Sun:
    """Where the light comes from, in pixels."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Drift:
    """Something that is added to the planes below it and moves sideways, in numbers modulo 256."""

    y: U8
    u: U8
    v: U8
    speed: float

    def add(self, on: Planes, frame: int) -> None:
        """Add it to a frame."""
        rows, x = self.y.shape[0], int(self.speed * frame)
        half = x // 2
        on.y[:rows] += self.y[:, x : x + on.width]
        on.u[: rows // 2] += self.u[:, half : half + on.width // 2]
        on.v[: rows // 2] += self.v[:, half : half + on.width // 2]


@dataclass(frozen=True, slots=True)
class Stars:
    """Points that twinkle: where they are, and how bright at each of some moments."""

    rows: npt.NDArray[np.intp]
    columns: npt.NDArray[np.intp]
    moments: U8

    def draw(self, on: Planes, frame: int) -> None:
        """Set the points in a frame."""
        on.y[self.rows, self.columns] = self.moments[frame // 2 % len(self.moments)]


@dataclass(frozen=True, slots=True)
class Sky:
    """A sky, ready to be copied into frames."""

    still: Planes
    sun: Sun
    disc: Patch
    clouds: Drift
    stars: Stars | None

    def draw(self, on: Planes, frame: int) -> None:
        """Fill the upper part of a frame."""
        on.paste(self.still)
        if self.stars:
            self.stars.draw(on, frame)
        self.clouds.add(on, frame)
        self.disc.lay(on, round(self.sun.x) - self.disc.width // 2, round(self.sun.y) - self.disc.height // 2)

    def lengthened(self, rows: int) -> Sky:
        """The same sky, its lowest row repeated until it has so many rows."""
        more = max(0, rows - self.still.height)
        sides = ((self.still.y, more), (self.still.u, more // 2), (self.still.v, more // 2))
        longer = (np.pad(plane, ((0, add), (0, 0)), "edge") for plane, add in sides)
        return replace(self, still=Planes(*longer)) if more else self


def sky(plan: Plan, width: int, height: int, rows: int, frames: int, matrix: Matrix) -> Sky:
    """Build the sky of a frame of `width`×`height`; its top `rows`, an even number, are drawn."""
    sun = _sun(plan, width, height, rows)
    small = (max(4, rows // 4), max(4, width // 4))
    down = np.linspace(0, 1, small[0], dtype=np.float32)[:, None]
    across = np.linspace(0, width, small[1], dtype=np.float32)[None, :]
    distance = np.hypot(across - np.float32(sun.x), down * rows - np.float32(sun.y))
    distance /= np.float32(math.sqrt(width * height))
    night = plan.hour == "night"
    glow = (0.28 if night else 0.55) * np.exp(-((distance / 0.10) ** 1.2))
    glow += (0.14 if night else 0.34) * np.exp(-((distance / 0.45) ** 1.5))
    p = plan.colours
    low, high = smooth(0.0, 0.62, down), smooth(0.42, 1.0, down)
    channels: list[F32] = []
    for zenith, middle, horizon, light in zip(p.zenith, p.middle, p.horizon, p.light, strict=True):
        part = zenith + (middle - zenith) * low
        part = part + (horizon - part) * high
        channels.append(part + (light - part) * glow)
    rgb = np.stack(channels, axis=-1)
    y, u, v = (channel(rgb, index, matrix) for index in range(3))
    grain = stream(plan.key, "grain").random((rows, width), np.float32) * np.float32(2.2 if plan.fine else 1.0)
    still = Planes(
        (np.clip(enlarged(y, rows, width), 16, 252 - CLOUD) + grain).astype(np.uint8),
        (enlarged(u, rows // 2, width // 2) + 0.5).astype(np.uint8),
        (enlarged(v, rows // 2, width // 2) + 0.5).astype(np.uint8),
    )
    clouds = _clouds(plan, width, rows, frames, matrix)
    return Sky(still, sun, _disc(plan, sun, matrix), clouds, _stars(plan, sun, width, rows))


def _sun(plan: Plan, width: int, height: int, rows: int) -> Sun:
    rng = stream(plan.key, "sun")
    unit = math.sqrt(width * height)
    x = width * float(rng.uniform(0.28, 0.74))
    low, high = {
        "sunset": (0.60, 0.78),
        "dawn": (0.50, 0.70),
        "day": (0.24, 0.36),
        "dusk": (0.62, 0.80),
        "night": (0.26, 0.40),
    }[plan.hour]
    radius = unit * float(rng.uniform(0.036, 0.058)) * (0.75 if plan.hour == "day" else 1.0)
    return Sun(x, rows * float(rng.uniform(low, high)), radius)


def _disc(plan: Plan, sun: Sun, matrix: Matrix) -> Patch:
    """Sun or moon with a soft edge; the moon is a crescent or full, with faint seas."""
    rng = stream(plan.key, "disc")
    radius, over = sun.radius, 3
    side = int(radius * 3.4) & ~1
    alpha = Image.new("L", (side * over, side * over))
    centre, reach = side * over / 2, radius * over
    pen = ImageDraw.Draw(alpha)
    pen.ellipse((centre - reach, centre - reach, centre + reach, centre + reach), fill=245)
    if plan.hour == "night" and rng.random() < 0.5:
        shift = reach * float(rng.uniform(0.45, 0.75))
        pen.ellipse(
            (centre - reach + shift, centre - reach * 1.12, centre + reach * 1.06 + shift, centre + reach), fill=0
        )
    alpha = alpha.resize((side, side), Image.Resampling.LANCZOS)
    halo = alpha.filter(ImageFilter.GaussianBlur(radius * 0.28)).point([level * 3 // 5 for level in range(256)])
    edge = Image.composite(alpha, halo, alpha)
    body = Image.new("RGB", (side, side), _tuple(mix(plan.colours.light, (255, 255, 255), 0.35)))
    if plan.hour == "night" and plan.fine:
        seas = noise(rng, side, side, (radius * 0.8, radius * 0.8), 3)
        spots = Image.fromarray((smooth(0.1, 0.7, seas) * 60).astype(np.uint8))
        body.paste(_tuple(mix(plan.colours.light, plan.colours.middle, 0.55)), (0, 0), spots)
    body.putalpha(edge)
    return patch(body, matrix)


def _tuple(colour: Colour) -> tuple[int, int, int]:
    r, g, b = (max(0, min(255, round(part))) for part in colour)
    return (r, g, b)


def _clouds(plan: Plan, width: int, rows: int, frames: int, matrix: Matrix) -> Drift:
    rng = stream(plan.key, "clouds")
    speed = width * 0.012 / 24 * float(rng.uniform(0.7, 1.3))
    long = (width + int(speed * frames) + 4) & ~1
    small = (max(4, rows // 3), max(4, long // 3))
    cell = (rows / 3 * 0.20, width / 3 * 0.42)
    veil = noise(rng, *small, cell, 5 if plan.fine else 2, 0.55)
    down = np.linspace(0, 1, small[0], dtype=np.float32)[:, None]
    cover = float(rng.uniform(-0.05, 0.28)) + (0.15 if plan.weather == "clear" else -0.2)
    where = smooth(cover, cover + (0.9 if plan.fine else 0.5), veil) * smooth(0.02, 0.35, down) * smooth(1.0, 0.7, down)
    if plan.hour == "night":
        where *= np.float32(0.4)
    p = plan.colours
    bright = to_yuv(mix(p.light, p.horizon, 0.5), matrix)
    behind = to_yuv(mix(p.middle, p.horizon, 0.4), matrix)
    dither = stream(plan.key, "dither").random((rows, long), np.float32)
    luma = np.clip(enlarged(where, rows, long), 0, 1) * np.float32(CLOUD - 1) + dither
    tint = enlarged(where * down, rows // 2, long // 2) * np.float32(0.60)
    u, v = (np.round(tint * np.float32(bright[i] - behind[i])).astype(np.int8).view(np.uint8) for i in (1, 2))
    return Drift(luma.astype(np.uint8), u, v, speed)


def _stars(plan: Plan, sun: Sun, width: int, rows: int) -> Stars | None:
    if plan.hour not in ("night", "dusk"):
        return None
    rng = stream(plan.key, "stars")
    count = (420 if plan.hour == "night" else 130) // (1 if plan.fine else 3)
    place = rng.random((count, 2)) * (0.92, 1.0)
    row, column = (place[:, 0] ** 1.25 * rows).astype(np.intp), (place[:, 1] * width).astype(np.intp)
    clear = np.hypot(row - sun.y, column - sun.x) > sun.radius * 1.8
    row, column = row[clear], column[clear]
    bright = rng.random(len(row)) ** 2.2
    beat, start = rng.integers(1, 4, len(row)), rng.random(len(row)) * 6.28
    moments = np.arange(24)[:, None] / 24 * 6.28
    twinkle = 0.72 + 0.28 * np.sin(moments * beat + start)
    levels = 95 + 120 * bright * twinkle
    large = (bright > 0.62) & (column + 2 < width) & (row + 2 < rows)
    size = max(1, round(np.sqrt(width * rows) / 500))
    more = [(row, column, levels)]
    for down in range(size + 1):
        for right in range(size + 1):
            if down or right:
                soft = 1.0 if down < size and right < size else 0.72
                more.append((row[large] + down, column[large] + right, levels[:, large] * soft))
    rows_of, columns_of, level_of = (np.concatenate(part, axis=-1) for part in zip(*more, strict=True))
    inside = (rows_of < rows) & (columns_of < width)
    return Stars(rows_of[inside], columns_of[inside], np.clip(level_of[:, inside], 16, 216).astype(np.uint8))
