"""The ground of a scene: layers from far to near, with their colours, shadows and small things."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seedance_nb.sandbox.clip.chance import noise, smooth, stream
from seedance_nb.sandbox.clip.layer import Layer, layer, span
from seedance_nb.sandbox.clip.matrix import Matrix
from seedance_nb.sandbox.clip.plan import Plan
from seedance_nb.sandbox.clip.planes import F32, Colour, mix
from seedance_nb.sandbox.clip.ridges import DEPTHS, outline
from seedance_nb.sandbox.clip.sky import Sun

SEAT = 3
"""The depth of the layer that a figure can sit on; fine and flat scenes both have it."""

_WHITE: Colour = (244.0, 247.0, 252.0)


@dataclass(frozen=True, slots=True)
class Stage:
    """The measures of a frame that the land is built to."""

    width: int
    height: int
    frames: int
    unit: float
    """What a length of 1 means, in pixels; about the height of a landscape frame."""

    horizon: int
    """The row where the sky ends, even."""

    matrix: Matrix
    """What the clip's colours are converted with."""

    @property
    def pan(self) -> float:
        """How far the nearest layer moves in a frame, in pixels."""
        return self.width * 0.028 / 24


def stage(plan: Plan, width: int, height: int, frames: int, matrix: Matrix) -> Stage:
    """The measures for a frame size."""
    share = float(stream(plan.key, "horizon").uniform(0.55, 0.61))
    return Stage(width, height, frames, 0.75 * float(np.sqrt(width * height)), int(height * share) & ~1, matrix)


def land(plan: Plan, sun: Sun, at: Stage) -> list[Layer]:
    """All layers, the farthest first; a flat scene has every other one."""
    depths = _depths(plan)
    crests = []
    for depth in depths:
        speed = at.pan * (0.12 + 0.88 * (depth / (DEPTHS - 1)) ** 1.5)
        width = (at.width + int(speed * at.frames) + 4) & ~1
        crest = _base(plan, depth, at) - outline(plan, depth, width, at.unit)
        crests.append((depth, speed, np.clip(crest, 0, at.height - 4)))
    strips: list[Layer] = []
    for index, (depth, speed, crest) in enumerate(crests):
        if plan.land == "sea":
            bottom = at.horizon + 2
        elif index + 1 < len(crests):
            bottom = max(span(crests[index + 1][2], at.height)[1], span(crest, at.height)[1])
        else:
            bottom = at.height
        strips.append(_strip(plan, sun, at, depth, speed, crest, min(bottom, at.height)))
    return strips


def seat(plan: Plan) -> int:
    """Which of the layers is the one to sit on."""
    return _depths(plan).index(SEAT)


def _depths(plan: Plan) -> list[int]:
    depths = [0, 1] if plan.land == "sea" else list(range(DEPTHS))
    return depths if plan.fine else depths[1::2]


def shore(plan: Plan, sun: Sun, at: Stage) -> Layer:
    """A strip of land in front of the water."""
    width = (at.width + int(at.pan * at.frames) + 4) & ~1
    outer = replace(plan, land="hills")
    crest = _base(outer, SEAT, at) - outline(outer, SEAT, width, at.unit)
    return _strip(outer, sun, at, DEPTHS - 1, at.pan, np.clip(crest, 0, at.height - 4), at.height)


def _base(plan: Plan, depth: int, at: Stage) -> F32:
    if plan.land == "sea":
        return np.float32(at.horizon) + np.zeros(1, np.float32)
    share = (depth / DEPTHS) ** 1.1
    lift = 0.035 * at.unit * (1 - depth / 2) if depth < 2 else 0.0
    return np.float32(at.horizon - lift + (at.height - at.horizon) * share * 0.98) + np.zeros(1, np.float32)


def _strip(plan: Plan, sun: Sun, at: Stage, depth: int, speed: float, crest: F32, bottom: int) -> Layer:
    rng = stream(plan.key, f"ground {depth}")
    near = depth / (DEPTHS - 1)
    p = plan.colours
    body = mix(mix(p.far, p.near, near**0.8), p.horizon, 0.10 * (1 - near))
    fog = mix(body, p.horizon, 0.50 * (1 - near) ** 1.2 + 0.02)
    if near > 0.9:
        fog = mix(body, (0.0, 0.0, 0.0), 0.35)
    top, _ = span(crest, bottom)
    height, width = bottom - top, len(crest)
    reach = max(float(np.median(crest)) - top + at.unit * 0.10, 1.0)
    rows = [mix(body, fog, float(min(1.0, (row / reach) ** 1.4))) for row in range(height)]
    shade: F32 | None = None
    spots: list[tuple[F32, Colour]] = []
    if plan.fine:
        below = np.arange(top, bottom, dtype=np.float32)[:, None] - crest[None, :]
        shade = _shade(plan, rng, sun, at, near, crest, below)
        if plan.land == "mountains" and depth < 4:
            spots.append((_caps(rng, at, depth, crest, below), mix(_WHITE, p.horizon, 0.35 + 0.25 * (1 - near))))
        if plan.weather == "snow" and plan.land != "mountains":
            spots.append(
                (smooth(at.unit * 0.016 * (0.4 + near), 0, below) * np.float32(0.7), mix(_WHITE, p.middle, 0.2))
            )
        if plan.land == "meadow" and near > 0.5:
            spots.extend(_flowers(plan, rng, at, near, below))
    if plan.land == "city" and depth < 5:
        below = np.arange(top, bottom, dtype=np.float32)[:, None] - crest[None, :]
        spots.append((_windows(plan, rng, at, near, below), mix((255.0, 214.0, 140.0), p.horizon, 0.25)))
    grain = stream(plan.key, f"dust {depth}").random((height, width), np.float32)
    steps = 4 if at.width * at.height < 1_100_000 else 2 if at.width * at.height < 2_200_000 else 1
    return layer(crest, bottom, rows, shade=shade, spots=spots, grain=grain, steps=steps, speed=speed, matrix=at.matrix)


