"""What every test starts from: no key in the environment, a home of its own, and ledgers on two databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from seedance_nb.ledger import Ledger

from .postgres import Postgres, started
from .s3 import S3
from .s3 import started as s3_started

# The same examples on every machine, however slow it is.
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ARK_API_KEY", "ATLASCLOUD_API_KEY", "EACHLABS_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("SEEDANCE_NB_PRICES", raising=False)
    for name in ("ARK", "BYTEPLUS", "ATLAS", "EACHLABS"):
        monkeypatch.delenv(f"SEEDANCE_NB_{name}_URL", raising=False)
    monkeypatch.setenv("SEEDANCE_NB_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, started when the first test asks for it."""
    with started() as server:
        yield server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3]:
    """An object store that speaks S3, started when the first test asks for it."""
    with s3_started() as server:
        yield server


@pytest.fixture
def s3(s3_server: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """The same, with its endpoint and keys in the environment."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server


@pytest.fixture(scope="session")
def migrated(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of a database with an empty ledger, to make others from."""
    with postgres.database() as url:
        Ledger.open(url, home=tmp_path_factory.mktemp("migrated")).close()
        yield url.partition("@/")[2].partition("?")[0]


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it, on each kind that a ledger may be in."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh ledger, on each kind of database that it may be in."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
        Ledger.open(url, home=tmp_path).close()
        yield url
        return
    with request.getfixturevalue("postgres").database(request.getfixturevalue("migrated")) as url:
        yield url


@pytest.fixture
def ledger(ledger_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """A fresh ledger; its home is the test's own folder."""
    with Ledger.open(ledger_url, home=tmp_path) as opened:
        yield opened
