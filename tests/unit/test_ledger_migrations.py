"""From nothing to the present schema, from every older one, and never from a newer one."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

import seedance_nb.ledger
from seedance_nb.errors import LedgerError, LedgerVersionError
from seedance_nb.ledger import Ledger
from seedance_nb.ledger._migrate import HEAD
from seedance_nb.ledger._schema import VERSION_TABLE, metadata
from seedance_nb.ledger.schema_doc import schema_doc

from .ledger_samples import a_ledger, a_record

ROOT = Path(__file__).parents[2]


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_a_blank_file_becomes_a_ledger(tmp_path: Path) -> None:
    """No file, or an empty one: both end at the present schema, in WAL."""
    path = tmp_path / "deep" / "er" / "ledger.sqlite3"
    Ledger.open(path, home=tmp_path).close()
    (tmp_path / "empty").touch()
    Ledger.open(f"sqlite:///{tmp_path / 'empty'}", home=tmp_path).close()
    for made in (path, tmp_path / "empty"):
        assert rows(made, f"SELECT version_num FROM {VERSION_TABLE}") == [(HEAD,)]
        assert rows(made, "PRAGMA journal_mode") == [("wal",)]


def test_a_ledger_that_another_notebook_makes_meanwhile(tmp_path: Path) -> None:
    """It comes between the question for its number and the one for its tables: it is a ledger all the same."""
    path = tmp_path / "ledger.sqlite3"
    asked: list[str] = []

    def between(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if 'table_info("tasks")' in statement and not asked:
            asked.append(statement)
            Ledger.open(path, home=tmp_path).close()

    sa.event.listen(sa.Engine, "before_cursor_execute", between)
    try:
        with Ledger.open(path, home=tmp_path) as ledger:
            assert ledger.records() == []
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", between)
    assert len(asked) == 1


def test_the_last_number_is_known() -> None:
    """The code asks for the schema that the migrations end at."""
    config = Config()
    config.set_main_option("script_location", str(Path(seedance_nb.ledger.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_every_column_says_what_it_means() -> None:
    """A comment for each column; where NULL may stand, the comment says what it means."""
    for table in metadata.tables.values():
        assert table.comment
        for column in table.columns:
            assert column.comment, column
            assert column.comment.endswith(("NULL.", ".")), column
            assert ("NULL: " in column.comment) == bool(column.nullable), column


@pytest.mark.parametrize("number", ["0007", "9999"])
def test_a_newer_ledger_is_not_touched(tmp_path: Path, number: str) -> None:
    """Every byte stays, and nothing is left beside the file."""
    with a_ledger(tmp_path) as ledger:
        ledger.add_intent(a_record())
    path = tmp_path / "ledger.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = ?", (number,))
    connection.commit()
    connection.close()
    before = path.read_bytes(), path.stat().st_mtime_ns, sorted(tmp_path.iterdir())
    with pytest.raises(LedgerVersionError, match=f"schema {number}.*pip install -U"):
        a_ledger(tmp_path)
    assert (path.read_bytes(), path.stat().st_mtime_ns, sorted(tmp_path.iterdir())) == before


def test_somebody_elses_database_is_not_touched(tmp_path: Path) -> None:
    """A file with a table of tasks that is no ledger stays as it is."""
    path = tmp_path / "ledger.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE tasks (id)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="is no ledger"):
        a_ledger(tmp_path)
    assert path.read_bytes() == before


def test_an_up_to_date_ledger_opens_without_alembic(tmp_path: Path) -> None:
    """Alembic costs time to import, and is imported only when there is something to migrate."""
    a_ledger(tmp_path).close()
    code = (
        "import sys; from pathlib import Path; from seedance_nb.ledger import Ledger\n"
        "Ledger.open(Path(sys.argv[1]) / 'ledger.sqlite3', home=Path(sys.argv[1])).close()\n"
        "print(sorted({'alembic', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_importing_the_package_imports_no_sqlalchemy() -> None:
    """The ledger loads when it is used."""
    code = "import sys, seedance_nb; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_page_about_the_schema_is_current() -> None:
    """`python -m seedance_nb.ledger.schema_doc > docs/ledger-schema.md` writes it again."""
    assert (ROOT / "docs" / "ledger-schema.md").read_text(encoding="utf-8") == schema_doc()
