"""What a card says of a task, as a plain dict."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from seedance_nb.task import Failure, TaskRecord, TaskStatus
from seedance_nb.widgets._view_model import TITLE_CHARS, task_view
from seedance_nb.widgets._words import STATUS

from .widget_samples import CLIP, NOW, PRICE, QUOTE, SUM, kept, record


def view(task: TaskRecord, **options: object) -> dict:
    return task_view(task, now=NOW, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", list(TaskStatus))
def test_every_status_has_words_and_a_shape_of_its_own(status: TaskStatus) -> None:
    """A person tells any two statuses apart without colour."""
    shown = view(record(status))
    assert shown["status_word"]
    assert shown["sentence"].endswith(".")
    assert "{" not in shown["sentence"] + shown["advice"]
    others = [words for other, words in STATUS.items() if other is not status]
    assert (shown["shape"], shown["glyph"]) not in [(words.shape, words.glyph) for words in others]
    assert json.loads(json.dumps(shown)) == shown


def test_only_a_queued_task_can_be_cancelled() -> None:
    """Everything else cannot be undone at a provider."""
    assert [s for s in TaskStatus if view(record(s))["can_cancel"]] == [TaskStatus.QUEUED]


def test_a_kept_clip_has_a_link_from_the_notebook_and_its_facts() -> None:
    """The link is relative and quoted; the hash is short."""
    clip = view(kept(), notebook_dir=Path("/books/one"))["clip"]
    assert clip["href"] == "out/a%20b%231.mp4"
    assert clip["path"] == "out/a b#1.mp4"
    assert (clip["width"], clip["height"], clip["size"]) == (1280, 720, "4.2 MB")
    assert clip["sha256"] == "ab" * 6


def test_without_a_notebook_folder_an_absolute_path_is_not_told() -> None:
    """A machine's folders are nobody's business in a shared notebook."""
    clip = view(kept())["clip"]
    assert clip["href"] is None
    assert "/work" not in json.dumps(clip)


def test_the_bill_is_explained_from_usage() -> None:
    """The cost comes with the tokens and the price that make it."""
    shown = view(kept())
    assert shown["cost"] == "¥5.01"
    assert shown["cost_basis"] == "billed from usage: 108,900 tokens × ¥46/1M"
    assert shown["quote_sum"] == SUM


def test_a_price_per_second_is_explained_in_seconds() -> None:
    """Providers that bill by the second show seconds."""
    price = replace(PRICE, amount=Decimal("0.24"), currency="USD", per=1, unit="seconds")
    shown = view(kept(quote=replace(QUOTE, price=price)))
    assert shown["cost_basis"] == "billed from usage: 5 s × $0.24/s"


def test_money_on_the_sandbox_is_never_said_as_real() -> None:
    """Nothing is billed there, and no line reads as if it were."""
    for task in (kept(is_sandbox=True), record(is_sandbox=True), record(TaskStatus.UNKNOWN, is_sandbox=True)):
        shown = view(task)
        assert shown["bill"] == "sandbox, nothing is billed"
        assert shown["quote"] == "would be ¥5.01"
        assert not shown["cost"] or shown["cost"] == "would be ¥5.01"
        assert "billed" not in shown["cost_basis"]
        assert shown["provider"] == "sandbox · ark"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (TaskStatus.FAILED, "Not billed"),
        (TaskStatus.REJECTED, "Not billed"),
        (TaskStatus.CANCELLED, "Not billed"),
        (TaskStatus.EXPIRED, "Not billed"),
        (TaskStatus.UNKNOWN, "It may be billed, at most ¥5.01"),
        (TaskStatus.LOST, "If it had succeeded it was billed"),
        (TaskStatus.KEPT, "Billed; the provider has not said how much"),
        (TaskStatus.RUNNING, ""),
    ],
)
def test_each_end_says_what_it_means_for_the_bill(status: TaskStatus, said: str) -> None:
    """Nobody has to guess what a card costs."""
    bill = view(record(status))["bill"]
    assert bill.startswith(said)
    assert bool(bill) is bool(said)


def test_an_unknown_task_promises_not_to_be_repeated() -> None:
    """It is not shown as failed, and not sent again."""
    shown = view(record(TaskStatus.UNKNOWN, failure=Failure("OutcomeUnknown", "No answer."), updated_at=NOW))
    assert shown["is_over"] is True
    assert "never submitted again by itself" in shown["advice"]
    assert shown["status_word"] == "unknown"


def test_a_clip_that_the_disk_refused_is_told_apart() -> None:
    """Made and not kept is neither lost nor under way."""
    shown = view(record(TaskStatus.SUCCEEDED, failure=Failure("NotKept", "The disk is full.")))
    assert shown["status_word"] == "made, not kept"
    assert shown["is_over"] is True


def test_time_counts_from_the_submit_and_stops_at_the_end() -> None:
    """A task that ended does not get older."""
    assert view(record())["elapsed_s"] == 72
    ended = task_view(kept(), now=NOW + dt.timedelta(days=1))
    assert (ended["elapsed_s"], ended["elapsed"]) == (72, "1 min 12 s")
    assert ended["since_at"] == "2026-11-21T05:00:00.000Z"


def test_usual_times_are_quartiles() -> None:
    """Half of the tasks ended between low and high."""
    shown = view(record(), usual=(50.0, 10.0, 40.0, 20.0, 30.0))
    assert (shown["usual_low_s"], shown["typical_s"], shown["usual_high_s"]) == (20, 30, 40)
    assert shown["usual"] == "usually 20 s to 40 s"
    assert view(record(), usual=(7.0,))["usual"] == "usually about 7 s"
    assert view(record())["usual_high_s"] is None


def test_a_countdown_runs_only_until_the_clip_is_kept() -> None:
    """The provider's time limits matter while the file is not here: its own word, else a day from the end."""
    out = replace(CLIP, path=None, expires_at=NOW + dt.timedelta(hours=3, minutes=20))
    stages = view(record(TaskStatus.SUCCEEDED, artifacts=(out,)))["countdown"]
    assert (stages["address_until"], stages["record_until"]) == ("2026-11-21T08:21:12.000Z", "2026-11-28T05:00:00.000Z")
    assert stages["working"] == (
        "The clip's address works for another {left}; a rescue can be tried until 2026-11-28 05:00 UTC."
    )
    assert "another 3 h 20 min, until 2026-11-21 08:21 UTC; a rescue can be" in stages["now"]
    crashed = view(record(TaskStatus.SUCCEEDED, finished_at=NOW))["countdown"]
    assert crashed["address_until"] == "2026-11-22T05:01:12.000Z"
    for task in (record(), record(TaskStatus.LOST), kept(artifacts=(replace(CLIP, expires_at=NOW),))):
        assert view(task)["countdown"] is None


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (dt.timedelta(hours=23), "works for another 1 h 0 min"),
        (
            dt.timedelta(hours=24),
            "has run out. task.rescue() asks Volcengine Ark for a new one, until 2026-11-28 05:00",
        ),
        (dt.timedelta(days=7), "has forgotten the task: it can no longer be fetched."),
    ],
)
def test_a_countdown_ends_in_stages(later: dt.timedelta, said: str) -> None:
    """First the address goes, then the record that could name another one."""
    made = record(TaskStatus.SUCCEEDED, finished_at=NOW)
    assert said in task_view(made, now=NOW + later)["countdown"]["now"]


