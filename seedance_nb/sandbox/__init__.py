"""A local server that speaks the providers' own protocols and makes real clips; nothing is billed.

`start()` runs one in a thread, `shared()` gives the one of this process, `serve()` is the command line's.
A `Scenario` decides how long tasks take, how they end and what goes wrong. Starlette, uvicorn, PyAV and
Pillow load when a sandbox starts, not with this package.
"""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, overload

from seedance_nb.sandbox._clock import Clock
from seedance_nb.sandbox.scenario import TRIGGERS, Fault, Scenario

if TYPE_CHECKING:
    from seedance_nb.sandbox._clips import Renderer
    from seedance_nb.sandbox._server import Sandbox

__all__ = ["KEY", "TRIGGERS", "Clock", "Fault", "Scenario", "current", "picture", "serve", "shared", "start"]

KEY = "sandbox-key-nothing-is-billed"
"""A key the sandbox accepts. Any other is good too, unless it begins with `invalid`."""

_lock = threading.Lock()
_shared: tuple[int, Sandbox] | None = None


def start(
    *,
    port: int = 0,
    scenario: Scenario | None = None,
    speed: float = 1.0,
    host: str = "127.0.0.1",
    clock: Clock | None = None,
    render: Renderer | None = None,
) -> Sandbox:
    """Start a sandbox of its own and return it; stop it with `stop()` or `with`.

    Args:
        port: Where to listen; 0 finds a free port.
        scenario: What happens to tasks. Default: a second queued, five running, then a clip.
        speed: How many seconds pass for a task in a real one; 0 stops time, and `sandbox.clock.advance` moves it.
        host: The address to listen on. Anything but loopback lets other machines in.
        clock: A clock to use instead of one with `speed`.
        render: Makes the clips instead of the sandbox's own renderer; for tests in which the picture does not matter.

    Raises:
        SandboxError: The port is taken, or the server did not come up.
    """
    from seedance_nb.sandbox._server import Sandbox

    sandbox = Sandbox(port=port, scenario=scenario or Scenario(), clock=clock or Clock(speed), host=host, render=render)
    return sandbox._start()


def shared() -> Sandbox:
    """The sandbox of this process, started at the first call and stopped at exit."""
    global _shared  # noqa: PLW0603
    with _lock:
        # A forked child has the value but not the thread.
        if _shared is None or _shared[0] != os.getpid() or not _shared[1].is_running:
            sandbox = start()
            atexit.register(sandbox.stop)
            _shared = (os.getpid(), sandbox)
        return _shared[1]


def current() -> Sandbox | None:
    """The shared sandbox of this process, if it runs."""
    if _shared is None or _shared[0] != os.getpid() or not _shared[1].is_running:
        return None
    return _shared[1]


@overload
def picture(prompt: str, width: int = 1280, height: int = 720, *, seed: int = 7) -> bytes: ...
@overload
def picture(prompt: str, width: int = 1280, height: int = 720, *, seed: int = 7, path: str | Path) -> Path: ...
def picture(
    prompt: str, width: int = 1280, height: int = 720, *, seed: int = 7, path: str | Path | None = None
) -> bytes | Path:
    """A picture to start from, drawn by the sandbox's renderer: a PNG, the same for the same arguments.

    It is the scene alone, without the lettering that a clip has.

    Args:
        prompt: What it shows, as in a clip.
        width: Pixels, at least 64.
        height: Pixels, at least 64.
        seed: Another seed is another picture.
        path: A file to write it to; its folder is made.

    Returns:
        The bytes, or `path` where one was given.

    Raises:
        ValueError: The size is too small.
    """
    from seedance_nb.sandbox import clip

    png = clip.picture(prompt, width, height, seed)
    if path is None:
        return png
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(png)
    return file


def serve(port: int = 0, scenario: Scenario | None = None, speed: float = 1.0, *, host: str = "127.0.0.1") -> None:
    """Run a sandbox in the foreground until Ctrl-C, after saying how to use it."""
    from seedance_nb.sandbox._foreground import run

    run(start(port=port, scenario=scenario, speed=speed, host=host))
