"""The six modes, put together by hand in a real JupyterLab: with the pointer, and again with the keyboard alone.

What they are to come to is Ark's own examples, "Seedance 2.0 tutorial" and the skill page "seedance-api", April 2026.
"""

# ruff: noqa: F811  a fixture is imported, and named again as an argument

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from .composer_page import ROOT, Bench, Hands, KeyHands, bench, composer_bench  # noqa: F401

DOC = "https://ark-project.tos-cn-beijing.volces.com"
EXAMPLE = "https://example.com"


@dataclass(frozen=True)
class Example:
    """A request of the tutorials, and the steps that are not typing or adding."""

    name: str
    text: str
    media: tuple[tuple[str, str], ...] = ()
    """Address and role of each item."""
    ratio: str = "adaptive"
    duration: int = 5
    mode: str = ""

    def content(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = [{"type": "text", "text": self.text}]
        for url, role in self.media:
            kind = {"mp4": "video_url", "mp3": "audio_url"}.get(url.rpartition(".")[2], "image_url")
            rows.append({"type": kind, kind: {"url": url}} | {"role": role})
        return rows


EXAMPLES = [
    Example("text", "A cat yawning at the camera, soft lighting, close-up shot", ratio="16:9", mode="Text only"),
    Example(
        "first frame",
        "女孩抱着狐狸,女孩睁开眼,温柔地看向镜头,狐狸友善地抱着,镜头缓缓拉出,女孩的头发被风吹动,可以听到风声",
        # The tutorial leaves the role out, which says the same.
        ((f"{DOC}/doc_image/i2v_foxrgirl.png", "first_frame"),),
        mode="First frame",
    ),
    Example(
        "first and last frame",
        '图中女孩对着镜头说"茄子",360度环绕运镜',
        (
            (f"{DOC}/doc_image/seepro_first_frame.jpeg", "first_frame"),
            (f"{DOC}/doc_image/seepro_last_frame.jpeg", "last_frame"),
        ),
        mode="First and last frame",
    ),
    Example(
        "references",
        "Use video 1's first-person perspective, use audio 1 as background music. A fruit tea commercial...",
        (
            (f"{EXAMPLE}/tea1.jpg", "reference_image"),
            (f"{EXAMPLE}/tea2.jpg", "reference_image"),
            (f"{EXAMPLE}/reference.mp4", "reference_video"),
            (f"{EXAMPLE}/bgm.mp3", "reference_audio"),
        ),
        ratio="16:9",
        duration=11,
        mode="Reference: 2 images, 1 video, 1 sound",
    ),
    Example(
        "edit",
        "将视频1礼盒中的香水替换成图片1中的面霜,运镜不变",
        (
            (f"{DOC}/doc_image/r2v_edit_pic1.jpg", "reference_image"),
            (f"{DOC}/doc_video/r2v_edit_video1.mp4", "reference_video"),
        ),
        mode="Reference: 1 image, 1 video",
    ),
    Example(
        "extend",
        "视频1中的拱形窗户打开,进入美术馆室内,接视频2,之后镜头进入画内,接视频3",
        tuple((f"{DOC}/doc_video/r2v_extend_video{n}.mp4", "reference_video") for n in (1, 2, 3)),
        mode="Reference: 3 videos",
    ),
]


@pytest.mark.parametrize("how", [Hands, KeyHands], ids=["pointer", "keyboard"])
@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_a_mode_is_put_together_by_hand(bench: Bench, example: Example, how: type[Hands]) -> None:
    """What will be sent is the example of the tutorial, field by field, and what is submitted is that."""
    root = bench.show()
    hands = how(bench, root)
    bench.page.evaluate("() => document.activeElement?.blur()")
    root.locator(f"{ROOT}__mode").click()  # where the Tab key begins
    for url, _ in example.media:
        hands.add_source(url)
    for place, (url, _) in enumerate(example.media):
        if url.endswith((".mp4", ".mp3")):
            seconds = hands.items().nth(place).get_by_role("spinbutton")
            hands.press(seconds)
            bench.page.keyboard.type("4")
            bench.page.keyboard.press("Enter")
            expect(hands.items().nth(place)).to_contain_text("4.0 s")
    hands.write(example.text)
    if example.ratio != "adaptive":
        hands.pick("ratio", example.ratio)
    if example.duration != 5:
        hands.seconds(example.duration)
    expect(root.locator(f"{ROOT}__mode")).to_have_text(example.mode, ignore_case=True)

    hands.press(root.get_by_text("What will be sent"))
    code = root.locator(f"{ROOT}__code")
    expect(code).to_contain_text('"content"')
    sent = json.loads(code.inner_text())
    assert sent["content"] == example.content()
    assert sent["model"] == "doubao-seedance-2-0-260128"
    assert (sent["ratio"], sent["duration"]) == (example.ratio, example.duration)
    assert (sent["generate_audio"], sent["watermark"]) == (True, False)

    hands.submit()
    bench.wait_until("len(submitted)", 1)
    assert bench.value("submitted[0] == c.request")
