"""The ledger as a person reads it: frames with fixed dtypes, costs that never mix."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from seedance_nb.errors import TaskNotRecordedError
from seedance_nb.ledger import BY, Ledger
from seedance_nb.reports import LedgerView
from seedance_nb.reports._frame import TASKS
from seedance_nb.task import Artifact, Failure, TaskStatus

from .ledger_samples import QUOTE, a_ledger, a_record, after, charge, succeed


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger(tmp_path) as opened:
        yield opened


def fill(ledger: Ledger) -> None:
    """Two real tasks in two currencies, one on the sandbox, one failed, one open."""
    for number in (1, 2, 3):
        succeed(ledger, a_record(number, is_sandbox=number == 3, provider="atlas" if number == 2 else "ark"))
    charge(ledger, "t-0001", "5.0094")
    charge(ledger, "t-0002", "0.1", "USD", basis="reported", price_id=None)
    charge(ledger, "t-0003", "7", is_sandbox=True)
    ledger.add_artifact("t-0001", Artifact("clip", ledger.home / "clips" / "a.mp4", sha256="0" * 64))
    ledger.add_intent(a_record(4, quote=None, duration=None, prompt="<script>alert(1)</script>", model="<b>"))
    ledger.transition("t-0004", TaskStatus.FAILED, at=after(9), failure=Failure("Bad", "no"))
    ledger.add_intent(a_record(5))


def dtypes(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


def test_a_frame_has_a_row_for_each_task_newest_first(ledger: Ledger) -> None:
    """Exact decimals, whole tokens, times in UTC, and a path that exists on this disk."""
    fill(ledger)
    frame = LedgerView(ledger).frame()
    assert list(frame["local_id"]) == ["t-0005", "t-0004", "t-0003", "t-0002", "t-0001"]
    first = frame.set_index("local_id").loc["t-0001"]
    assert (first["cost"], first["currency"], first["cost_basis"]) == (Decimal("5.0094"), "CNY", "usage")
    assert (first["quote_low"], first["quote_high"]) == (QUOTE.low.amount, QUOTE.high.amount)
    assert (first["tokens"], first["quote_tokens"], first["duration"]) == (108_900, 108_900, 5)
    assert first["clip"] == str(ledger.home / "clips" / "a.mp4")
    assert first["created_at"] == pd.Timestamp(after(1))
    failed = frame.set_index("local_id").loc["t-0004"]
    assert failed["cost"] is None
    assert failed["failure_code"] == "Bad"
    assert pd.isna(failed["duration"])
    assert pd.isna(failed["quote_currency"])
    assert isinstance(first["cost"], Decimal)


def test_dtypes_are_the_same_with_and_without_rows(ledger: Ledger) -> None:
    """An empty ledger gives all columns, each with the dtype that it has when there are rows."""
    view = LedgerView(ledger)
    promised = {name: column.dtype for name, column in TASKS.items()}
    empty = view.frame()
    assert (len(empty), dtypes(empty)) == (0, promised)
    before = dtypes(view.costs(BY))
    fill(ledger)
    assert dtypes(view.frame()) == promised
    assert dtypes(view.costs(BY)) == before
    assert dtypes(view.events("t-0001"))["at"] == "datetime64[us, UTC]"


def test_the_docstring_lists_what_costs_are_summed_by() -> None:
    """What is promised can be asked for."""
    assert all(f"`{name}`" in (LedgerView.costs.__doc__ or "") for name in BY)


def test_costs_mix_neither_currencies_nor_the_sandbox(ledger: Ledger) -> None:
    """One row for each provider, model, currency and sandbox or not; uncharged tasks are in none."""
    fill(ledger)
    costs = LedgerView(ledger).costs()
    assert list(costs.columns) == ["provider", "model", "currency", "is_sandbox", "tasks", "tokens", "cost"]
    assert costs.to_dict("split")["data"] == [
        ["ark", "seedance-2.0", "CNY", False, 1, 108_900, Decimal("5.0094")],
        ["atlas", "seedance-2.0", "USD", False, 1, 108_900, Decimal("0.1")],
        ["ark", "seedance-2.0", "CNY", True, 1, 108_900, Decimal("7")],
    ]
    by_currency = LedgerView(ledger).costs(by=())
    assert len(by_currency) == 3
    assert list(LedgerView(ledger).costs("resolution")["resolution"]) == ["720p"] * 3
    with pytest.raises(ValueError, match="cannot be summed by 'request'"):
        LedgerView(ledger).costs(by=["request"])


def test_a_frame_sums_exactly(ledger: Ledger) -> None:
    """Ten times ten cents is one, not nearly one."""
    for number in range(10):
        ledger.add_intent(a_record(number))
        charge(ledger, f"t-{number:04}", "0.1")
    assert LedgerView(ledger).frame()["cost"].sum() == Decimal("1.0")
    assert LedgerView(ledger).costs()["cost"].item() == Decimal("1")


def test_events_of_a_task(ledger: Ledger) -> None:
    """By our id, by the provider's, or by the task itself."""
    fill(ledger)
    view = LedgerView(ledger)
    frame = view.events("cgt-t-0001")
    assert list(frame["status"].dropna()) == ["intent", "submitting", "queued", "succeeded"]
    assert list(frame["kind"])[-1] == "charge"
    assert view.events(SimpleNamespace(local_id="t-0001")).equals(frame)
    with pytest.raises(TaskNotRecordedError):
        view.events("t-9999")
    with pytest.raises(TypeError, match="not int"):
        view.events(1)


def test_the_summary_keeps_currencies_and_the_sandbox_apart(ledger: Ledger) -> None:
    """Text and HTML say tasks, open ones, cost per currency, and that the sandbox billed nothing."""
    view = LedgerView(ledger)
    assert "nothing charged yet" in view._repr_mimebundle_()["text/plain"]
    fill(ledger)
    bundle = view._repr_mimebundle_()
    for shown in bundle.values():
        text = shown.replace("<span>$</span>", "$")  # apart, so that no notebook makes a formula of it
        assert all(said in text for said in ("4, 3 of them open", "¥5.01", "$0.10", "nothing was billed", "¥7.00"))
        assert "¥12.01" not in text
    assert str(view.path) in bundle["text/plain"]
    assert repr(view) == f"LedgerView({ledger.url})"


def test_html_of_the_summary_is_escaped(tmp_path: Path) -> None:
    """A folder named like a tag stays text."""
    with a_ledger(tmp_path / "<img src=x>") as ledger:
        html = LedgerView(ledger)._repr_mimebundle_()["text/html"]
    assert "<img" not in html
    assert "&lt;img" in html
