"""The library's own thread and event loop.

A kernel's loop stops whenever a cell blocks, and polling must not. So there is one daemon thread with
one loop for the whole process, started on first use; nothing of it is ever touched from a widget's
callback but through `spawn` and `call`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

log = logging.getLogger("seedance_nb.engine")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_pid = 0


def loop() -> asyncio.AbstractEventLoop:
    """The background loop, started if it is not running in this process yet."""
    global _loop, _pid
    with _lock:
        if _loop is None or _pid != os.getpid():
            _loop, _pid = asyncio.new_event_loop(), os.getpid()
            threading.Thread(target=_serve, args=(_loop,), name="seedance-nb", daemon=True).start()
        return _loop


def _serve(own: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(own)
    own.run_forever()


def spawn(coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    """Start a coroutine in the background; what it raises is logged."""
    future = asyncio.run_coroutine_threadsafe(coroutine, loop())
    future.add_done_callback(_log_exception)
    return future


def call(coroutine: Coroutine[Any, Any, T], *, timeout: float) -> T:
    """Run a coroutine in the background and wait for its result, at most `timeout` seconds."""
    future = asyncio.run_coroutine_threadsafe(coroutine, loop())
    try:
        return future.result(timeout)
    except BaseException:
        future.cancel()
        raise


def _log_exception(future: Future[Any]) -> None:
    if not future.cancelled() and (exc := future.exception()) is not None:
        log.error("A background task of seedance_nb ended with an error.", exc_info=exc)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine of your own to its end and return its result, also inside a running kernel.

    The package itself never needs it: use `task.wait()` or `await task` for tasks.
    """
    try:
        current = asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    import nest_asyncio

    nest_asyncio.apply(current)
    return current.run_until_complete(coroutine)
