"""Bills as people export them: encodings, notations, formulas, and what is no bill at all."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seedance_nb.errors import BillError
from seedance_nb.reports import _bill
from seedance_nb.reports._bill import BillLine, read_bill
from seedance_nb.reports._csv import harmless, write_csv

D = Decimal
HEAD = "task_id,amount,currency,tokens,time,model\n"
CHINA = dt.timezone(dt.timedelta(hours=8))


def amounts(*cells: str, decimal: str = "") -> list[tuple[Decimal | None, str]]:
    """What some cells of amounts are read as, with their currency."""
    rows = "\n".join(f'"{cell}"' for cell in cells)
    bill = read_bill(f"amount;task_id\n{rows}\n".encode().replace(b'"\n', b'";x\n'), decimal=decimal)
    return [(line.amount, line.currency) for line in bill.lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_the_encoding_is_found(encoding: str, tmp_path: Path) -> None:
    """UTF-8 with and without a mark, GBK, GB 18030 and UTF-16 are read alike; columns are known in Chinese too."""
    path = tmp_path / "账单.csv"
    path.write_bytes("任务ID,应付金额,币种,时间\ncgt-1,￥5.01,人民币,2026年11月02日 12:00:00\n".encode(encoding))
    bill = read_bill(path, zone=CHINA)
    (line,) = bill.lines
    assert (line.task_id, line.amount, line.currency) == ("cgt-1", D("5.01"), "CNY")
    assert line.at == dt.datetime(2026, 11, 2, 4, tzinfo=dt.UTC)
    assert bill.read_as == {"task_id": "任务ID", "amount": "应付金额", "currency": "币种", "at": "时间"}


def test_amounts_in_every_notation() -> None:
    """Thousands by comma, point, blank or apostrophe; signs, codes and symbols; accountants' brackets."""
    assert amounts("1,234.50", "￥5.01", "CNY 5.01", "5.01元", "US$1.21", "(5.01)", "-5.01", "−5.01") == [
        (D("1234.50"), ""),
        (D("5.01"), "CNY"),
        (D("5.01"), "CNY"),
        (D("5.01"), "CNY"),
        (D("1.21"), "USD"),
        (D("-5.01"), ""),
        (D("-5.01"), ""),
        (D("-5.01"), ""),
    ]
    assert amounts("1.234,50", "1 234,50", "1'234.50", "5,01", "1,234", "0,302", "1,234,567", "1.234.567") == [
        (D("1234.50"), ""),
        (D("1234.50"), ""),
        (D("1234.50"), ""),
        (D("5.01"), ""),
        (D("1234"), ""),
        (D("0.302"), ""),
        (D("1234567"), ""),
        (D("1234567"), ""),
    ]
    assert amounts("1,234", decimal=",") == [(D("1.234"), "")]
    assert amounts("1.234", "1,234", decimal=".") == [(D("1.234"), ""), (D("1234"), "")]


def test_what_is_no_number_is_told_and_not_guessed() -> None:
    """Formulas, words, odd groups, exponents: the line is named, nothing is evaluated, nothing is zero."""
    cells = ("=1+1", "=cmd|' /C calc'!A0", "free", "12,34.5", "1.2.3", "5e3", "1" * 99, "٣", "--5", "NaN", "inf")
    bill = read_bill((HEAD + "\n".join(f'x,"{cell}",,,,' for cell in cells)).encode())
    assert len(bill.lines) == len(cells)
    assert all(line.amount is None and line.trouble.startswith("amount ") for line in bill.lines)


def test_cells_that_a_spreadsheet_guards_are_read_as_what_they_say() -> None:
    """`="0012"` and `'0012` are the text 0012; a number that lost its digits is no id."""
    text = HEAD + '"=""0012""",5,,"108,900 tokens",,\n\'0012,5,,,,\n1.23457E+15,5,,108900.0,1790000000,\n'
    guarded, quoted, mangled = read_bill(text.encode()).lines
    assert (guarded.task_id, guarded.tokens) == ("0012", 108_900)
    assert quoted.task_id == "0012"
    assert (mangled.task_id, mangled.tokens, mangled.trouble) == ("", 108_900, "")
    assert mangled.at == dt.datetime.fromtimestamp(1_790_000_000, dt.UTC)


