"""Open water: the sky reflected in it, and waves that glitter under the light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seedance_nb.sandbox.clip.chance import noise, smooth, stream
from seedance_nb.sandbox.clip.land import Stage
from seedance_nb.sandbox.clip.plan import Plan
from seedance_nb.sandbox.clip.planes import F32, U8, Planes, mix, to_yuv
from seedance_nb.sandbox.clip.sky import Sun


@dataclass(frozen=True, slots=True)
class Water:
    """Rows of water; each row is a window on two wave patterns that move against each other."""

    top: int
    still: U8
    u: U8
    v: U8
    one: U8
    other: U8
    table: U8
    """What the sum of both patterns and of `path` adds to the luma, modulo 256."""

    path: U8
    speeds: npt.NDArray[np.float64]
    frames: int

    def draw(self, on: Planes, frame: int) -> None:
        """Fill the rows below the horizon."""
        width = on.width
        waves = self.path.copy()
        ahead = (self.speeds * frame).astype(np.intp).tolist()
        behind = (self.speeds * 0.7 * (self.frames - frame)).astype(np.intp).tolist()
        for row, (left, right) in enumerate(zip(ahead, behind, strict=True)):
            line = waves[row]
            line += self.one[row, left : left + width]
            line += self.other[row, right : right + width]
        on.y[self.top :] = self.still + self.table[waves]
        on.u[self.top // 2 :] = self.u
        on.v[self.top // 2 :] = self.v


def water(plan: Plan, sun: Sun, at: Stage) -> Water:
    """Build the water below the horizon of a scene."""
    rng = stream(plan.key, "water")
    rows, width = at.height - at.horizon, at.width
    down = np.linspace(0, 1, rows, dtype=np.float32)
    p = plan.colours
    far, near = mix(p.horizon, p.far, 0.35), mix(p.near, p.middle, 0.22)
    tones = [mix(mix(far, p.middle, min(1, s * 2.2) * 0.6), near, float(s) ** 0.75) for s in down]
    colours = np.array([to_yuv(tone, at.matrix) for tone in tones])
    across = np.arange(width, dtype=np.float32)[None, :]
    spread = np.float32(width * 0.035) + down[:, None] * np.float32(width * 0.14)
    lane = np.exp(-(((across - np.float32(sun.x)) / spread) ** 2)) * (1 - 0.35 * down[:, None])
    light = np.array(to_yuv(p.light, at.matrix))
    glow = lane * np.float32(0.30)
    luma = np.clip(colours[:, :1] + (light[0] - colours[:, :1]) * glow, 26, 176)
    grain = stream(plan.key, "spray").random((rows, width), np.float32)
    half = glow[::2, ::2]
    u, v = ((colours[::2, i : i + 1] + (light[i] - colours[::2, i : i + 1]) * half * 1.5) for i in (1, 2))
    speeds = at.unit * (0.0009 + 0.0045 * down.astype(np.float64) ** 1.2)
    reach = width + int(float(speeds.max()) * at.frames) + 4
    one, other = (_waves(rng, rows, reach, at.unit, plan.fine) for _ in range(2))
    return Water(
        at.horizon,
        (luma + grain).astype(np.uint8),
        (u + 0.5).astype(np.uint8),
        (v + 0.5).astype(np.uint8),
        one,
        other,
        _table(plan.fine),
        (lane * np.float32(58)).astype(np.uint8),
        speeds,
        at.frames,
    )


def _waves(rng: np.random.Generator, rows: int, width: int, unit: float, fine: bool) -> U8:
    """A wave pattern of 0 to 95, flattened towards the horizon as distance does."""
    depth = np.log1p(np.linspace(0, 1, rows) * 14) / np.log(15)
    flat = noise(rng, max(8, rows), width, (unit * 0.030, unit * 0.16), 4 if fine else 2, 0.62)
    picked = flat[np.minimum((depth * (rows - 1)).astype(np.intp), rows - 1)]
    return np.asarray(np.clip(picked * 36 + 48, 0, 95), np.uint8)


def _table(fine: bool) -> U8:
    """Troughs are a little darker, crests a little lighter, and the sum of two crests in the light glitters."""
    level = np.arange(256, dtype=np.float32)
    gentle = (level - 96) * np.float32(0.16)
    glitter = smooth(128, 190, level) * np.float32(62 if fine else 44)
    added: F32 = np.clip(gentle, -9, 9) + glitter
    return np.round(added).astype(np.int16).astype(np.uint8)
