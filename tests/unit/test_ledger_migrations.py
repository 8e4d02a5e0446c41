"""From nothing to the present schema, from every older one, and never from a newer one."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql

import seedance_nb.ledger
from seedance_nb.errors import LedgerError, LedgerVersionError
from seedance_nb.ledger import Ledger, _statements
from seedance_nb.ledger._migrate import HEAD, run, version
from seedance_nb.ledger._schema import VERSION_TABLE, VIEWS, metadata
from seedance_nb.ledger.schema_doc import schema_doc

from .ledger_samples import a_ledger, a_record, charge

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


def test_the_migrations_make_what_the_code_describes(tmp_path: Path) -> None:
    """The migrated schema differs from the described one in nothing, and the last number is known."""
    a_ledger(tmp_path).close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert set(sa.inspect(connection).get_view_names()) == set(VIEWS)
    engine.dispose()
    config = Config()
    config.set_main_option("script_location", str(Path(seedance_nb.ledger.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_down_and_up_again(tmp_path: Path) -> None:
    """A downgrade leaves no table; an upgrade after it makes a working ledger."""
    with a_ledger(tmp_path) as ledger:
        ledger.add_intent(a_record())
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    with engine.begin() as connection:
        run(connection, "base")
        assert version(connection) is None
        assert sa.inspect(connection).get_table_names() == [VERSION_TABLE]
    engine.dispose()
    with a_ledger(tmp_path) as ledger:
        assert ledger.records() == []
        ledger.add_intent(a_record())


def test_every_column_says_what_it_means() -> None:
    """A comment for each column; where NULL may stand, the comment says what it means."""
    for table in metadata.tables.values():
        assert table.comment
        for column in table.columns:
            assert column.comment, column
            assert column.comment.endswith(("NULL.", ".")), column
            assert ("NULL: " in column.comment) == bool(column.nullable), column


@pytest.mark.parametrize("number", ["0002", "9999"])
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


def test_the_views_say_what_they_promise(tmp_path: Path) -> None:
    """Costs as exact decimal text, and the tasks that are not over."""
    with a_ledger(tmp_path) as ledger:
        ledger.add_intent(a_record(1))
        ledger.add_intent(a_record(2, quote=None))
        charge(ledger, "t-0001", "12.05")
        charge(ledger, "t-0002", "0.00000007")
    path = tmp_path / "ledger.sqlite3"
    assert rows(path, "SELECT quoted, cost, currency FROM task_costs ORDER BY local_id") == [
        ("5.00940000", "12.05000000", "CNY"),
        (None, "0.00000007", "CNY"),
    ]
    assert rows(path, "SELECT local_id FROM open_tasks ORDER BY 1") == [("t-0001",), ("t-0002",)]


def test_the_writing_statements_compile_for_postgresql() -> None:
    """The same statements are understood by the team's database."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for make in (_statements.add_charge, _statements.add_total, _statements.add_artifact):
        assert "ON CONFLICT" in str(make("postgresql").compile(dialect=dialect))
    assert "FOR UPDATE" in str(_statements.STATUS.compile(dialect=dialect))


def test_the_page_about_the_schema_is_current() -> None:
    """`python -m seedance_nb.ledger.schema_doc > docs/ledger-schema.md` writes it again."""
    assert (ROOT / "docs" / "ledger-schema.md").read_text(encoding="utf-8") == schema_doc()
