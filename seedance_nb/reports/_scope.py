"""What a report is about: real tasks, or the sandbox's, never both in one sum."""

from __future__ import annotations

from seedance_nb.ledger import Ledger, Where


def settled(ledger: Ledger, where: Where) -> dict[str, object]:
    """The filters with `sandbox` decided: real tasks alone, unless there are only the sandbox's.

    Raises:
        ValueError: There is no such filter, or it does not take that value.
    """
    met = dict(where)
    if met.get("sandbox") is None:
        has_real = _has(ledger, {**met, "sandbox": False})
        met["sandbox"] = not has_real and _has(ledger, {**met, "sandbox": True})
    return met


def _has(ledger: Ledger, where: Where) -> bool:
    """Whether a task was written down, or charged, within the filters."""
    return any(
        ledger.task_columns(where, {"local_id"}, charged=charged, limit=1)["local_id"] for charged in (False, True)
    )
