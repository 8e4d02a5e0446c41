"""Puts a clip together: what fills the frames, what is written over them, what is heard."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import av
from PIL import Image

from seedance_nb.sandbox.clip import Clip, ClipSpec, media
from seedance_nb.sandbox.clip.caption import Caption, Label, caption, mark, watermark
from seedance_nb.sandbox.clip.cards import Card, cards
from seedance_nb.sandbox.clip.encode import mp4
from seedance_nb.sandbox.clip.matrix import Matrix, matrix_for
from seedance_nb.sandbox.clip.plan import plan
from seedance_nb.sandbox.clip.planes import F32, Planes, from_frame, to_image
from seedance_nb.sandbox.clip.scene import scene
from seedance_nb.sandbox.clip.sound import music
from seedance_nb.sandbox.clip.still import still

AHEAD = 4
"""How many frames are drawn while one is encoded."""

USUAL = 121
"""The frames of a clip of five seconds; how a scene begins depends on how far the camera will move."""


class Background(Protocol):
    """What fills a frame."""

    def draw(self, on: Planes, frame: int) -> None:
        """Fill the whole of a frame."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is seen in a clip, frame by frame."""

    spec: ClipSpec
    matrix: Matrix
    background: Background
    cards: tuple[Card, ...]
    caption: Caption
    mark: Label
    watermark: Label | None
    fade_in: bool
    fade_out: bool

    def frame(self, index: int) -> av.VideoFrame:
        """Draw one frame."""
        frame = av.VideoFrame(self.spec.width, self.spec.height, "yuv420p")
        on = from_frame(frame)
        self.draw(on, index)
        if self.watermark:
            self.watermark.draw(on)
        return frame

    def draw(self, on: Planes, index: int) -> None:
        """Draw all but the watermark."""
        self.background.draw(on, index)
        for card in self.cards:
            card.draw(on, index)
        self.caption.draw(on, index, self._shown(index))
        self.mark.draw(on)

    def last(self) -> bytes:
        """The last frame as a PNG, without watermark."""
        frame = av.VideoFrame(self.spec.width, self.spec.height, "yuv420p")
        self.draw(from_frame(frame), self.spec.frames - 1)
        return _png(to_image(frame, self.matrix))

    def _shown(self, index: int) -> float:
        """How much of the caption is there; none on a frame that belongs to a given picture."""
        ramp = max(1, min(14, self.spec.frames // 4))
        shown = 1.0
        if self.fade_in:
            shown = min(shown, index / ramp)
        if self.fade_out:
            shown = min(shown, (self.spec.frames - 1 - index) / ramp)
        return shown


def film(spec: ClipSpec) -> Clip:
    """Draw, sound and encode a clip; drawing and encoding go on at the same time."""
    with ThreadPoolExecutor(2, thread_name_prefix="seedance-clip") as pool:
        heard = pool.submit(_heard, spec) if spec.audio else None
        picture = _picture(spec)
        sound = heard.result() if heard else None
        last = pool.submit(picture.last)
        data = mp4(_ahead(picture, pool), spec.width, spec.height, spec.codec, sound)
        return Clip(data, last.result())


def bare(prompt: str, width: int, height: int, seed: int) -> bytes:
    """The first frame of the scene of a text clip as a PNG, with nothing written over it.

    An odd size is cut from the next even one.
    """
    even = (width + width % 2, height + height % 2)
    matrix = matrix_for(even[1])
    frame = av.VideoFrame(*even, "yuv420p")
    scene(plan(prompt, seed, ""), *even, USUAL, matrix).draw(from_frame(frame), 0)
    return _png(to_image(frame, matrix, exact=True).crop((0, 0, width, height)))


def _png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG", compress_level=1)
    return data.getvalue()


def _ahead(picture: Picture, pool: ThreadPoolExecutor) -> Iterator[av.VideoFrame]:
    waiting: deque[Future[av.VideoFrame]] = deque()
    for index in range(picture.spec.frames):
        waiting.append(pool.submit(picture.frame, index))
        if len(waiting) > AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _heard(spec: ClipSpec) -> F32:
    reference = media.samples(spec.audios[0], spec.frames / 24) if spec.audios else None
    return music(spec.prompt, spec.seed, spec.frames, reference)


def _picture(spec: ClipSpec) -> Picture:
    width, height, frames = spec.width, spec.height, spec.frames
    matrix = matrix_for(height)
    idea = plan(spec.prompt, spec.seed, spec.model)
    first = _fitted(spec.first_frame, spec) if spec.mode in ("first_frame", "first_last_frame") else None
    last = _fitted(spec.last_frame, spec) if spec.mode == "first_last_frame" and first else None
    background: Background = (
        scene(idea, width, height, frames, matrix) if first is None else still(idea.key, first, last, frames, matrix)
    )
    accent = idea.colours.accent
    panel = caption(
        width,
        height,
        frames,
        prompt=spec.prompt,
        seed=spec.seed,
        accent=accent,
        raised=spec.watermark,
        matrix=matrix,
    )
    sign = mark(width, height, accent, matrix)
    shown: list[Card] = []
    if spec.mode == "reference":
        shown = cards(
            spec.images,
            spec.videos,
            spec.audios,
            size=(width, height),
            frames=frames,
            top=sign.y + sign.patch.height + 8,
            bottom=panel.y - 8,
            accent=accent,
            matrix=matrix,
        )
    return Picture(
        spec,
        matrix,
        background,
        tuple(shown),
        panel,
        sign,
        watermark(width, height, matrix) if spec.watermark else None,
        fade_in=first is not None,
        fade_out=last is not None,
    )


def _fitted(data: bytes | None, spec: ClipSpec) -> Image.Image | None:
    if not data:
        return None
    size = (spec.width, spec.height)
    opened = media.picture(data, size)
    return None if opened is None else media.cover(opened, *size)
