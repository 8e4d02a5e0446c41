"""Colours of a scene: one small curated set per hour, varied by the seed."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import Literal

from seedance_nb.sandbox.clip.chance import stream
from seedance_nb.sandbox.clip.planes import Colour, mix

Hour = Literal["dawn", "day", "sunset", "dusk", "night"]
Land = Literal["hills", "mountains", "dunes", "sea", "forest", "city", "meadow"]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours everything in a scene is mixed from."""

    zenith: Colour
    middle: Colour
    horizon: Colour
    light: Colour
    """Sun or moon."""

    far: Colour
    near: Colour
    accent: Colour
    """For what moves and for the caption."""


_HOURS: dict[Hour, tuple[str, ...]] = {
    "dawn": (
        "3b4a75 c98a9b f8dcb8 fff1d6 b08a9d 2b2f4a ff9f6e",
        "5c7fa8 f0b7a4 fdebcd fff6e0 c49fa6 33395c e8685a",
        "46668c a8b5c9 f9d9c4 ffefd8 93a0b8 24344f f2845c",
    ),
    "day": (
        "2f74b5 86bde4 e4f2f4 fffbe8 94bcc8 173f47 ff7a59",
        "2e7d9a 86c4c4 f5f1da fffbe6 8fb8a8 1d443a f25f5c",
        "4380c4 a4cfec fdf4e2 fffdf0 a2bfd2 27475c ffb238",
    ),
    "sunset": (
        "2d1e4f c2416b ffb057 fff0c2 b04a6b 1b1230 ffd27a",
        "31456f e2725b ffd08a fff4d0 bd6a5c 24162b ffe29a",
        "14365c d9627a ffc38b fff0d0 96577a 0f1830 ffcf8f",
        "44275f ef6f6c ffdb9a fff6d6 a85577 201333 fff0b0",
    ),
    "dusk": (
        "10163a 4b3f78 d88aa0 ffe3e0 5b4f82 0b0e24 ffb3a7",
        "0f2a43 36688d f3a683 ffe9cf 3d6884 0a1b2b ffc58f",
        "1b1a44 5a4a94 c79fd6 fbe8ff 5f57a0 100f2b f4b6ff",
    ),
    "night": (
        "050b22 122b5e 446a9c f6f3e2 27456f 050b1a ffd88a",
        "0a0a23 2b1f57 6d4b8d f6efff 443775 080716 ffcf9e",
        "03141f 0b3d4c 2f7c7e effff4 1c555a 03110f ffdf8f",
    ),
}

_LANDS: dict[Land, tuple[str, str, float, float]] = {
    # A tint for far and near ground, and how much of it is taken by daylight and without it.
    "dunes": ("e6b778", "6b3a25", 0.75, 0.30),
    "meadow": ("a9c46c", "1f4a26", 0.65, 0.22),
    "forest": ("6f9d86", "10302a", 0.55, 0.30),
    "mountains": ("9fb4cc", "2a3a52", 0.45, 0.15),
    "sea": ("6fb3c4", "0f4258", 0.60, 0.20),
    "city": ("9aa4b8", "20283c", 0.40, 0.15),
    "hills": ("a3c08f", "24503a", 0.35, 0.10),
}


def rgb(code: str) -> Colour:
    """A colour from six hexadecimal digits."""
    return (float(int(code[:2], 16)), float(int(code[2:4], 16)), float(int(code[4:6], 16)))


def palette(key: str, hour: Hour, land: Land, *, snow: bool) -> Palette:
    """The colours for an hour and a land; the key chooses among the sets and turns the hues a little."""
    rng = stream(key, "palette")
    codes = _HOURS[hour][int(rng.integers(len(_HOURS[hour])))].split()
    turn = float(rng.uniform(-0.025, 0.025))
    zenith, middle, horizon, light, far, near, accent = (_turned(rgb(code), turn) for code in codes)
    tint_far, tint_near, by_day, otherwise = _LANDS[land]
    share = by_day if hour in ("day", "dawn") else otherwise
    far, near = mix(far, rgb(tint_far), share), mix(near, rgb(tint_near), share)
    if snow:
        far, near = mix(far, mix(horizon, (255, 255, 255), 0.3), 0.45), mix(near, mix(horizon, zenith, 0.55), 0.45)
    return Palette(zenith, middle, horizon, light, far, near, accent)


def _turned(colour: Colour, turn: float) -> Colour:
    hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    r, g, b = colorsys.hls_to_rgb((hue + turn) % 1, light, saturation)
    return (r * 255, g * 255, b * 255)