def test_a_life_that_is_not_published_is_not_made_up() -> None:
    """Nobody counts down to a moment that no page names."""
    stages = view(record(TaskStatus.SUCCEEDED, provider="atlas", finished_at=NOW))["countdown"]
    assert (stages["address_until"], stages["record_until"]) == (None, None)
    assert stages["now"].startswith("How long Atlas Cloud keeps the clip is not published.")


def test_parameters_are_what_was_made_then_what_was_asked() -> None:
    """The provider's values win; what was left to the model is not shown as a number."""
    asked = view(record())["parameters"]
    assert asked == {
        "ratio": "adaptive",
        "resolution": "720p",
        "duration_s": None,
        "seed": None,
        "generate_audio": False,
    }
    made = view(kept())["parameters"]
    assert (made["ratio"], made["duration_s"], made["seed"]) == ("16:9", 5, 0)


def test_a_long_prompt_is_cut_and_an_empty_one_has_a_title() -> None:
    """A title fits on a line or two."""
    shown = view(record(prompt="word " * 1000))
    assert len(shown["title"]) <= TITLE_CHARS
    assert shown["title"].endswith("word…")
    assert len(shown["prompt"]) <= 2000
    assert view(record(prompt="", mode="first_frame"))["title"] == "A clip from a first frame"


def test_text_cannot_turn_the_page_around() -> None:
    """Direction overrides and control characters are replaced; other scripts stay."""
    shown = view(record(prompt="fox\u202egnp\x00 \ud800 狐 ثعلب\nline"))
    assert shown["prompt"] == "fox\ufffdgnp\ufffd \ufffd 狐 ثعلب\nline"
    json.dumps(shown).encode()


def test_an_upload_says_how_far_it_is() -> None:
    """While a file is on its way, the sentence says which, where to and how far; hostile names are text."""
    shown = view(record(TaskStatus.INTENT), transfer=("a\x00<b>.png", 1_500_000, 6_000_000))
    assert shown["sentence"] == "Uploading a\ufffd<b>.png to Volcengine Ark: 1.5 MB of 6.0 MB."
