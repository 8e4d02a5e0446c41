"""Shots that follow one another: each begins with the last frame of the one before it.

A chain is checked and priced as a whole, reserved as a whole, and made shot after shot in a thread of its own. What the
ledger has of it is not paid again; a shot that was changed takes those with it that follow it, and nothing else.
"""

from __future__ import annotations

from seedance_nb.chain._chain import Chain
from seedance_nb.chain._course import ChainState
from seedance_nb.chain._shot import Given, Shot

__all__ = ["Chain", "ChainState", "Given", "Shot"]
