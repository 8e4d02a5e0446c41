"""What hands do to a composer in a real JupyterLab, each step against the real kernel."""

# ruff: noqa: F811  a fixture is imported, and named again as an argument

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from . import composer_samples as samples
from .composer_page import ROOT, Bench, Hands, bench, composer_bench  # noqa: F401

THREE = (
    "c = composer(sd.Content('[image 1] meets [image 2], then [image 3].', "
    "*(sd.Image(make_picture(Path(f'media/{sky}.png'), sky), role='reference_image') "
    "for sky in ('dawn', 'snow', 'night'))))"
)
MARKS = f"{ROOT}__mark"


def marks(root: Locator) -> list[list[str]]:
    """The references that are marked in the text, and what as."""
    found: list[list[str]] = root.locator(MARKS).evaluate_all(
        "(marks) => marks.map((mark) => [mark.textContent, mark.dataset.kind])"
    )
    return found


# -- prompt ----------------------------------------------------------------------------------------------------------


def test_a_reference_is_offered_inserted_and_marked(bench: Bench) -> None:
    """`@` and `[` offer the items; arrows and Enter choose, Escape closes, and what no item has is not offered."""
    root = bench.show(THREE)
    hands = Hands(bench, root)
    hands.press(hands.prompt)
    keys = bench.page.keyboard
    keys.press("Control+End")
    keys.type(" And @")
    options = root.locator("[role=option]")
    expect(options).to_have_count(3)
    expect(options.first).to_have_attribute("aria-selected", "true")
    keys.press("ArrowDown")
    active = hands.prompt.get_attribute("aria-activedescendant")
    assert active == options.nth(1).get_attribute("id")
    keys.press("Enter")
    expect(hands.prompt).to_have_value("[image 1] meets [image 2], then [image 3]. And [image 2]")
    expect(root.get_by_role("listbox")).to_be_hidden()
    keys.type(", [sn")
    expect(options).to_have_count(1)
    keys.press("Escape")
    keys.type("ow] [0-4s] [image 7] ")
    expect(root.get_by_role("listbox")).to_be_hidden()
    hands.settle()
    assert marks(root)[3:] == [["[image 2]", "image"], ["[image 7]", "missing"]]
    expect(root.locator(f"{ROOT}__lost")).to_contain_text("[image 7]")
    root.get_by_role("button", name="Take [image 7] out of the prompt").click()
    expect(hands.prompt).not_to_have_value(re.compile("image 7"))


def test_the_marks_lie_under_their_letters(bench: Bench) -> None:
    """The text and what lies behind it break their lines at the same places, in every script."""
    root = bench.show(THREE)
    hands = Hands(bench, root)
    text = "word " * 60 + "[image 1] 狐狸穿过新雪，" * 30 + "\n\nשלום [image 2] עולם\n" + "x" * 300 + " [image 3] 🦊🏔️"
    hands.prompt.fill(text)
    shape = hands.prompt.evaluate(
        """(area) => { const back = area.previousElementSibling;
            return [area.scrollHeight - area.clientHeight, back.scrollHeight - back.clientHeight,
                    area.clientWidth, back.clientWidth]; }"""
    )
    assert shape[0] == shape[1] > 0
    assert shape[2] == shape[3]
    hands.prompt.evaluate("(area) => { area.scrollTop = 60; }")
    expect(hands.prompt).to_have_js_property("scrollTop", 60)
    bench.page.wait_for_function(f"() => document.querySelector('{ROOT}__back').scrollTop === 60")
    hands.settle()


def test_an_input_method_is_left_alone(bench: Bench) -> None:
    """What is being composed is not sent, and Python's own changes wait for it; the end of it is sent once."""
    root = bench.show(THREE)
    hands = Hands(bench, root)
    hands.press(hands.prompt)
    bench.page.keyboard.press("Control+End")
    ime = bench.page.context.new_cdp_session(bench.page)
    bench.forget()
    for text in ("x", "xue", "雪"):
        ime.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    expect(hands.prompt).to_have_value(re.compile("雪$"))
    bench.python("text = 'Snow: ' + c.request.prompt")
    bench.python("c.request = c.request.replace(content=sd.Content(text, *c.request.content.media))")
    assert "雪" not in bench.value("c.request.prompt")
    expect(hands.prompt).to_have_value(re.compile(r"^\[image 1\]"))
    ime.send("Input.insertText", {"text": "雪"})
    hands.settle()
    assert bench.value("c.request.prompt") == "Snow: [image 1] meets [image 2], then [image 3].雪"
    assert bench.said("prompt_edit") == 1
    ime.detach()


