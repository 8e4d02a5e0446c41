"""A small clip for all crash tests, and ledgers to break."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from seedance_nb.sandbox.clip import Clip, ClipSpec, render

from ..postgres import Postgres
from .harness import Zygote, Zygotes
from .schedules import Opener


@pytest.fixture(scope="session")
def small_clip() -> Clip:
    """One real clip, small: the picture does not matter here."""
    return render(
        ClipSpec(
            width=160, height=96, frames=25, prompt="x", seed=1, model="m", mode="text", audio=True, watermark=False
        )
    )


@pytest.fixture(scope="session")
def zygotes() -> Iterator[Zygotes]:
    """Processes that fork notebooks; each starts when it is needed first, and stays."""
    made = Zygotes()
    yield made
    made.close()


@pytest.fixture
def zygote(zygotes: Zygotes) -> Iterator[Zygote]:
    """Forks processes."""
    with zygotes.one() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def crash_ledger(request: pytest.FixtureRequest) -> Opener:
    """Opens an empty ledger for a case, on each of the databases that a ledger may be in."""
    if request.param == "sqlite":
        return nullcontext
    server: Postgres = request.getfixturevalue("postgres")
    migrated: str = request.getfixturevalue("migrated")
    return lambda: server.database(migrated)
