"""What is drawn of a draft."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from seedance_nb.composing import BudgetLeft, Draft, Findings, Scene, draw, examine, findings
from seedance_nb.composing.price_rows import price_rows
from seedance_nb.content import Content, Image
from seedance_nb.media import _probe
from seedance_nb.reports.quotes import quotes
from seedance_nb.request import Request

from .composing_samples import clips, draft, images, sounds
from .media_samples import clip, kept, picture, sound


def view(made: Draft, *, before: Findings | None = None, **scene: Any) -> dict[str, Any]:
    found = examine(made, is_sandbox=scene.get("is_sandbox", False), before=before)
    return draw(made, found, Scene(**{"home": made.provider, **scene})).view


@pytest.mark.parametrize(
    ("items", "mode", "said"),
    [
        ([], "text", "text only"),
        (images(1, None), "first_frame", "first frame"),
        ([*images(1, "first_frame"), *images(1, "last_frame")], "first_last_frame", "first and last frame"),
        ([*images(3), *clips(1)], "reference", "reference: 3 images, 1 video"),
        ([*images(1), *sounds(2)], "reference", "reference: 1 image, 2 sounds"),
    ],
)
def test_the_mode_is_said_in_words(items: list[Any], mode: str, said: str) -> None:
    """As people speak of it."""
    assert view(draft("cat", *items))["mode"] == {"id": mode, "words": said}


def test_problems_stand_beside_what_they_are_about() -> None:
    """At the item, at the parameter; what is about the text or the whole is on top."""
    made = draft("cat of [image 4]", *images(1, None), *clips(1), *images(1), duration=20)
    seen = view(made)
    (named,) = [item for item in seen["items"] if item["problems"]]
    assert (named["ordinal"], named["problems"][0]["code"]) == ("image 1", "role.missing")
    (duration,) = [param for param in seen["params"] if param["problems"]]
    assert duration["problems"][0]["mend"]["label"] == "Set duration to 15"
    assert "prompt.ordinal" in [problem["code"] for problem in seen["problems"]]
    assert seen["missing"] == ["[image 4]"]
    assert not seen["submit"]["enabled"]
    assert seen["submit"]["reason"]


def test_every_problem_is_drawn_once() -> None:
    """None is lost because it has no place."""
    made = draft("[video 3] --dur 5", *images(3, None), *sounds(1), duration=99, ratio="x", seed=-9, camera_fixed=True)
    seen = view(made)
    places = [seen["problems"], *(entry["problems"] for entry in [*seen["items"], *seen["params"]])]
    drawn = sorted(problem["code"] for place in places for problem in place)
    assert drawn == sorted(problem.code for problem in examine(made, is_sandbox=False).problems)


def test_the_price_is_on_the_button() -> None:
    """With the provider's name, and with the whole sum beside it."""
    seen = view(draft("cat", ratio="16:9"))
    assert seen["submit"] == {
        "label": "Generate for ¥5.01 at Volcengine Ark",
        "enabled": True,
        "reason": "",
        "busy": False,
    }
    assert seen["price"]["exact"]
    assert seen["price"]["tokens"] == 108_900
    assert seen["price"]["sum"].startswith("1280×720 × (24×5+1) / 1024 = 108,900 tokens")


def test_a_length_left_to_the_model_is_a_range() -> None:
    """From the shortest to the longest clip."""
    seen = view(draft("cat", ratio="16:9", duration=-1))
    assert seen["price"]["text"] == "¥4.02 to ¥14.95"
    assert not seen["price"]["exact"]


def test_the_sandbox_bills_nothing() -> None:
    """And says so on the button."""
    seen = view(draft("cat", ratio="16:9"), is_sandbox=True)
    assert seen["submit"]["label"] == "Generate in the sandbox (would be ¥5.01)"


def test_an_unknown_price_is_not_zero() -> None:
    """The button says that it is not known."""
    seen = view(draft("cat", model="ep-123"))
    assert "price not known" in seen["submit"]["label"]
    assert seen["price"]["note"]


@pytest.mark.parametrize(
    ("scene", "reason"),
    [
        ({"busy": True}, "being submitted"),
        ({"can_submit": False}, "studio.submit()"),
        ({"home": "atlas"}, "Open a studio at Volcengine Ark"),
        ({"just_submitted": True}, "just been submitted"),
        ({"budgets": [BudgetLeft("20 CNY/day", Decimal(5), "CNY")]}, "20 CNY/day"),
        ({"budgets": [BudgetLeft("1000 tokens/day", 1000, "tokens")]}, "1000 tokens/day"),
        ({"budgets": [BudgetLeft("4 seconds/day", 4, "seconds")]}, "4 seconds/day"),
    ],
)
def test_a_button_that_cannot_be_pressed_says_why(scene: dict[str, Any], reason: str) -> None:
    """In one sentence."""
    submit = view(draft("cat", ratio="16:9"), **scene)["submit"]
    assert not submit["enabled"]
    assert reason in submit["reason"]


def test_a_budget_says_what_is_left() -> None:
    """In its own unit; one of another currency is not compared."""
    budgets = [BudgetLeft("20 CNY/day", Decimal("12.5"), "CNY"), BudgetLeft("1 USD/day", Decimal(0), "USD")]
    assert view(draft("cat"), budgets=budgets)["budget"] == [
        {"text": "20 CNY/day", "left_text": "¥12.50 left", "over": False},
        {"text": "1 USD/day", "left_text": "$0.00 left", "over": False},
    ]