def test_one_undo_for_all(bench: Bench) -> None:
    """Undo in the prompt takes back what was done last, also a role or an order, and redo does it again."""
    root = bench.show(THREE)
    hands = Hands(bench, root)
    hands.write(" Wide shot.")
    root.get_by_role("button", name="image 3: Move").focus()
    bench.page.keyboard.press("Home")
    expect(hands.prompt).to_have_value("[image 2] meets [image 3], then [image 1]. Wide shot.")
    expect(root.locator(f"{ROOT}__name")).to_have_text(["night.png", "dawn.png", "snow.png"])
    hands.press(hands.prompt)
    bench.page.keyboard.press("Control+z")
    expect(hands.prompt).to_have_value("[image 1] meets [image 2], then [image 3]. Wide shot.")
    expect(root.locator(f"{ROOT}__name").first).to_have_text("dawn.png")
    for _ in range(12):
        bench.page.keyboard.press("Control+z")
    expect(hands.prompt).to_have_value("[image 1] meets [image 2], then [image 3].")
    for _ in range(13):
        bench.page.keyboard.press("Control+Shift+z")
    expect(hands.prompt).to_have_value("[image 2] meets [image 3], then [image 1]. Wide shot.")
    root.get_by_role("button", name="Undo").click()
    expect(hands.prompt).to_have_value("[image 1] meets [image 2], then [image 3]. Wide shot.")


def test_words_and_templates_are_put_at_the_cursor(bench: Bench) -> None:
    """A word keeps its distance to its neighbours, and a template is ready to be filled in."""
    root = bench.show()
    hands = Hands(bench, root)
    hands.write("A fox")
    root.locator("summary", has_text="Words").click()
    word = root.locator(f"{ROOT}__word").first
    word.click()
    inserted = hands.prompt.input_value()
    assert inserted.startswith("A fox ")
    bench.page.keyboard.press("Control+a")
    bench.page.keyboard.press("Delete")
    root.locator("summary", has_text="Templates").click()
    root.locator(f"{ROOT}__template", has_text="…").first.click()
    expect(hands.prompt).to_be_focused()
    bench.page.keyboard.type("Fuchs")
    expect(hands.prompt).to_have_value(re.compile("Fuchs"))
    hands.settle()


def test_code_and_hands_at_the_same_time(bench: Bench) -> None:
    """What code changes is seen, and what was typed meanwhile stays; two views of one composer agree."""
    root = bench.show(THREE)
    hands = Hands(bench, root)
    hands.press(hands.prompt)
    bench.page.keyboard.press("Control+End")
    bench.page.keyboard.type(" Dusk.", delay=0)
    bench.page.evaluate(
        """() => { const kernel = window.bench.sessionContext.session.kernel;
            kernel.requestExecute({ code: "c.request = c.request.replace(content=sd.Content("
                + "c.request.prompt.replace('meets', 'greets'), *c.request.content.media))" }); }"""
    )
    bench.page.keyboard.type(" Cut.")
    expect(hands.prompt).to_have_value("[image 1] greets [image 2], then [image 3]. Dusk. Cut.")
    hands.settle()
    bench.page.locator(".jp-OutputArea-output", has=root).click(button="right", position={"x": 300, "y": 12})
    bench.page.get_by_text("Create New View for Cell Output").click()
    views = bench.page.locator(ROOT)
    expect(views).to_have_count(2)
    areas = bench.page.locator(f"{ROOT}__text")
    areas.first.press_sequentially("Night. ")
    expect(areas.last).to_have_value(areas.first.input_value())


# -- media -----------------------------------------------------------------------------------------------------------


