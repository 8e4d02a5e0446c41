"""Columns of a frame, packed piece by piece: the same with pyarrow and without, and the same as all at once."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedance_nb.ledger._types import utc_text
from seedance_nb.reports._packing import TIME, Packed, Paths, packed

TIMES = st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001 - has one
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text('aé短🎬\n"', max_size=5),
    "category": st.sampled_from(["ark", "atlas", "", "élan", "短剧"]),
    "Int64": st.integers(-(2**63), 2**63 - 1),
    TIME: TIMES.map(utc_text),
    "amount": st.integers(0, 2**63 - 1),
}
KINDS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.lists(st.lists(st.none() | VALUES[kind], max_size=6), max_size=4))
)


def filled(column: Packed, pieces: Sequence[Sequence[Any]]) -> pd.Series[Any]:
    for piece in pieces:
        column.add(piece)
    return column.series()


def meant(kind: str, value: Any) -> Any:
    """What is to be in the frame for a value of the ledger."""
    if value is None:
        return None
    if kind == TIME:
        return pd.Timestamp(value)
    return Decimal(value).scaleb(-8) if kind == "amount" else value


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("storage", ["python", "pyarrow"])
@given(case=KINDS)
def test_a_column_has_what_the_ledger_has(storage: str, case: tuple[str, list[list[Any]]]) -> None:
    """Every value in its place, exact, with the dtype that is promised; nothing missing that was there."""
    kind, pieces = case
    with pd.option_context("mode.string_storage", storage):
        found = filled(packed(kind), pieces)
    assert str(found.dtype) == ("object" if kind == "amount" else kind)
    expected = [meant(kind, value) for piece in pieces for value in piece]
    assert [None if pd.isna(value) else value for value in found] == expected
    if kind == "category":
        assert list(found.cat.categories) == sorted({value for value in expected if value is not None})
    if kind == "string" and expected:
        assert found.dtype.storage == storage  # type: ignore[union-attr]
    if kind == "amount":
        assert all(value is None or isinstance(value, Decimal) for value in found)


def test_paths_are_joined_to_the_folder(tmp_path: Path) -> None:
    """Relative ones; those that are absolute and those that are missing stay as they are."""
    elsewhere = str(tmp_path.parent / "b.mp4")
    found = filled(Paths(tmp_path), [["clips/a.mp4", elsewhere], [None]])
    assert list(found)[:2] == [str(tmp_path / "clips" / "a.mp4"), elsewhere]
    assert pd.isna(found[2])
    assert os.path.isabs(found[0])


def test_a_time_that_the_ledger_did_not_write_is_not_guessed() -> None:
    """Of another form it is refused, and not read as something near."""
    with pytest.raises(ValueError, match="another program"):
        packed(TIME).add(["2026-11-21"])
