"""How a widget looks, kept and compared so that another Chromium or other fonts do not matter, but a change does.

Two things are kept of each look: a picture, and where its parts lie. Pictures are compared as a person sees them from
afar, in cells of some pixels, so that the edges of letters say nothing; what moved, is missing or has another colour
fills cells. Parts are compared by name. The letters come from the sandbox's own font on every machine.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Picture
from PIL import ImageChops, ImageFilter
from playwright.sync_api import Locator, Page

import seedance_nb

from .conftest import SCREENSHOTS

REFERENCES = Path(__file__).parent / "references"
ACCEPT = "SEEDANCE_NB_ACCEPT"
FONT = Path(seedance_nb.__file__).parent / "sandbox" / "fonts" / "NotoSansCJKsc-Regular-subset.otf"

CELL = 8
"""Pixels of a side of what is compared as one."""
SHADE = 26
"""By how much of 255 a cell has to differ, in one colour, to count."""
CELLS = 6
"""So many cells may differ: a line of text that begins half a pixel later, a field as another browser draws it."""
BIG = 80
"""A single cell that differs by so much is a thing that is gone or new."""
MOVED_PX = 4.0
SHIFTS = (-2, 2, -4, 4)
"""Lines of a table may each be a fraction of a pixel higher in another browser, and add up."""

# Everything that a person could see is there and stands still.
_SETTLED = """async (root) => {
    await Promise.all(["13px", "bold 13px"].map((size) => document.fonts.load(`${size} "sdnb looks"`, "a图")));
    await document.fonts.ready;
    const urls = new Set([...root.querySelectorAll("img")].map((one) => one.src));
    for (const one of root.querySelectorAll("[style*=background-image]"))
        urls.add(one.style.backgroundImage.slice(5, -2));
    await Promise.all([...urls].map((url) => Object.assign(new Image(), { src: url }).decode()));
    const boxes = () => [...root.querySelectorAll("*")].map((one) => {
        const { x, y, width, height } = one.getBoundingClientRect();
        return `${x} ${y} ${width} ${height}`;
    }).join();
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    for (let before = "", same = 0; same < 3;) {
        await frame();
        const now = boxes();
        same = now === before ? same + 1 : 0;
        before = now;
    }
}"""
_BOXES = """(root, parts) => {
    const at = root.getBoundingClientRect();
    const found = { root: [0, 0, at.width, at.height] };
    for (const [name, selector] of Object.entries(parts)) {
        const all = [...root.querySelectorAll(selector)].filter((one) => one.getClientRects().length);
        all.forEach((one, place) => {
            const box = one.getBoundingClientRect();
            const own = one.dataset.name ?? (all.length > 1 ? String(place + 1) : "");
            found[own ? `${name} ${own}` : name] = [box.x - at.x, box.y - at.y, box.width, box.height];
        });
    }
    return Object.fromEntries(Object.entries(found).map(([name, box]) => [name, box.map(Math.round)]));
}"""

Boxes = dict[str, list[int]]


def wear_the_font(page: Page, root: str) -> None:
    """Letters of the sandbox's font in everything of ours, and no motion, until the page is another one."""
    letters = base64.b64encode(FONT.read_bytes()).decode()
    page.add_style_tag(
        content=f'@font-face {{ font-family: "sdnb looks"; src: url("data:font/otf;base64,{letters}"); }}\n'
        f'{root} {{ --jp-ui-font-family: "sdnb looks" !important; --jp-code-font-family: "sdnb looks" !important; }}\n'
        f"{root} *, {root} *::before, {root} *::after {{ animation: none !important; transition: none !important; }}"
    )


@dataclass(frozen=True)
class Look:
    """A widget as it stands on the page."""

    picture: Picture.Image
    boxes: Boxes

    @classmethod
    def of(cls, root: Locator, parts: dict[str, str], name: str) -> Look:
        """Look at a widget, and leave the picture among the screenshots."""
        root.page.mouse.move(0, 0)
        root.evaluate(_SETTLED)
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        root.screenshot(path=path, animations="disabled")
        with Picture.open(path) as taken:
            picture = _in_few_colours(taken)
        picture.save(path, optimize=True)
        return cls(picture.convert("RGB"), root.evaluate(_BOXES, parts))


