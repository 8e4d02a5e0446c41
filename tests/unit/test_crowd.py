"""The collector of cyclic garbage steps back while there is a crowd of tasks, and only then."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from seedance_nb.engine.crowd import CROWD, RARE, follows


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[None]:
    """Those of the test are gone after it."""
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    follows("a", 0)
    follows("b", 0)
    gc.set_threshold(*before)


def test_a_crowd_of_several_engines_changes_them_and_its_end_brings_them_back() -> None:
    """It is the process that counts, not the engine."""
    follows("a", CROWD - 1)
    assert gc.get_threshold() == (700, 10, 10)
    follows("b", 1)
    assert gc.get_threshold() == RARE
    follows("a", 0)
    assert gc.get_threshold() == (700, 10, 10)


def test_what_somebody_has_set_is_left_alone() -> None:
    """Before the crowd, or while it is there."""
    gc.set_threshold(100_000, 5, 5)
    follows("a", CROWD)
    assert gc.get_threshold() == (100_000, 5, 5)
    follows("a", 0)
    gc.set_threshold(700, 10, 10)
    follows("a", CROWD)
    gc.set_threshold(50_000, 1, 1)
    follows("a", 0)
    assert gc.get_threshold() == (50_000, 1, 1)
