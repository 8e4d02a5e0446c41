"""Tags, notes, ratings: said of tasks, said again, taken away, and never lost."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from seedance_nb.errors import TaskNotRecordedError
from seedance_nb.ledger import Ledger
from seedance_nb.ledger._migrate import HEAD, run, version
from seedance_nb.ledger._rows import Cleaner, task_columns
from seedance_nb.ledger._schema import metadata

from ..unit.ledger_samples import a_record, after
from .test_ledger_schema import writing


def test_the_newest_word_counts_and_the_others_can_be_read(ledger: Ledger) -> None:
    """A label said twice is one row; a new value is a row more; what is taken away is gone from what counts."""
    for number in (1, 2):
        ledger.add_intent(a_record(number))
    assert ledger.add_labels(["t-0001", "t-0002"], {"tag:hero": "yes", "note": "too dark"}, at=after(1)) == 4
    assert ledger.add_labels(["t-0001"], {"tag:hero": "yes", "note": "fine"}, at=after(2)) == 1
    assert ledger.add_labels(["t-0002"], {"tag:hero": None, "rating": None}, at=after(3)) == 1
    assert ledger.labels() == {"t-0001": {"tag:hero": "yes", "note": "fine"}, "t-0002": {"note": "too dark"}}
    assert ledger.labels(["t-0002", "t-0009"]) == {"t-0002": {"note": "too dark"}}
    said = [(label.name, label.value, label.at) for label in ledger.label_history("t-0002")]
    assert sorted(said[:2]) == [("note", "too dark", after(1)), ("tag:hero", "yes", after(1))]
    assert said[2:] == [("tag:hero", None, after(3))]


def test_nothing_is_said_of_tasks_that_are_not_there_or_in_words_that_are_not_known(ledger: Ledger) -> None:
    """All or nothing: a wrong id, name, tag or length writes no row."""
    ledger.add_intent(a_record())
    with pytest.raises(TaskNotRecordedError, match="t-0007"):
        ledger.add_labels(["t-0001", "t-0007"], {"note": "x"})
    for name in ("colour", "tag:", "tag:a,b", "tag:a=b", "tag:" + "x" * 61, "tag: \n"):
        with pytest.raises(ValueError, match=r"nothing that can be said|is no tag"):
            ledger.add_labels(["t-0001"], {"note": "x", name: "y"})
    with pytest.raises(ValueError, match="too many for a label"):
        ledger.add_labels(["t-0001"], {"note": "x" * 10_001})
    assert ledger.labels() == {}


def test_secrets_in_labels_are_folded(tmp_path: Path) -> None:
    """A key that somebody pastes into a note or a tag is in no byte of the file."""
    key = "sk-planted-4f9a8b7c6d5e4f3a2b1c"
    with Ledger.open(tmp_path / "ledger.sqlite3", home=tmp_path, keys=[key]) as ledger:
        ledger.add_intent(a_record())
        ledger.add_labels(["t-0001"], {"note": f"made with {key}", f"tag:{key}": key, "project": key})
        assert ledger.labels()["t-0001"]["note"].startswith("made with ")
    assert all(key.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_ledger_of_the_fourth_schema_loses_nothing(blank_url: str, tmp_path: Path) -> None:
    """Opening it adds a table for labels; going back forgets them and nothing else."""
    before = a_record(project="film")
    with writing(blank_url) as connection:
        run(connection, "0004")
        assert "labels" not in sa.inspect(connection).get_table_names()
        connection.execute(metadata.tables["tasks"].insert(), [task_columns(before, Cleaner())])
    with Ledger.open(blank_url, home=tmp_path) as ledger:
        assert (ledger.records(), ledger.labels()) == ([before], {})
        ledger.add_labels([before.local_id], {"rating": "5"})
        assert ledger.labels() == {before.local_id: {"rating": "5"}}
    with writing(blank_url) as connection:
        assert version(connection) == HEAD
        run(connection, "0004")
    with Ledger.open(blank_url, home=tmp_path) as ledger:
        assert (ledger.records(), ledger.labels()) == ([before], {})
