"""What made a clip, in the clip: written when it is kept, and read again from any copy of it.

A recipe holds the request, media by hash and label, and what became of it. It holds no key, no signed query, no bytes
of media, no absolute path, and nobody's id. It goes into the MP4 and into a file beside it; both are read as something
that a stranger wrote.
"""

from seedance_nb.recipe._read import again, open
from seedance_nb.recipe._recipe import Recipe
from seedance_nb.recipe._write import RECIPES, RecipeSwitch, sidecar, written

__all__ = ["RECIPES", "Recipe", "RecipeSwitch", "again", "open", "sidecar", "written"]
