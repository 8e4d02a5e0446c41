"""Clips beside each other: what tells them apart, and which of them is preferred; and matrices of clips to be made."""

from seedance_nb.compare._ballot import Ballot
from seedance_nb.compare._candidate import Candidate
from seedance_nb.compare._comparison import Comparison, candidates_of
from seedance_nb.compare._facts import ClipFacts, facts_of
from seedance_nb.compare._plan import Plan, plan
from seedance_nb.compare._sweep import Sweep

FAST_OR_STANDARD = ("seedance-2.0", "seedance-2.0-fast")
"""The two models that `Studio.fast_or_standard` sets against each other."""

__all__ = [
    "FAST_OR_STANDARD",
    "Ballot",
    "Candidate",
    "ClipFacts",
    "Comparison",
    "Plan",
    "Sweep",
    "candidates_of",
    "facts_of",
    "plan",
]
