"""Outlines of the land: for every column of pixels, how high the ground rises."""

from __future__ import annotations

import numpy as np

from seedance_nb.sandbox.clip.chance import line, smooth, stream
from seedance_nb.sandbox.clip.plan import Plan
from seedance_nb.sandbox.clip.planes import F32

DEPTHS = 6
"""Layers of land in a fine scene, from 0, far away, to 5 in front."""


def outline(plan: Plan, depth: int, width: int, unit: float) -> F32:
    """Heights in pixels of one layer; `unit` is what a length of 1 means in this frame."""
    rng = stream(plan.key, f"ridge {depth}")
    near = depth / (DEPTHS - 1)
    fine = plan.fine
    match plan.land:
        case "mountains":
            return _peaks(rng, width, unit, near, fine)
        case "dunes":
            return _dunes(rng, width, unit, near)
        case "city":
            ground = np.zeros(width, np.float32)
            return ground if near > 0.9 else ground + _towers(rng, width, unit, near)
        case "forest":
            ground = line(rng, width, unit * (0.5 + 0.3 * near), 3 if fine else 2, 0.4) * np.float32(unit * 0.05)
            return ground + _trees(rng, width, unit, near, fine)
        case "meadow":
            ground = line(rng, width, unit * (0.7 + 0.5 * near), 2, 0.3) * np.float32(unit * (0.075 - 0.035 * near))
            return ground + _grass(rng, width, unit, near) if fine and near > 0.55 else ground
        case "sea":
            island = line(rng, width, unit * 0.55, 5 if fine else 3, 0.5)
            return smooth(-0.1, 1.1, island) * np.float32(unit * (0.16 - 0.03 * depth))
        case _:
            octaves = 4 if fine else 2
            return line(rng, width, unit * (0.42 + 0.4 * near), octaves, 0.42) * np.float32(
                unit * (0.085 - 0.02 * near)
            )


def _peaks(rng: np.random.Generator, width: int, unit: float, near: float, fine: bool) -> F32:
    """Sharp summits far away, wooded foothills in front."""
    if near > 0.75:
        ground = line(rng, width, unit * 0.6, 2, 0.4) * np.float32(unit * 0.05)
        return ground + _trees(rng, width, unit, near, fine) * np.float32(0.8)
    sharp = np.zeros(width, np.float32)
    weight = 1.0
    for octave in range(6 if fine else 4):
        sharp += np.float32(weight) * (1 - 2 * np.abs(line(rng, width, unit * (0.62 + 0.2 * near) / 2**octave, 1)))
        weight *= 0.46
    return sharp * np.float32(unit * (0.125 - 0.06 * near))


def _dunes(rng: np.random.Generator, width: int, unit: float, near: float) -> F32:
    """Long gentle slopes that break off on one side."""
    at = np.arange(width) / (unit * (0.55 + 0.55 * near)) + line(rng, width, unit * 0.8, 1) * 0.35 + rng.uniform(0, 1)
    turn = at % 1.0
    edge = 0.72
    rise = np.where(turn < edge, turn / edge, (1 - turn) / (1 - edge))
    rise = rise * rise * (3 - 2 * rise)
    size = 0.75 + 0.25 * line(rng, width, unit * 0.9, 1)
    return np.asarray((rise - 0.5) * size * unit * (0.10 - 0.035 * near), np.float32)


def _trees(rng: np.random.Generator, width: int, unit: float, near: float, fine: bool) -> F32:
    """Conifers, shoulder to shoulder far away and in groups in front."""
    crown = np.zeros(width, np.float32)
    scale = unit * (0.026 + 0.13 * near**1.6)
    count = int(width / scale * (2.6 if fine else 1.7))
    group = line(rng, width, unit * 0.45, 2)
    for place, size, slim in zip(rng.random(count), rng.random(count), rng.random(count), strict=True):
        centre = int(place * width)
        height = scale * (0.45 + 0.75 * size) * max(0.25, 0.8 + 0.55 * float(group[centre]))
        half = height * (0.17 + 0.08 * slim)
        left, right = max(0, int(centre - half)), min(width, int(centre + half) + 2)
        reach = np.abs(np.arange(left, right) - place * width) / half
        tree = np.clip(1 - reach, 0, 1)
        if fine:
            tiers = 6
            tree = 0.62 * tree + 0.38 * np.floor(tree * tiers + 0.999) / tiers * (tree > 0)
        np.maximum(crown[left:right], tree * height, out=crown[left:right])
    return crown


def _grass(rng: np.random.Generator, width: int, unit: float, near: float) -> F32:
    """Blades of grass along the edge of a hill."""
    blades = rng.random(width).astype(np.float32) ** 3
    blades = np.maximum(blades, np.concatenate(([0], blades[:-1])) * 0.6)
    size = unit * 0.022 * near * (0.6 + 0.5 * line(rng, width, unit * 0.2, 1))
    return np.asarray(blades * size, np.float32)


def _towers(rng: np.random.Generator, width: int, unit: float, near: float) -> F32:
    """Buildings, tallest around a centre, some with a mast."""
    roof = np.zeros(width, np.float32)
    tall = line(rng, width, unit * 0.7, 2)
    x = -float(rng.uniform(0, unit * 0.1))
    while x < width:
        wide = unit * float(rng.uniform(0.035, 0.085)) * (0.75 + 0.9 * near)
        left, right = max(0, int(x)), min(width, int(x + wide))
        if right > left:
            height = (
                unit * (0.05 + 0.16 * float(rng.random()) + 0.11 * max(0.0, float(tall[left]))) * (1.05 - 0.3 * near)
            )
            roof[left:right] = np.maximum(roof[left:right], height)
            if rng.random() < 0.22 and right - left > 6:
                middle = (left + right) // 2
                roof[middle : middle + max(1, round(unit / 500))] += height * 0.3
            if rng.random() < 0.35:
                inset = int((right - left) * 0.22)
                roof[left + inset : right - inset] += unit * 0.018
        x += wide + unit * float(rng.choice([0, 0, 0.006, 0.02]))
    return roof
