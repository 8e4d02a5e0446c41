"""Two notebooks and one budget: whoever comes first, the sum of both stays within it."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

from seedance_nb.ledger import Ledger
from seedance_nb.sandbox.clip import Clip
from seedance_nb.task import TaskStatus

from .harness import Case, Zygotes, wishes
from .invariants import violations
from .schedules import Opener

CAP = Decimal("70")
SUBMITS = 200


def test_two_processes_never_spend_more_than_their_one_budget(
    tmp_path: Path, small_clip: Clip, zygotes: Zygotes, crash_ledger: Opener
) -> None:
    """Two hundred submits each race for what a few dozen cost; not 10⁻⁸ goes beyond, and nothing is left over."""
    options = {"budget": f"{CAP} CNY/day"}
    with crash_ledger() as url, Case(tmp_path, small_clip, ledger=url) as case:
        watched = _Watched(case)
        with zygotes.one() as one, zygotes.one() as two, watched:
            submit = [wishes(*["ark"] * SUBMITS) for _ in range(2)]
            lives = [case.start(which, submit.pop(), options=options) for which in (one, two)]
            one.end()
            two.end()
        assert [life.code for life in lives] == [0, 0], case.last_words
        refused = [len(life.all("refused")) for life in lives]
        submitted = [len(life.all("submitted")) for life in lives]
        assert {line["kind"] for life in lives for line in life.said if "refused" in line} == {"BudgetError"}
        assert case.statuses() == [TaskStatus.KEPT] * sum(submitted)
        with Ledger.open(case.ledger, home=case.home) as ledger:
            [price] = {record.quote.high.amount for record in ledger.records() if record.quote}
        fit = CAP // price
        assert sum(submitted) == fit == case.box.created
        assert sum(refused) == 2 * SUBMITS - fit
        assert watched.most <= CAP
        assert watched.most == fit * price
        assert violations(case) == []


class _Watched:
    """Adds up what is spent or reserved, over and over while others write; keeps the most it saw."""

    def __init__(self, case: Case) -> None:
        self.most = Decimal(0)
        self._ledger = Ledger.open(case.ledger, home=case.home)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _look(self) -> None:
        committed = self._ledger.committed(is_sandbox=True).money.get("CNY")
        self.most = max(self.most, committed.amount if committed else Decimal(0))

    def _watch(self) -> None:
        while not self._over.wait(0.01):
            self._look()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._look()
        self._ledger.close()
