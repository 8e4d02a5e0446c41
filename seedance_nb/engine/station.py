"""What all tasks at one provider, address and account share: a pace, a line to be created in, a poller."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from seedance_nb.catalog import Limits
from seedance_nb.engine.book import Book
from seedance_nb.engine.line import Line
from seedance_nb.engine.odds import Kind
from seedance_nb.engine.pacing import Pacer
from seedance_nb.engine.polling import Poller
from seedance_nb.ledger import Ledger
from seedance_nb.providers import Provider
from seedance_nb.task import Snapshot

PAST = 200
"""So many past tasks of a kind say how long the next one will take."""


@dataclass(frozen=True, slots=True)
class Station:
    """One account at one provider, and how its tasks share it."""

    provider: Provider
    pacer: Pacer
    line: Line
    poller: Poller

    def stop(self) -> None:
        """Look at nothing and send nothing more."""
        self.poller.stop()
        self.line.close()


def key_of(provider: Provider) -> tuple[str, str, str]:
    """What a station is found by."""
    return provider.id, provider.base_url, provider.account


def station(
    provider: Provider,
    *,
    ledger: Ledger,
    book: Book,
    limits: Limits,
    usual: Callable[[Kind], Sequence[float]],
    is_sandbox: bool,
    seen: Callable[[Sequence[tuple[str, Snapshot]]], Awaitable[None]],
    gone: Callable[[str, str], Awaitable[None]],
) -> Station:
    """The station of a provider's client.

    Args:
        provider: The client.
        ledger: Keeps the pace for all notebooks on it, and remembers how long tasks took.
        book: The way there.
        limits: What this account may do.
        usual: How long tasks of a kind take, where the ledger does not know better.
        is_sandbox: Whether it is the sandbox of this machine.
        seen: Takes in what the provider says of tasks.
        gone: Takes in that the provider no longer knows one.
    """
    pacer = Pacer(ledger, "/".join(key_of(provider)), limits)

    async def durations(kind: Kind) -> Sequence[float]:
        timed = await book.read(
            ledger.durations,
            kind.provider,
            kind.model,
            kind.resolution,
            kind.duration,
            limit=PAST,
            is_sandbox=kind.is_sandbox,
        )
        return timed or usual(kind)

    return Station(
        provider,
        pacer,
        Line(
            pacer=pacer,
            in_flight=partial(book.read, ledger.in_flight, *key_of(provider)),
            limits=limits,
        ),
        Poller(provider, pace=pacer, durations=durations, seen=seen, gone=gone, is_sandbox=is_sandbox),
    )
