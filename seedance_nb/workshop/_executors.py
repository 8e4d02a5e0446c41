"""Executors, of whatever kind: threads, processes, a Dask cluster, or what somebody brings."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from seedance_nb.errors import ConfigurationError
from seedance_nb.workshop._work import Done, Work, carried_out

if TYPE_CHECKING:
    from distributed import Client

AT_ONCE = 64
"""Pieces of work that a cluster has at once; what it makes of it is its own affair."""
_LARGE = "1GB"
_sending = threading.Lock()


@runtime_checkable
class HasExecutor(Protocol):
    """A `distributed.Client`, without having to import it."""

    def get_executor(self, **options: Any) -> Executor:
        """An executor of its cluster."""


@dataclass(slots=True)
class Hands:
    """An executor, and what has to be known of it."""

    executor: Executor
    at_once: int
    is_same_disk: bool = False
    """Whether paths here are paths there."""
    is_same_process: bool = False
    renew: Callable[[], Hands] | None = None
    """Makes another one where a process died; None: it is not ours."""
    close: Callable[[], None] = lambda: None
    """Let go of what is ours."""

    def send(self, work: Work, **more: Any) -> Future[Done]:
        """Have it done.

        Args:
            work: What.
            more: For threads of this process alone.
        """
        if work.weight:
            return self._send_bytes(work)
        return self.executor.submit(carried_out, work, self.is_same_disk, **more)

    def _send_bytes(self, work: Work) -> Future[Done]:
        try:
            import dask
        except ModuleNotFoundError:
            return self.executor.submit(carried_out, work, self.is_same_disk)
        # Dask warns of arguments so large; that they go with the work is what lets it be repeated elsewhere.
        with _sending, dask.config.set({"distributed.admin.large-graph-warning-threshold": _LARGE}):
            return self.executor.submit(carried_out, work, self.is_same_disk)


def hands(given: Executor | Client | str) -> Hands:
    """What media work is given to.

    Args:
        given: A `distributed.Client` or the address of a scheduler, `"threads"`, `"processes"`, or any executor.

    Raises:
        ConfigurationError: It is none of these, or the package for it is missing, or no scheduler answers there.
    """
    if isinstance(given, str):
        return _named(given)
    if isinstance(given, HasExecutor):
        if getattr(given, "asynchronous", False):
            raise ConfigurationError(
                "media= is an asynchronous client of Dask, which only its own loop can wait for. Give one that was "
                "made without asynchronous=True. Nothing was opened."
            )
        return Hands(given.get_executor(pure=False), AT_ONCE)  # type: ignore[no-untyped-call]
    if isinstance(given, Executor):
        from concurrent.futures import ProcessPoolExecutor

        is_here = isinstance(given, ThreadPoolExecutor)
        at_once = 2 * int(getattr(given, "_max_workers", AT_ONCE // 2))
        return Hands(given, at_once, is_here or isinstance(given, ProcessPoolExecutor), is_here)
    raise ConfigurationError(
        "media= takes a dask.distributed Client or the address of its scheduler, an executor of concurrent.futures, "
        f"'threads' or 'processes'; {type(given).__name__} is none of these. Nothing was opened."
    )


def _named(name: str) -> Hands:
    if name == "threads":
        pool = ThreadPoolExecutor(_cores(), "seedance-media")
        return Hands(pool, 2 * _cores(), True, True, close=lambda: pool.shutdown(cancel_futures=True))
    if name == "processes":
        return _processes()
    if "://" in name:
        return _cluster(name)
    raise ConfigurationError(
        f"media={name!r} is neither 'threads' nor 'processes' nor the address of a scheduler of Dask, such as "
        "'tcp://10.0.0.5:8786'. Nothing was opened."
    )


def _processes() -> Hands:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Spawned, since a fork of a kernel with threads may hang; an interrupt is for this process, which tells them.
    pool = ProcessPoolExecutor(_cores(), get_context("spawn"), _ignore_interrupts)
    return Hands(
        pool, 2 * _cores(), True, renew=_processes, close=lambda: pool.shutdown(wait=True, cancel_futures=True)
    )


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cluster(address: str) -> Hands:
    try:
        from distributed import Client
    except ModuleNotFoundError as missing:
        raise ConfigurationError(
            f"media= names a scheduler of Dask, and {missing.name!r} is not installed; nothing was opened. "
            "pip install 'seedance-nb[dask]'"
        ) from missing
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # versions are compared here by what they made
            client = Client(address, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as exc:
        raise ConfigurationError(
            f"No scheduler of Dask answers at {address} ({type(exc).__name__}). Nothing was opened. Check the address "
            "and whether it runs; without media=, media work is done here."
        ) from exc
    made = hands(client)
    made.close = client.close
    return made
