"""The sandbox of the command line: says where it is, and waits for Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedance_nb.sandbox._server import Sandbox


def greeting(sandbox: Sandbox) -> str:
    """What a person needs to use it."""
    from seedance_nb.sandbox import KEY

    urls = [(name, sandbox.url(name)) for name in sandbox.providers]
    lines = ["The seedance_nb sandbox is listening. Clips are real files, nothing is billed.", ""]
    lines += [f"  {name:<10} {url}" for name, url in urls]
    lines += ["", "In the process that uses it:"]
    lines += [f"  export SEEDANCE_NB_{name.upper()}_URL={url}" for name, url in urls]
    lines += [f"and any API key, for example {KEY!r}.", "", "Ctrl-C ends it."]
    return "\n".join(lines)


def run(sandbox: Sandbox, *, said: str | None = None) -> None:
    """Greet and wait; SIGINT and SIGTERM end the sandbox cleanly.

    Args:
        sandbox: It runs already.
        said: All that is written, for a program to read; None: what a person needs to know.
    """
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)} if main else {}
    sys.stdout.write((greeting(sandbox) if said is None else said) + "\n")
    sys.stdout.flush()
    try:
        # In slices: on Windows a wait without end does not see Ctrl-C.
        while sandbox.is_running and not ended.wait(0.5):
            pass
    finally:
        sandbox.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
    if said is None:
        sys.stdout.write("The sandbox has ended.\n")
