"""A stranger's clip, opened for reading within limits, and a new clip, written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_nb.errors import MediaError
from seedance_nb.media._bytes import open_file
from seedance_nb.media._probe import probe_file
from seedance_nb.media._signature import HEAD, signature
from seedance_nb.media._streams import DESCRIBED, NO_GUESSING, container_of, reader
from seedance_nb.words import Sentence

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer

LONGEST = 600
"""Seconds of a clip that are worked on at most; a task makes 15, a story in shots a few minutes."""
MOST_PIXELS = 7680 * 4320
"""Of one frame."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

Stopped = Callable[[], bool]
"""Asked now and then whether to stop; whoever asked for the work says True."""


def never() -> bool:
    """Nobody stops this."""
    return False


@contextlib.contextmanager
def opened(path: str | os.PathLike[str], *, for_packets: bool = False) -> Iterator[InputContainer]:
    """A clip with a picture in it, open for reading.

    Args:
        path: The clip.
        for_packets: Nothing of it is decoded. Else it is read through first, since a reader does not mind a file that
            ends too early.

    Raises:
        MediaError: It is missing, no clip, larger or longer than what is worked on, or damaged, also if that shows
            while it is read.
    """

    name = os.path.basename(path)
    if not for_packets:
        probe_file(path)  # and remembered
    with open_file(os.fspath(path)) as file:
        try:
            found = reader(signature(file.read(HEAD)))
            file.seek(0)
            options = NO_GUESSING if for_packets and found in DESCRIBED else {}
            with container_of(file, found, options) as container:
                _require_limits(container, name)
                yield container
        except MediaError:
            raise
        # Decoders of a stranger's bytes raise whatever they stumble over.
        except Exception as exc:
            if isinstance(exc, OSError) and exc.errno in _NO_ROOM:
                raise  # it is what is made of the clip that could not be written
            raise MediaError(
                Sentence("{name!r} cannot be read to its end: it is damaged, cut off, or no clip.", name=name)
            ) from exc


def _require_limits(container: InputContainer, name: str) -> None:
    if not container.streams.video:
        raise MediaError(Sentence("There is no picture in {name!r}.", name=name))
    stream = container.streams.video[0]
    if stream.width * stream.height > MOST_PIXELS:
        raise MediaError(Sentence("The frames of {name!r} are larger than 7680×4320 pixels.", name=name))
    length = float((stream.duration or 0) * (stream.time_base or 0)) or (container.duration or 0) / 1_000_000
    if length > LONGEST:
        raise MediaError(Sentence("{name!r} is longer than {longest} s.", name=name, longest=LONGEST))


@contextlib.contextmanager
def written(
    target: str | os.PathLike[str], *, finish: Callable[[Path], None] | None = None
) -> Iterator[OutputContainer]:
    """A new MP4, to be filled: it gets its name once it is whole, and nothing is left of it otherwise.

    Its index stands in front, so that a player can begin before all of it has come.

    Args:
        target: Where it is to lie. What is there is replaced in one step.
        finish: What is done to the file last. With it, what wrote the file and when is left out.

    Raises:
        MediaError: This disk refused it.
    """
    import av

    there = Path(target).absolute()
    part = there.with_name(f".{there.name}.{secrets.token_hex(4)}.part")
    options = {"movflags": "+faststart"} | ({"fflags": "+bitexact"} if finish else {})
    try:
        # By its path and not as an open file, since putting the index in front takes reading it again.
        with av.open(os.fspath(part), "w", format="mp4", container_options=options) as container:
            yield container
        if finish is not None:
            finish(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(part, there)
    except MediaError:
        raise
    except OSError as exc:
        raise MediaError(
            Sentence("{name!r} could not be written: {reason}.", name=there.name, reason=exc.strerror or exc)
        ) from exc
    finally:
        part.unlink(missing_ok=True)


def go_on(stopped: Stopped) -> None:
    """Stop here if somebody wants that.

    Raises:
        MediaError: Somebody does.
    """
    if stopped():
        raise MediaError(Sentence("Stopped, as asked for; nothing is left of it."))