def test_chinese_is_counted_by_characters_and_the_rest_by_words() -> None:
    """As the recommended limits count."""
    counts = view(draft("猫在草地上 yawns twice, l'été"))["counts"]
    assert (counts["characters"], counts["words"], counts["over"]) == (5, 3, False)
    assert counts["text"] == "5 Chinese characters · 3 words"
    assert view(draft("猫" * 501))["counts"]["over"]
    assert view(draft("cat " * 1001))["counts"]["over"]


def test_items_that_the_prompt_names_are_marked() -> None:
    """The others may have been forgotten."""
    seen = view(draft("[image 2] yawns", *images(2)))
    assert [item["used_in_prompt"] for item in seen["items"]] == [False, True]
    assert [item["reference"] for item in seen["items"]] == ["[image 1]", "[image 2]"]


def test_a_language_changes_words_and_references() -> None:
    """Also those of problems that were found before."""
    made = draft("猫", *images(2), duration=20)
    seen = view(made, language="zh")
    assert seen["items"][1]["reference"] == "[图2]"
    assert seen["words"]["undo"] != "Undo"
    english = {problem["what"] for problem in view(made)["params"][3]["problems"]}
    assert english
    assert not english & {problem["what"] for param in seen["params"] for problem in param["problems"]}


def test_an_uploaded_file_goes_by_the_name_that_a_person_gave_it(tmp_path: Path) -> None:
    """Not by the one that it is kept under."""
    path = kept(tmp_path, "0123456789abcdef-cat.png", picture(100, 100))
    made = draft("", Image(path))
    made = Draft(made.provider, made.request, (type(made.marks[0])(made.marks[0].id, "cat.png"),))
    said = json.dumps(view(made))
    assert "'cat.png' has 100" in said
    assert "0123456789abcdef" not in said


def test_facts_of_a_file_are_there(tmp_path: Path) -> None:
    """In figures and in words."""
    path = kept(tmp_path, "cat.mp4", clip(4, 640, 640))
    (item,) = view(draft("", type(clips(1)[0])(path)))["items"]
    assert (item["state"], item["has_thumb"]) == ("ready", True)
    assert (item["facts"]["width"], item["facts"]["duration"]) == (640, 4.0)
    assert item["facts"]["text"].startswith("640×640 · 4.0 s · ")


def test_a_file_that_cannot_be_read_is_failed(tmp_path: Path) -> None:
    """With the sentence, and the others as they are."""
    (item,) = view(draft("", Image(tmp_path / "gone.png")))["items"]
    assert item["state"] == "failed"
    assert "gone.png" in item["error"]


def full(folder: Path) -> Draft:
    """As much as fits into one request, all of it files, all of it named."""
    media: list[Any] = [
        Image(kept(folder, f"picture-{n}.png", picture(640, 480, colour=(n, 0, 0))), "reference_image")
        for n in range(9)
    ]
    media += [type(clips(1)[0])(kept(folder, f"clip-{n}.mp4", clip(4, 640, 640, fps=24 + n))) for n in range(3)]
    media += [type(sounds(1)[0])(kept(folder, f"sound-{n}.wav", sound(3 + n / 10))) for n in range(3)]
    text = " ".join(f"[{name}]" for name in Content(*media).ordinals())
    return draft(text, *media)


@pytest.mark.parametrize("language", ["en", "zh", "fr"])
def test_a_full_view_is_small(tmp_path: Path, language: str) -> None:
    """Fifteen items, each with its roles and a problem or two, in less than 30 kB."""
    sent = json.dumps(view(full(tmp_path), language=language), ensure_ascii=False).encode()
    assert len(sent) < 30_000


def test_a_key_touches_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the prompt changed nothing is opened and nothing is priced; what is found is the same."""
    made = full(tmp_path)
    broken = kept(tmp_path, "picture-3.png", b"\x89PNG\r\n\x1a\n" + b"broken")
    before = examine(made, is_sandbox=False)
    typed = made.with_prompt(made.prompt + " [image 12] --dur 5")
    opened: list[object] = []
    monkeypatch.setattr(_probe, "open_source", opened.append)
    monkeypatch.setattr(findings.prices, "quote", lambda *_: pytest.fail("priced"))
    found = examine(typed, is_sandbox=False, before=before)
    assert opened == []
    monkeypatch.undo()
    assert broken.exists()
    whole = examine(typed, is_sandbox=False)
    assert {(p.code, p.where, p.what) for p in found.problems} == {(p.code, p.where, p.what) for p in whole.problems}
    assert (found.quote, found.looks) == (whole.quote, whole.looks)


def test_prices_of_all_providers_are_rows() -> None:
    """From the table that `quotes` makes."""
    rows = price_rows(quotes(Request("cat", ratio="16:9", watermark=True)), "en")
    assert {"ark", "eachlabs"} <= {row["provider"] for row in rows}
    assert sum(row["is_cheapest"] for row in rows) == 1
    eachlabs = next(row for row in rows if row["provider"] == "eachlabs" and row["model"] == "seedance-2.0-fast")
    assert eachlabs["loses"] == ["the watermark"]
    assert eachlabs["text"].startswith("$")
    cannot = next(row for row in rows if row["provider"] == "eachlabs" and row["model"] == "seedance-2.0-mini")
    assert (cannot["text"], bool(cannot["note"])) == ("", True)
