"""How a composer looks: ten states in two themes and two widths, as they were kept; and nothing serious for axe."""

# ruff: noqa: F811  a fixture is imported, and named again as an argument

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from .composer_page import ROOT, Bench, Hands, bench, composer_bench  # noqa: F401
from .looks import Look, compare, moved, repainted, wear_the_font

WIDE, NARROW = 1280, 480
PARTS = {
    part: f"{ROOT}__{part}"
    for part in (
        *("badge", "tools", "empty", "tile", "thumb", "role", "unnamed", "upload", "tile-error", "ways"),
        *(
            "counts",
            "editor",
            "legend",
            "chip",
            "helpers",
            "group-words",
            "param",
            "frame",
            "switch",
            "problem",
            "mend",
        ),
        *("sent", "tabs", "code", "error", "price-bar", "panel", "cheapest", "price", "links", "budget", "verdict"),
        *("reason", "submit", "suggest"),
    )
}
"""What of a composer is compared by its place, in the order in which one reads it."""
PICTURES = """
p = {sky: make_picture(Path(f"media/{sky}.png"), sky) for sky in ("dawn", "snow", "night", "meadow")}
p["fox"] = make_picture(Path("media/fox in the snow.jpg"), "snow", width=900, height=1200)
wind = make_sound(Path("media/wind.wav"))
track = make_video(Path("media/track.mp4"), "desert")
"""
FRAMES = (
    "c = composer(sd.Request(sd.Content('The sun comes up over the hills, the camera does not move', "
    "sd.Image(p['night'], role='first_frame'), sd.Image(p['dawn'], role='last_frame')), ratio='16:9'))"
)
REFERENCES = (
    "c = composer(sd.Request(sd.Content('[0-3s] Wide shot: the fox of [image 1] crosses the hills of [image 2] at "
    "first light, the camera tracks at its pace.\\n[3-6s] Cut to close-up: it stops, ears up; snow falls from a branch."
    "\\n[6-8s] Finally: it runs on into the colours of [image 3]. One hears [audio 1].\\n\\n"
    'Narrator (weathered voice, in the fifties): "Every path begins cold."\', '
    "*(sd.Image(p[name], role='reference_image') for name in ('fox', 'dawn', 'meadow')), "
    "sd.Audio(wind)), ratio='21:9', duration=8, seed=42))"
)
PROBLEMS = (
    "c = composer(sd.Request(sd.Content('[image 1] turns into [image 4] --ratio 16:9', sd.Image(p['dawn']), "
    "sd.Image(p['snow']), sd.Video(track)), resolution='4k', duration=30))"
)
UPLOADING = """
c = composer(sd.Content("The fox of [image 1] looks up", sd.Image(p["fox"])))
def message(kind, *buffers, **fields):
    c._handle_custom_msg({"kind": kind, "id": kind, **fields}, list(buffers))
message("upload_begin", upload_id="u1", name="a long take.mp4", size=3 * 1024 * 1024, mime="video/mp4")
message("upload_begin", upload_id="u2", name="not a picture.png", size=10, mime="image/png")
message("upload_chunk", bytes(1024 * 1024), upload_id="u1", offset=0)
message("upload_chunk", bytes(10), upload_id="u2", offset=0)
message("upload_end", upload_id="u2")
"""


def open_words(bench: Bench, root: Locator) -> None:
    root.locator("summary").filter(has_text="Words").click()
    expect(root.locator(".sdnb-composer__word").first).to_be_visible()


def open_prices(bench: Bench, root: Locator) -> None:
    root.get_by_role("button", name="All providers").click()
    expect(root.locator(".sdnb-composer__cheapest").first).to_be_visible()


def open_sent(bench: Bench, root: Locator) -> None:
    root.get_by_text("What will be sent").click()
    expect(root.get_by_role("tabpanel")).to_contain_text("content")


def open_menu(bench: Bench, root: Locator) -> None:
    root.locator(f"{ROOT}__role").first.click()
    expect(root.get_by_role("menuitemradio").first).to_be_visible()


def open_offer(bench: Bench, root: Locator) -> None:
    """Opened again where the page took the focus, as a change of themes may."""
    if root.locator("[role=option]").first.is_visible():
        return
    prompt = Hands(bench, root).prompt
    Hands(bench, root).press(prompt)
    bench.page.keyboard.press("Control+End")
    if prompt.input_value().endswith(" Then @"):
        bench.page.keyboard.press("Backspace")
        bench.page.keyboard.type("@")
    else:
        bench.page.keyboard.type(" Then @")
    expect(root.locator("[role=option]").first).to_be_visible()
    expect(root.locator(f"{ROOT}__counts")).to_contain_text("58 words")


def speak(language: str) -> Callable[[Bench, Locator], None]:
    def act(bench: Bench, root: Locator) -> None:
        root.get_by_role("combobox").nth(1).select_option(language)
        expect(root).to_have_attribute("lang", language)

    return act


def uploads(bench: Bench, root: Locator) -> None:
    expect(root.locator(f"{ROOT}__tile[data-state=failed]")).to_have_count(1)
    expect(root.locator(f"{ROOT}__upload").filter(visible=True)).to_contain_text("33%")


def nothing(bench: Bench, root: Locator) -> None:
    """It is as it was shown."""


