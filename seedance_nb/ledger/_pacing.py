"""A pace that all processes on a ledger keep together: so many requests a second to one account.

It is the generic cell rate algorithm: one number a name, the time at which the next one would be due
if they came evenly. It never promises a turn ahead, so a process that dies while it waits holds up nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa

from seedance_nb.ledger import _statements
from seedance_nb.ledger._lifetime import Lifetime

LONGEST_HOLD = 120.0
"""Seconds; a provider that asks for more is asked again after this."""

_MEANING = "The pace was not kept, so nothing was sent; tasks at their providers go on."
_SERVER_CLOCK = sa.text("SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)")


class Pacing(Lifetime):
    """Taking turns with the other processes on this ledger."""

    clock: Callable[[], float] | None = None
    """Seconds since 1970. None: this machine's clock for a file, the server's for a server."""

    def take(self, name: str, *, every: float, burst: int = 1) -> float:
        """Take one now, or learn how long to wait before asking again.

        Args:
            name: What is paced; see `paces.name`.
            every: Seconds between two in the long run.
            burst: How many may come at once after a rest.

        Returns:
            0.0: taken. Otherwise seconds to wait; nothing is reserved.
        """
        if every <= 0 or burst < 1:
            raise ValueError(f"A pace is one in more than 0 s and a burst of 1 or more, not {every!r} and {burst!r}.")
        with self._writing(_MEANING) as connection:
            due, held = self._locked(connection, name)
            now = self._now(connection)
            # Times that cannot have been written by this clock are void: it was set back.
            due = due if now < due <= now + burst * every else now
            wait = max(due - (burst - 1) * every, held if held <= now + LONGEST_HOLD else now) - now
            if wait > 0:
                return wait
            connection.execute(_statements.PACE, {"id": name, "next_at": due + every})
        return 0.0

    def back_off(self, name: str, seconds: float) -> None:
        """Let nobody take one for so long, at most 120 s: the provider has refused one.

        Args:
            name: What is paced.
            seconds: How long from now; a longer time that was said before stays.
        """
        with self._writing(_MEANING) as connection:
            _, held = self._locked(connection, name)
            now = self._now(connection)
            until = now + min(max(seconds, 0.0), LONGEST_HOLD)
            if not until < held <= now + LONGEST_HOLD:
                connection.execute(_statements.PACE, {"id": name, "held_until": until})

    def _locked(self, connection: sa.Connection, name: str) -> tuple[float, float]:
        """When the next one is due and until when all are held; the row stays ours in this transaction."""
        row = connection.execute(_statements.PACED, {"id": name}).first()
        if row is None:
            connection.execute(_statements.add_pace(connection.dialect.name), {"name": name})
            row = connection.execute(_statements.PACED, {"id": name}).one()
        return row.next_at, row.held_until

    def _now(self, connection: sa.Connection) -> float:
        # Read when the row is locked: what one reads while waiting for it is too early.
        if self.clock is not None:
            return self.clock()
        if connection.dialect.name == "postgresql":
            return float(connection.execute(_SERVER_CLOCK).scalar_one())
        return time.time()
