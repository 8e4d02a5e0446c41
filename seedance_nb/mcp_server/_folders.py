"""Which files an assistant may name: media out of allowed folders, and reports in the home folder."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from seedance_nb.content import Source
from seedance_nb.errors import InvalidRequestError

_NAME = re.compile(r"[\w][\w .-]{0,79}")


class Folders:
    """The folders of one server.

    Args:
        home: The only one that is written to; what lies in it may be read too.
        media: Others that media may be read from.
    """

    def __init__(self, home: Path, media: Sequence[Path] = ()) -> None:
        self._home = home.resolve()
        self._readable = (self._home, *(folder.expanduser().resolve() for folder in media))

    def __str__(self) -> str:
        return ", ".join(map(str, self._readable))

    def source(self, given: str) -> Source:
        """Where a medium is that was named: a file in an allowed folder, or an https:// or asset:// address.

        Raises:
            InvalidRequestError: It is neither. Whether there is such a file elsewhere is not said.
        """
        source = Source.of(given)
        if source.kind == "asset" or (source.kind == "url" and str(source.value).startswith("https:")):
            return source
        if source.kind != "file":
            raise InvalidRequestError(
                "A medium is the path of a file or an https:// or asset:// address; its bytes are not taken here."
            )
        named = Path(str(source.value))
        for folder in self._readable:
            # Symbolic links are followed before it is asked where the file lies.
            found = Path(os.path.realpath(folder / named.expanduser()))
            if found.is_relative_to(folder) and found.is_file():
                return Source("file", str(found))
        raise InvalidRequestError(
            f"{named.name!r} is no file in the folders that this server reads media from: {self}. "
            "Put it there, or start the server with --media FOLDER."
        )

    def report(self, name: str, ending: str) -> Path:
        """Where a report of this name goes.

        Raises:
            InvalidRequestError: It is no name of a file, or would lie elsewhere.
        """
        path = self._home / "reports" / f"{name}.{ending}"
        if not _NAME.fullmatch(name) or not Path(os.path.realpath(path)).is_relative_to(self._home):
            raise InvalidRequestError(
                f"{name[:80]!r} cannot be the name of a report: letters, digits, spaces, '-', '_' and '.', at most 80. "
                "It is written to the home folder."
            )
        return path
