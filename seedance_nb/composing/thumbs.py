"""Previews of items, made once for each file."""

from __future__ import annotations

import threading
from collections import OrderedDict

from seedance_nb.content import Media
from seedance_nb.media.previews import Preview, preview

_REMEMBERED = 64


class Thumbs:
    """The previews that were made last."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], Preview] = OrderedDict()
        self._lock = threading.Lock()

    def preview(self, item_id: str, rev: int, item: Media) -> Preview:
        """The preview of an item whose file has this rev.

        Raises:
            MediaError: There can be none.
        """
        with self._lock:
            found = self._known.get((item_id, rev))
        if found is None:
            found = preview(item)
            with self._lock:
                self._known[item_id, rev] = found
                while len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return found
