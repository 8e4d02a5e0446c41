"""`seedance-nb report`, as a scheduled run calls it: files, what was spent, an exit code; nobody is asked."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seedance_nb import prices
from seedance_nb.cli import main
from seedance_nb.cli.report import _month

from .cost_samples import BILL, NEW_PRICE, a_month, charged
from .ledger_samples import a_ledger
from .workbooks import cut, sheets

RATE = ["--rate", "USD=7.1@2026-11-20 my bank"]
SECRET = "sk-planted-2f6c9d1b7e"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the month of `cost_samples`, which is the one that is meant."""
    prices.override([NEW_PRICE])
    with a_ledger(tmp_path) as ledger:
        a_month(ledger)
    prices.override()
    monkeypatch.setenv("SEEDANCE_NB_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_scheduled_run(home: Path) -> None:
    """A process without a key, a terminal or anything to read: it writes into new folders, says it, and ends."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    call = [
        sys.executable,
        "-m",
        "seedance_nb.cli",
        "report",
        "--month",
        "2026-11",
        "--language",
        "fr",
        "--json",
        *RATE,
    ]
    call += ["--out", "out/november.html", "--out", "out/november.xlsx", "--by", "project", "--by", "provider,model"]
    call += ["--over", "week", "--view", "CNY", "--no-charts"]
    done = subprocess.run(call, stdin=subprocess.DEVNULL, capture_output=True, env=environment, cwd=home, timeout=300)
    assert (done.returncode, done.stderr) == (0, b"")
    told = json.loads(done.stdout)
    assert told["files"] == ["out/november.html", "out/november.xlsx"]
    assert told["filters"] == {"since": "2026-11", "until": "2026-11"}
    assert told["spent"][0]["cost"] == {"amount": "29.9917", "currency": "CNY"}
    assert told["spent"][2] == {
        "line": "together",
        "tasks": 7,
        "tokens": 848_800,
        "cost": None,
        "seen": {"amount": "38.57986", "currency": "CNY"},  # 29.9917 + 1.2096 × 7.1
        "rate": "",
    }
    assert {name: told["outcomes"][name] for name in ("tasks", "made", "failed", "unknown")} == {
        "tasks": 10,
        "made": 8,
        "failed": 1,
        "unknown": 1,
    }
    page = (home / "out/november.html").read_text("utf-8")
    assert '<html lang="fr">' in page
    assert "<h2>Par projet, semaine par semaine</h2>" in page
    assert "1 USD = 7.1 CNY on 2026-11-20 (my bank)" in page
    assert "Par fournisseur et modèle, sema" in sheets(home / "out/november.xlsx")


def test_a_bill_that_differs_is_exit_code_3(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report is there all the same, with the findings; one that agrees is exit code 0."""
    (home / "bill.csv").write_bytes(BILL)
    assert main(["report", "--month", "2026-11", "--out", "r.xlsx", "--bill", "ark=bill.csv"]) == 3
    assert "Billed twice: 1." in capsys.readouterr().out
    findings = cut(sheets(home / "r.xlsx")["Bill against ledger"], "Finding", "Task")
    assert [task for _, task in findings] == ["cgt-11", "cgt-99", "cgt-2", "cgt-3"]
    good = b"task_id,amount\n" + b"\n".join(
        f"cgt-{number},{amount}".encode()
        for number, amount in {1: 5.01, 2: 5.45, 3: 4.03, 4: 5.44, 7: 5.06, 11: 5.01}.items()
    )
    (home / "good.csv").write_bytes(good)
    assert main(["report", "--month", "2026-11", "--out", "r.csv", "--bill", "ark=good.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bills"] == [{"agreed": 6, "lines": 6, "found": {}}]


def test_filters_are_those_of_the_ledger(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A project, a provider, the sandbox: the same tasks in sentences and file."""
    assert main(["report", "--project", "film", "--provider", "ark", "--out", "film.csv", "--json"]) == 0
    [billed, together] = json.loads(capsys.readouterr().out)["spent"]
    assert (billed["cost"]["amount"], together["seen"]["amount"]) == ("10.4544", "10.4544")
    assert (home / "film.csv").read_text("utf-8-sig").count("\n") == 3
    assert main(["report", "--sandbox", "--out", "box.csv"]) == 0
    assert "¥7.00" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--month", "2026-11", "--since", "2026-10"], 2, "Give one of the two"),
        (["--month", "2026-13"], 2, "is no month"),
        (["--since", "November"], 2, "no time"),
        (["--by", "colour", "--out", "report.csv", "--out", "report.xlsx"], 2, "cannot be summed by 'colour'"),
        (["--rate", "7.1"], 2, "is no rate"),
        (["--rate", "USD=0"], 2, "is no rate"),
        (["--rate", "USD=7.1@2026-02-30"], 2, "is no rate"),
        (["--view", "yuan"], 2, "ISO 4217"),
        (["--bill", "Bill.csv"], 2, "names no provider"),
        (["--bill", "nobody"], 1, "nobody"),
        (["--bill", "ark=nowhere.csv"], 1, "no file"),
        (["--budget", "much"], 1, "budget"),
        (["--out", "report.pdf"], 1, "ends in none of these"),
        (["--home", "nowhere"], 1, "There is no ledger"),
    ],
)
def test_what_goes_wrong_has_a_code_and_a_sentence(
    home: Path, arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """2 for a wrong call, 1 for what is not there; nothing is written, and no ledger is no empty month."""
    assert main(["report", *arguments]) == code
    assert said in " ".join(capsys.readouterr().err.split())
    assert not list(home.glob("report*"))


def test_no_secret_is_said(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a key of the environment nor one that a prompt had."""
    monkeypatch.setenv("ARK_API_KEY", SECRET)
    with a_ledger(home, keys=[SECRET]) as ledger:
        charged(ledger, 60, 20, "1", prompt=SECRET, project=SECRET)
    for form in ([], ["--json"]):
        files = ["--out", "report.html", "--out", "all/*.csv", "--no-charts"]
        assert main(["report", *files, "--by", "project", "--budget", "50 CNY/day", *form]) == 0
        out = capsys.readouterr()
        assert SECRET not in out.out + out.err
    assert not any(SECRET in path.read_text("utf-8") for path in [*home.glob("all/*"), home / "report.html"])


def test_months_by_name() -> None:
    """The last one also in January, and on a day that it does not have."""
    assert _month("last", dt.date(2027, 1, 31)) == "2026-12"
    assert _month("last", dt.date(2026, 3, 31)) == "2026-02"
    assert _month("this", dt.date(2026, 11, 26)) == "2026-11"