def _shade(plan: Plan, rng: np.random.Generator, sun: Sun, at: Stage, near: float, crest: F32, below: F32) -> F32:
    """Light on the slopes that face the sun, shadow on the others, and a little structure."""
    strength, length = {
        "mountains": (15.0, 0.07),
        "dunes": (19.0, 0.10),
        "hills": (7.0, 0.06),
        "meadow": (9.0, 0.07),
    }.get(plan.land, (2.5, 0.05))
    if plan.land == "mountains" and near > 0.75:
        strength = 2.5
    strength *= 0.45 if plan.hour in ("night", "dusk") else 1.0
    wide = max(3, int(at.unit * 0.03)) | 1
    soft = np.convolve(np.pad(crest, wide // 2, mode="edge"), np.ones(wide) / wide, mode="valid")
    slope = np.gradient(soft[: len(crest)])
    side = np.tanh((np.arange(len(crest)) - sun.x) / (at.width * 0.25))
    lit = (-np.tanh(slope * 2.2) * side * strength * (1 - 0.35 * near)).astype(np.float32)
    lean = (np.arange(len(crest))[None, :] + np.maximum(below, 0) * np.float32(0.8)).astype(np.intp)
    fade = np.exp(-np.maximum(below, 0) / np.float32(at.unit * length))
    light = lit[np.minimum(lean, len(crest) - 1)] * fade
    cell = (at.unit * 0.018, at.unit * 0.075)
    structure = noise(rng, below.shape[0], below.shape[1], cell, 3, 0.6) * np.float32(1.6 + 1.4 * near)
    return np.asarray(light + structure, np.float32)


def _caps(rng: np.random.Generator, at: Stage, depth: int, crest: F32, below: F32) -> F32:
    """Snow on the summits, thicker the higher they are, with a ragged lower edge."""
    level = np.percentile(crest, 62)
    depth_of = np.maximum(level - crest, 0) * np.float32(0.85)
    ragged = noise(rng, below.shape[0], below.shape[1], (at.unit * 0.03, at.unit * 0.022), 3, 0.6)
    ragged = ragged * np.float32(at.unit * 0.02)
    covered = np.clip((depth_of[None, :] + ragged - below) * np.float32(0.4), 0, 0.85)
    return np.asarray(covered * (depth_of > 1)[None, :], np.float32)


def _flowers(plan: Plan, rng: np.random.Generator, at: Stage, near: float, below: F32) -> list[tuple[F32, Colour]]:
    """Dots of two colours, in drifts, on the near hills."""
    height, width = below.shape
    fields = smooth(-0.2, 0.6, noise(rng, height, width, (at.unit * 0.05, at.unit * 0.3), 2))
    found: list[tuple[F32, Colour]] = []
    size = max(1, round(at.unit * 0.0046 * near))
    for colour in (plan.colours.accent, mix(plan.colours.light, (255.0, 255.0, 255.0), 0.4)):
        dots = (rng.random((height // size + 1, width // size + 1)) < 0.045).astype(np.float32)
        grown = np.repeat(np.repeat(dots, size, axis=0), size, axis=1)[:height, :width]
        found.append((grown * fields * (below > size) * np.float32(0.75), colour))
    return found


def _windows(plan: Plan, rng: np.random.Generator, at: Stage, near: float, below: F32) -> F32:
    """Lit windows in a grid, more of them after dark."""
    height, width = below.shape
    pitch = max(3, round(at.unit * (0.0075 + 0.008 * near)))
    share = {"night": 0.34, "dusk": 0.30, "sunset": 0.16, "dawn": 0.08, "day": 0.04}[plan.hour]
    lit = (rng.random((height // pitch + 1, width // pitch + 1)) < share).astype(np.float32)
    lit *= rng.uniform(0.35, 1.0, lit.shape).astype(np.float32)
    grid = np.repeat(np.repeat(lit, pitch, axis=0), pitch, axis=1)[:height, :width]
    pane_rows = (np.arange(height) % pitch < pitch * 0.62)[:, None]
    pane_columns = (np.arange(width) % pitch < pitch * 0.55)[None, :]
    return np.asarray(grid * pane_rows * pane_columns * (below > pitch) * np.float32(0.25 + 0.6 * near), np.float32)
