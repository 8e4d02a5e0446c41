"""Offers: what would be sent and what it would cost, shown to somebody before it may be paid for.

An offer is good for exactly one request at exactly one price, for a few minutes, and once.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from seedance_nb.errors import ConfigurationError

LIFE = 300.0
"""Seconds that an offer is good for."""
MOST = 200
"""So many offers are remembered; the oldest is dropped first."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an offer is for."""

    asked: str
    """SHA-256 of the body that would be sent."""
    price: str
    """The quote in words; empty: no price is known."""
    again: bool
    """Whether it pays once more for what the ledger has already."""


class Offers:
    """The offers of one server.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[str, tuple[Terms, float]] = {}

    def issue(self, terms: Terms) -> str:
        """The name of an offer; the same one as long as the offer for these terms is good."""
        with self._lock:
            self._forget()
            known = next((name for name, (open_, _) in self._open.items() if open_ == terms), None)
            if known is not None:
                return known
            name = secrets.token_urlsafe(9)
            self._open[name] = (terms, self._clock() + LIFE)
            while len(self._open) > MOST:
                del self._open[next(iter(self._open))]
            return name

    def take(self, name: str, terms: Terms) -> None:
        """Use an offer up.

        Raises:
            ConfigurationError: There is no such offer any more, or it is for something else. Nothing was sent.
        """
        with self._lock:
            self._forget()
            open_ = self._open.get(name)
            if open_ is None:
                raise _refused("is over, was used already, or was never made")
            if open_[0] != terms:
                raise _refused("is for something else")
            del self._open[name]

    def take_of(self, terms: Terms) -> None:
        """Use up the offer that somebody agreed to, which has to be open for exactly these terms.

        Raises:
            ConfigurationError: There is none: it took too long, or request or price changed meanwhile.
        """
        with self._lock:
            self._forget()
            name = next((name for name, (open_, _) in self._open.items() if open_ == terms), None)
            if name is None:
                raise _refused("is over, or its request or price has changed")
            del self._open[name]

    def _forget(self) -> None:
        moment = self._clock()
        for name in [name for name, (_, until) in self._open.items() if until <= moment]:
            del self._open[name]


def _refused(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"This offer {why}. An offer is good for {LIFE / 60:g} minutes, once, and for exactly the request and price "
        "that it was made for. Nothing was sent and nothing is billed. Submit without `confirm` for a new one."
    )
