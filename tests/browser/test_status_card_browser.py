"""The card of a task in a real JupyterLab, from its first status to a notebook without a kernel."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

HERE = Path(__file__).parent
CARD = ".sdnb-status-card"
SETUP = """
from dataclasses import replace
from pathlib import Path
import datetime as dt
from fake_task import FakeTask, failure, kept, money, now, record
from seedance_nb.widgets import show
"""


def make_clip(path: Path, *, width: int = 320, height: int = 180, seconds: int = 3) -> Path:
    """A small clip with a bar that wanders across a dusk-coloured field; its poster lies beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = np.linspace(0, 1, height)[:, None, None]
    field = (np.array([38, 54, 92]) * (1 - rows) + np.array([232, 142, 84]) * rows) * np.ones((height, width, 1))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(24 * seconds):
            picture = field.astype(np.uint8).copy()
            left = round((width - 20) * number / (24 * seconds))
            picture[height // 3 : 2 * height // 3, left : left + 20] = (250, 240, 220)
            if number == 0:
                poster = io.BytesIO()
                Image.fromarray(picture).save(poster, "JPEG", quality=80)
                path.with_suffix(".jpg").write_bytes(poster.getvalue())
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.fixture
def lab(lab):
    shutil.copy(HERE / "fake_task.py", lab.folder)
    make_clip(lab.folder / "seedance_out" / "a fox #1.mp4")
    return lab


LIFE = """
clip = Path("seedance_out/a fox #1.mp4")
task = FakeTask(record("queued"), poster=clip.with_suffix(".jpg"), usual=(60.0, 70.0, 80.0, 95.0))
thread = task.walk([("running", record("running")), ("succeeded", record("succeeded")), ("kept", kept(clip))])
show(task)
"""


def test_the_card_follows_the_task_and_freezes(lab) -> None:
    """States in order, a clock that ticks, then plain HTML with a clip that plays, also without a kernel."""
    lab.open(lab.write(SETUP, LIFE, "1 + 1"))
    lab.run_all()
    word = lab.page.locator(f"{CARD}__word")
    expect(word).to_have_text("queued")
    elapsed = lab.page.locator(f"{CARD}__elapsed")
    before = elapsed.inner_text()
    expect(elapsed).not_to_have_text(before)
    bar = lab.page.locator(CARD).get_by_role("progressbar")
    assert "usually" in (bar.get_attribute("aria-valuetext") or "")

    (lab.folder / "running.go").touch()
    expect(word).to_have_text("running")
    expect(lab.page.locator(f"{CARD}__actions")).to_be_hidden()
    expect(lab.page.locator(f"{CARD}__live")).to_have_text("running. Volcengine Ark is making the clip.")
    lab.screenshot("live-running")
    (lab.folder / "succeeded.go").touch()
    expect(word).to_have_text("made")
    (lab.folder / "kept.go").touch()

    video = lab.wait_for(".jp-OutputArea video")
    expect(lab.page.locator(CARD)).to_have_count(0)
    assert video.count() == 1
    played = video.evaluate(
        """async (v) => { v.muted = true; await v.play();
            await new Promise((done) => v.addEventListener("timeupdate", () => v.currentTime > 0.2 && done()));
            v.pause(); return [v.currentTime, v.videoWidth, v.videoHeight]; }"""
    )
    assert played[0] > 0.2
    assert played[1:] == [320, 180]
    lab.screenshot("kept-light")

    saved = json.dumps(lab.save())
    assert "widget-view" not in saved
    lab.shutdown_kernel()
    lab.reload()
    _shows_the_kept_clip(lab)
    assert "model not found" not in lab.page.locator("body").inner_text().lower()


def test_an_untrusted_notebook_still_shows_the_card(lab) -> None:
    """A notebook from somebody else is sanitised, and keeps poster, facts, cost and link."""
    lab.open(
        lab.write(
            SETUP,
            "clip = Path('seedance_out/a fox #1.mp4')\nshow(FakeTask(kept(clip), poster=clip.with_suffix('.jpg')))",
        )
    )
    lab.run_all()
    lab.wait_for(".jp-OutputArea video")
    notebook = lab.save()
    lab.shutdown_kernel()
    notebook["cells"].append({"cell_type": "markdown", "id": "foreign", "metadata": {}, "source": "Changed."})
    for cell in notebook["cells"]:
        cell["metadata"].pop("trusted", None)
    (lab.folder / "foreign.ipynb").write_text(json.dumps(notebook))
    lab.open("foreign.ipynb")
    trusted = lab.page.evaluate(
        "() => [...window.jupyterapp.shell.currentWidget.content.model.cells].map((c) => c.trusted)"
    )
    assert trusted[1] is False
    _shows_the_kept_clip(lab)
    lab.screenshot("kept-untrusted")


def _shows_the_kept_clip(lab) -> None:
    video = lab.wait_for(".jp-OutputArea video")
    assert (video.get_attribute("poster") or "").startswith("data:image/jpeg;base64,")
    assert "/files/" in (video.get_attribute("src") or "")
    text = lab.page.locator(".jp-Notebook").inner_text()
    for fact in ("kept", "¥5.01", "108,900 tokens × ¥46/1M", "320×180", "seed 42", "a fox #1.mp4", "9f2c41d07ab3"):
        assert fact in text
    assert video.evaluate("(v) => v.getBoundingClientRect().width") > 200


def test_cancel_asks_first_and_is_sent_once(lab) -> None:
    """Cancel is offered while the task is queued, asks in place, and reaches the task once."""
    lab.open(lab.write(SETUP, 'show(FakeTask(record("queued")))'))
    lab.run_all()
    card = lab.page.locator(CARD)
    card.get_by_role("button", name="Cancel…").click()
    expect(card.get_by_text("Cancel this queued task? Nothing is billed.")).to_be_visible()
    lab.screenshot("live-cancel", of=CARD)
    card.get_by_role("button", name="No, keep it").press("Escape")
    expect(card.get_by_role("button", name="Cancel…")).to_be_focused()
    card.get_by_role("button", name="Cancel…").press("Enter")
    expect(card.get_by_role("button", name="No, keep it")).to_be_focused()
    yes = card.get_by_role("button", name="Yes, cancel it")
    yes.evaluate("(button) => { button.click(); button.click(); }")
    expect(lab.page.locator(".jp-OutputArea-output")).to_contain_text("Not billed")
    expect(lab.page.locator(".jp-OutputArea-output")).to_contain_text("cancelled")
    assert (lab.folder / "cancelled.log").read_text().splitlines() == ["cancel"]


def test_a_cancel_that_fails_is_said_and_can_be_tried_again(lab) -> None:
    """An error of the provider is shown in the card, and the button comes back."""
    lab.open(
        lab.write(
            SETUP,
            "from seedance_nb.errors import SeedanceError\n"
            "class Refused(FakeTask):\n"
            "    def cancel(self):\n"
            '        raise SeedanceError("The task had begun; it goes on and will be billed.")\n'
            'show(Refused(record("queued")))',
        )
    )
    lab.run_all()
    card = lab.page.locator(CARD)
    card.get_by_role("button", name="Cancel…").click()
    card.get_by_role("button", name="Yes, cancel it").click()
    expect(card.get_by_role("alert")).to_have_text("The task had begun; it goes on and will be billed.")
    expect(card.get_by_role("button", name="Cancel…")).to_be_enabled()
    lab.screenshot("live-cancel-failed", of=CARD)


HOSTILE = """
hostile = (
    '<img src=x onerror="document.body.dataset.hacked=1"><script>document.body.dataset.hacked=1</script> '
    '\\u202egnp.exe "quoted" &amp; </bdi></div><h1>big</h1> ' + "very " * 600 + "Looooong" * 60
)
clip = Path("seedance_out/a fox #1.mp4")
evil = clip.with_name('"><img src=x onerror=alert(1)>.mp4'.replace("/", ""))
evil.write_bytes(clip.read_bytes())
bad = failure('<b>code</b>', '<script>document.body.dataset.hacked=1</script> no')
show(FakeTask(record("running", prompt=hostile)))
show(FakeTask(record("failed", prompt=hostile, failure=bad, task_id="<i>id</i>")))
show(FakeTask(kept(evil, prompt=hostile), poster=clip.with_suffix(".jpg")))
"""


def test_hostile_text_stays_text(lab) -> None:
    """Markup, a right-to-left override and endless words in a prompt are shown, not obeyed."""
    lab.open(lab.write(SETUP, HOSTILE))
    lab.run_all()
    expect(lab.page.locator(f"{CARD}__title")).to_contain_text("<img src=x")
    outputs = lab.page.locator(".jp-OutputArea-output")
    expect(outputs).to_have_count(3)
    expect(outputs.nth(1)).to_contain_text("<script>document.body.dataset.hacked=1</script> no")
    expect(outputs.nth(1)).to_contain_text("<i>id</i>")
    expect(outputs.locator("video")).to_have_count(1)
    assert outputs.locator("img[src='x'], h1, script").count() == 0
    for summary in outputs.locator("summary").all():
        summary.click()
    lab.screenshot("hostile")
    assert lab.page.locator("body").get_attribute("data-hacked") is None
    assert too_wide(lab) <= 1


def too_wide(lab) -> int:
    """By how many pixels the widest output does not fit its column."""
    return lab.page.evaluate(
        "() => Math.max(...[...document.querySelectorAll('.jp-OutputArea-output')]"
        ".map((output) => output.scrollWidth - output.clientWidth))"
    )


GALLERY = """
clip, tall = Path("seedance_out/a fox #1.mp4"), Path("seedance_out/tall.mp4")
poster, tall_poster = clip.with_suffix(".jpg"), tall.with_suffix(".jpg")
portrait = dict(width=180, height=320, ratio="9:16", mode="first_frame", prompt="竖屏 雪夜里的灯笼 a lantern")
ended = dict(finished_at=now())
moderated = failure("OutputVideoSensitiveContentDetected", "The output video may contain sensitive information.")
silent = failure("OutcomeUnknown", "ark did not answer within 30 s. Look at its console before you submit it again.")
invalid = failure("InvalidParameter", "The parameter `duration` is not valid: 99.")
full = failure("NotKept", "No space left on this disk: 4,230,000 bytes are needed.")
show(FakeTask(kept(clip), poster=poster))
show(FakeTask(kept(tall, is_sandbox=True, **portrait), poster=tall_poster))
show(FakeTask(record("failed", failure=moderated, **ended)))
show(FakeTask(record("unknown", task_id=None, failure=silent)))
show(FakeTask(record("cancelled", **ended)))
show(FakeTask(record("lost", **ended)))
show(FakeTask(record("rejected", task_id=None, failure=invalid, **ended)))
show(FakeTask(record("expired", **ended)))
show(FakeTask(record("succeeded", failure=full, **ended)))
"""
LIVE_GALLERY = """
show(FakeTask(record("queued", is_sandbox=True), usual=(41.0, 43.0, 60.0)))
show(FakeTask(record("running"), usual=(3.0, 6.0, 9.0, 12.0)))
from seedance_nb.task import Artifact
out = Artifact(kind="clip", expires_at=now() + dt.timedelta(hours=23, minutes=12))
show(FakeTask(record("succeeded", artifacts=(out,))))
show(FakeTask(record("intent", submitted_at=None, task_id=None, prompt="")))
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 560])
def test_every_card_is_legible(lab, theme, width) -> None:
    """Each end and each stage has its card, in both themes and in a narrow column; nothing overflows."""
    make_clip(lab.folder / "seedance_out" / "tall.mp4", width=180, height=320, seconds=1)
    lab.page.set_viewport_size({"width": width, "height": 4400})
    lab.open(lab.write(SETUP, GALLERY, LIVE_GALLERY))
    lab.theme(theme)
    lab.run_all()
    outputs = lab.page.locator(".jp-OutputArea-output")
    expect(outputs).to_have_count(13)
    expect(lab.page.locator(CARD)).to_have_count(4)
    words = ["kept", "kept", "failed", "unknown", "cancelled", "lost", "rejected", "expired", "made, not kept"]
    for place, word in enumerate(words):
        expect(outputs.nth(place)).to_contain_text(word)
    expect(outputs.nth(1)).to_contain_text("would be ¥5.01")
    expect(outputs.nth(1)).to_contain_text("sandbox, nothing is billed")
    expect(outputs.nth(3)).to_contain_text("It may be billed, at most ¥5.01")
    expect(outputs.nth(10)).to_contain_text("longer than usual")
    expect(outputs.nth(11)).to_contain_text("another 23 h")
    assert too_wide(lab) <= 1
    lab.screenshot(f"cards-{theme}-{width}", of=".jp-Notebook")


def test_two_views_of_one_card_agree_and_stay_calm(lab) -> None:
    """A second view of the output follows too; without motion, in forced colours, it still reads."""
    lab.page.emulate_media(reduced_motion="reduce", forced_colors="active")
    walk = 'thread = task.walk([("running", record("running")), ("failed", record("failed"))])'
    lab.open(lab.write(SETUP, f'task = FakeTask(record("queued"), usual=(60.0, 90.0))\n{walk}\nshow(task)'))
    lab.run_all()
    lab.wait_for(CARD)
    lab.page.locator(".jp-OutputArea-output").first.click(button="right")
    lab.page.get_by_text("Create New View for Cell Output").click()
    cards = lab.page.locator(CARD)
    expect(cards).to_have_count(2)
    (lab.folder / "running.go").touch()
    expect(lab.page.locator(f"{CARD}__word")).to_have_text(["running", "running"])
    assert lab.page.locator(f"{CARD}__done").first.evaluate("(e) => getComputedStyle(e).transitionDuration") == "0s"
    lab.screenshot("two-views-forced-colours")
    (lab.folder / "failed.go").touch()
    expect(cards).to_have_count(0)
    expect(lab.page.get_by_text("gave up on this task")).to_have_count(2)