def compare(look: Look, name: str, layout: str) -> list[str]:
    """What is another way than it was kept; what is seen now is kept instead if SEEDANCE_NB_ACCEPT is set.

    Args:
        look: What is seen now.
        name: Of the picture that is kept.
        layout: Of the boxes that are kept; several pictures may have the same ones.
    """
    kept = REFERENCES / f"{name}.png"
    boxes = REFERENCES / f"{layout}.json"
    if os.environ.get(ACCEPT):
        REFERENCES.mkdir(exist_ok=True)
        _in_few_colours(look.picture).save(kept, optimize=True)
        lines = ",\n".join(f"  {json.dumps(part)}: {json.dumps(box)}" for part, box in look.boxes.items())
        boxes.write_text(f"{{\n{lines}\n}}\n")
        return []
    if not kept.exists() or not boxes.exists():
        return [f"There is no reference {name!r} yet. Look at {SCREENSHOTS / name}.png; {ACCEPT}=1 keeps it."]
    with Picture.open(kept) as picture:
        reference = Look(picture.convert("RGB"), json.loads(boxes.read_text()))
    found = [*moved(reference.boxes, look.boxes), *repainted(reference.picture, look.picture)]
    if found:
        _show_difference(reference.picture, look.picture, SCREENSHOTS / f"{name}-difference.png")
        found.append(
            f"See {SCREENSHOTS / name}-difference.png: kept, now, and where they differ. "
            f"If it is meant to look so, {ACCEPT}=1 with the same test keeps it."
        )
    return found


def moved(before: Boxes, now: Boxes) -> list[str]:
    """Parts that are missing, new, or at another place or of another size."""
    found = [f"{part!r} is missing." for part in before if part not in now]
    found += [f"{part!r} is new." for part in now if part not in before]
    for part, was in before.items():
        if part in now and any(abs(a - b) > MOVED_PX for a, b in zip(was, now[part], strict=True)):
            found.append(f"{part!r} was at {was} and is at {now[part]} (left, top, width, height in pixels).")
    return found


def repainted(before: Picture.Image, now: Picture.Image) -> list[str]:
    """What is drawn in other colours, as seen from afar."""
    if any(abs(a - b) > MOVED_PX for a, b in zip(before.size, now.size, strict=True)):
        return [f"It was {before.size} and is {now.size} pixels large."]
    difference = _difference(before, now)
    many, most = int((difference > SHADE).sum()), int(difference.max())
    if many <= CELLS and most <= BIG:
        return []
    return [f"{many} of {difference.size} cells differ, the most by {most} of 255."]


def _difference(before: Picture.Image, now: Picture.Image) -> np.ndarray:
    """By how much each cell differs in the colour that differs most, wherever it lies a little higher or lower."""
    size = (min(before.width, now.width) // CELL, min(before.height, now.height) // CELL)
    was, is_now = (one.filter(ImageFilter.GaussianBlur(CELL / 3)) for one in (before, now))
    cells = _cells(was, size)
    least = np.abs(cells - _cells(is_now, size)).max(axis=2)
    for shift in SHIFTS:
        if (least > SHADE).any():
            least = np.minimum(least, np.abs(cells - _cells(ImageChops.offset(is_now, 0, shift), size)).max(axis=2))
    return least


def _cells(picture: Picture.Image, size: tuple[int, int]) -> np.ndarray:
    box = (0, 0, size[0] * CELL, size[1] * CELL)
    return np.asarray(picture.resize(size, Picture.Resampling.BOX, box=box), np.int16)


def _show_difference(before: Picture.Image, now: Picture.Image, path: Path) -> None:
    heat = np.clip(_difference(before, now) * 3, 0, 255).astype(np.uint8)
    far = Picture.fromarray(heat).resize((heat.shape[1] * CELL, heat.shape[0] * CELL), Picture.Resampling.NEAREST)
    sheet = Picture.new("RGB", (before.width + now.width + far.width + 20, max(before.height, now.height)), "magenta")
    for at, one in zip((0, before.width + 10, before.width + now.width + 20), (before, now, far), strict=True):
        sheet.paste(one, (at, 0))
    sheet.save(path, optimize=True)


def _in_few_colours(picture: Picture.Image) -> Picture.Image:
    """Few enough to stay small, and the same each time."""
    return picture.convert("RGB").quantize(128, method=Picture.Quantize.MEDIANCUT, dither=Picture.Dither.NONE)
