"""All kept clips together: moved from a folder into an object store and back, and how much room they take."""

from __future__ import annotations

from seedance_nb.library._moving import Moved, move
from seedance_nb.library._space import space

__all__ = ["Moved", "move", "space"]
