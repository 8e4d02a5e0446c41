"""Copies of clips for those who cannot take them as they are, made once and kept under the clip's checksum.

They lie in `twins` in the studio's folder, so that a browser gets them in the same way as the clips.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, get_args

from seedance_nb import media, workshop
from seedance_nb.content import Source

TwinKind = Literal["bare", "h264", "mp3"]
"""`bare`: the same streams without any tag; `h264`: its pictures in H.264; `mp3`: its sound as MP3."""

KINDS: tuple[TwinKind, ...] = get_args(TwinKind)
FOLDER = "twins"

PATIENCE = 60.0
"""Seconds in which a worker has to make a copy that somebody waits for, before it is made here."""

_making = threading.Lock()
"""One copy at a time in a kernel: encoding takes all cores there are."""


class TwinFiles:
    """The copies in one folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / FOLDER

    def made(self, path: Path, kinds: Sequence[TwinKind], *, stopped: Callable[[], bool] = lambda: False) -> Path:
        """Where the copy of a clip is; made now if it is not there yet, which may take seconds.

        Args:
            path: The clip.
            kinds: What is changed, one after the other.
            stopped: Asked while a copy is made whether nobody waits for it any more.

        Raises:
            MediaError: The clip cannot be read, or this disk refused the copy, or it was stopped.
        """
        digest = media.sha256(Source.of(path))[:16]
        made = path
        with _making:
            for place, kind in enumerate(kinds):
                target = self.folder / f"{digest}-{'-'.join(kinds[: place + 1])}.mp4"
                if not target.is_file():
                    self.folder.mkdir(parents=True, exist_ok=True)
                    self._make(made, target, kind, stopped)
                made = target
        return made

    def _make(self, path: Path, target: Path, kind: TwinKind, stopped: Callable[[], bool]) -> None:
        shop = workshop.at(self.folder.parent)
        if kind == "bare":
            shop.do(media.bare_copy, path, target=target, stopped=stopped, patience=PATIENCE)
        else:
            shop.do(media.twin, path, kind, target=target, stopped=stopped, patience=PATIENCE)
