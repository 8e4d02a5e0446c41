"""Clips on their way into a page, a piece at a time: `parts/clip.js` with a kernel that is imitated."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from seedance_nb.widgets._module import STATIC

from ..patience import PATIENCE
from .barcode import barcode_clip

FAKE = """
window.makeModel = (content, { loses = [], refuses = "" } = {}) => {
    const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
    const heard = new Set();
    const model = {
        starts: [], open: 0, most: 0,
        get: () => "", on: (_, hear) => heard.add(hear), off: (_, hear) => heard.delete(hear),
        send({ id, kind, token, start }) {
            model.starts.push(start);
            model.most = Math.max(model.most, (page.open += 1));
            const end = () => { page.open -= 1; };
            if (loses.includes(model.starts.length)) return end();
            setTimeout(() => {
                end();
                const piece = bytes.slice(start, start + 20_000);
                const said = refuses ? { id, ok: false, error: refuses }
                    : { id, ok: true, error: "", token, start, total: bytes.length };
                for (const hear of [...heard]) hear(said, refuses ? [] : [new DataView(piece.buffer)]);
                model.onanswer?.();
            }, 1);
        },
    };
    return model;
};
window.page = { open: 0 };
window.clipOf = (token, bytes) => ({ token, href: null, bytes, width: 384, has_audio: false, video_codec: "h264",
    mime: "video/mp4", problem: "", twin: [] });
"""

IMPORT = """async (text) => {
    window.clipPart = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
}"""
BEGIN = """(size) => {
    window.done = undefined;
    (async () => { CODE })().then(
        (said) => { window.done = JSON.stringify(said ?? null); },
        (failed) => { window.done = "!" + failed; },
    );
}"""


@pytest.fixture
def delivery(browser: Browser, tmp_path: Path) -> Any:
    """A bare page with the part that has clips come, and a clip of several pieces."""
    content = barcode_clip(tmp_path / "clip.mp4", width=384, height=216, frames=240, sound=True).read_bytes()
    assert len(content) > 60_000
    context = browser.new_context()
    page = context.new_page()
    page.clock.install()
    page.evaluate(FAKE)
    page.evaluate(IMPORT, (STATIC / "parts" / "clip.js").read_text("utf-8"))
    page.evaluate("(content) => { window.content = content; }", base64.b64encode(content).decode())
    yield page, len(content)
    context.close()


def run(page: Any, code: str, size: int) -> Any:
    """What a script gives, while the page's clock goes on."""
    page.evaluate(BEGIN.replace("CODE", code), size)
    end = time.monotonic() + PATIENCE
    while (said := page.evaluate("() => window.done")) is None:
        assert time.monotonic() < end, "The page does not come to an end."
        page.clock.run_for(500)
    assert not said.startswith("!"), said
    return json.loads(said)


def test_pieces_are_asked_for_one_after_the_other(delivery: Any) -> None:
    """Each once, two clips in turn; what is let go is no address any more."""
    page, size = delivery
    said = run(
        page,
        """
        const one = makeModel(content), other = makeModel(content);
        const videos = [document.createElement("video"), document.createElement("video")];
        const came = await Promise.all([
            clipPart.attachClip({ model: one, video: videos[0], clip: clipOf("a", size) }),
            clipPart.attachClip({ model: other, video: videos[1], clip: clipOf("b", size) }),
        ]);
        const url = videos[0].src;
        came[0].release();
        const isGone = await fetch(url).then(() => false, () => true);
        const most = Math.max(one.most, other.most);
        return [came.map(({ way }) => way), one.starts, other.starts, most, isGone, videos[0].src];
        """,
        size,
    )
    starts = list(range(0, size, 20_000))
    assert said == [["chunks", "chunks"], starts, starts, 1, True, ""]


def test_an_answer_that_is_lost_is_asked_for_again(delivery: Any) -> None:
    """From where the clip stands, and the person is told that the kernel is waited for."""
    page, size = delivery
    said = run(
        page,
        """
        const model = makeModel(content, { loses: [2] }), told = [];
        const video = document.createElement("video");
        const { way } = await clipPart.attachClip({ model, video, clip: clipOf("c", size),
            onprogress: ({ stage }) => { if (stage !== told.at(-1)) told.push(stage); } });
        return [way, model.starts.slice(0, 4), told.slice(0, 3)];
        """,
        size,
    )
    assert said == ["chunks", [0, 20_000, 20_000, 40_000], ["chunks", "waiting", "chunks"]]


def test_what_is_here_of_a_clip_is_not_asked_for_again(delivery: Any) -> None:
    """Also after a player was closed in the middle."""
    page, size = delivery
    said = run(
        page,
        """
        const stop = new AbortController(), first = makeModel(content), second = makeModel(content);
        first.onanswer = () => { if (first.starts.length === 2) stop.abort(); };
        const video = document.createElement("video"), clip = clipOf("d", size);
        const { way } = await clipPart.attachClip({ model: first, video, clip, signal: stop.signal });
        const again = await clipPart.attachClip({ model: second, video, clip });
        return [way, again.way, first.starts, second.starts[0]];
        """,
        size,
    )
    assert said[:2] == ["none", "chunks"]
    assert said[3] == len(said[2]) * 20_000 or said[3] == said[2][-1]


def test_a_refusal_is_told_in_the_kernels_words(delivery: Any) -> None:
    """Then there is no clip, and nothing hangs."""
    page, size = delivery
    said = run(
        page,
        """
        const model = makeModel(content, { refuses: "It is gone." });
        const video = document.createElement("video");
        const came = await clipPart.attachClip({ model, video, clip: clipOf("e", size) });
        return [came.way, came.error];
        """,
        size,
    )
    assert said == ["none", "It is gone."]
