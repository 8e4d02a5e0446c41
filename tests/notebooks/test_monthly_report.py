"""The notebook of the monthly report, run by papermill with parameters as a scheduler would run it."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

import seedance_nb as sd
from seedance_nb import prices, sandbox
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox.clip import ClipSpec, render

from ..unit.cost_samples import BILL, NEW_PRICE, a_month
from ..unit.ledger_samples import a_ledger
from ..unit.workbooks import cut, sheets

SMALL = ClipSpec(
    width=160, height=96, frames=25, prompt="x", seed=1, model="m", mode="text", audio=True, watermark=False
)
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "monthly-report.ipynb"


def run(folder: Path, **parameters: Any) -> tuple[int, list[str], str]:
    """Exit code, texts of the outputs, and what papermill said; the notebook that it wrote stays in the folder."""
    out = folder / "done.ipynb"
    call = [sys.executable, "-m", "papermill", str(NOTEBOOK), str(out), "--cwd", str(folder), "--no-progress-bar"]
    call += ["-y", json.dumps(parameters), "--kernel", "python3"]
    done = subprocess.run(call, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=500, cwd=folder)
    cells = nbformat.read(out, as_version=4).cells if out.exists() else []
    outputs = [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]
    return done.returncode, [output.get("data", {}).get("text/plain", "") for output in outputs], done.stderr


def test_the_parameters_are_tagged() -> None:
    """One cell, which papermill replaces; each of its names is told."""
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    [cell] = [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    assert all("#" in line for line in cell.source.splitlines())


def test_a_month_of_the_sandbox(tmp_path: Path) -> None:
    """Two clips, made on the sandbox: their sums in the outputs and in the page and the workbook that it writes."""
    request = sd.Request("A cat", model="seedance-2.0-fast", ratio="16:9", resolution="480p", duration=4)
    with sandbox.start(scenario=Scenario(queue=0, run=0), render=lambda spec: render(SMALL)) as box:
        studio = sd.Studio("sandbox", base_url=box.url("ark"), home=tmp_path / "seedance_out", project="film")
        for seed in (1, 2):
            studio.submit(request.replace(seed=seed)).wait(300)
        studio.close()
    month = f"{dt.datetime.now(dt.UTC):%Y-%m}"
    code, outputs, said = run(tmp_path, sandbox=True, since=month, language="zh", project="film", over="month")
    assert code == 0, said
    cost = 2 * Decimal(40_594) * 37 / 1_000_000  # 864×496 × (24×4+1) / 1024 tokens each
    assert cost == Decimal("3.003956")
    assert sum(str(cost) in text for text in outputs) >= 4  # the total, both groupings, the unit costs
    page = (tmp_path / "reports" / f"{month}.html").read_text("utf-8")
    assert '<html lang="zh">' in page
    assert "¥3.00" in page
    book = sheets(tmp_path / "reports" / f"{month}.xlsx")
    assert cut(book["按项目、逐月"], "项目", "任务", "Token", "费用") == [["film", 2, 81_188, cost]]


def test_a_month_with_a_bill_that_does_not_agree(tmp_path: Path) -> None:
    """In dollars, by a rate of its own: the files are written with the findings, and the run fails at its end."""
    prices.override([NEW_PRICE])
    with a_ledger(tmp_path) as ledger:
        a_month(ledger)
    prices.override()
    (tmp_path / "bill.csv").write_bytes(BILL)
    parameters = {"since": "2026-11", "home": str(tmp_path), "bill": "bill.csv", "by": ["model"], "view": "USD"}
    parameters |= {"rate": "CNY=0.14", "rate_day": "2026-11-20", "rate_source": "my bank"}
    code, outputs, said = run(tmp_path, **parameters, files=["out/{since}.xlsx", "out/*.csv", "out/all.parquet"])
    assert code != 0
    assert "The bill does not agree" in said
    assert any("1 CNY = 0.14 USD on 2026-11-20 (my bank)" in text for text in outputs)
    seen = Decimal("29.9917") * Decimal("0.14") + Decimal("1.2096")
    assert any(str(seen.quantize(Decimal("1e-8")).normalize()) in text for text in outputs)
    findings = cut(sheets(tmp_path / "out" / "2026-11.xlsx")["Bill against ledger"], "Task")
    assert [task for [task] in findings] == ["cgt-11", "cgt-99", "cgt-2", "cgt-3"]
    charges = pd.read_parquet(tmp_path / "out" / "all.parquet")
    assert charges[charges["currency"] == "CNY"]["cost"].sum() == Decimal("29.9917")
    assert len(pd.read_csv(tmp_path / "out" / "costs-by-model-week.csv")) == 6  # five of the standard model


def test_a_folder_without_a_ledger_is_no_empty_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stops before it writes anything."""
    monkeypatch.chdir(tmp_path)
    cells = [cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    with pytest.raises(FileNotFoundError, match="There is no ledger"):
        exec("\n".join(cells[:2]), {})
    assert not list(tmp_path.iterdir())
