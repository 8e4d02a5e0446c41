"""The thing in a scene that one looks at: birds, a balloon, a boat or a cat."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from seedance_nb.sandbox.clip import figures
from seedance_nb.sandbox.clip.chance import stream
from seedance_nb.sandbox.clip.land import Stage
from seedance_nb.sandbox.clip.layer import Layer
from seedance_nb.sandbox.clip.plan import Plan
from seedance_nb.sandbox.clip.planes import Patch, Planes, mix

Place = Callable[[int], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Hero:
    """A figure in several poses, on a path."""

    poses: tuple[Patch, ...]
    pose: Callable[[int], int]
    """Which pose is shown at a frame."""

    place: Place
    """Where the middle of the lower edge is at a frame, in pixels."""

    def draw(self, on: Planes, frame: int) -> None:
        """Draw the figure where it is."""
        figure = self.poses[self.pose(frame) % len(self.poses)]
        x, y = self.place(frame)
        figure.lay(on, round(x - figure.width / 2), round(y - figure.height))


def hero(plan: Plan, at: Stage) -> list[Hero]:
    """The figures of a plan that need no ground."""
    match plan.hero:
        case "cat":
            return []
        case "boat":
            return [_boat(plan, at)]
        case "balloon":
            return _balloons(plan, at)
        case _:
            return _birds(plan, at)


def _dark(plan: Plan) -> tuple[float, float, float]:
    return mix(plan.colours.near, (8.0, 8.0, 14.0), 0.55)


def _birds(plan: Plan, at: Stage) -> list[Hero]:
    rng = stream(plan.key, "birds")
    colour = mix(_dark(plan), plan.colours.middle, 0.18 if plan.hour != "night" else 0.0)
    if plan.hour == "night":
        colour = mix(plan.colours.horizon, plan.colours.light, 0.35)
    right = 1 if rng.random() < 0.5 else -1
    start = at.width * (0.16 if right > 0 else 0.84)
    level = at.horizon * float(rng.uniform(0.30, 0.58))
    speed = at.unit * 0.052 / 24 * right
    flock = []
    for index in range(int(rng.integers(5, 9))):
        side = (index + 1) // 2 * (1 if index % 2 else -1)
        size = at.unit * (0.042 - 0.0022 * index)
        poses = tuple(figures.bird(size, step / 10, colour, at.matrix) for step in range(10))
        dx = -abs(side) * at.unit * 0.052 * right + float(rng.normal(0, 0.006)) * at.unit
        dy = side * at.unit * 0.026 + float(rng.normal(0, 0.006)) * at.unit
        beat, phase = float(rng.uniform(0.36, 0.50)), float(rng.uniform(0, 10))
        flock.append(
            Hero(
                poses,
                _flap(beat, phase),
                _path(start + dx, level + dy, speed, -0.12 * abs(speed), at.unit * 0.006, phase),
            )
        )
    return flock


def _flap(beat: float, phase: float) -> Callable[[int], int]:
    return lambda frame: int(frame * beat + phase)


def _balloons(plan: Plan, at: Stage) -> list[Hero]:
    rng = stream(plan.key, "balloons")
    found = []
    for index, size in enumerate((0.20, 0.105, 0.07)[: 3 if plan.fine else 2]):
        bright = mix(plan.colours.accent, plan.colours.light, 0.12 * index)
        other = mix(plan.colours.light, plan.colours.near, 0.12 * index)
        if plan.hour in ("night", "dusk"):
            bright, other = mix(bright, plan.colours.near, 0.25), mix(other, plan.colours.near, 0.35)
        haze = 0.16 * index
        bright, other = mix(bright, plan.colours.horizon, haze), mix(other, plan.colours.middle, haze)
        picture = figures.balloon(at.unit * size, bright, other, plan.fine, at.matrix)
        x = at.width * (0.72 - 0.26 * index + float(rng.uniform(-0.07, 0.07)))
        y = at.horizon * (0.62 + 0.10 * index + float(rng.uniform(-0.06, 0.06)))
        phase = float(rng.uniform(0, 6))
        path = _path(x, y, -at.unit * 0.012 / 24, -at.unit * 0.010 / 24, at.unit * 0.006, phase)
        found.append(Hero((picture,), lambda frame: 0, path))
    return found[::-1]


def _boat(plan: Plan, at: Stage) -> Hero:
    rng = stream(plan.key, "boat")
    size = at.unit * float(rng.uniform(0.15, 0.20))
    sail = mix(plan.colours.light, plan.colours.horizon, 0.25)
    if plan.hour in ("night", "dusk"):
        sail = mix(sail, plan.colours.near, 0.35)
    poses = tuple(
        figures.boat(size, 3.2 * math.sin(step / 16 * math.tau), _dark(plan), sail, plan.colours.accent, at.matrix)
        for step in range(16)
    )
    x = at.width * float(rng.uniform(0.58, 0.74))
    y = at.horizon + at.unit * 0.115
    path = _path(x, y, -at.unit * 0.022 / 24, 0.0, at.unit * 0.003, 0.0)
    return Hero(poses, lambda frame: frame // 5, path)


def sitting(plan: Plan, at: Stage, ground: Layer, *, backwards: bool) -> Hero:
    """A cat on a strip of land, to be drawn before the strip, which hides where it sits."""
    rng = stream(plan.key, "cat")
    size = at.unit * 0.25
    poses = tuple(
        figures.cat(size, math.sin(step / 24 * math.tau), _dark(plan), plan.colours.light, at.matrix)
        for step in range(24)
    )
    column = at.width * float(rng.uniform(0.72, 0.82))
    middle = int(column + (ground.speed * at.frames if backwards else 0.0))
    wide = int(size * 0.26)
    foot = float(ground.crest[max(0, middle - wide) : middle + wide].max()) + size * 0.05
    foot = min(foot, at.height * 0.87)
    move = ground.speed * (1 if backwards else -1)
    return Hero(poses, lambda frame: frame // 3, lambda frame: (column + move * frame, foot))


def _path(x: float, y: float, across: float, up: float, bob: float, phase: float) -> Place:
    def place(frame: int) -> tuple[float, float]:
        return x + across * frame, y + up * frame + bob * math.sin(frame / 24 * 1.4 + phase)

    return place
