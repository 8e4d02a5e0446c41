"""Which workshop the clips of a folder are worked on in: that of the studio which was opened there last."""

from __future__ import annotations

import os
import threading

from seedance_nb.workshop._workshop import Workshop

_lock = threading.Lock()
_serving: dict[str, Workshop] = {}
_HERE = Workshop()


def serve(home: str | os.PathLike[str], shop: Workshop) -> None:
    """Have the clips of a folder worked on there from now on."""
    with _lock:
        _serving[_key(home)] = shop


def leave(home: str | os.PathLike[str], shop: Workshop) -> None:
    """No longer, and close it; what is asked for later is done in the thread that asks."""
    with _lock:
        if _serving.get(_key(home)) is shop:
            del _serving[_key(home)]
    shop.close()


def at(home: str | os.PathLike[str] | None) -> Workshop:
    """The workshop for the clips of a folder; where no studio has one, work is done in the thread that asks."""
    with _lock:
        return _HERE if home is None else _serving.get(_key(home), _HERE)


def _key(home: str | os.PathLike[str]) -> str:
    return os.path.realpath(home)
