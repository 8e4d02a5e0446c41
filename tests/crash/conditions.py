"""What is the matter with the machine a notebook runs on; each is for the rest of this process."""

from __future__ import annotations

import ctypes
import datetime as dt
import os
import resource
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

ROOM = 2 * 1024 * 1024
"""Bytes that a file may have on a disk that is full: enough for a ledger."""
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
_V3 = 0x20080522


def full_disk() -> None:
    """Refuse files that are larger than `ROOM`, as a disk without room does in the middle of a write."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY))


def plain_rights() -> None:
    """Let the rights of files count, also for root, who is otherwise above them."""
    if os.geteuid() != 0 or sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("=Ii", _V3, 0)
    data = ctypes.create_string_buffer(24)
    _checked(libc.capget(header, data))
    words = list(struct.unpack("=6I", data.raw))
    words[0] &= ~(1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH)
    _checked(libc.capset(header, struct.pack("=6I", *words)))


def _checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "the rights of this process cannot be changed")


class Clock:
    """The wall clock of this process, which can be set; the monotonic one goes on.

    Args:
        speed: How fast it goes.
        base: What it shows, in unix seconds, at the monotonic moment `since`; None: the real time, now.
    """

    def __init__(self, *, speed: float = 1.0, base: float | None = None, since: float | None = None) -> None:
        self._speed = speed
        self._base = time.time() if base is None else base
        self._since = time.monotonic() if since is None else since
        real = dt.datetime
        clock = self

        class Kind(type):
            def __instancecheck__(cls, value: object) -> bool:
                return isinstance(value, real)

        class Set(real, metaclass=Kind):
            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> Any:
                return real.fromtimestamp(clock.now(), tz)

        dt.datetime = Set  # type: ignore[misc]
        time.time = self.now

    def now(self) -> float:
        """What it shows, in unix seconds."""
        return self._base + (time.monotonic() - self._since) * self._speed

    def jump(self, seconds: float) -> None:
        """Set it ahead, or back."""
        self._base += seconds


def tell_polls(tell: Callable[[dict[str, Any]], object]) -> None:
    """Say of each look at the provider which tasks it was about, and from when to when on this machine's clock."""
    import httpx

    send = httpx.AsyncHTTPTransport.handle_async_request

    async def told(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        _, is_task, one = request.url.path.partition("/contents/generations/tasks/")
        asked = [one] if is_task else request.url.params.get_list("filter.task_ids")
        begun = time.monotonic()
        answer = await send(transport, request)
        if asked:
            tell({"polled": asked, "from": begun, "to": time.monotonic()})
        return answer

    httpx.AsyncHTTPTransport.handle_async_request = told  # type: ignore[method-assign]
