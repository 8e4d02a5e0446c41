"""Clips beside each other: what tells them apart, and which of them is preferred."""

from seedance_nb.compare._candidate import Candidate

__all__ = ["Candidate"]
