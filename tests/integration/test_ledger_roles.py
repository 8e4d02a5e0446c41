"""Who may only read a team's ledger: everything is seen, nothing is spent, and nobody is told off again and again."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from seedance_nb.cli import main
from seedance_nb.engine import following
from seedance_nb.errors import LedgerError
from seedance_nb.ledger import Ledger
from seedance_nb.ledger._connection import address, make_engine
from seedance_nb.ledger._migrate import run
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio
from seedance_nb.task import TaskStatus

from ..patience import eventually
from ..postgres import Postgres
from .conftest import BY_HAND
from .test_engine import REQUEST

PAGE = Path(__file__).parents[2] / "docs" / "teams.md"
ROLES = ("ana", "cleo", "clips_team", "clips_reader")


@pytest.fixture
def team(postgres: Postgres) -> Iterator[dict[str, str]]:
    """The addresses of who writes and who reads, after the page's own SQL was run."""
    (page,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    first, second = page.split("\\connect clips\n")
    try:
        for statement in filter(str.strip, first.split(";")):
            postgres.run(statement)
        postgres.run(second, "clips")
        yield {name: postgres.url("clips").replace("tests@", f"{name}@") for name in ROLES[:2]}
    finally:
        postgres.run("DROP DATABASE IF EXISTS clips WITH (FORCE)")
        for role in ROLES:
            postgres.run(f"DROP ROLE IF EXISTS {role}")


def test_a_role_that_reads_sees_all_and_spends_nothing(
    team: dict[str, str],
    box: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Frames, costs, table, report, command line and a live card; a create is refused before anything is sent."""
    monkeypatch.setattr(following, "BEAT", 0.1)
    monkeypatch.setattr(following, "RECOUNT", 1)
    caplog.set_level(logging.INFO, "seedance_nb")
    where = {"base_url": box.url("ark"), "home": tmp_path / "out"}
    with pytest.raises(
        LedgerError, match=r"brought up to schema.*may not.*nothing was sent.*whose role owns its tables"
    ):
        Ledger.open(team["cleo"], home=tmp_path)
    with Studio("sandbox", ledger=team["ana"], project="film", **where) as ana:
        ana.submit(REQUEST).wait(180)
        box.scenario = BY_HAND
        under_way = ana.submit(REQUEST.replace(seed=2))
        eventually(lambda: under_way.status is TaskStatus.QUEUED)
        with Studio("sandbox", ledger=team["cleo"], **where) as cleo:
            assert sorted(cleo.ledger.frame()["status"]) == ["kept", "queued"]
            assert cleo.ledger.costs()["tasks"].sum() == 1
            table = cleo.ledger.show()
            assert table.size["rows"] == 2
            assert "film" in table.csv()
            cleo.report(tmp_path / "x.html", charts=False)
            assert "film" in (tmp_path / "x.html").read_text(encoding="utf-8")
            assert len(cleo.tasks()) == 2
            seen = cleo.task(under_way.local_id)

            creates = box.creates
            with pytest.raises(LedgerError, match=r"may read it and not write.*request was not sent") as refused:
                cleo.submit(REQUEST.replace(seed=3))
            assert "yawns" not in str(refused.value)
            with pytest.raises(LedgerError, match="may read it and not write"):
                cleo.ledger.tag(under_way, client="x")
            with pytest.raises(LedgerError, match=r"may read it and not write.*Nothing was changed here or at the"):
                seen.cancel()
            assert (box.creates, len(ana.ledger.frame())) == (creates, 2)

            # Whoever wrote is gone without a word. Cleo's kernel sees that, and leaves it to those who may write.
            with psycopg.connect(team["ana"].replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute("UPDATE tasks SET follower = 'gone/1/1' WHERE status = 'queued'")
            looks: list[dict[str, int]] = []
            look = cleo._engine._following.left_alone

            def left_alone() -> dict[str, int]:
                looks.append(look())
                return looks[-1]

            monkeypatch.setattr(cleo._engine._following, "left_alone", left_alone)
            eventually(lambda: len(looks) > 3)
            assert len(cleo.tasks()) == 2
            with psycopg.connect(team["ana"].replace("+psycopg", ""), autocommit=True) as connection:
                found = connection.execute("SELECT follower FROM tasks WHERE status = 'queued'").fetchone()
                assert found is not None
                assert found[0] in {"gone/1/1", ana._engine.name}
            ana.tasks()
            for _ in range(2):
                box.clock.advance(3600)
            seen.wait(180)
            assert seen.status is TaskStatus.KEPT
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [line for line in said if "cleo@" in line] == []

    monkeypatch.setenv("SEEDANCE_NB_HOME", str(tmp_path / "out"))
    assert main(["tasks", "--ledger", team["cleo"], "--json"]) == 0
    assert under_way.local_id in capsys.readouterr().out
    assert main(["report", "--no-charts", "--out", str(tmp_path / "y.html"), "--ledger", team["cleo"]]) == 0
    assert "film" in (tmp_path / "y.html").read_text(encoding="utf-8")


def test_a_table_that_comes_later_may_be_read(team: dict[str, str], tmp_path: Path) -> None:
    """A ledger of an older schema is brought up to date by the team, and not by who reads; then both go on."""
    engine = make_engine(address(team["ana"]))
    with engine.begin() as connection:
        run(connection, "0003")
    engine.dispose()
    with pytest.raises(LedgerError, match="brought up to schema"):
        Ledger.open(team["cleo"], home=tmp_path)
    Ledger.open(team["ana"], home=tmp_path).close()
    with Ledger.open(team["cleo"], home=tmp_path) as reader:
        assert (reader.reservations(), reader.last_word()) == ([], (0, 0))
        owners = sa.text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        with reader._engine.connect() as connection:
            assert connection.execute(owners).scalars().all() == ["clips_team"]
