"""What was measured in clips, by the checksum of the clip: each is read through once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from seedance_nb.ledger import _statements
from seedance_nb.ledger._lifetime import Lifetime
from seedance_nb.ledger._queries import chunks
from seedance_nb.ledger._schema import measures

_MEANING = "What was measured in a clip was not recorded; the clip is as it was, and can be measured again."


class Measuring(Lifetime):
    """Figures of clips, which any program that has the same clip may use."""

    def measures(self, sha256s: Iterable[str], version: int) -> dict[str, dict[str, Any]]:
        """What was measured in these clips, by their SHA-256; a clip that was not measured is absent.

        Args:
            sha256s: Checksums of the clips, in hex.
            version: Of the way to measure; figures of another one are left out.
        """
        query = sa.select(measures.c.sha256, measures.c.figures).where(measures.c.version == version)
        with self._reading() as connection:
            return {
                row.sha256: row.figures
                for some in chunks(sha256s)
                for row in connection.execute(query.where(measures.c.sha256.in_(some)))
            }

    def add_measures(
        self, sha256: str, version: int, values: Mapping[str, object], *, at: dt.datetime | None = None
    ) -> None:
        """Keep what was measured in a clip; again is fine, and replaces it.

        Args:
            sha256: Checksum of the clip, in hex.
            version: Of the way it was measured.
            values: What JSON can say, units in the names.
            at: When; None: now.
        """
        row = {
            "sha256": sha256,
            "version": version,
            "figures": self._clean.value(values),
            "measured_at": at or dt.datetime.now(dt.UTC),
        }
        with self._writing(_MEANING) as connection:
            connection.execute(_statements.add_measures(connection.dialect.name), row)
