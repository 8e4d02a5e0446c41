"""Some media work on its way: sent as there is room for it, received as it gets done, repeated where a process died."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from pathlib import Path
from typing import Any, Protocol

from seedance_nb.errors import MediaError, StoreError, WorkerError
from seedance_nb.words import Sentence
from seedance_nb.workshop._executors import Hands
from seedance_nb.workshop._work import Done, Work, made_with

log = logging.getLogger("seedance_nb.workshop")

RETRIES = 2
"""So often what failed for another reason than the clip is given to a worker again. How often Dask does so by itself
when one dies is its `allowed-failures`; its executor may also lose what a worker had ready when it died."""
MOST_SENT = 256 * 2**20
"""Bytes of clips that are on their way to workers at once, where those see neither the disk nor the store."""
_LOOK = 0.2
"""Seconds between two looks whether to stop."""


class Shop(Protocol):
    """What several errands of a workshop share."""

    is_blind: bool
    """Whether a worker has said that it does not see our files."""

    def fit(self, work: Work) -> Work:
        """As whoever does it needs it."""

    def renewed(self, broken: Hands) -> Hands | None:
        """Other hands for those that broke; None: they were not ours."""


class Errand:
    """Some works, until all are done."""

    def __init__(self, shop: Shop, hands: Hands, works: Sequence[Work], stopped: Callable[[], bool] | None) -> None:
        self._shop = shop
        self._hands = hands
        self._works = works
        self._stopped = stopped
        self._waiting: deque[int] = deque(range(len(works)))
        self._suspects: deque[int] = deque()
        """What was under way when a process died: done one at a time, so that it shows which one it was."""
        self._failed: Counter[int] = Counter()
        self._blamed: set[int] = set()
        """Those of them with which a process died that did nothing else."""
        self._sent: dict[Future[Done], tuple[int, Work]] = {}

    def results(self, patience: float | None) -> Iterator[tuple[int, Any]]:
        """What comes, until all has, or it was stopped, or nothing has come within the patience."""
        deadline = None if patience is None else time.monotonic() + patience
        while self._waiting or self._suspects or self._sent:
            yield from self._send()
            done, _ = wait(self._sent, timeout=_LOOK, return_when=FIRST_COMPLETED)
            is_late = not done and deadline is not None and time.monotonic() > deadline
            if is_late or (self._stopped is not None and self._stopped()):
                return
            yield from self._received(done)

    def take_back(self) -> None:
        """What has not begun is not done any more."""
        for future in self._sent:
            future.cancel()
        self._sent.clear()

    def _send(self) -> Iterator[tuple[int, Any]]:
        """Send as much as there is room for; yields what cannot be sent."""
        while self._waiting or self._suspects:
            is_alone = bool(self._suspects)
            if len(self._sent) >= (1 if is_alone else self._hands.at_once):
                return
            if self._sent and sum(work.weight for _, work in self._sent.values()) >= MOST_SENT:
                return
            place = (self._suspects or self._waiting).popleft()
            try:
                work = self._shop.fit(self._works[place])
                threaded = self._hands.is_same_process and self._stopped is not None
                self._sent[self._hands.send(work, **({"stopped": self._stopped} if threaded else {}))] = place, work
            except OSError as exc:
                yield place, _unreadable(self._works[place], exc)
            except BrokenExecutor:
                yield from self._broken([place])
            except Exception as exc:  # noqa: BLE001  executors that are closed, or lost their cluster, raise anything
                yield place, not_done(self._works[place], exc)

    def _received(self, done: set[Future[Done]]) -> Iterator[tuple[int, Any]]:
        broke: list[int] = []
        for future in done:
            place, work = self._sent.pop(future)
            try:
                came = future.result()
            except BrokenExecutor:
                broke.append(place)
            except (Exception, CancelledError) as exc:  # noqa: BLE001  whatever a worker stumbled over
                if self._again(place, exc):
                    self._waiting.append(place)
                else:
                    yield place, not_done(work, exc)
            else:
                if isinstance(came.value, StoreError) and came.value.passing and self._again(place, came.value):
                    self._waiting.append(place)
                elif came.is_unseen and not work.weight:
                    self._shop.is_blind = True
                    self._waiting.appendleft(place)
                else:
                    yield place, self._kept(work, came)
        if broke:
            yield from self._broken(broke)

    def _again(self, place: int, exc: BaseException) -> bool:
        # In this process it would go wrong as it did; what killed several workers would kill others.
        if self._hands.is_same_process or type(exc).__name__ == "KilledWorker":
            return False
        self._failed[place] += 1
        return self._failed[place] <= RETRIES

    def _broken(self, places: list[int]) -> Iterator[tuple[int, Any]]:
        """A process died, and its pool with it: all that was under way is suspected."""
        suspects = sorted({*places, *(place for place, _ in self._sent.values())})
        self._sent.clear()
        renewed = self._shop.renewed(self._hands)
        if renewed is None:
            for place in [*suspects, *self._suspects, *self._waiting]:
                yield place, _died(self._works[place])
            self._suspects.clear()
            self._waiting.clear()
            return
        log.warning("A process that did media work died; what it did is begun anew in another one.")
        self._hands = renewed
        if len(suspects) == 1 and suspects[0] in self._blamed:
            yield suspects[0], _died(self._works[suspects[0]])
            return
        if len(suspects) == 1:
            self._blamed.add(suspects[0])
        self._suspects.extend(place for place in suspects if place not in self._suspects)

    def _kept(self, work: Work, came: Done) -> Any:
        if not self._hands.is_same_disk and came.made_with != made_with():
            return WorkerError(
                Sentence(
                    "{name!r} was worked on with {theirs}, and here is {ours}: results would not be the same, so "
                    "that this one was not used. Install the same versions on the workers.",
                    name=work.name,
                    theirs=came.made_with,
                    ours=made_with(),
                )
            )
        if came.content is not None:
            try:
                _write(Path(work.target), came.content)
            except OSError as exc:
                return _unreadable(work, exc)
        return came.value


def _write(target: Path, content: bytes) -> None:
    """Whole, or not at all."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _unreadable(work: Work, exc: OSError) -> MediaError:
    name = os.path.basename(exc.filename or work.name)
    return MediaError(
        Sentence("{name!r} could not be read or written: {reason}.", name=name, reason=exc.strerror or "unknown")
    )


def _died(work: Work) -> WorkerError:
    return WorkerError(
        Sentence(
            "A worker died while it worked on {name!r}, or beside it. The clip is as it was; ask again, and where it "
            "happens again, look at that clip first.",
            name=work.name,
        )
    )


def not_done(work: Work, exc: BaseException) -> WorkerError:
    kind = type(exc).__name__
    if kind == "KilledWorker":
        return _died(work)
    log.warning("Media work on %s was not done: %s", work.name, kind)
    if isinstance(exc, ModuleNotFoundError):
        kind = f"{kind}: {exc.name}"
    return WorkerError(
        Sentence(
            "{name!r} was not worked on: what media work is given to answered {kind}. The clip is as it was. Workers "
            "need the same versions of seedance-nb as here; without media=, it is done here.",
            name=work.name,
            kind=kind,
        )
    )