def test_media_come_in_every_way(bench: Bench, tmp_path: Path) -> None:
    """Dropped, pasted as a picture and as text, chosen, written, and from the ledger; each kind has its picture."""
    root = bench.show()
    hands = Hands(bench, root)
    picture = samples.make_picture(tmp_path / "dropped.png", "snow", width=640, height=360)
    data = base64.b64encode(picture.read_bytes()).decode()
    carry = """([data, name]) => { const made = new DataTransfer();
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        made.items.add(new File([bytes], name, { type: "image/png" })); return made; }"""
    strip = root.locator(f"{ROOT}__media")
    dropped = bench.page.evaluate_handle(carry, [data, "dropped.png"])
    strip.dispatch_event("dragenter", {"dataTransfer": dropped})
    expect(root.locator(f"{ROOT}__veil")).to_be_visible()
    strip.dispatch_event("drop", {"dataTransfer": dropped})
    expect(root.locator(f"{ROOT}__veil")).to_be_hidden()
    expect(hands.items()).to_have_count(1)

    pasted = bench.page.evaluate_handle(carry, [data, "pasted.png"])
    paste = """(node, data) => node.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))"""
    hands.prompt.evaluate(paste, pasted)
    expect(hands.items()).to_have_count(2)
    text = bench.page.evaluate_handle(
        "() => { const made = new DataTransfer(); made.setData('text/plain', 'asset://face-of-a-fox'); return made; }"
    )
    hands.button("Choose files").evaluate(paste, text)
    question = root.get_by_role("group", name="What is it?")
    expect(question.get_by_role("button", name="Image")).to_be_focused()
    question.get_by_role("button", name="Image").press("Enter")
    expect(hands.items()).to_have_count(3)

    clip = samples.make_video(tmp_path / "clip.mp4", "dawn", width=640, height=360)
    hands.add_files(clip, samples.make_sound(tmp_path / "wind.wav"))
    hands.button("From kept clips").click()
    root.get_by_role("menuitem", name="A fox crosses fresh snow at dawn").last.click()
    expect(hands.items()).to_have_count(6)
    expect(root.locator(f"{ROOT}__image")).to_have_count(3)
    expect(root.locator(f"{ROOT}__strip")).to_have_count(1)
    expect(root.locator(f"{ROOT}__tile {ROOT}__wave")).to_have_count(1)
    strip = root.locator(f"{ROOT}__strip")
    still = strip.evaluate("(node) => node.style.backgroundPosition")
    root.get_by_role("button", name="Play: video 1").hover()
    bench.page.wait_for_function(
        f"(still) => document.querySelector('{ROOT}__strip').style.backgroundPosition !== still", arg=still
    )
    expect(root.locator(f"{ROOT}__mode")).to_have_text("reference: 4 images, 1 video, 1 sound")


def test_an_order_is_changed_by_dragging_and_by_keys(bench: Bench) -> None:
    """The numbers and the references follow, the focus stays, and it is said aloud."""
    root = bench.show(THREE)
    hands = Hands(bench, root)
    thumbs = root.locator(f"{ROOT}__thumb")
    expect(root.locator(f"{ROOT}__image")).to_have_count(3)
    first, last = thumbs.first.bounding_box(), thumbs.last.bounding_box()
    assert first is not None
    assert last is not None
    mouse = bench.page.mouse
    mouse.move(first["x"] + 60, first["y"] + 60)
    mouse.down()
    mouse.move(last["x"] + 20, last["y"] + 60, steps=5)
    mouse.move(last["x"] + last["width"] - 10, last["y"] + 60)
    expect(hands.items().last).to_have_attribute("data-drop", "after")
    mouse.up()
    expect(hands.prompt).to_have_value("[image 3] meets [image 1], then [image 2].")
    expect(root.locator(f"{ROOT}__name")).to_have_text(["snow.png", "night.png", "dawn.png"])
    handle = root.get_by_role("button", name="image 3: Move")
    handle.focus()
    bench.page.keyboard.press("ArrowLeft")
    expect(hands.prompt).to_have_value("[image 2] meets [image 1], then [image 3].")
    expect(root.get_by_role("button", name="image 2: Move")).to_be_focused()
    expect(root.locator("[aria-live=polite]").last).to_have_text("image 3 is image 2 now.")
    expect(root.locator(f"{ROOT}__ordinal")).to_have_text(["image 1", "image 2", "image 3"])


def test_a_role_that_is_not_possible_says_why(bench: Bench) -> None:
    """All roles are in the menu; one that cannot be chosen keeps its reason and changes nothing."""
    root = bench.show(THREE)
    hands = Hands(bench, root)
    opener = hands.items().first.locator(f"{ROOT}__role")
    opener.press("Enter")
    row = root.get_by_role("menuitemradio", name="first frame")
    expect(row).to_have_attribute("aria-disabled", "true")
    expect(row).to_contain_text("There can be two frames at most")
    expect(root.get_by_role("menuitemradio", name="reference")).to_be_focused()
    row.click(force=True)
    assert bench.value("[item.role for item in c.request.content.media]") == ["reference_image"] * 3
    bench.page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    hands.button("Remove: image 3").press("Enter")
    expect(hands.items()).to_have_count(2)
    hands.role(0, "first frame")
    expect(root.locator(f"{ROOT}__mode")).to_have_text("first and last frame")


