"""Which process wrote an intent, and whether it still lives."""

from __future__ import annotations

import functools
import os
import socket


@functools.cache
def _me(pid: int) -> str:
    import psutil

    return f"{socket.gethostname()}/{pid}/{psutil.Process(pid).create_time():.2f}"


def me() -> str:
    """This process as `host/pid/start time`, unlike any other before or after it."""
    return _me(os.getpid())


def is_alive(owner: str) -> bool:
    """Whether the process still runs; one on another machine is taken to."""
    host, _, rest = owner.partition("/")
    pid, _, started = rest.partition("/")
    if host != socket.gethostname():
        return bool(host)
    import psutil

    try:
        return abs(psutil.Process(int(pid)).create_time() - float(started)) < 1.0
    except (psutil.Error, ValueError):
        return False
