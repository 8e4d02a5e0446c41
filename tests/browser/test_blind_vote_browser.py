"""A blind vote in a real browser: nothing in the page tells which is which, votes outlive the kernel."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from textwrap import dedent
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, WebSocket, expect

from .conftest import Lab

ROOT = ".sdnb-blind-vote"
PROMPT = "A cat yawns"
SCENE = dedent(
    f"""
    import seedance_nb as sd

    box = sd.sandbox.start(scenario=sd.sandbox.Scenario(queue=0.05, run=0.1))
    studio = sd.Studio("sandbox", base_url=box.url("ark"), home="out")

    def vote(rater, seeds, *names):
        asked = [dict(prompt={PROMPT!r}, model=f"seedance-2.0{{name}}", seed=seed, duration=4, resolution="480p")
                 for seed in seeds for name in names]
        studio.submit_many(asked, progress=False).wait()
        return studio.compare(studio.tasks()).vote(rater)
    """
)
"""A module beside the notebook, so that no cell names what must not be known."""
TELLING = ("seedance-2.0", "doubao", "cgt-", ".mp4")


class Booth:
    """The place to vote on a page, as eyes and hands know it."""

    def __init__(self, lab: Lab, *cells: str) -> None:
        self.lab = lab
        self.page: Page = lab.page
        self.heard: list[bytes] = []
        self.urls: list[str] = []
        self.page.on("websocket", self._listen)
        self.page.on("request", lambda request: self.urls.append(request.url))
        (lab.folder / "scene.py").write_text(SCENE)
        lab.open(lab.write(*cells))
        self.run()

    def _listen(self, socket: WebSocket) -> None:
        def keep(payload: Any) -> None:
            self.heard.append(payload if isinstance(payload, bytes) else payload.encode())

        socket.on("framereceived", keep)
        socket.on("framesent", keep)

    def run(self) -> None:
        """Run the notebook, and wait for the place to vote."""
        self.lab.run_all()
        self.lab.wait_for(ROOT)

    @property
    def root(self) -> Locator:
        """The place to vote."""
        return self.page.locator(ROOT).first

    def says(self, text: str | re.Pattern[str]) -> None:
        """Wait until it stands there."""
        expect(self.root).to_contain_text(text)

    def press(self, key: str) -> None:
        """Press a key in it."""
        self.page.keyboard.press(key)

    def play(self) -> None:
        """Begin by the keyboard."""
        self.root.focus()
        self.press(" ")
        self.plays()

    def plays(self) -> None:
        """Wait until both clips are shown past their beginning."""
        self.page.wait_for_function(
            "root => [...document.querySelectorAll(`${root} video`)].every(v => v.videoWidth && v.currentTime > 0.1)",
            arg=ROOT,
        )

    def told(self) -> list[str]:
        """What the page, the messages and the addresses have of what must not be known."""
        connection = sqlite3.connect(self.lab.folder / "out" / "ledger.sqlite3")
        rows = connection.execute(
            "SELECT t.local_id, t.task_id, a.sha256, a.path FROM tasks t JOIN artifacts a USING (local_id)"
        ).fetchall()
        connection.close()
        words = {*TELLING, *(str(word).removeprefix("clips/") for row in rows for word in row if word)}
        places = {
            "page": self.page.evaluate("document.documentElement.outerHTML"),
            "messages": b"".join(self.heard).decode("utf-8", "replace"),
            "addresses": " ".join(self.urls),
        }
        assert len(words) > 12
        assert "ftyp" in places["messages"], "the clips did not come this way"
        return [f"{word} in the {place}" for word in sorted(words) for place, text in places.items() if word in text]


def accessible(page: Page) -> None:
    """No rule of accessibility is broken in the place to vote."""
    found = Axe().run(page, context=ROOT).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []


def test_from_the_first_pair_to_the_result(lab: Lab) -> None:
    """Voted by keys, interrupted by the end of the kernel, taken back; only the result tells what the clips were."""
    booth = Booth(lab, "import scene\nscene.vote('Ana', [7, 8], '', '-fast')")
    booth.says("Pair 1 of 2")
    booth.says(PROMPT)
    booth.play()
    assert booth.told() == []
    accessible(booth.page)
    lab.screenshot("blind-vote-light", of=ROOT)
    booth.press("1")
    booth.says("Pair 2 of 2")
    booth.plays()
    assert booth.told() == []

    # The kernel goes, and with it everything but the ledger.
    lab.shutdown_kernel()
    lab.reload()
    booth.run()
    booth.says("Pair 2 of 2")
    booth.play()
    booth.press("z")
    booth.says("Pair 1 of 2")
    booth.press("0")
    booth.says("Pair 2 of 2")
    assert booth.told() == []
    booth.press("2")
    booth.says("Result of the blind vote")
    booth.says("Too early to say: 1 vote prefers one")
    booth.says("seedance-2.0-fast")
    assert booth.told() != []

    # The result has the keyboard: taken back from there, and given again.
    expect(booth.page.locator(".sdnb-place table").first).to_contain_text("seedance-2.0-fast")
    booth.press("z")
    booth.says("Pair 2 of 2")
    booth.press("2")
    booth.says("Result of the blind vote")

    # The saved notebook has the result, without a kernel.
    expect(booth.page.locator(".sdnb-place table").first).to_contain_text("seedance-2.0-fast")
    lab.save()
    lab.shutdown_kernel()
    lab.reload()
    shown = lab.wait_for(".jp-OutputArea-output .sdnb-place > div:visible table")
    expect(shown.first).to_contain_text("seedance-2.0-fast")
    lab.screenshot("blind-vote-saved", of=".jp-OutputArea")


def test_three_models_in_the_dark_and_on_a_narrow_page(open_lab: Callable[..., Lab]) -> None:
    """By the mouse too; another rater begins anew and sees no result; three have their expected share."""
    lab = open_lab(width=1280, height=1000)
    booth = Booth(lab, "import scene\nscene.vote('', [5], '', '-fast', '-mini')")
    lab.theme("dark")
    booth.root.get_by_role("button", name="Play").click()
    booth.plays()
    accessible(booth.page)
    lab.screenshot("blind-vote-dark", of=ROOT)
    booth.page.set_viewport_size({"width": 420, "height": 900})
    lab.screenshot("blind-vote-dark-narrow", of=ROOT)
    booth.page.set_viewport_size({"width": 1280, "height": 1000})
    for place in (2, 3):
        booth.root.get_by_role("button", name="left is better").click()
        booth.says(f"Pair {place} of 3")
    booth.root.get_by_role("button", name="both bad").click()
    booth.says("expected share")
    booth.says("2 won · 0 lost" if "2 won" in booth.root.inner_text() else "1 won")
    accessible(booth.page)
    lab.screenshot("blind-vote-result-dark", of=ROOT)
    lab.theme("light")
    booth.page.set_viewport_size({"width": 420, "height": 900})
    lab.screenshot("blind-vote-result-light-narrow", of=ROOT)
    booth.page.set_viewport_size({"width": 1280, "height": 1000})
    lab.screenshot("blind-vote-result-light", of=ROOT)
    booth.root.get_by_label("Somebody else votes").fill("Ben")
    booth.root.get_by_role("button", name="Begin").click()
    booth.says("Pair 1 of 3")
    expect(booth.root).not_to_contain_text("seedance")
    expect(booth.page.locator(".sdnb-place").first).not_to_contain_text("seedance")
