"""How far apart clips are that play together: under the frame lock, and by two plain play() calls, in one run.

Read from the pixels: each frame carries its number as a barcode. Needs Chromium, as the browser tests do.

    python -m benchmarks.frame_lock
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.barcode import barcode_clip
from tests.browser.conftest import CHROMIUM_ARGS, find_chromium
from tests.browser.lock_page import LockPage, Watched

FRAMES = 264
SECONDS = 10
STALL_S = 3
STEPS = 200
MANY = (2, 4, 9)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        clips = [(f"{n}.mp4", 24, FRAMES) for n in range(max(MANY))]
        for n, (name, _, _) in enumerate(clips):
            barcode_clip(Path(folder) / name, frames=FRAMES, hue=(20 * n, 54, 92))
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)
        page = LockPage(chromium, Path(folder))
        try:
            _stalls(page, clips[:2])
            _steps(page, clips[:2])
            _many(page, clips)
        finally:
            page.close()
            chromium.close()


def _stalls(page: LockPage, clips: list[tuple[str, int, int]]) -> None:
    print(f"Two clips of 1280×720 for {SECONDS} s; one is paused for 120 ms after {STALL_S} s. Frames apart:")
    print(f"{'':24}{'before':>16}{'stall + 0.5 s on':>20}{'at most':>9}{'settled again':>16}")
    plain = (False, "for (const video of videos) video.play()", "for (const video of videos) video.pause()")
    for name, (is_locked, play, pause) in {
        "frame lock": (True, "lock.play()", "lock.pause()"),
        "two plain play() calls": plain,
    }.items():
        page.show(clips, locked=is_locked)
        seen = _watched(page, play, pause)
        after = [apart for (at, *_), apart in zip(seen.seen, seen.apart, strict=True) if at > seen.stalled + 500]
        before = [apart for (at, *_), apart in zip(seen.seen, seen.apart, strict=True) if 500 < at < seen.stalled]
        print(f"{name:24}{_spread(before):>16}{_spread(after):>20}{max(after):>9}{_again(seen):>16}")


def _watched(page: LockPage, play: str, pause: str) -> Watched:
    page.do(f"{{ {play}; }}")
    seen = page.watch(SECONDS * 1000, stall_at=STALL_S * 1000)
    page.do(f"{{ {pause}; }}")
    return seen


def _again(seen: Watched) -> str:
    """How long after the stall began they were at most one frame apart for good."""
    last = max((at for (at, *_), apart in zip(seen.seen, seen.apart, strict=True) if apart > 1), default=seen.stalled)
    if last >= seen.seen[-1][0] - 100:
        return "never"
    return f"{max(0.0, last - seen.stalled):.0f} ms"


def _spread(apart: list[int]) -> str:
    shares = sorted(Counter(apart).items())
    return " ".join(f"{frames}:{count / len(apart):.0%}" for frames, count in shares)


def _steps(page: LockPage, clips: list[tuple[str, int, int]]) -> None:
    wrong_at: dict[str, Callable[[], tuple[int, float]]] = {
        "by the lock": lambda: _stepped(page, "await lock.step(by)", "lock.state.frame"),
        "currentTime += 1 / 24": lambda: _stepped(
            page,
            """await Promise.all(videos.map((video) => new Promise((done) => {
                video.addEventListener("seeked", done, { once: true });
                video.currentTime = Math.max(0, video.currentTime + by / 24);
            })))""",
            "wanted",
        ),
    }
    print(f"\n{STEPS} steps, three on and one back, both clips read after each:")
    for name, run in wrong_at.items():
        page.show(clips, locked=name == "by the lock")
        wrong, took = run()
        print(f"{name:24}{STEPS - wrong} of {STEPS} show the right frame in both; {took / STEPS * 1000:.0f} ms a step")


def _stepped(page: LockPage, step: str, frame: str) -> tuple[int, float]:
    begun = time.perf_counter()
    wrong = page.do(
        f"""{{
        let wrong = 0, wanted = 0;
        for (let at = 0; at < {STEPS}; at += 1) {{
            const by = at % 4 === 3 ? -1 : 1;
            wanted += by;
            {step};
            if (videos.some((video) => readFrame(video) !== {frame}) || wanted !== {frame}) wrong += 1;
        }}
        return wrong;
    }}"""
    )
    return int(wrong), time.perf_counter() - begun


def _many(page: LockPage, clips: list[tuple[str, int, int]]) -> None:
    print("\nMany clips of 1280×720 under the lock, 8 s each, no stall:")
    for count in MANY:
        page.show(clips[:count], size=1280 // 3 if count > 4 else 600)
        page.do("lock.play()")
        seen = page.watch(8000)
        slowed = page.do("Math.min(...states.map((state) => state.slowed))")
        named = page.do("[...new Set(states.flatMap((state) => state.drops.map((drop) => drop.index + 1)))].sort()")
        shown = page.do("lock.state.frame")
        page.do("lock.pause()")
        apart = [one for (at, *_), one in zip(seen.seen, seen.apart, strict=True) if at > 500]
        fewest = min(len({int(frames[n]) for _, *frames in seen.seen}) for n in range(count)) / 8
        print(
            f"{count} clips: frames apart {_spread(apart)}; the clip with fewest shows {fewest:.1f} a second; "
            f"at frame {shown} after 8 s; slowest rate {slowed:.2f}; said to leave frames out: {named or 'none'}"
        )


if __name__ == "__main__":
    main()
