"""The page about many clips a day says what its script prints, and that is arithmetic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks import big_ledger, scale
from seedance_nb.ledger import Ledger
from seedance_nb.reports import LedgerView

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"


def line(table: str, begins: str) -> list[str]:
    """The cells of the row that begins so."""
    (found,) = (text for text in table.splitlines() if text.startswith(f"| {begins}"))
    return [cell.strip() for cell in found.strip("|").split("|")][1:]


def test_the_page_has_the_tables_that_the_script_prints() -> None:
    """Between its marks; all of them are there."""
    page = PAGE.read_text("utf-8")
    made = scale.tables()
    assert all(table in page for table in made.values()), "python -m benchmarks.scale page"
    assert scale.in_page(page, made) == page


def test_the_tables_are_reckoned_from_the_figures() -> None:
    """By hand: 100,000 clips a day at ¥5.0094; their bytes; and what ten tasks at once carry in 90 to 230 s each."""
    figures = {**scale.FIGURES, "tries": replace(scale.FIGURES["tries"], value=1.0)}
    figures |= {name: replace(figures[name], value=value) for name, value in {"clip_mb": 8.64, "peak": 2.0}.items()}
    made = scale.tables(scale.Scale(figures))
    assert line(made["bills"], "ark")[:3] == ["5.0094 CNY", "¥50,094.00", "¥500,940.00"]
    assert line(made["loads"], "download")[1] == "80 (160)"  # 864 GB × 8 bits in 86,400 s
    assert line(made["loads"], "creates a second") == ["0.12 (0.23)", "1.2 (2.3)", "12 (23)"]
    carried = line(made["carried"], "Ark account, enterprise: 10 tasks at once")
    assert carried[0] == "3,800 to 9,600"  # 10 × 86,400 / 230, and / 90
    assert carried[2] == "11 to 27 (21 to 54)"  # 100,000 / 9,600, and / 3,756.5; twice as many when it is busy


def test_the_ledger_that_is_measured_is_one(tmp_path: Path) -> None:
    """What is made past the engine fits together, has the rows that are reckoned with; its kept sums are its sums."""
    big_ledger.make(str(tmp_path / "ledger.sqlite3"), tmp_path, 100)
    with Ledger.open(tmp_path / "ledger.sqlite3", home=tmp_path) as ledger:
        assert ledger.contradictions() == []
        view = LedgerView(ledger)
        kept, added = (
            view.costs(by).groupby("currency", observed=True)["cost"].sum() for by in ("provider", "project")
        )
        assert kept.to_dict() == added.to_dict()
        (name, *_) = view.frame(status="kept", columns=["local_id"])["local_id"]
        record = ledger.get(name)
        rows = 1 + len(ledger.events(name)) + len(record.artifacts) + (record.cost is not None)
        assert rows == scale.FIGURES["rows"].value