STATES: dict[str, tuple[str, Callable[[Bench, Locator], Any], int]] = {
    "empty": ("c = composer()", nothing, 0),
    "words": ("c = composer(sd.Request('A fox in the snow', ratio='16:9'))", open_words, 0),
    "frames": (FRAMES, nothing, 2),
    "references": (REFERENCES, nothing, 4),
    "problems": (PROBLEMS, nothing, 3),
    "uploading": (UPLOADING, uploads, 1),
    "prices": (REFERENCES, open_prices, 4),
    "sent": (FRAMES, open_sent, 2),
    "offer": (REFERENCES, open_offer, 4),
    "chinese": (REFERENCES.replace("seed=42", "seed=7"), speak("zh"), 4),
}


@pytest.fixture
def dressed(bench: Bench) -> Bench:
    """A bench whose page has the letters of the pictures that are kept, and the media of the states."""
    wear_the_font(bench.page, ROOT)
    bench.python("p if 'p' in globals() else exec(" + repr(PICTURES) + ")")
    return bench


def shown(bench: Bench, state: str) -> Locator:
    """A composer in a state, but for what hands still do to it."""
    code, _, pictures = STATES[state]
    bench.page.set_viewport_size({"width": WIDE, "height": 3200})
    root = bench.show(code)
    expect(root.locator(f"{ROOT}__picture > :not(svg)")).to_have_count(pictures)
    expect(root.locator(f"{ROOT}__price")).not_to_contain_text("…")
    return root


LAID_OUT = "([node, isNarrow]) => node.clientWidth < 380 === isNarrow"
"""The page has taken on the width of its window, which it does in its own time."""


@pytest.mark.parametrize("state", STATES)
def test_a_state_looks_as_it_was_kept(dressed: Bench, state: str) -> None:
    """In two themes and two widths; it fits its column, and axe finds nothing serious."""
    bench = dressed
    root = shown(bench, state)
    found = []
    for theme in ("light", "dark"):
        bench.lab.theme(theme)
        for width in (WIDE, NARROW):
            bench.page.set_viewport_size({"width": width, "height": 3200})
            root.page.wait_for_function(LAID_OUT, arg=[root.element_handle(), width == NARROW])
            if state == "offer" or (theme == "light" and width == WIDE):
                STATES[state][1](bench, root)
            assert root.evaluate("(node) => node.scrollWidth - node.clientWidth") <= 0
            name = f"composer-{state}-{theme}-{width}"
            found += compare(Look.of(root, PARTS, name), name, f"composer-{state}-{width}")
            if width == WIDE:
                assert serious(bench) == []
    assert found == []


CHANGES = {
    "another accent": "{ROOT} {{ --sdnb-accent: #c2185b !important }}",
    "a column that is too wide": "{ROOT} {ROOT}__columns {{ grid-template-columns: 1fr 330px !important }}",
    "no thumbnail": "{ROOT} {ROOT}__tile:nth-child(2) {ROOT}__picture {{ visibility: hidden }}",
    "no marks behind the text": "{ROOT} {ROOT}__back {{ display: none !important }}",
    "one thing over another": "{ROOT} {ROOT}__ways {{ margin-top: -14px }}",
    "letters that cannot be seen": "{ROOT} {ROOT}__params {{ color: var(--sdnb-ground) }}",
    "no seed": "{ROOT} [data-name=seed] {{ display: none }}",
}


def test_a_change_of_the_looks_is_seen(dressed: Bench) -> None:
    """Each of several planted ones is found, and nothing is where nothing was changed."""
    bench = dressed
    bench.lab.theme("light")
    root = shown(bench, "references")
    before = Look.of(root, PARTS, "composer-unchanged")
    for what, rule in CHANGES.items():
        style = bench.page.add_style_tag(content=rule.format(ROOT=ROOT))
        now = Look.of(root, PARTS, "composer-changed")
        assert [*moved(before.boxes, now.boxes), *repainted(before.picture, now.picture)], what
        style.evaluate("(node) => node.remove()")
    again = Look.of(root, PARTS, "composer-unchanged")
    assert [*moved(before.boxes, again.boxes), *repainted(before.picture, again.picture)] == []


def serious(bench: Bench) -> list[str]:
    """What axe finds in the composer that keeps somebody out."""
    found = Axe().run(bench.page, context=ROOT).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


def test_in_forced_colours_and_without_motion(bench: Bench) -> None:
    """What is chosen, wrong or off is told without colour, and nothing moves by itself."""
    bench.python("p if 'p' in globals() else exec(" + repr(PICTURES) + ")")
    bench.lab.theme("light")
    bench.page.emulate_media(reduced_motion="reduce", forced_colors="active")
    bench.page.set_viewport_size({"width": WIDE, "height": 1400})
    root = bench.show(PROBLEMS)
    expect(root.locator(f"{ROOT}__picture > :not(svg)")).to_have_count(3)
    moving = root.evaluate("(node) => node.getAnimations({ subtree: true }).length")
    assert moving == 0
    open_menu(bench, root)
    bench.lab.screenshot("composer-forced-colours", of=ROOT)
    bench.page.emulate_media(reduced_motion="null", forced_colors="null")


def test_the_price_stays_in_sight(bench: Bench) -> None:
    """The bar with price and button sticks to the lower edge of the window while the composer is longer than it."""
    bench.python("p if 'p' in globals() else exec(" + repr(PICTURES) + ")")
    bench.lab.theme("light")
    bench.page.set_viewport_size({"width": WIDE, "height": 620})
    root = bench.show(REFERENCES)
    root.locator(f"{ROOT}__mode").scroll_into_view_if_needed()
    expect(root.locator(f"{ROOT}__submit")).to_be_in_viewport()
    assert root.evaluate("(node) => node.getBoundingClientRect().bottom > window.innerHeight")
    bench.lab.screenshot("composer-in-jupyterlab")