@pytest.mark.parametrize(
    ("cell", "hour"),
    [
        ("2026-11-02T04:00:00Z", 4),
        ("2026-11-02 12:00:00", 4),
        ("2026/11/02 12:00", 4),
        ("2026-11-02T06:00:00+02:00", 4),
        ("1793592000000", 4),
        ("2026-11-03", 16),
        ("20261103", 16),
        ("03/04/2026", None),
        ("soon", None),
        ("2026-02-30", None),
        ("0001-01-01", None),
    ],
)
def test_times_are_read_in_their_zone_or_not_at_all(cell: str, hour: int | None) -> None:
    """A time that could be two days is none; a day begins at midnight of the bill's zone."""
    (line,) = read_bill(f"{HEAD}x,5,,,{cell},".encode(), zone=CHINA).lines
    assert (line.at.hour if line.at else None) == hour
    assert (line.at is None) == line.trouble.startswith("at ")
    assert line.is_day == (hour == 16)


def test_columns_are_named_where_they_are_not_known() -> None:
    """A wrong field or column, or too little to tell tasks by, is said with what there is."""
    odd = b"Ref;Brutto\nx;5,01\n"
    (line,) = read_bill(odd, columns={"task_id": "ref", "amount": "Brutto"}).lines
    assert (line.task_id, line.amount) == ("x", D("5.01"))
    for columns, said in (
        ({}, "hold amounts or tokens"),
        ({"amount": "Brutto"}, "names tasks"),
        ({"amount": "Netto"}, "no column 'Netto'. It has 'Ref', 'Brutto'"),
        ({"price": "Brutto"}, "and not 'price'"),
    ):
        with pytest.raises(BillError, match=said):
            read_bill(odd, columns=columns)


def test_what_is_no_bill_is_refused_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spreadsheets, pictures, folders, nothing, too much: a sentence each, and no other exception."""
    monkeypatch.setattr(_bill, "MOST_LINES", 3)
    cases: list[tuple[object, str]] = [
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\xff", "not written in"),
        (b"", "empty"),
        (b"\n \n", "empty"),
        (tmp_path, "no file"),
        (tmp_path / "missing.csv", "no file"),
        ("\0", "no file|cannot be read"),
        (5, "not int"),
        (HEAD.encode() + b"x,1,,,,\n" * 4, "more than 3 lines"),
        (HEAD.encode() + b'"' + b"x" * 200_000, "no table"),
    ]
    for source, said in cases:
        with pytest.raises(BillError, match=said):
            read_bill(source)
    monkeypatch.setattr(_bill, "MOST_BYTES", 10)
    (tmp_path / "large.csv").write_bytes(HEAD.encode())
    for large in (tmp_path / "large.csv", HEAD.encode()):
        with pytest.raises(BillError, match="larger than"):
            read_bill(large)
    with pytest.raises(BillError, match="decimal"):
        read_bill(b"x", decimal=";")
    with pytest.raises(BillError, match="encoding"):
        read_bill("任务ID".encode("gbk"), encoding="ascii")


def test_a_frame_is_a_bill_too() -> None:
    """Numbers and missing cells of pandas are what they are in text."""
    frame = pd.DataFrame({"task_id": ["a", None], "amount": [5.01, float("nan")], "tokens": [108_900, pd.NA]})
    first, *rest = read_bill(frame).lines
    assert (first.number, first.task_id, first.amount, first.tokens) == (0, "a", D("5.01"), 108_900)
    assert rest == []


def test_lines_know_their_place_in_the_file() -> None:
    """The heading is line 1 and empty lines count; a hint for spreadsheets is none of the bill."""
    bill = read_bill(b"sep=;\r\ntask_id;amount\r\nx;1\r\n;;\r\ny;2\r\n")
    assert [(line.number, line.task_id) for line in bill.lines] == [(2, "x"), (4, "y")]


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@example(b'task_id,amount\n"')
@example("task_id,amount\nx,\u0661\u00bd".encode())
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Whatever comes is lines or a `BillError`."""
    for head in (b"", b"task_id,amount,tokens,time\n"):
        try:
            bill = read_bill(head + data)
        except BillError:
            continue
        assert all(isinstance(line, BillLine) for line in bill.lines)


def test_a_table_that_is_written_has_no_formulas(tmp_path: Path) -> None:
    """What would begin a formula is text; numbers, also negative ones, stay numbers."""
    for text in ("=1+1", "+1", "-1", "@x", "＝1", " =1", "\tx", "=cmd|' /C calc'!A0"):
        assert harmless(text) == f"'{text}"
    # where a semicolon parts cells, or a line ends, a cell begins too
    assert (harmless("a; =1"), harmless("\t=1"), harmless("a\n;-1")) == ("a;' =1", "'\t'=1", "a\n';'-1")
    assert (harmless("a=b"), harmless(D("-5.01")), harmless(-5), harmless(None)) == ("a=b", "-5.01", "-5", "")
    path = write_csv(tmp_path / "x.csv", ["a", "=b"], [["=1", D("1E-8")]])
    assert path.read_bytes().decode("utf-8-sig") == "a,'=b\r\n'=1,0.00000001\r\n"
