"""How long tasks take: as the ledger knows, and before it does, as others saw."""

from __future__ import annotations

from collections.abc import Sequence

from seedance_nb import catalog
from seedance_nb.engine.odds import Kind
from seedance_nb.errors import ConfigurationError
from seedance_nb.sandbox import Scenario


def published(kind: Kind) -> Sequence[float]:
    """The ends of the range of seconds that such tasks were seen to take, each twice: so it is also their middle half.

    Empty where nobody has said.
    """
    if kind.is_sandbox:
        return [Scenario().queue + Scenario().run]
    try:
        usual = catalog.provider(kind.provider).usual
    except ConfigurationError:  # of a plug-in that is not installed here, or cannot be used
        return []
    for each in usual:
        if (each.resolution, each.duration) == (kind.resolution, kind.duration):
            return [float(each.seconds.low)] * 2 + [float(each.seconds.high)] * 2
    return []