def big_video(path: Path, size: int) -> Path:
    """A real clip with a box behind it that players pass over."""
    samples.make_video(path, "desert", width=640, height=360)
    with path.open("ab") as file:
        rest = size - path.stat().st_size
        file.write(rest.to_bytes(4, "big") + b"free" + bytes(rest - 8))
    return path


def test_a_video_of_45_megabytes(bench: Bench, tmp_path: Path) -> None:
    """It comes in pieces of at most 1 MiB, the kernel answers meanwhile; one that is given up leaves nothing."""
    size = 45 * 1024 * 1024
    video = big_video(tmp_path / "long.mp4", size)
    root = bench.show("c = composer(home=Path('big'))")
    hands = Hands(bench, root)

    def choose() -> None:
        with bench.page.expect_file_chooser() as chosen:
            hands.button("Choose files").click()
        chosen.value.set_files(str(video))

    bar = root.get_by_role("progressbar")
    choose()
    bench.page.wait_for_function(
        f"() => Number(document.querySelector('{ROOT}__bar')?.getAttribute('aria-valuenow')) >= 40"
    )
    hands.items().first.get_by_role("button", name="Cancel").click()
    expect(hands.items()).to_have_count(0)
    bench.wait_until("len(list(Path('big/uploads').iterdir()))", 0)

    bench.forget()
    choose()
    expect(bar).to_have_attribute("aria-valuenow", re.compile("[1-9]"))
    assert bench.value("2 + 2") == 4
    assert bench.value("len(c.request.content.media)") == 0  # asked and answered while the file was on its way
    tile = root.locator(f"{ROOT}__tile[data-state=ready]")
    expect(tile).to_contain_text("640×360")
    assert bench.value("[path.stat().st_size for path in Path('big/uploads').iterdir()]") == [size]
    assert size < sum(bench.frames) < size * 1.05
    assert max(bench.frames) < 1024 * 1024 + 4096


def test_a_file_that_is_refused_says_so(bench: Bench, tmp_path: Path) -> None:
    """The sentence is there, nothing else changed, and the next file is taken."""
    fake = tmp_path / "fake.png"
    fake.write_bytes(b"MZ" * 5000)
    root = bench.show("c = composer(home=Path('refused'))")
    hands = Hands(bench, root)
    with bench.page.expect_file_chooser() as chosen:
        hands.button("Choose files").click()
    chosen.value.set_files(str(fake))
    expect(hands.items().first).to_contain_text("not an image, clip or sound")
    expect(hands.items().first).to_have_attribute("data-state", "failed")
    hands.button("Remove: fake.png").click()
    expect(hands.items()).to_have_count(0)
    hands.add_files(samples.make_picture(tmp_path / "good.png"))


def test_a_request_is_pasted_as_json(bench: Bench) -> None:
    """Onto the composer or into the field for addresses; what is no whole JSON says so, and one undo takes it back."""
    root = bench.show("c = composer('Before')")
    body = {
        "model": "doubao-seedance-2-0-260128",
        "content": [
            {"type": "text", "text": "[image 1] wakes"},
            {"type": "image_url", "image_url": {"url": "asset://asset-20260224200602-qn7wr"}, "role": "first_frame"},
        ],
        "priority": 12,
    }
    root.locator(f"{ROOT}__media").evaluate(
        """(node, text) => { const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            node.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true })); }""",
        json.dumps(body, indent=2),
    )
    expect(root.locator(f"{ROOT}__mode")).to_have_text("first frame")
    expect(root.locator(f"{ROOT}__text")).to_have_value("[image 1] wakes")
    expect(root.locator("[data-name=priority] [data-code='priority.range']")).to_be_visible()
    root.get_by_role("button", name="Undo").click()
    expect(root.locator(f"{ROOT}__text")).to_have_value("Before")
    field = root.get_by_role("textbox", name="Path", exact=False)
    field.fill('[{"type": "text", "text": "After"}')
    field.press("Enter")
    expect(root.locator(f"{ROOT}__error")).to_contain_text("no whole JSON")
    field.press("End")
    field.press("]")
    field.press("Enter")
    expect(root.locator(f"{ROOT}__text")).to_have_value("After")
    expect(field).to_have_value("")


