"""The frame lock in a real browser, by the pixels: each frame of the clips carries its number as a barcode."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from .barcode import barcode_clip
from .lock_page import LockPage, Watched

PAIR = [("one.mp4", 24, 144), ("two.mp4", 24, 144)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("clips")
    barcode_clip(made / "one.mp4", frames=144)
    barcode_clip(made / "two.mp4", frames=144, hue=(92, 54, 38))
    barcode_clip(made / "short.mp4", width=320, height=180, frames=48)
    barcode_clip(made / "long.mp4", width=320, height=180, frames=360)
    barcode_clip(made / "quick.mp4", width=320, height=180, frames=150, fps=30)
    return made


@pytest.fixture(scope="module")
def lock(browser: Browser, folder: Path) -> Iterator[LockPage]:
    made = LockPage(browser, folder)
    yield made
    made.close()


def stalled(lock: LockPage) -> Watched:
    lock.do("lock.play()")
    seen = lock.watch(3500, stall_at=800)
    lock.do("lock.pause()")
    return seen


def test_two_clips_stay_on_one_frame_through_a_stall(lock: LockPage) -> None:
    """Half a second after one was held up for 120 ms they are never more than one frame apart."""
    settled: list[int] = []
    for _ in range(3):
        lock.show(PAIR)
        seen = stalled(lock)
        assert seen.stalled
        one, two = lock.frames
        assert one == two == lock.do("lock.state.frame")
        settled += seen.settled()
        if len(settled) > 40:  # on a busy machine there may be no half second without a stall
            break
    assert max(settled, default=0) <= 1


def test_each_step_shows_its_frame(lock: LockPage) -> None:
    """A hundred steps, to and fro: as soon as one is done, both show the frame that it says."""
    lock.show(PAIR)
    wrong = lock.do("""{
        const wrong = [];
        for (let at = 0; at < 100; at += 1) {
            await lock.step(at % 4 === 3 ? -1 : 1);
            const [wanted, shown] = [lock.state.frame, videos.map(readFrame)];
            if (shown.some((frame) => frame !== wanted) || !lock.isSure) wrong.push([wanted, ...shown]);
        }
        return wrong;
    }""")
    assert wrong == []
    assert lock.frames == [50, 50]


def test_wishes_that_come_too_fast_end_at_the_last_one(lock: LockPage) -> None:
    """To drag along the line asks for more frames than can be shown; the last one counts, and steps add up."""
    lock.show(PAIR)
    lock.do("{ for (let frame = 0; frame < 60; frame += 1) lock.seek(frame); await lock.seek(37); }")
    assert lock.frames == [37, 37]
    lock.do("{ lock.step(1); lock.step(1); await lock.step(1); }")
    assert lock.frames == [40, 40]


def test_a_shorter_clip_holds_its_last_frame_or_begins_again(lock: LockPage) -> None:
    """Two, five and fifteen seconds, at 24 and 30 frames a second, each at the same moment."""
    lock.show([("short.mp4", 24, 48), ("long.mp4", 24, 360), ("quick.mp4", 30, 150)], size=300)
    assert lock.do("[lock.fps, lock.frames]") == [30, 450]
    lock.do("lock.seek(15)")
    assert lock.frames == [12, 12, 15]
    lock.do("lock.seek(300)")
    assert lock.frames == [47, 240, 149]
    lock.do("{ lock.again = true; await lock.seek(120); }")
    assert lock.frames == [0, 96, 120]

    lock.do("{ lock.again = false; await lock.seek(435); await lock.play(); }")
    lock.page.wait_for_function("() => !lock.state.playing && lock.state.settled")
    assert lock.frames == [47, 359, 149]


def test_a_loop_goes_round_between_its_marks(lock: LockPage) -> None:
    """From the last frame of a part to its first, all together."""
    lock.show([("short.mp4", 24, 48), ("long.mp4", 24, 360)], size=300)
    lock.do("{ lock.loop = true; lock.mark(10, 20); await lock.seek(10); states.length = 0; await lock.play(); }")
    lock.page.wait_for_function(
        "() => states.filter((state, at) => at && state.frame < states[at - 1].frame - 5).length >= 2"
    )
    lock.do("lock.pause()")
    low, high = lock.do("[Math.min(...states.map((s) => s.frame)), Math.max(...states.map((s) => s.frame))]")
    assert (low, high) == (10, 20)
    one, two = lock.frames
    assert one == two


def test_a_pause_from_outside_that_lasts_is_for_all(lock: LockPage) -> None:
    """Keys of a keyboard or the browser may stop one clip: the others wait, then all stand on one frame."""
    lock.show(PAIR)
    lock.do("lock.play()")
    lock.page.wait_for_function("() => lock.state.frame > 5")
    lock.do("videos[1].pause()")
    lock.page.wait_for_function("() => !lock.state.playing && lock.state.settled")
    one, two = lock.frames
    assert one == two


def test_what_a_machine_cannot_decode_is_said(lock: LockPage) -> None:
    """A clip that shows one frame in three is named, and all play slower, so that its frames are seen."""
    lock.show(PAIR)
    lock.do("""{
        // A decoder that gives ten frames a second, however fast the clip is to play.
        const request = videos[1].requestVideoFrameCallback.bind(videos[1]);
        let presented = 0, last = 0;
        videos[1].requestVideoFrameCallback = (heard) => request(function again(now, meta) {
            if (!videos[1].paused && now - last < 100) return void request(again);
            last = now;
            const { mediaTime, presentationTime } = meta;
            heard(now, { mediaTime, presentationTime, presentedFrames: ++presented });
        });
        lock.close();
        const { FrameLock } = await import("/lock.js");
        const clips = videos.map((video) => ({ video, fps: 24, frames: 144 }));
        window.lock = new FrameLock(clips, (state) => states.push(state));
        await lock.seek(0);
        states.length = 0;
        await lock.play();
    }""")
    lock.page.wait_for_function("() => states.some((state) => state.slowed < 1)")
    drops = lock.do("states.flatMap((state) => state.drops).filter((drop) => drop.index === 1)")
    lock.do("lock.pause()")
    assert not drops or drops[0]["shown"] < drops[0]["wanted"]
