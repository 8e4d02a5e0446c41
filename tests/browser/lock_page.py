"""A bare page with videos under a frame lock, without a notebook and without a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route

from seedance_nb.widgets._module import STATIC

from .barcode import READ

HOST = "http://clips.test"
GRACE_MS = 500
_SET_UP = """async ({ clips, size, locked }) => {
    const { FrameLock } = await import("/lock.js");
    for (const video of window.videos ?? []) video.remove();
    window.lock?.close();
    window.lock = null;
    window.states = [];
    window.videos = await Promise.all(clips.map(async ([name]) => {
        const video = document.createElement("video");
        video.muted = video.playsInline = true;
        video.width = size;
        video.src = URL.createObjectURL(await (await fetch(`/${name}`)).blob());
        document.body.append(video);
        await new Promise((done) => video.addEventListener("loadeddata", done, { once: true }));
        return video;
    }));
    if (!locked) return;
    const given = clips.map(([, fps, frames], at) => ({ video: videos[at], fps, frames }));
    window.lock = new FrameLock(given, (state) => states.push(state));
    await lock.seek(0);
}"""
_WATCH = """async ({ ms, stall_at, stall_ms }) => {
    const seen = [];
    const begun = performance.now();
    let stalled = 0;
    await new Promise((done) => {
        const look = () => {
            const now = performance.now() - begun;
            if (stall_at && !stalled && now > stall_at) {
                stalled = now;
                videos[0].pause();
                setTimeout(() => videos[0].play(), stall_ms);
            }
            seen.push([now, ...videos.map(readFrame)]);
            if (now < ms) requestAnimationFrame(look);
            else done();
        };
        requestAnimationFrame(look);
    });
    return { seen, stalled };
}"""


class LockPage:
    """Videos in a page, and what their pixels say."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
        self.page: Page = self._context.new_page()
        self._folder = folder
        self.page.route(f"{HOST}/**", self._answer)
        self.page.goto(f"{HOST}/")
        self.page.evaluate(f"() => {{ {READ} }}")

    def _answer(self, route: Route) -> None:
        name = route.request.url.removeprefix(f"{HOST}/")
        if name == "lock.js":
            route.fulfill(body=(STATIC / "parts" / "lock.js").read_text("utf-8"), content_type="text/javascript")
        elif name:
            route.fulfill(body=(self._folder / name).read_bytes(), content_type="video/mp4")
        else:
            route.fulfill(body="<!doctype html><meta charset=utf-8><body>", content_type="text/html")

    def show(self, clips: Sequence[tuple[str, float, int]], *, size: int = 400, locked: bool = True) -> None:
        """Put clips on the page, each with its name, frames a second and frames; without a lock where told so."""
        self.page.evaluate(_SET_UP, {"clips": list(clips), "size": size, "locked": locked})

    def do(self, script: str) -> Any:
        """What a line of JavaScript gives; it knows `lock`, `videos` and `states`."""
        return self.page.evaluate(f"async () => {script}")

    @property
    def frames(self) -> list[int]:
        """Which frame each video shows, read from its pixels."""
        found: list[int] = self.page.evaluate("() => videos.map(readFrame)")
        return found

    def watch(self, ms: int, *, stall_at: int = 0, stall_ms: int = 120) -> Watched:
        """Read the pixels of all videos at each tick of the page; one is paused for a moment behind the lock's back."""
        found = self.page.evaluate(_WATCH, {"ms": ms, "stall_at": stall_at, "stall_ms": stall_ms})
        return Watched(found["seen"], found["stalled"])

    def close(self) -> None:
        """Close the page."""
        self._context.close()


class Watched:
    """What was seen of several videos, tick by tick."""

    def __init__(self, seen: list[list[float]], stalled: float) -> None:
        self.seen = seen
        self.stalled = stalled
        """When one was paused, in milliseconds; 0: none was."""

    @property
    def apart(self) -> list[int]:
        """How many frames apart the videos were at each tick."""
        return [int(max(frames) - min(frames)) for _, *frames in self.seen]

    def settled(self) -> list[int]:
        """The same, while all were really presenting: half a second after the last stall, whoever caused it.

        A page that was not drawn, a frame that was left out and a picture that stood are stalls, since on a busy
        machine they come about by themselves.
        """
        found: list[int] = []
        blocked = max(GRACE_MS, self.stalled + GRACE_MS if self.stalled else 0)
        since = [self.seen[0][0]] * (len(self.seen[0]) - 1)
        for (before, *shown), (now, *frames), apart in zip(self.seen, self.seen[1:], self.apart[1:], strict=False):
            for place, (one, other) in enumerate(zip(shown, frames, strict=True)):
                if one != other:
                    since[place] = now
                if other - one not in (0, 1) or now - since[place] > 110:
                    blocked = max(blocked, now + GRACE_MS)
            if now - before > 50:
                blocked = max(blocked, now + GRACE_MS)
            if now > blocked:
                found.append(apart)
        return found
