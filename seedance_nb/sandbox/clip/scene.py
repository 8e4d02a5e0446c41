"""A generated scene: sky, land, water, weather and something that moves, drawn frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from seedance_nb.sandbox.clip.chance import stream
from seedance_nb.sandbox.clip.hero import hero, sitting
from seedance_nb.sandbox.clip.land import land, seat, shore, stage
from seedance_nb.sandbox.clip.layer import Layer
from seedance_nb.sandbox.clip.matrix import Matrix
from seedance_nb.sandbox.clip.plan import Plan
from seedance_nb.sandbox.clip.planes import Planes
from seedance_nb.sandbox.clip.sky import Sky, sky
from seedance_nb.sandbox.clip.water import water
from seedance_nb.sandbox.clip.weather import weather


class Moving(Protocol):
    """Anything that draws itself into a frame."""

    def draw(self, on: Planes, frame: int) -> None:
        """Draw what it looks like at a frame."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene of a fixed size and length."""

    sky: Sky
    land: tuple[Moving, ...]
    """What moves with the camera, from far to near."""

    things: tuple[Moving, ...]
    """What moves by itself in front of it."""

    frames: int
    backwards: bool
    """Whether the camera moves to the left."""

    def draw(self, on: Planes, frame: int) -> None:
        """Fill a frame."""
        camera = self.frames - 1 - frame if self.backwards else frame
        self.sky.draw(on, camera)
        for strip in self.land:
            strip.draw(on, camera if isinstance(strip, Layer) else frame)
        for thing in self.things:
            thing.draw(on, frame)


def scene(plan: Plan, width: int, height: int, frames: int, matrix: Matrix) -> Scene:
    """Build the scene of a plan, in the colours of a matrix."""
    at = stage(plan, width, height, frames, matrix)
    rows = min(height, at.horizon + int(at.unit * 0.12)) & ~1
    above = sky(plan, width, height, rows, frames, matrix)
    layers = land(plan, above.sun, at)
    above = above.lengthened(layers[0].top + layers[0].edge)
    strips: list[Moving] = [*layers]
    backwards = bool(stream(plan.key, "camera").random() < 0.5)
    if plan.land == "sea":
        strips.append(water(plan, above.sun, at))
    if plan.hero == "cat":
        ground = shore(plan, above.sun, at) if plan.land == "sea" else layers[seat(plan)]
        place = len(strips) if plan.land == "sea" else seat(plan)
        strips[place:] = [sitting(plan, at, ground, backwards=backwards), ground, *strips[place + 1 :]]
    things: list[Moving] = [*hero(plan, at), *weather(plan, at)]
    return Scene(above, tuple(strips), tuple(things), frames, backwards)
