"""What a process of the crash tests does: it is a notebook in small, on the package's public face.

It opens a studio for each provider on one ledger, submits what it was told to, takes up what is
unfinished, waits until all of that is over, and says what it sees. Pauses meant for providers far away
are shortened here and nowhere else.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import seedance_nb as sd
from seedance_nb.errors import SeedanceError, WaitTimeout
from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskStatus

from . import conditions
from .boundaries import Boundaries, Moment

Tell = Callable[[dict[str, Any]], object]

SHORT: dict[str, Any] = {
    "seedance_nb.engine.lane.BACK_OFF": (0.1, 0.2, 0.3),
    "seedance_nb.engine.polling.SANDBOX_INTERVAL": 0.04,
    "seedance_nb.engine.sending.FRESH": 0.05,
    "seedance_nb.engine.sending.SETTLE_LIMIT": 10.0,
    "seedance_nb.engine.sending.SETTLE_PAUSES": (0.05, 0.1, 0.2, 0.3),
    "seedance_nb.engine.watching.INTERVAL": 0.1,
}
"""Constants of the package and what they are here; one that is no longer there is an error.

Only pauses are shorter. Who counts as dead stays as it is, but where a test is about that: on a busy machine
each process may be late by seconds, and would lose what it has not sent.
"""
SLEEPY: dict[str, Any] = {"seedance_nb.engine.following.BEAT": 0.2, "seedance_nb.engine.following.LEASE": 1.2}
"""A notebook counts as dead after a moment without a sign of life."""


def shorten(constants: dict[str, Any]) -> None:
    """Set constants of modules by their full names."""
    for name, value in constants.items():
        module, _, constant = name.rpartition(".")
        owner = importlib.import_module(module)
        assert hasattr(owner, constant), f"{name} is no longer there"
        setattr(owner, constant, tuple(value) if isinstance(value, list) else value)


def request(order: dict[str, Any]) -> sd.Request:
    """What an order asks for; its prompt is its name, by which the sandbox's task is known again."""
    return sd.Request(
        sd.Content(order["prompt"]),
        model=order.get("model", "seedance-2.0-fast"),
        resolution="480p",
        ratio="16:9",
        duration=5,
        return_last_frame=bool(order.get("last_frame")),
    )


def run(order: dict[str, Any], tell: Tell) -> None:
    """Live one life; `order["kill"]` ends it early, and `order["stop"]` lets it stand still.

    `order["constants"]` sets constants of the package beside those that every life has shortened;
    with `order["stays"]` it lives on while any task of the ledger is under way; `order["polls"]` lets it say which
    tasks it asked the provider about.
    """
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(relativeCreated)d %(name)s %(message)s")
    shorten((SHORT if order.get("is_short", True) else {}) | order.get("constants", {}))
    clock = conditions.Clock(**order.get("clock", {})) if "jump" in order or "clock" in order else None
    if order.get("full_disk"):
        conditions.full_disk()
    if order.get("plain_rights"):
        conditions.plain_rights()

    if order.get("polls"):
        conditions.tell_polls(tell)

    def at(moment: Moment) -> None:
        if order.get("trace"):
            tell({"moment": moment})
        if list(moment) == order.get("kill"):
            tell({"killed_at": moment})
            os.kill(os.getpid(), signal.SIGKILL)
        if list(moment) == order.get("stop"):
            with _between_writes():
                tell({"stopped_at": moment})
                # To this very thread: one sent to the process is taken by another, and this one may leave the block.
                signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        if "jump" in order and clock is not None and moment == ("create.sent", 1):
            clock.jump(order["jump"])

    if order.get("schedule"):
        work(order, tell)
        return
    Boundaries(at).watch()
    live(order, tell)


def open_studio(order: dict[str, Any], provider: str) -> sd.Studio:
    """A studio at a provider, on the order's ledger and in its folder."""
    return sd.Studio(
        f"sandbox:{provider}",
        base_url=order["urls"][provider],
        home=order["home"],
        ledger=order["ledger"],
        **order.get("options", {}),
    )


def work(order: dict[str, Any], tell: Tell) -> None:
    """Submit each request when its time on the wall clock has come, as a person does in a kernel that lives for days.

    After a restart nothing is submitted that is in the ledger already.
    """
    import psutil

    me = psutil.Process()
    studios = {provider: open_studio(order, provider) for provider in order["urls"]}
    home = studios["ark"]
    known = {task.record().prompt for task in home.tasks()}
    for each in order["schedule"]:
        if each["prompt"] in known:
            continue
        while (left := each["at"] - time.time()) > 0:
            time.sleep(min(left / order["clock"]["speed"], 0.5))
        studios[each["provider"]].submit(request(each))
        tell({"at": time.time(), "rss": me.memory_info().rss})
    tell({"all_submitted": True})
    deadline = time.monotonic() + order["patience"]
    for task in home.tasks():
        with contextlib.suppress(SeedanceError):  # how it ended is in the ledger
            task.wait(max(deadline - time.monotonic(), 0.1))
    tell({"at": time.time(), "rss": me.memory_info().rss, "cpu": sum(me.cpu_times()[:2])})
    for studio in studios.values():
        studio.close()


def live(order: dict[str, Any], tell: Tell) -> None:
    """Submit, take up, wait."""
    studios: dict[str, sd.Studio] = {}

    def studio(provider: str) -> sd.Studio:
        if provider not in studios:
            studios[provider] = open_studio(order, provider)
        return studios[provider]

    tasks: dict[str, sd.Task] = {}
    if not order.get("submit") or order.get("take_up"):
        tasks |= {task.local_id: task for task in studio("ark").tasks()}
    for each in order.get("submit", ()):
        try:
            task = studio(each["provider"]).submit(request(each))
        except SeedanceError as exc:
            tell({"refused": each["prompt"], "kind": type(exc).__name__, "message": str(exc)})
        else:
            tell({"submitted": each["prompt"], "local_id": task.local_id})
            tasks[task.local_id] = task
    tell({"all_submitted": len(tasks)})
    deadline = time.monotonic() + order["seconds"] - 3.0
    for local_id, task in tasks.items():
        said = ""
        try:
            task.wait(max(deadline - time.monotonic(), 0.1))
        except WaitTimeout as exc:
            tell({"still": local_id, "status": task.status, "message": str(exc)})
            continue
        except SeedanceError as exc:
            said = str(exc)
        if task.status is not TaskStatus.KEPT:
            tell({"ended": local_id, "status": task.status, "message": said})
    tell({"done": len(tasks)})
    time.sleep(order.get("linger", 0.0))  # a kernel lives on when its cells have ended
    while order.get("stays") and time.monotonic() < deadline and _is_unfinished(order):
        time.sleep(0.2)
    for each_studio in studios.values():
        each_studio.close()


def _is_unfinished(order: dict[str, Any]) -> bool:
    """Whether any task of the ledger is under way, whoever follows it."""
    with contextlib.suppress(SeedanceError), Ledger.open(order["ledger"], home=Path(order["home"])) as ledger:
        return any(not record.is_over for record in ledger.unfinished())
    return True


@contextlib.contextmanager
def _between_writes() -> Iterator[None]:
    """No thread of this process is in a write: one that stood still in it would keep an SQLite file locked for all."""
    with contextlib.ExitStack() as stack:
        for ledger in [each for each in gc.get_objects() if isinstance(each, Ledger)]:
            stack.enter_context(ledger._lock)
        yield
