"""The workshop of a studio: takes media work, has it done where it was told to, and brings back what came of it."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, TypeAlias

from seedance_nb.errors import MediaError, SeedanceError
from seedance_nb.task import Artifact
from seedance_nb.words import Sentence
from seedance_nb.workshop._errand import Errand, not_done
from seedance_nb.workshop._executors import Hands, hands
from seedance_nb.workshop._piece import Workpiece
from seedance_nb.workshop._work import Work, carried_out, performed

if TYPE_CHECKING:
    from distributed import Client

log = logging.getLogger("seedance_nb.workshop")

Executes: TypeAlias = "Executor | Client | str"
"""What media work can be given to."""

Clip: TypeAlias = "str | os.PathLike[str] | Artifact"


class Workshop:
    """Does media work. Thread-safe.

    Args:
        given: What it is given to; None: nothing, it is done in the thread that asks.

    Raises:
        ConfigurationError: It is nothing that work can be given to.
    """

    def __init__(self, given: Executes | None = None) -> None:
        self._hands = None if given is None else hands(given)
        self._lock = threading.Lock()
        self.is_blind = False
        """Whether a worker has said that it does not see our files."""

    @property
    def is_here(self) -> bool:
        """Whether work is done in the thread that asks."""
        return self._hands is None

    def do(
        self,
        function: Callable[..., Any],
        clips: Clip | Sequence[Clip],
        *args: Any,
        target: str | os.PathLike[str] | None = None,
        stopped: Callable[[], bool] | None = None,
        patience: float | None = None,
        **options: Any,
    ) -> Any:
        """One piece of work; returns what came of it.

        Args:
            function: A function of `seedance_nb.media` that takes the path of a clip first, or a list of them.
            clips: The clip, or the list.
            args: What it takes besides, which can be pickled.
            target: The file that it makes, which is its second argument then; there whole, or not at all.
            stopped: Asked while it is done whether to stop; not where it is done here.
            patience: Seconds in which it has to be done, else it is done here; None: it is waited for.
            options: What it takes by name.

        Raises:
            WorkerError: It was not done, for a reason that is not the clip's.
            MediaError: The clip's fault, as the function says; or it was stopped.
            StoreError: The object store does not give it.
        """
        is_list = not isinstance(clips, str | os.PathLike | Artifact)
        pieces = tuple(map(Workpiece.of, clips)) if is_list else (Workpiece.of(clips),)  # type: ignore[arg-type]
        work = Work(function, pieces, is_list, os.path.abspath(target) if target else "", args, options)
        if self._hands is None:
            return performed(work, True, **({} if stopped is None else {"stopped": stopped})).value
        for _, came in self._each([work], stopped, patience):
            if isinstance(came, SeedanceError):
                raise came
            return came
        if stopped is not None and stopped():
            raise MediaError(Sentence("Stopped, as asked for; nothing is left of it."))
        log.warning("No worker has worked on %s within %g s; that is done here.", work.name, patience)
        return performed(work, True, **({} if stopped is None else {"stopped": stopped})).value

    def each(
        self,
        function: Callable[..., Any],
        clips: Sequence[Clip],
        *args: Any,
        stopped: Callable[[], bool] | None = None,
        **options: Any,
    ) -> Iterator[tuple[int, Any]]:
        """The same with each of many clips, as they get done: the place of the clip, and what came of it.

        What goes wrong with one is its result, a `SeedanceError`, and no matter of the others. Whoever stops
        to iterate, or interrupts, takes back what has not begun.
        """
        works = [Work(function, (Workpiece.of(clip),), args=args, options=options) for clip in clips]
        yield from self._each(works, stopped)

    def close(self) -> None:
        """Let go of threads, processes and connections of its own; what somebody gave is left as it is."""
        if self._hands is not None:
            self._hands.close()

    def _each(
        self, works: Sequence[Work], stopped: Callable[[], bool] | None = None, patience: float | None = None
    ) -> Iterator[tuple[int, Any]]:
        if self._hands is None:
            more = {} if stopped is None else {"stopped": stopped}
            for place, work in enumerate(works):
                if stopped is not None and stopped():
                    return
                try:
                    yield place, carried_out(work, True, **more).value
                except Exception as exc:  # noqa: BLE001  the next clip is another one
                    yield place, not_done(work, exc)
            return
        errand = Errand(self, self._hands, works, stopped)
        try:
            yield from errand.results(patience)
        finally:
            errand.take_back()

    def fit(self, work: Work) -> Work:
        """As whoever does it needs it."""
        assert self._hands is not None
        if self._hands.is_same_disk:
            return work
        return work.loaded() if self.is_blind and not all(p.original for p in work.pieces) else work.known()

    def renewed(self, broken: Hands) -> Hands | None:
        """Other hands for those that broke, the same for all threads; None: they were not ours."""
        with self._lock:
            if self._hands is broken:
                if broken.renew is None:
                    return None
                self._hands = broken.renew()  # the broken one ends its own processes, which may take long
            return self._hands