# -- many, and hostile -----------------------------------------------------------------------------------------------

FIFTEEN = """
skies = ["dawn", "snow", "night", "meadow", "desert"] * 2
images = [sd.Image(make_picture(Path(f"media/many-{n}.jpg"), skies[n], width=640, height=360)) for n in range(9)]
clips = [make_video(Path(f"media/many-{n}.mp4"), skies[n], width=320, height=180, seconds=2) for n in range(3)]
videos = [sd.Video(clip) for clip in clips]
sounds = [sd.Audio(make_sound(Path(f"media/many-{n}.wav"), seconds=3)) for n in range(3)]
c = composer(sd.Content("[image 1] and [image 9] as in [video 2] with [audio 3]. ", *images, *videos, *sounds))
"""
# In the very frame of a key: the letter, and the mark behind it. Beside them only the list of items may change.
_ECHO = """(root) => {
    const area = root.querySelector("textarea"), back = root.querySelector(".sdnb-composer__back");
    const own = [area, back, ...root.querySelectorAll(".sdnb-composer__suggest, .sdnb-composer__slow, [aria-live]")];
    window.echo = { late: 0, touched: [], keys: 0 };
    area.addEventListener("input", () => {
        window.echo.keys += 1;
        requestAnimationFrame(() => { if (back.textContent !== area.value) window.echo.late += 1; });
    });
    window.watcher = new MutationObserver((changes) => {
        for (const change of changes) {
            if (!own.some((node) => node.contains(change.target)))
                window.echo.touched.push(`${change.target.className} ${change.attributeName}`);
        }
    });
    window.watcher.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
}"""


_AT_REST = """(root) => new Promise((done) => {
    let still = 0;
    const watcher = new MutationObserver(() => { still = 0; });
    watcher.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
    const look = () => (++still > 60 ? (watcher.disconnect(), done()) : requestAnimationFrame(look));
    look();
})"""
"""Returns after sixty frames in a row in which nothing has changed."""


def test_fifteen_items_and_a_key(bench: Bench) -> None:
    """A key is echoed without the kernel and draws nothing else; it sends less than 2 kB; pictures are sent once."""
    root = bench.show(FIFTEEN)
    hands = Hands(bench, root)
    expect(hands.items()).to_have_count(15)
    expect(root.locator(f"{ROOT}__picture > :not(svg)")).to_have_count(15)
    hands.press(hands.prompt)
    bench.page.keyboard.press("Control+End")
    expect(root.locator(f"{ROOT}__price")).not_to_contain_text("…")
    with bench.busy():  # it can tell the page nothing
        root.evaluate(_AT_REST)  # what it said before has come
        root.evaluate(_ECHO)
        bench.forget()
        for letter in "[image 2] ":
            bench.page.keyboard.press(letter)
        hands.prompt.press("x")
        echo = bench.page.evaluate("() => { window.watcher.disconnect(); return window.echo; }")
    assert echo["keys"] == 11
    assert echo["late"] == 0
    assert echo["touched"] == []
    hands.settle()
    assert bench.frames
    assert max(bench.frames) < 2048
    asked = bench.value("len(c._thumbs._known)")
    bench.forget()
    root.get_by_role("button", name="image 1: Move").press("End")
    expect(hands.prompt).to_have_value(re.compile(r"^\[image 9\] and \[image 8\]"))
    assert sum(bench.frames) < 4096
    assert bench.value("len(c._thumbs._known)") == asked == 15


HOSTILE = """
bad = '<img src=x onerror="document.body.dataset.hacked=1"><script>document.body.dataset.hacked=1</script>'
picture = make_picture(Path("media/plain.png"))
evil = picture.with_name("\\u202egnp.<img src=x onerror=alert(1)>.png")
evil.write_bytes(picture.read_bytes())
from seedance_nb.errors import SeedanceError
def refuse(request):
    raise SeedanceError("The provider said: " + bad)
c = composer(sd.Content(bad + " \\u202eevil\\u202c \\x00 [image 1] " + "🦊" * 25_000, sd.Image(evil)), submit=refuse)
"""


