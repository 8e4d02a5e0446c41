"""Price rows of one's own: from a file, or from a notebook."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from seedance_nb import prices
from seedance_nb.errors import PriceError
from seedance_nb.money import Price
from seedance_nb.request import Request

NOW = dt.date(2026, 11, 20)
ROW = """
[[price]]
provider = "ark"
model = "seedance-2.0"
when = { resolution = ["720p"], video_input = false }
amount = "40"
currency = "CNY"
per = { tokens = 1_000_000 }
start_date = 2026-06-01
"""
TABLE: dict[str, Any] = {
    "provider": "eachlabs",
    "model": "seedance-2.0-mini",
    "when": {"resolution": ["720p"], "video_input": False},
    "amount": "0.12",
    "currency": "USD",
    "per": {"seconds": 1},
    "start_date": dt.date(2026, 6, 1),
}


@pytest.fixture(autouse=True)
def _nothing_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("SEEDANCE_NB_PRICES", raising=False)
    yield
    prices.override()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mine.toml"
    monkeypatch.setenv("SEEDANCE_NB_PRICES", str(path))
    return path


def ark(resolution: str = "720p", on: dt.date = NOW) -> Price:
    return prices.price("ark", "seedance-2.0", resolution=resolution, video_input=False, on=on)


def test_a_file_goes_before_the_package(file: Path) -> None:
    """Its row applies from its first day, for its clips only, and says that it is one's own."""
    file.write_text(ROW)
    found = ark()
    assert (found.amount, found.id) == (Decimal(40), "own/ark/seedance-2.0/1")
    assert found.source == "your price file mine.toml"
    assert ark(on=dt.date(2026, 5, 31)).amount == 46
    assert ark("480p").amount == 46


def test_the_home_folder_has_a_file_too() -> None:
    """Without a variable, prices.toml in the home folder is read."""
    home = Path(os.environ["SEEDANCE_NB_HOME"])
    home.mkdir()
    assert ark().amount == 46
    (home / "prices.toml").write_text(ROW + 'id = "contract"\nsource = "our contract"\nchecked = 2026-06-02\n')
    assert (ark().id, ark().source) == ("own/contract", "your price file prices.toml: our contract")
    assert ark().checked == dt.date(2026, 6, 2)


def test_a_change_of_the_file_is_noticed(file: Path) -> None:
    """A quote after the change has the new price; without the row, the package's is back."""
    file.write_text(ROW)
    assert ark().amount == 40
    file.write_text(ROW.replace('"40"', '"39.5"'))
    assert ark().amount == Decimal("39.5")
    file.write_text("")
    assert ark().amount == 46


def test_rows_can_be_given_in_a_notebook() -> None:
    """They go before a file, last until the next call, and give prices where none was published."""
    prices.override([TABLE])
    request = Request("image 1", model="seedance-2.0-mini", ratio="16:9")
    found = prices.price("eachlabs", request.model, resolution="720p", video_input=False, on=NOW)
    assert (found.amount, found.id) == (Decimal("0.12"), "own/eachlabs/seedance-2.0-mini/1")
    assert found.source == "prices.override"
    prices.override()
    with pytest.raises(PriceError):
        prices.price("eachlabs", request.model, resolution="720p", video_input=False, on=NOW)


def test_a_notebook_goes_before_a_file(file: Path) -> None:
    """What was said last, and nearest, is right."""
    file.write_text(ROW)
    prices.override([{**TABLE, "provider": "ark", "model": "doubao-seedance-2-0-260128", "currency": "CNY"}])
    assert ark().unit == "seconds"
    assert prices.quote(Request("x", ratio="16:9"), "ark", on=NOW).sum == "5 s × ¥0.12/s = ¥0.60"


def test_bad_rows_leave_the_good_ones() -> None:
    """An override that cannot be used changes nothing."""
    prices.override([TABLE])
    with pytest.raises(PriceError, match=r"The rows given to prices.override\(\) .* \[\[price\]\] 1: 'amount'"):
        prices.override([{key: value for key, value in TABLE.items() if key != "amount"}])
    found = prices.price("eachlabs", "seedance-2.0-mini", resolution="720p", video_input=False, on=NOW)
    assert found.amount == Decimal("0.12")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"ark"', '"arc"', r"\[\[price\]\] 2.*no provider 'arc'"),
        ('"seedance-2.0"', '"seedance-9"', r"\[\[price\]\] 2.*'seedance-9' is not in the catalog"),
        ("tokens =", "credits =", r"\[\[price\]\] 2.*unknown keys \['credits'\]"),
        ('"CNY"', '"RMB"', r"\[\[price\]\] 2.*'RMB'"),
        ('"40"', "40.0", r"\[\[price\]\] 2.*amount=40.0"),
        ('"40"', '"0"', r"\[\[price\]\] 2.*'0' 'CNY'"),
        ('["720p"]', '"720p"', r"\[\[price\]\] 2.*are lists"),
        ("2026-06-01", '"June"', r"\[\[price\]\] 2.*start_date='June'"),
        ("amount", "amout", r"\[\[price\]\] 2.*unknown keys \['amout'\]"),
        ('provider = "ark"\n', "", r"\[\[price\]\] 2.*'provider' is missing"),
        ("[[price]]", "[[prices]]", r"unknown keys \['prices'\]"),
        ("per =", "per", r"line 17"),
        ("", "", r"all rows together: .* apply at once"),
    ],
)
def test_a_bad_file_is_explained(file: Path, old: str, new: str, said: str) -> None:
    """The error names the file, the row, and what is wrong with it."""
    file.write_text(ROW + ROW.replace(old, new))
    with pytest.raises(PriceError, match=f"(?s)mine.toml.*{said}"):
        ark()


def test_a_named_file_must_be_there(file: Path) -> None:
    """A variable that names nothing is told, not passed over."""
    with pytest.raises(PriceError, match="SEEDANCE_NB_PRICES names"):
        ark()
    file.write_text(ROW)
    assert ark().amount == 40
