"""The live card without a browser: messages in, answers and traits out."""

from __future__ import annotations

import logging
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seedance_nb.errors import SeedanceError
from seedance_nb.task import Failure, TaskStatus
from seedance_nb.widgets import _failures
from seedance_nb.widgets._view_model import task_view
from seedance_nb.widgets.static_card import static_card, text_card
from seedance_nb.widgets.status_card import StatusCard

from .widget_samples import NOW, kept, record

QUEUED = task_view(record(TaskStatus.QUEUED), now=NOW)
KEY = "0f3c9a1e-77aa-4bd2-9c55-1a2b3c4d5e6f"
BASE64 = "iVBORw0KGgo" + "Qk1BAAAAAAAAADYA" * 20
SIGNED = "https://tos.example/clip.mp4?X-Tos-Signature=5ecre7&X-Tos-Credential=AKLT1"
SECRETS = (KEY, BASE64[20:], "5ecre7", "AKLT1")


class Card(StatusCard):
    """Keeps what it would have sent."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.sent: list[Any] = []
        super().__init__(*args, **options)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append(content)

    def tell(self, **content: object) -> None:
        """As if the browser had sent it."""
        self._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


@pytest.fixture
def calls() -> list[str]:
    return []


def test_a_cancel_reaches_the_owner_and_is_answered(calls: list[str]) -> None:
    """One message, one call, one answer with the same id."""
    card = Card(QUEUED, cancel=lambda: calls.append("cancel"))
    card.tell(kind="cancel", id="m1")
    assert calls == ["cancel"]
    assert card.sent == [{"id": "m1", "ok": True, "error": ""}]
    assert card.error == ""


def test_a_cancel_that_takes_long_is_answered_when_it_is_done() -> None:
    """The owner may return a future; the callback returns at once."""
    outcome: Future[None] = Future()
    card = Card(QUEUED, cancel=lambda: outcome)
    card.tell(kind="cancel", id="m1")
    assert card.sent == []
    outcome.set_exception(SeedanceError("It had begun."))
    assert card.sent == [{"id": "m1", "ok": False, "error": "It had begun."}]
    assert card.error == "It had begun."


def test_a_failure_is_told_logged_and_answered(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is swallowed: a sentence for the person, the traceback in the log."""

    def fail() -> None:
        raise ValueError("boom")

    card = Card(QUEUED, cancel=fail)
    with caplog.at_level(logging.ERROR, _failures.__name__):
        card.tell(kind="cancel", id="m1")
    (answer,) = card.sent
    assert answer["ok"] is False
    assert "boom" in card.error == answer["error"]
    assert "Traceback" in caplog.text


def test_the_next_success_takes_the_error_away() -> None:
    """An error stays only as long as it is true."""
    fails = iter([True, False])

    def cancel() -> None:
        if next(fails):
            raise SeedanceError("Try again.")

    card = Card(QUEUED, cancel=cancel)
    card.tell(kind="cancel", id="1")
    assert card.error == "Try again."
    card.tell(kind="cancel", id="2")
    assert card.error == ""


@pytest.mark.parametrize("kind", ["launch", "", None, 7, "__init__", "dispatch"])
def test_a_message_of_no_known_kind_is_answered_as_refused(kind: object) -> None:
    """Nothing but `_on_<kind>` can be reached from a browser."""
    card = Card(QUEUED)
    card.tell(kind=kind, id="m1")
    assert [answer["ok"] for answer in card.sent] == [False]


def test_a_task_that_runs_is_not_cancelled(calls: list[str]) -> None:
    """A late click, after the status moved on, changes nothing."""
    card = Card(task_view(record(), now=NOW), cancel=lambda: calls.append("cancel"))
    card.tell(kind="cancel", id="m1")
    assert calls == []
    assert "Only a queued task" in card.error


def test_a_closed_card_answers_nobody() -> None:
    """A late answer to a card that is gone is no error."""
    outcome: Future[None] = Future()
    card = Card(QUEUED, cancel=lambda: outcome)
    card.tell(kind="cancel", id="m1")
    card.close()
    outcome.set_result(None)
    assert card.sent == []


def test_state_holds_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    """Keys, signed queries and media bytes planted everywhere are nowhere in what is published."""
    planted = f"Authorization: Bearer {KEY} api_key={KEY} {SIGNED} data:image/png;base64,{BASE64} {BASE64}"
    task = replace(
        kept(prompt=planted, failure=Failure(planted, planted), task_id=planted, model=planted),
        base_url=SIGNED,
        request={"content": [{"image_url": {"url": f"data:image/png;base64,{BASE64}"}}], "ratio": SIGNED, "key": KEY},
        owner=KEY,
    )
    for status in (TaskStatus.QUEUED, TaskStatus.FAILED, TaskStatus.KEPT):
        view = task_view(replace(task, status=status), now=NOW, notebook_dir=Path("/books/one"))

        def fail() -> None:
            raise SeedanceError(planted)

        card = Card(view, cancel=fail)
        card.tell(kind="cancel", id="m1")
        published = (str(card.get_state()), static_card(view), text_card(view), str(card.sent), caplog.text, repr(card))
        for text in published:
            assert not [secret for secret in SECRETS if secret in text]


def test_a_key_known_by_value_is_folded() -> None:
    """A key that looks like nothing is folded where the caller knows it."""
    view = task_view(record(prompt=f"my key is {KEY}"), now=NOW, keys=[KEY])
    assert KEY not in str(view)


def test_the_state_is_small() -> None:
    """Two traits of our own; a view of a few kilobytes."""
    card = Card(task_view(record(prompt="word " * 5000), now=NOW))
    assert {name for name in card.keys if not name.startswith("_")} == {
        "view",
        "error",
        "layout",
        "tabbable",
        "tooltip",
    }
    assert len(str(card.view)) < 5_000