def test_hostile_text_stays_text(bench: Bench) -> None:
    """Markup, marks that turn the direction, null bytes and 100 kB of emoji are shown as they are and can be edited."""
    root = bench.show(HOSTILE)
    hands = Hands(bench, root)
    assert "<script>" in hands.prompt.input_value()
    assert hands.prompt.input_value().count("🦊") == 25_000
    expect(root.locator(f"{ROOT}__name")).to_contain_text("<img src=x")
    assert "\u202e" not in root.locator(f"{ROOT}__name").inner_text()
    hands.press(hands.prompt)
    bench.page.keyboard.press("Control+Home")
    bench.page.keyboard.type("Quick: ")
    bench.wait_until("c.request.prompt[:12]", "Quick: <img ")
    bench.forget()
    hands.prompt.evaluate(
        """(area) => { area.value = '🐉'.repeat(25_000) + ' <b>done</b>';
            area.dispatchEvent(new InputEvent("input", { bubbles: true })); }"""
    )
    bench.wait_until("c.request.prompt == '🐉' * 25_000 + ' <b>done</b>'")
    assert max(bench.frames) < 2048
    hands.prompt.fill("A fox in the snow")
    hands.submit()
    expect(root.get_by_role("alert")).to_contain_text('The provider said: <img src=x onerror="document.body')
    assert root.locator("img[src='x'], script, b:text('done')").count() == 0
    assert bench.page.locator("body").get_attribute("data-hacked") is None


# -- parameters, price, submit ---------------------------------------------------------------------------------------


def test_parameters_say_what_they_change(bench: Bench) -> None:
    """Only what is offered can be chosen, and what a choice would change is there before it is made."""
    root = bench.show("c = composer(sd.Request('A fox', resolution='1080p'))")
    hands = Hands(bench, root)
    fast = root.get_by_role("radio", name="seedance-2.0-fast")
    assert "1080p" in (fast.get_attribute("aria-description") or "")
    expect(root.locator(f"{ROOT}__param[data-name=model]")).to_contain_text("1080p")
    root.get_by_role("radio", name="seedance-2.0", exact=True).focus()
    bench.page.keyboard.press("ArrowDown")
    expect(root.locator(f"{ROOT}__tip")).to_contain_text("1080p")
    assert bench.value("c.request.model") == "seedance-2.0"
    bench.page.keyboard.press("Enter")
    bench.wait_until("[c.request.model, c.request.resolution]", ["seedance-2.0-fast", "720p"])
    refused = root.get_by_role("radio", name=re.compile("^1080p"))
    expect(refused).to_have_attribute("aria-disabled", "true")
    refused.click(force=True)
    hands.pick("ratio", "21:9")
    root.get_by_role("button", name="auto").click()
    bench.wait_until("c.request.duration", -1)
    root.get_by_role("button", name="auto").click()
    hands.seconds(8)
    root.get_by_role("button", name="Draw a seed").click()
    bench.wait_until("c.request.seed is not None")
    root.get_by_role("button", name="Keep this seed").click()
    bench.wait_until("c.request.seed", None)
    seed = root.get_by_role("textbox", name="seed")
    seed.fill("42")
    seed.press("Enter")
    bench.wait_until("c.request.seed", 42)
    for name, field in (("sound", "generate_audio"), ("watermark", "watermark"), ("web search", "web_search")):
        root.get_by_role("switch", name=name).click()
        bench.wait_until(f"c.request.{field}", field != "generate_audio")
    assert bench.value("[c.request.resolution, c.request.ratio, c.request.duration]") == ["720p", "21:9", 8]


def test_the_price_and_what_will_be_sent_on_demand(bench: Bench) -> None:
    """The sum, the prices of all providers, the budget, the JSON and the code, copied with one press."""
    bench.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    root = bench.show("c = composer(sd.Request('A fox in the snow', ratio='16:9'))")
    hands = Hands(bench, root)
    expect(root.locator(f"{ROOT}__price")).to_have_text("¥5.01")
    hands.button("Calculation").click()
    the_sum = "1280×720 × (24×5+1) / 1024 = 108,900 tokens × ¥46/1M = ¥5.01"
    expect(root.locator(f"{ROOT}__panel")).to_contain_text(the_sum)
    hands.button("All providers").click()
    rows = root.get_by_role("region", name="All providers").get_by_role("row")
    expect(rows.filter(has_text="EachLabs").first).to_be_visible()
    expect(root.locator(f"{ROOT}__cheapest").first).to_be_visible()
    bench.page.keyboard.press("Escape")
    expect(rows).to_have_count(0)
    expect(root.get_by_role("list", name="Budget")).to_contain_text("12.30 left")
    root.get_by_text("What will be sent").click()
    expect(root.get_by_role("tabpanel")).to_contain_text('"text": "A fox in the snow"')
    root.get_by_role("tab", name="JSON").press("ArrowRight")
    expect(root.get_by_role("tabpanel")).to_contain_text("content_generation")
    root.get_by_role("tab", name="curl").click()
    expect(root.get_by_role("tabpanel")).to_contain_text("curl ")
    hands.button("Copy").click()
    expect(hands.button("Copied")).to_be_visible()
    assert "curl " in bench.page.evaluate("() => navigator.clipboard.readText()")


