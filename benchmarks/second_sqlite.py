"""Why a ledger is read with Python's own SQLite: a second copy of SQLite in a process undoes the locks of the first.

Engines that read SQLite files (ADBC, ConnectorX, Polars over them, DuckDB) bring a copy of it. On Linux and macOS a
lock on a file belongs to the process, and closing the file anywhere in the process drops it; see "Multiple copies of
SQLite linked into the same application" in https://sqlite.org/howtocorrupt.html. Wants `pip install
adbc-driver-sqlite pyarrow`, which nothing else here does.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

_NEIGHBOUR = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0.2)
try:
    connection.execute("BEGIN IMMEDIATE")
    print("lets a neighbour write at the same time")
except sqlite3.OperationalError as busy:
    print(f"keeps the neighbour out: {busy}")
"""


def main() -> None:
    """A transaction that writes, a reader beside it in the same process, and a neighbour that wants to write too."""
    import adbc_driver_sqlite.dbapi

    readers = {"Python's own SQLite": sqlite3.connect, "ADBC's SQLite": adbc_driver_sqlite.dbapi.connect}
    for name, connect in readers.items():
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "ledger.sqlite3")
            writer = sqlite3.connect(path, isolation_level=None)
            writer.execute("PRAGMA journal_mode = WAL")
            writer.execute("CREATE TABLE t (x)")
            writer.execute("BEGIN IMMEDIATE")
            reader = connect(path)
            cursor = reader.cursor()
            cursor.execute("SELECT count(*) FROM t")
            cursor.close()
            reader.close()
            asked = subprocess.run([sys.executable, "-c", _NEIGHBOUR, path], capture_output=True, text=True, check=True)
            print(f"a reader with {name} {asked.stdout.strip()}")
            writer.close()


if __name__ == "__main__":
    main()
