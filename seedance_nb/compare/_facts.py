"""What is known of a clip that is looked at: what made it, what it cost, and what was measured in it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from seedance_nb.compare._candidate import Candidate
from seedance_nb.media import Measures
from seedance_nb.money import Money
from seedance_nb.recipe import Recipe


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """One candidate in figures; None or empty: not known."""

    title: str
    provider: str = ""
    is_sandbox: bool = False
    """Then nothing was billed, whatever `cost` says."""
    model: str = ""
    prompt: str = ""
    seed: int | None = None
    resolution: str = ""
    ratio: str = ""
    tokens: int | None = None
    """As the provider reported them."""
    cost: Money | None = None
    cost_per_second: Money | None = None
    """The cost over the length of the clip."""
    time_to_make: float | None = None
    """Seconds from the submit to the end."""
    measures: Measures | None = None


def facts_of(candidate: Candidate, measures: Measures | None = None, recipe: Recipe | None = None) -> ClipFacts:
    """What is known of a candidate.

    Args:
        candidate: Whose task, if there is one, says what it cost.
        measures: What was measured in its clip.
        recipe: What its file says of itself, where there is no task.
    """
    record = candidate.record
    if record is None:
        return _told(candidate, measures, recipe)
    took = record.finished_at - record.submitted_at if record.finished_at and record.submitted_at else None
    return ClipFacts(
        title=candidate.title,
        provider=record.provider,
        is_sandbox=record.is_sandbox,
        model=record.model,
        prompt=record.prompt,
        seed=record.seed,
        resolution=record.resolution or "",
        ratio=record.ratio or "",
        tokens=record.usage.total_tokens if record.usage else None,
        cost=record.cost,
        cost_per_second=_per_second(record.cost, record.duration, measures),
        time_to_make=took.total_seconds() if took is not None else None,
        measures=measures,
    )


def _told(candidate: Candidate, measures: Measures | None, recipe: Recipe | None) -> ClipFacts:
    if recipe is None:
        return ClipFacts(candidate.title, measures=measures)
    return ClipFacts(
        title=candidate.title,
        provider=recipe.provider,
        is_sandbox=recipe.is_sandbox,
        model=recipe.model,
        prompt=recipe.request.content.prompt,
        seed=recipe.seed,
        resolution=recipe.resolution,
        ratio=recipe.ratio,
        tokens=recipe.usage.total_tokens if recipe.usage else None,
        cost=recipe.cost,
        cost_per_second=_per_second(recipe.cost, recipe.duration, measures),
        measures=measures,
    )


def _per_second(cost: Money | None, duration: int | None, measures: Measures | None) -> Money | None:
    """By the whole seconds that are billed, where the provider has said them; else by those that were counted."""
    seconds = Decimal(duration) if duration and duration > 0 else None
    if seconds is None and measures is not None and measures.duration > 0:
        seconds = Decimal(str(measures.duration))
    return None if cost is None or seconds is None else Money(cost.amount / seconds, cost.currency)
