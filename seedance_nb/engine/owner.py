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
    """Whether a process still runs, also where an engine's number follows; one on another machine is taken to."""
    host, *rest = owner.split("/")
    if host != socket.gethostname():
        return bool(host)
    import psutil

    try:
        process = psutil.Process(int(rest[0]))
        is_same = abs(process.create_time() - float(rest[1])) < 1.0
        return is_same and process.status() != psutil.STATUS_ZOMBIE  # ended, and its parent has not looked yet
    except (psutil.Error, ValueError, IndexError):
        return False
