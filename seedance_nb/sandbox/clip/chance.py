"""Randomness that is the same every time, and smooth noise made of it."""

from __future__ import annotations

import hashlib

import numpy as np
from PIL import Image

from seedance_nb.sandbox.clip.planes import F32


def key_of(*parts: object) -> str:
    """A short name for a combination of values; the same values give the same name."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def stream(key: str, name: str) -> np.random.Generator:
    """A source of random numbers of its own for each name, so that one more draw here changes nothing there."""
    digest = hashlib.sha256(f"{key}/{name}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "big")))


def noise(
    rng: np.random.Generator, height: int, width: int, cell: tuple[float, float], octaves: int, gain: float = 0.5
) -> F32:
    """Smooth noise of about -1 to 1.

    Args:
        rng: Where the numbers come from.
        height: Rows.
        width: Columns.
        cell: Height and width of the largest features, in pixels.
        octaves: How many finer copies are added, each half the size of the one before.
        gain: Weight of each finer copy against the one before.
    """
    total = np.zeros((height, width), np.float32)
    weight = 1.0
    for octave in range(octaves):
        rows = max(2, round(height / cell[0] * 2**octave) + 3)
        columns = max(2, round(width / cell[1] * 2**octave) + 3)
        grid = rng.uniform(-1, 1, (min(rows, height + 3), min(columns, width + 3))).astype(np.float32)
        total += np.float32(weight) * enlarged(grid, height, width)
        weight *= gain
    return total


def line(rng: np.random.Generator, width: int, cell: float, octaves: int, gain: float = 0.5) -> F32:
    """Smooth noise of about -1 to 1 along a line; `cell` is the width of the largest features."""
    total = np.zeros(width, np.float64)
    weight = 1.0
    at = np.arange(width)
    for octave in range(octaves):
        step = max(cell / 2**octave, 1.0)
        points = rng.uniform(-1, 1, int(width / step) + 3)
        place = at / step + rng.uniform(0, 1)
        index = place.astype(int)
        share = place - index
        share = share * share * (3 - 2 * share)
        total += weight * (points[index] * (1 - share) + points[index + 1] * share)
        weight *= gain
    return total.astype(np.float32)


def enlarged(plane: F32, height: int, width: int) -> F32:
    """A plane stretched to another size, smoothly."""
    picture = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC), np.float32)


def smooth(low: float, high: float, value: F32) -> F32:
    """0 below `low`, 1 above `high`, and a soft step between."""
    share = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)
