"""The composer's own thread."""

from __future__ import annotations

import threading

import pytest

from seedance_nb.composing import ThreadWorker


def test_the_last_of_a_name_counts() -> None:
    """A debounce: what is asked for again is done once."""
    done, said = threading.Event(), []
    worker = ThreadWorker(said.append)
    for number in range(50):
        worker.later("look", 0.02, lambda number=number: (said.append(number), done.set()))  # type: ignore[misc]
    assert done.wait(180)
    worker.close()
    assert said == [49]


def test_what_is_due_goes_before_what_waits() -> None:
    """Fifteen thumbnails do not hold up the price."""
    begun, go, order = threading.Event(), threading.Event(), []
    worker = ThreadWorker(order.append)
    worker.run(lambda: (begun.set(), go.wait(180)))
    assert begun.wait(180)
    last = worker.run(lambda: order.append("thumb"))
    worker.later("look", 0.0, lambda: order.append("look"))
    go.set()
    last.result(10)
    worker.close()
    assert order == ["look", "thumb"]


def test_what_is_raised_reaches_whoever_waits_and_the_thread_goes_on() -> None:
    """In a future, or in the callback for what nobody waits for."""
    failed: list[BaseException] = []
    told = threading.Event()
    worker = ThreadWorker(lambda exc: (failed.append(exc), told.set()))
    with pytest.raises(ZeroDivisionError):
        worker.run(lambda: 1 / 0).result(10)
    worker.later("bad", 0.0, lambda: 1 / 0)
    assert told.wait(180)
    assert worker.run(lambda: 7).result(10) == 7
    worker.close()
    assert [type(exc) for exc in failed] == [ZeroDivisionError]


def test_a_closed_worker_takes_nothing_on() -> None:
    """Whoever asks learns it."""
    worker = ThreadWorker(lambda exc: None)
    worker.close()
    assert worker.run(lambda: 7).cancelled()
