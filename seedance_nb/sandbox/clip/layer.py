"""A strip of land with an outline, drawn once and then moved sideways.

Only the rows around the outline are blended; the rows below it are copied.
Positions between two pixels are prepared in advance, so that slow movements do not jerk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seedance_nb.sandbox.clip.matrix import Matrix
from seedance_nb.sandbox.clip.planes import F32, U8, U16, Colour, Planes, to_yuv


@dataclass(frozen=True, slots=True)
class Layer:
    """A strip of land, wider than the frame."""

    top: int
    """First row of the frame that it touches, even."""

    edge: int
    """How many of its rows are blended, even; all others hide what is behind."""

    luma: tuple[U8, ...]
    """The rows below the edge, at several positions between two pixels."""

    u: U8
    v: U8
    edge_luma: tuple[U16, ...]
    keep: tuple[U16, ...]
    edge_u: U16
    edge_v: U16
    keep_half: U16
    speed: float
    """Pixels per frame."""

    crest: F32
    """For every column the row where the land begins."""

    def draw(self, on: Planes, frame: int) -> None:
        """Draw the strip where it is at that frame."""
        at = self.speed * frame
        x, step = int(at), int(at % 1.0 * len(self.luma))
        width, half = on.width, on.width // 2
        a, b, c = self.top, self.top + self.edge, self.top + self.edge + self.luma[0].shape[0]
        on.y[b:c] = self.luma[step][:, x : x + width]
        _over(on.y[a:b], self.edge_luma[step][:, x : x + width], self.keep[step][:, x : x + width])
        a, b, c, x = a // 2, b // 2, c // 2, x // 2
        on.u[b:c] = self.u[:, x : x + half]
        on.v[b:c] = self.v[:, x : x + half]
        keep = self.keep_half[:, x : x + half]
        _over(on.u[a:b], self.edge_u[:, x : x + half], keep)
        _over(on.v[a:b], self.edge_v[:, x : x + half], keep)


def layer(
    crest: F32,
    bottom: int,
    rows: Sequence[Colour],
    *,
    shade: F32 | None,
    spots: Sequence[tuple[F32, Colour]],
    grain: F32,
    steps: int,
    speed: float,
    matrix: Matrix,
) -> Layer:
    """Prepare a strip.

    Args:
        crest: For every column the row of the frame where the land begins.
        bottom: The first row that need not be drawn, even.
        rows: Colour of every row from `span(crest, bottom)[0]` to `bottom`.
        shade: What is added to the luma, for the same rows.
        spots: Coverings of another colour, for the same rows, 0 to 1.
        grain: Random numbers from 0 to 1 for the same rows.
        steps: How many positions are prepared between two pixels.
        speed: Pixels per frame.
        matrix: What the clip's colours are converted with.
    """
    top, solid = span(crest, bottom)
    colours = np.array([to_yuv(colour, matrix) for colour in rows], np.float32)
    height, width = bottom - top, len(crest) & ~1
    luma = np.repeat(colours[:, :1], width, axis=1)
    if shade is not None:
        luma += shade[:, :width]
    half = [np.repeat(colours[::2, i : i + 1], width // 2, axis=1) for i in (1, 2)]
    for covering, colour in spots:
        to_y, to_u, to_v = (np.float32(part) for part in to_yuv(colour, matrix))
        luma += (to_y - luma) * covering[:, :width]
        small = covering[::2, 0:width:2]
        half = [plane + (to - plane) * small for plane, to in zip(half, (to_u, to_v), strict=True)]
    cover = _coverage(crest, top, solid, width)
    fixed = (np.clip(luma, 16, 235) * 64).astype(np.uint16)
    dust = (grain[:height, :width] * 63).astype(np.uint16)
    lumas, edges, keeps = [], [], []
    for step in range(steps):
        moved = _moved(fixed, step, steps) + dust
        covered = _moved(cover, step, steps)
        pixels = (moved >> 6).astype(np.uint8)
        edge = solid - top
        lumas.append(pixels[edge:])
        edges.append(pixels[:edge] * covered)
        keeps.append(np.uint16(256) - covered)
    small_cover = ((cover[0::2, 0::2] + cover[1::2, 0::2] + cover[0::2, 1::2] + cover[1::2, 1::2]) >> 2).astype(
        np.uint16
    )
    u, v = ((plane + np.float32(0.5)).astype(np.uint8) for plane in half)
    cut = (solid - top) // 2
    return Layer(
        top,
        solid - top,
        tuple(lumas),
        u[cut:],
        v[cut:],
        tuple(edges),
        tuple(keeps),
        u[:cut] * small_cover,
        v[:cut] * small_cover,
        np.uint16(256) - small_cover,
        speed,
        crest,
    )


def span(crest: F32, bottom: int) -> tuple[int, int]:
    """The first row that a strip touches and the first that it fills, both even and above `bottom`."""
    top = int(np.floor(crest.min())) & ~1
    solid = (int(np.ceil(crest.max())) + 2) & ~1
    solid = max(2, min(solid, bottom))
    return max(0, min(top, solid - 2)), solid


def _coverage(crest: F32, top: int, solid: int, width: int) -> U16:
    """How much of each pixel is land, 0 to 256; each column is the mean of three places."""
    rows = np.arange(top, solid, dtype=np.float32)[:, None] + np.float32(1)
    padded = np.concatenate((crest[:1], crest, crest[-1:]))
    total = np.zeros((solid - top, width), np.float32)
    for left, right in ((0, 1), (1, 1), (2, 1)):
        place = (padded[left : left + len(crest)] + crest * right) / np.float32(1 + right)
        total += np.clip(rows - place[None, :width], 0, 1)
    return (total * np.float32(256 / 3)).astype(np.uint16)


def _moved(plane: U16, step: int, steps: int) -> U16:
    """A plane moved left by a fraction of a pixel."""
    if step == 0:
        return plane
    after = np.concatenate((plane[:, 1:], plane[:, -1:]), axis=1)
    return (plane * np.uint16(steps - step) + after * np.uint16(step)) // np.uint16(steps)


def _over(on: U8, colour: U16, keep: U16) -> None:
    product = np.multiply(on, keep, dtype=np.uint16)
    product += colour
    np.right_shift(product, 8, out=product)
    on[...] = product
