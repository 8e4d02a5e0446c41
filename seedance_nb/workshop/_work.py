"""One piece of work, as it is sent to whoever does it: a function of `seedance_nb.media`, clips, and what comes back.

All of it can be pickled, and none of it shows bytes or says where they came from when it is printed or logged.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from seedance_nb.errors import SeedanceError
from seedance_nb.workshop._piece import OutOfSightError, Workpiece

_MADE_WITH = ("seedance-nb", "av", "numpy", "pillow")


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done with one clip, or with several together."""

    function: Callable[..., Any]
    """Gets the path of the clip, or the list of all paths; then where to put a file, if it makes one; then the rest."""
    pieces: tuple[Workpiece, ...]
    is_list: bool = False
    target: str = ""
    """The file that is made, on the machine that asks; empty: none is."""
    args: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What a message calls it."""
        return Path(self.target or self.pieces[0].path).name

    @property
    def weight(self) -> int:
        """Bytes that are sent along."""
        return sum(len(piece.content or b"") for piece in self.pieces)

    def known(self) -> Work:
        """For another machine: each piece by its checksum."""
        return replace(self, pieces=tuple(piece.known() for piece in self.pieces))

    def loaded(self) -> Work:
        """For a machine that sees none of the files: with all their bytes."""
        return replace(self, pieces=tuple(piece.loaded() for piece in self.pieces))


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it."""

    value: Any = field(default=None, repr=False)
    """What the function returned; its error, where that is one of ours."""
    content: bytes | None = field(default=None, repr=False)
    """The file that it made, where that has to be sent back."""
    is_unseen: bool = False
    """Whether nothing was done, because the clip cannot be seen from there."""
    made_with: str = ""


@cache
def made_with() -> str:
    """The versions of all that a result depends on."""
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for name in _MADE_WITH:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} unknown")
    return ", ".join(found)


def carried_out(work: Work, is_same_disk: bool, **more: Any) -> Done:
    """Do it, here and now; errors of ours come back as values.

    Args:
        work: What.
        is_same_disk: Whether paths are those of the machine that asks.
        more: What only a thread of the same process can be given, such as `stopped`.
    """
    try:
        return performed(work, is_same_disk, **more)
    except OutOfSightError:
        return Done(is_unseen=True, made_with=made_with())
    except SeedanceError as exc:
        # Without its traceback: that holds on to frames, and has paths of that machine.
        return Done(exc.with_traceback(None), made_with="" if is_same_disk else made_with())


def performed(work: Work, is_same_disk: bool, **more: Any) -> Done:
    """The same; errors are raised.

    Raises:
        OutOfSightError: Bytes have to be sent along.
        SeedanceError: As the function, or the object store, says.
    """
    with tempfile.TemporaryDirectory(prefix="seedance-nb-") as folder:
        return _performed(work, Path(folder), is_same_disk, more)


def _performed(work: Work, folder: Path, is_same_disk: bool, more: Mapping[str, Any]) -> Done:
    paths = [piece.at_hand(folder / str(place), is_same_disk=is_same_disk) for place, piece in enumerate(work.pieces)]
    target = Path(work.target) if is_same_disk else folder / Path(work.target).name
    made = (target,) if work.target else ()
    value = work.function(paths if work.is_list else paths[0], *made, *work.args, **work.options, **more)
    content = target.read_bytes() if work.target and not is_same_disk else None
    return Done(value, content, made_with="" if is_same_disk else made_with())
