"""A batch as plain HTML and plain text."""

from __future__ import annotations

import re
from dataclasses import replace

from seedance_nb.task import Failure, TaskRecord, TaskStatus
from seedance_nb.widgets.batch_table import SHOWN, BatchSummary, batch_table, batch_text, failure_row

from .widget_samples import record

KEPT, FAILED, RUNNING = (TaskStatus.KEPT, True), (TaskStatus.FAILED, True), (TaskStatus.RUNNING, False)


def failed(number: int = 1, **changes: object) -> TaskRecord:
    facts = {"failure": Failure("ServerOverloaded", "Too busy."), "task_id": f"cgt-{number}", **changes}
    return record(TaskStatus.FAILED, **facts)


def summary(**changes: object) -> BatchSummary:
    base = BatchSummary(
        total=20,
        counts={RUNNING: 3, KEPT: 15, FAILED: 2},
        provider="ark",
        is_sandbox=False,
        quote="¥100.19",
        cost="¥75.14",
        failed=2,
        failures=[(4, failed(1)), (17, failed(2))],
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_a_status_is_a_word_with_a_shape() -> None:
    """Never a colour alone."""
    html = batch_table(summary())
    for shape, said in (("◐", "3 running"), ("✓", "15 kept"), ("✕", "2 failed")):
        assert re.search(f"{shape}&nbsp;</span>{said}", html)
    assert "color" not in html


def test_the_quote_stands_beside_the_cost_so_far() -> None:
    """And at the end the cost is the cost."""
    assert "Quoted: ¥100.19. Cost so far: ¥75.14." in batch_table(summary())
    assert "Cost: ¥75.14" in batch_table(summary(is_over=True, is_settled=True))
    assert "Cost so far: nothing charged." in batch_table(summary(cost="", quote=""))


def test_the_sandbox_says_that_nothing_is_billed() -> None:
    """Its prices are the real ones."""
    html = batch_table(summary(is_sandbox=True))
    assert "at the sandbox" in html
    assert "nothing is billed" in html


def test_a_failure_says_row_prompt_reason_and_bill() -> None:
    """All that one needs to go on."""
    html = batch_table(summary())
    for said in (">17<", "A fox in the snow", "Too busy. [ServerOverloaded]", "Not billed", "cgt-2", "failed"):
        assert said in html


def test_long_lists_of_failures_are_cut_and_say_so() -> None:
    """Ten thousand of them do not flood the notebook."""
    many = [(number, failed(number)) for number in range(SHOWN)]
    html = batch_table(summary(failed=1_234, failures=many))
    assert html.count("<tr>") == SHOWN + 1
    assert "… and 1,224 more: see batch.failures()." in html
    assert "1,224 more" in batch_text(summary(failed=1_234, failures=many))


def test_what_people_and_providers_wrote_stays_text() -> None:
    """Markup is escaped, and text from right to left cannot turn what stands beside it."""
    nasty = failed(1, prompt="<script>alert(1)</script> \u202eشريط 一只猫", failure=Failure("<b>", "</td><img src=x>"))
    html = batch_table(summary(failures=[(0, nasty)], notes=("<i>note</i>",), quote="<u>"))
    assert not re.search(r"<(script|img|b|i|u)\b", html)
    assert "\u202e" not in html
    assert "شريط 一只猫</bdi>" in html


def test_a_planted_secret_is_nowhere() -> None:
    """Key, signed query and base64 in a prompt and in a provider's message."""
    base64 = "iVBORw0KGgo" * 60
    text = f"Authorization: Bearer sk-planted-4f9c https://a.example/x.png?X-Tos-Signature=planted-8a61 {base64}"
    nasty = failed(1, prompt=text, failure=Failure("Bad", text))
    shown = summary(failures=[(0, nasty)])
    for said in (batch_table(shown), batch_text(shown), repr(shown), str(failure_row(0, nasty))):
        assert "sk-planted" not in said
        assert "planted-8a61" not in said
        assert "iVBORw0KGgoiVBORw0KGgo" not in said


def test_the_text_says_the_same() -> None:
    """For a terminal, and for a screen reader."""
    text = batch_text(summary(notes=("2 were left out.",)))
    assert text.splitlines()[0] == "20 tasks at Volcengine Ark, under way"
    assert "  ✓ 15 kept" in text
    assert "  2 were left out." in text
    assert "  row 17 ✕ failed: Too busy. [ServerOverloaded] Not billed" in text


def test_states_are_said() -> None:
    """Paused, over, one task, none."""
    assert "paused: nothing more is sent" in batch_text(summary(is_paused=True))
    assert "all over" in batch_text(summary(is_over=True, is_paused=True))
    assert batch_text(summary(total=1)).startswith("1 task at")
    assert "nothing was sent" in batch_text(summary(total=0, counts={}, failures=()))


def test_a_made_clip_that_is_not_kept_has_a_word_of_its_own() -> None:
    """It is no longer on its way."""
    text = batch_text(summary(counts={(TaskStatus.SUCCEEDED, False): 1, (TaskStatus.SUCCEEDED, True): 2}))
    assert "1 made\n" in text
    assert "2 made, not kept" in text
