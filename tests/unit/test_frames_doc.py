"""The page about the frames says what the frames have."""

from __future__ import annotations

from pathlib import Path

from seedance_nb.ledger import Ledger
from seedance_nb.ledger._columns import CHARGE_COLUMNS, TASK_COLUMNS
from seedance_nb.reports import LedgerView
from seedance_nb.reports._burn_down import BURN_DOWN
from seedance_nb.reports._drift import DRIFT
from seedance_nb.reports._elsewhere import WOULD_HAVE_COST
from seedance_nb.reports._forecast import FORECAST
from seedance_nb.reports._frame import CHARGES, EVENTS, TASKS, VOTES, Columns
from seedance_nb.reports._frames import TOTAL
from seedance_nb.reports._worth import OUTCOMES, UNIT_COSTS
from seedance_nb.reports.frames_doc import frames_doc
from seedance_nb.reports.reconciliation import FINDINGS, TOTALS

from .cost_samples import at, charged, quote
from .ledger_samples import a_ledger

ROOT = Path(__file__).parents[2]


def test_the_page_about_the_frames_is_current() -> None:
    """`python -m seedance_nb.reports.frames_doc > docs/ledger-frames.md` writes it again."""
    assert (ROOT / "docs" / "ledger-frames.md").read_text(encoding="utf-8") == frames_doc()


def test_every_column_of_the_ledger_has_a_place() -> None:
    """What is read for a frame is shown in it."""
    assert {column.source or name for name, column in TASKS.items()} == set(TASK_COLUMNS)
    assert {column.source or name for name, column in CHARGES.items()} == set(CHARGE_COLUMNS)


def check(ledger: Ledger) -> None:
    """All frames have their columns and dtypes."""
    view = LedgerView(ledger)
    bill = view.reconcile(b"task_id,amount\nx,1\n")
    frames: list[tuple[Columns, object]] = [
        (TASKS, view.frame()),
        (CHARGES, view.charges()),
        (EVENTS, view.events()),
        (VOTES, view.votes()),
        (TOTAL, view.total()),
        (UNIT_COSTS, view.unit_costs(())),
        (OUTCOMES, view.outcomes(())),
        (DRIFT, view.drift(())),
        (WOULD_HAVE_COST, view.would_have_cost(by=())),
        (FORECAST, view.forecast(now=at(20))),
        (BURN_DOWN, view.burn_down("5 CNY/day", now=at(20))),
        (FINDINGS, bill.frame()),
        (TOTALS, bill.totals()),
    ]
    for table, frame in frames:
        found = {str(name): str(dtype) for name, dtype in frame.dtypes.items()}  # type: ignore[attr-defined]
        assert found == {name: column.dtype for name, column in table.items()}


def test_dtypes_hold_with_and_without_rows(tmp_path: Path) -> None:
    """An empty ledger gives the same columns and dtypes as a full one."""
    with a_ledger(tmp_path) as ledger:
        check(ledger)
        charged(ledger, 1, 2, "5.0094", quote=quote(2))
        check(ledger)