def test_submit_is_pressed_once(bench: Bench) -> None:
    """The button says price and provider, is off with its reason, and a double press makes one task."""
    root = bench.show("c = composer(sd.Request('', ratio='16:9'))")
    hands = Hands(bench, root)
    submit = root.locator(f"{ROOT}__submit")
    expect(submit).to_have_text("Generate for ¥5.01 at Volcengine Ark")
    expect(submit).to_be_disabled()
    described = root.locator(f"#{submit.get_attribute('aria-describedby')}")
    expect(described).to_have_text("The content array has no prompt and no media.")
    submit.click(force=True)
    hands.write("A fox in the snow")
    expect(submit).to_be_enabled()
    bench.python("submitted.wait_for = Path('go.now'); submitted.wait_for.unlink(missing_ok=True)")
    submit.evaluate("(button) => { button.click(); button.click(); }")
    expect(submit).to_have_attribute("aria-busy", "true")
    submit.click(force=True)
    bench.python("Path('go.now').touch()")
    bench.wait_until("len(submitted)", 1)
    expect(submit).not_to_have_attribute("aria-busy", "true")
    expect(root.locator("[aria-live=polite]").last).to_have_text("Submitted.")
    assert bench.value("[len(submitted), c.task.local_id]") == [1, "01jd4k7v0c1m"]
    expect(submit).to_be_enabled()


@pytest.mark.parametrize(("language", "price"), [("zh", "¥5.01"), ("fr", "5,01")])
def test_another_language_at_run_time(bench: Bench, language: str, price: str) -> None:
    """The words, the numbers and the language of the page's part change; the prompt stays."""
    root = bench.show("c = composer(sd.Request('A fox in the snow', ratio='16:9'))")
    area = root.locator(f"{ROOT}__text")
    english = area.get_attribute("placeholder") or ""
    root.get_by_role("combobox", name="Language").select_option(language)
    expect(root).to_have_attribute("lang", language)
    expect(root.locator(f"{ROOT}__price")).to_contain_text(price)
    expect(area).to_have_value("A fox in the snow")
    expect(area).not_to_have_attribute("placeholder", english)
    chosen = root.get_by_role("combobox").first.locator("option:checked")
    expect(chosen).to_have_text({"zh": "火山方舟", "fr": "Volcengine Ark"}[language])


def test_a_silent_kernel_is_told(bench: Bench) -> None:
    """Where no answer comes, that is said, and unsaid when it came."""
    root = bench.show("c = composer('A fox')")
    with bench.busy():
        root.get_by_role("switch", name="watermark").click()
        expect(root.locator(f"{ROOT}__slow")).to_be_visible()
    expect(root.locator(f"{ROOT}__slow")).to_be_hidden()
    expect(root.get_by_role("switch", name="watermark")).to_be_checked()


def test_the_page_keeps_its_own_shortcuts(bench: Bench) -> None:
    """Keys pressed in the composer do nothing to the notebook, and saving still saves."""
    root = bench.show("c = composer('A fox')")
    cells = bench.page.locator(".jp-Notebook .jp-Cell").count()
    root.get_by_role("switch", name="watermark").focus()
    for key in ("a", "b", "x", "d", "d", "m", "ArrowUp", "Shift+Enter"):
        bench.page.keyboard.press(key)
    assert bench.page.locator(".jp-Notebook .jp-Cell").count() == cells
    assert bench.page.locator(ROOT).count() == 1
    bench.lab.command("docmanager:save")
    bench.python("Path('composer.ipynb').unlink()")
    bench.page.keyboard.press("Control+s")
    bench.wait_until("Path('composer.ipynb').exists()")
    assert json.loads((bench.folder / "composer.ipynb").read_text())["cells"]
