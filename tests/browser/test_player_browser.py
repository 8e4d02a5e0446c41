"""Clips looked at closely in a real JupyterLab."""

from __future__ import annotations

import io
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Locator, expect

from .barcode import BITS, READ, barcode_clip
from .conftest import Lab

ROOT = ".sdnb-player"
SHOW = """
import json
from pathlib import Path
from seedance_nb.widgets.player import Player
player = Player({clips}, home=Path("out"))
player
"""
NO_AAC = """
const can = HTMLMediaElement.prototype.canPlayType;
HTMLMediaElement.prototype.canPlayType = function (type) { return /mp4a/.test(type) ? "" : can.call(this, type); };
"""


def player_of(lab: Lab, *clips: Path) -> Locator:
    """A notebook whose one cell shows the clips."""
    names = [str(path.relative_to(lab.folder)) if path.is_relative_to(lab.folder) else str(path) for path in clips]
    lab.open(lab.write(SHOW.format(clips=names), name="look.ipynb"))
    lab.run_all()
    ones = lab.wait_for(f"{ROOT}__one")
    expect(ones).to_have_count(len(clips))
    return ones


def look_at(one: Locator, state: str = "here") -> None:
    """Press play, and stop as soon as there is a picture."""
    one.locator(f"{ROOT}__begin").click()
    expect(one).to_have_attribute("data-state", state)
    if state == "here":
        one.get_by_role("button", name="Pause", exact=True).click()
        expect(one.get_by_role("button", name="Play", exact=True)).to_be_visible()


