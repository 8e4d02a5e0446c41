"""How alike two pictures of a page are, and the pictures that are kept to compare with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Picture
from PIL import ImageChops
from PIL.PngImagePlugin import PngInfo

REFERENCES = Path(__file__).parent / "references"
RENEW = "SEEDANCE_NB_RENEW_LOOKS"
SHRINK = 4
PLACE = 16
"""Side of a place in shrunk pixels: 64 pixels of the page, about a button."""
FAR = 48


@dataclass(frozen=True)
class Measure:
    """How far apart two pictures are, or may be."""

    size: int
    """Pixels by which they are wider or higher."""
    mean: float
    """Mean difference of all channels, of 255."""
    share: float
    """Percent of the shrunk pixels that differ by more than `FAR` in a channel."""
    place: float
    """Mean difference of the worst place."""

    def times(self, limit: Measure) -> float:
        """How many times the limit this is, where it is worst; up to 1 is alike."""
        return max(self.size / limit.size, self.mean / limit.mean, self.share / limit.share, self.place / limit.place)


SAME_TEXT = Measure(size=8, mean=3.0, share=0.75, place=16.0)
"""Where letters are as wide as in the reference. Two runs of one Chromium differ by nothing; without hinting and
subpixel places of letters the worst is 1.1, 0.2 % and 9; the reference's 64 colours cost up to 0.9, 0 % and 6. The two
states that are most alike, a prompt with a small menu over it and without, are 1.6, 1.5 % and 35 apart."""

OTHER_TEXT = Measure(size=200, mean=12.0, share=9.0, place=255.0)
"""Where this machine has another font, so that lines break elsewhere: up to 6, 5 % and 81 with Liberation Sans in
place of DejaVu Sans. A wrong theme is 179 and 90 %."""


def measure(one: Picture.Image, other: Picture.Image) -> Measure:
    """How far apart two pictures are, where both have something."""
    width, height = min(one.width, other.width), min(one.height, other.height)
    small = [
        np.asarray(
            picture.convert("RGB")
            .crop((0, 0, width, height))
            .resize((width // SHRINK, height // SHRINK), Picture.Resampling.BOX),
            dtype=np.int16,
        )
        for picture in (one, other)
    ]
    apart = np.abs(small[0] - small[1])
    worst = apart.max(axis=2)
    rows, columns = worst.shape
    half = PLACE // 2  # a narrower rest at the edge is too little to judge
    places = [
        worst[row : row + PLACE, column : column + PLACE].mean()
        for row in range(0, rows - half, PLACE)
        for column in range(0, columns - half, PLACE)
    ]
    size = max(abs(one.width - other.width), abs(one.height - other.height))
    return Measure(size, float(apart.mean()), float((worst > FAR).mean() * 100), float(max(places)))


def compare(path: Path, text_px: float) -> None:
    """Compare a screenshot with its reference, or make it the reference where `SEEDANCE_NB_RENEW_LOOKS` is set.

    Args:
        path: The screenshot; its reference has the same name.
        text_px: How wide the page draws a known text, in CSS pixels, by which another font shows.

    Raises:
        AssertionError: It looks different; the difference is kept beside the screenshot.
    """
    reference = REFERENCES / path.name
    difference = path.with_name(f"{path.stem}.difference.png")
    difference.unlink(missing_ok=True)
    if os.environ.get(RENEW):
        keep(path, reference, text_px)
        return
    assert reference.exists(), f"There is no {reference.name} in {REFERENCES.name}: set {RENEW}=1 to make it, and look."
    with Picture.open(path) as now, Picture.open(reference) as then:
        limit = SAME_TEXT if abs(text_px - float(then.info["text_px"])) < 1 else OTHER_TEXT
        found = measure(now, then)
        if found.times(limit) <= 1:
            return
        size = (max(now.width, then.width), max(now.height, then.height))
        sheets = [Picture.new("RGB", size, "magenta") for _ in range(2)]
        for sheet, picture in zip(sheets, (now, then), strict=True):
            sheet.paste(picture.convert("RGB"))
        ImageChops.difference(*sheets).save(difference, optimize=True)
    raise AssertionError(
        f"{path.name} does not look like its reference: {found}, where {limit} is allowed. The difference is in "
        f"{difference}. If it is meant, look at the screenshot and renew the references with {RENEW}=1."
    )


def keep(path: Path, reference: Path, text_px: float) -> None:
    """Make a screenshot the reference, small enough that forty of them can be kept."""
    notes = PngInfo()
    notes.add_text("text_px", f"{text_px:.2f}")
    reference.parent.mkdir(exist_ok=True)
    with Picture.open(path) as picture:
        few = picture.convert("RGB").quantize(64, Picture.Quantize.MAXCOVERAGE, kmeans=2, dither=Picture.Dither.NONE)
    few.save(reference, optimize=True, pnginfo=notes)
