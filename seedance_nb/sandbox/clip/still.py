"""Clips that start from a picture: a slow camera move over it, with light, and into a second one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from seedance_nb.sandbox.clip.chance import stream
from seedance_nb.sandbox.clip.matrix import Matrix
from seedance_nb.sandbox.clip.planes import U8, U16, Planes, from_image

ZOOM = 0.12
"""How much of the picture's size is lost at the end of the move."""

_LIGHT = 30
"""How much the beam of light brightens, at most."""


@dataclass(frozen=True, slots=True)
class Move:
    """A picture and the point the camera moves to."""

    planes: Planes
    images: tuple[Image.Image, Image.Image, Image.Image]
    focus: tuple[float, float]

    def draw(self, on: Planes, progress: float) -> None:
        """Fill a frame; at 0 it is the picture itself, pixel for pixel."""
        if progress <= 0:
            on.paste(self.planes)
            return
        for plane, image in zip((on.y, on.u, on.v), self.images, strict=True):
            left, top = (ZOOM * progress * share * size for share, size in zip(self.focus, image.size, strict=True))
            wide, tall = (size * (1 - ZOOM * progress) for size in image.size)
            box = (left, top, left + wide, top + tall)
            way = Image.Resampling.BICUBIC if plane is on.y else Image.Resampling.BILINEAR
            plane[...] = np.asarray(image.resize(image.size, way, box))


@dataclass(frozen=True, slots=True)
class Still:
    """One picture, or two that melt into each other, over the frames of a clip."""

    first: Move
    last: Move | None
    beam: U16
    frames: int

    def draw(self, on: Planes, frame: int) -> None:
        """Fill a frame: the first is the first picture, the last is the last picture if there is one."""
        end = max(1, self.frames - 1)
        progress = frame / end
        if self.last is None:
            self.first.draw(on, progress)
        else:
            share = _soft((progress - 0.30) / 0.40)
            if share < 1:
                self.first.draw(on, progress)
            if share >= 1:
                self.last.draw(on, 1 - progress)
            elif share > 0:
                other = Planes.blank(on.width, on.height)
                self.last.draw(other, 1 - progress)
                for plane, above in ((on.y, other.y), (on.u, other.u), (on.v, other.v)):
                    _melt(plane, above, round(share * 256))
        self._shine(on.y, progress)

    def _shine(self, luma: U8, progress: float) -> None:
        """Let the beam pass from outside the left edge to outside the right edge."""
        height, width = luma.shape
        wide = self.beam.shape[1]
        at = round(-wide + (width + wide) * progress)
        left, right = max(0, at), min(width, at + wide)
        if left < right:
            below = luma[:, left:right]
            brighter = below + self.beam[:height, left - at : right - at]
            below[...] = np.minimum(brighter, np.uint16(240))


def still(key: str, first: Image.Image, last: Image.Image | None, frames: int, matrix: Matrix) -> Still:
    """Prepare the move over pictures that have the size of the frame already."""
    rng = stream(key, "still")
    focus = [(float(rng.uniform(0.2, 0.8)), float(rng.uniform(0.25, 0.7))) for _ in range(2)]
    end = None if last is None else _move(last, focus[1], matrix)
    width, height = first.size
    wide = int(width * 0.55)
    lean = np.arange(height)[:, None] * 0.25
    place = (np.arange(wide)[None, :] - lean) % wide / wide
    level = np.sin(np.pi * place) ** 2 * np.sin(np.pi * np.arange(wide) / wide)[None, :] ** 0.5 * _LIGHT
    beam = (level + rng.random((height, wide))).astype(np.uint16)
    return Still(_move(first, focus[0], matrix), end, beam, frames)


def _move(image: Image.Image, focus: tuple[float, float], matrix: Matrix) -> Move:
    planes = from_image(image, matrix)
    y, u, v = (Image.fromarray(np.ascontiguousarray(plane)) for plane in (planes.y, planes.u, planes.v))
    return Move(planes, (y, u, v), focus)


def _soft(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


def _melt(on: U8, other: U8, share: int) -> None:
    product = on * np.uint16(256 - share)
    product += other * np.uint16(share)
    on[...] = product >> 8