def frame_in(png: bytes) -> int:
    """The number in the lowest rows of a picture."""
    picture = Image.open(io.BytesIO(png)).convert("L")
    side = picture.width // BITS
    bits = [picture.getpixel((bit * side + side // 2, picture.height - side // 2)) > 127 for bit in range(BITS)]
    return int("".join("01"[bit] for bit in bits), 2)


def test_a_clip_is_stepped_through_exactly_and_its_picture_stays(lab: Lab) -> None:
    """Nothing is loaded before it is looked at; each step is one frame; a saved notebook needs no kernel."""
    clip = barcode_clip(lab.folder / "out" / "clips" / 'a "b"#1.mp4', width=768, height=432, frames=72, sound=True)
    asked: list[str] = []
    lab.page.on("request", lambda request: asked.append(request.url) if ".mp4" in request.url else None)
    lab.page.add_init_script(READ)
    one = player_of(lab, clip).first
    assert asked == []
    look_at(one)
    assert one.get_attribute("data-way") == "files"
    assert one.evaluate("(root) => root.querySelector('video').muted") is True

    def is_shown(frame: int) -> None:
        lab.page.wait_for_function(
            """(frame) => { const one = document.querySelector(".sdnb-player__one");
                return Number(one.dataset.frame) === frame && readFrame(one.querySelector("video")) === frame; }""",
            arg=frame,
        )
        expect(one.locator(f"{ROOT}__number")).to_have_text(f"frame {frame + 1} of 72")

    keys = lab.page.keyboard
    one.focus()
    keys.press("Home")
    is_shown(0)
    for frame in range(1, 25):
        keys.press("ArrowRight")
        is_shown(frame)
    for key, frame in (("End", 71), ("ArrowRight", 71), ("Shift+ArrowLeft", 47), ("ArrowLeft", 46), ("i", 46)):
        keys.press(key)
        is_shown(frame)
    for _ in range(5):
        keys.press("ArrowRight")
    is_shown(51)
    keys.press("o")
    keys.press("l")
    expect(one.locator(f"{ROOT}__span")).to_have_text("Loop: frames 47 to 52")
    lab.page.evaluate(
        """() => { window.seen = []; const one = document.querySelector(".sdnb-player__one");
            new MutationObserver(() => window.seen.push(Number(one.dataset.frame)))
                .observe(one, { attributes: true, attributeFilter: ["data-frame"] }); }"""
    )
    keys.press(" ")
    lab.page.wait_for_function("() => window.seen.filter((frame, at) => at && frame < window.seen[at - 1]).length >= 2")
    keys.press(" ")
    seen = lab.page.evaluate("() => window.seen")
    assert min(seen) >= 46
    assert max(seen) <= 53  # a browser may have drawn the next one already

    keys.press("x")
    keys.press("Home")
    keys.press("Shift+ArrowRight")
    is_shown(24)
    one.get_by_role("button", name="Use this frame").click()
    expect(one.locator(f"{ROOT}__code")).to_contain_text('role="first_frame"')
    (kept,) = (lab.folder / "out" / "frames").glob("*.png")
    assert frame_in(kept.read_bytes()) == 24
    expect(one.locator(f"{ROOT}__cell")).to_have_count(12)
    lab.screenshot("player", of=ROOT)

    saved = lab.save()
    (output,) = saved["cells"][0]["outputs"]
    assert set(output["data"]) == {"text/html", "text/plain"}
    assert len(str(saved)) < 8_000
    lab.shutdown_kernel()
    lab.reload()
    video = lab.wait_for(".jp-OutputArea-output video[poster]")
    expect(video).to_have_count(1)
    expect(lab.page.locator(ROOT)).to_have_count(0)
    expect(lab.page.locator(".jp-OutputArea-output")).to_contain_text("768×432 · 24 frames/s · 3 s")
    lab.screenshot("player-without-kernel", of=".jp-OutputArea-output")


def test_each_odd_clip_does_something_sensible(lab: Lab, tmp_path: Path) -> None:
    """HEVC, 4k, outside the server's root, deleted, short and long; and where AAC cannot be played."""
    out = lab.folder / "out" / "clips"
    small = {"width": 768, "height": 432}
    clips = [
        barcode_clip(out / "hevc.mp4", **small, frames=48, codec="libx265", sound=True),
        barcode_clip(out / "4k.mp4", width=3840, height=2160, frames=24),
        barcode_clip(tmp_path / "outside.mp4", **small, frames=48, sound=True),
        barcode_clip(out / "deleted.mp4", **small, frames=24),
        barcode_clip(out / "two.mp4", **small, frames=48, sound=True),
        barcode_clip(out / "fifteen.mp4", **small, frames=360),
    ]
    ones = player_of(lab, *clips)
    clips[3].unlink()
    hevc, large, outside, deleted, two, fifteen = (ones.nth(place) for place in range(6))
    for one in (hevc, large, outside, two, fifteen):
        look_at(one)
    look_at(deleted, "none")
    ways = [one.get_attribute("data-way") for one in (hevc, large, outside, deleted, two, fifteen)]
    assert ways == ["files", "files", "chunks", "none", "files", "files"]
    assert hevc.get_attribute("data-twin") == "h264"
    expect(hevc.locator(f"{ROOT}__note")).to_have_text("Shown is a copy in H.264: this browser does not play HEVC.")
    expect(deleted.locator(f"{ROOT}__problem")).to_have_text("The file 'deleted.mp4' is not there any more.")
    assert large.evaluate("(root) => root.querySelector('video').videoWidth") == 3840
    outside.focus()
    lab.page.keyboard.press("End")
    expect(outside).to_have_attribute("data-frame", "47")
    found = Axe().run(lab.page, context=ROOT, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()
    for theme in ("light", "dark"):
        lab.theme(theme)  # type: ignore[arg-type]
        lab.screenshot(f"player-odd-{theme}", of=ROOT)

    # The kernel lives, so a page that is loaded anew has its players again.
    lab.save()
    lab.page.add_init_script(NO_AAC)
    lab.page.set_viewport_size({"width": 480, "height": 900})
    lab.reload()
    two = lab.wait_for(f"{ROOT}__one").nth(4)
    two.scroll_into_view_if_needed()
    look_at(two)
    assert two.get_attribute("data-twin") == "mp3"
    expect(two.locator(f"{ROOT}__note")).to_contain_text("does not play AAC")
    lab.screenshot("player-no-aac")
