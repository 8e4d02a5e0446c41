"""The page about the ledger's schema, made from a database that the migrations made.

`python -m seedance_nb.ledger.schema_doc` prints it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa

from seedance_nb.ledger._migrate import HEAD
from seedance_nb.ledger._schema import VERSION_TABLE, VIEWS, metadata
from seedance_nb.ledger._store import Ledger

_INTRODUCTION = f"""\
# The ledger's schema

<!-- Generated: python -m seedance_nb.ledger.schema_doc > docs/ledger-schema.md -->

The ledger is yours: a SQLite file (`studio.ledger.path`) that any SQL tool opens, or a PostgreSQL database of a team.
This page describes schema {HEAD}, as the migrations leave it on an empty database.

- Times are text, ISO 8601 in UTC with microseconds and `Z`, so they sort as they are.
- Money is a whole number of 10⁻⁸ of its currency, in columns that end in `_e8`, so that sums are exact.
  Sum one currency at a time.
- Rows with `is_sandbox` were never billed; leave them out of every sum of costs.
- A path that is an address, such as `s3://…`, leads into an object store; on this machine there may be a copy.
- JSON is text. Keys, the queries of signed URLs and base64 media are folded before anything is written.
- The table `{VERSION_TABLE}` holds the number of the schema. A newer number than the package knows is refused.
"""


def schema_doc() -> str:
    """The page, in Markdown.

    Raises:
        KeyError: The database has a table or column that nothing is said about.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite3"
        Ledger.open(path, home=Path(folder)).close()
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
        try:
            inspector = sa.inspect(engine)
            made = set(inspector.get_table_names()) - {VERSION_TABLE}
            order = [name for name in metadata.tables if name in made] + sorted(made - set(metadata.tables))
            parts = [_INTRODUCTION, *(_table(inspector, name) for name in order)]
            parts += [_view(inspector, name) for name in sorted(inspector.get_view_names(), reverse=True)]
        finally:
            engine.dispose()
    return "\n".join(parts)


def _table(inspector: sa.Inspector, name: str) -> str:
    described = metadata.tables[name]
    key = inspector.get_pk_constraint(name)["constrained_columns"]
    lines = [
        f"## Table `{name}`",
        "",
        str(described.comment),
        "",
        "| column | type | NULL | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for column in inspector.get_columns(name):
        what = described.columns[column["name"]].comment
        null = "yes" if column["nullable"] else "no"
        lines.append(f"| `{column['name']}` | {column['type']} | {null} | {what} |")
    lines += ["", f"Primary key: {_names(key)}."]
    for unique in inspector.get_unique_constraints(name):
        lines.append(f"Unique: {_names(unique['column_names'])}.")
    for index in sorted(inspector.get_indexes(name), key=lambda i: str(i["name"])):
        lines.append(f"Index: {_names(index['column_names'])}.")
    for foreign in inspector.get_foreign_keys(name):
        lines.append(
            f"{_names(foreign['constrained_columns'])} refers to "
            f"{_names(foreign['referred_columns'])} of `{foreign['referred_table']}`."
        )
    for check in inspector.get_check_constraints(name):
        lines.append(f"Check: `{check['sqltext']}`.")
    return "\n".join([*lines, ""])


def _view(inspector: sa.Inspector, name: str) -> str:
    what, own = VIEWS[name]
    known = {column.name: column.comment for table in reversed(metadata.tables.values()) for column in table.columns}
    lines = [f"## View `{name}`", "", what, "", "| column | meaning |", "| --- | --- |"]
    names = [column["name"] for column in inspector.get_columns(name)]
    lines += [f"| `{column}` | {own.get(column) or known[column]} |" for column in names]
    return "\n".join([*lines, ""])


def _names(columns: object) -> str:
    assert isinstance(columns, list)
    return ", ".join(f"`{column}`" for column in columns)


if __name__ == "__main__":
    sys.stdout.write(schema_doc())
