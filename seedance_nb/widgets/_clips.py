"""How clips reach a browser: what it is told of them, and their bytes where it has no other way to them.

A widget offers files; each gets a token, and nothing but a token is ever taken from a browser. The browser first tries
the server of the notebook, at the relative `href`. Where that does not answer it asks for the bytes, a piece at a time:
`clip_chunk {id, token, start}` is answered with one buffer. What it cannot play it asks to have copied:
`clip_twin {id, token, kinds}` is answered with another clip. The other half is `static/parts/clip.js`.
"""

from __future__ import annotations

import functools
import os
import secrets
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote as quote_url

from seedance_nb import media, words
from seedance_nb.composing.worker import ThreadWorker
from seedance_nb.errors import MediaError
from seedance_nb.media import Facts
from seedance_nb.widgets._base import BaseWidget
from seedance_nb.widgets._failures import log_failure, sentence_of
from seedance_nb.widgets._twin_files import KINDS, TwinFiles, TwinKind
from seedance_nb.widgets._view_model import _CONTROL, _relative
from seedance_nb.words import Language, Sentence, Word, say

CHUNK = 1024 * 1024
"""Bytes of one answer; far below what a front end takes in one message."""
POSTER_WIDTH = 240
POSTER_BYTES = 3_300
"""The largest poster that a widget or a saved notebook holds of a clip; a third more as text."""

Stamp = tuple[int, int]


@dataclass
class Offered:
    """One file that a browser may ask for."""

    token: str
    path: Path
    stamp: Stamp | None
    """Its size and the moment of its last change as it was offered; None: it was not there."""
    is_hidden: bool
    served: Path | None = None
    """The copy whose bytes are given instead, once it is made."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class SendsClips(BaseWidget):
    """A widget that shows clips.

    `offer` gives what the browser has to know of a clip, to be put into a trait; the rest is between this class and
    `attachClip` of `parts/clip.js`.
    """

    _told_in_place: ClassVar[frozenset[str]] = frozenset({"clip_chunk", "clip_twin"})

    def __init__(self, *, home: Path | None = None, notebook_dir: Path | None = None) -> None:
        """A widget that offers nothing yet.

        Args:
            home: The folder in which copies are kept that a browser needs; the studio's, or `seedance_out` if None.
            notebook_dir: Where links to clips start from; the folder of the notebook if None.
        """
        self._offers: dict[str, Offered] = {}
        self._is_gone = False
        self._twin_files = TwinFiles(home or Path(os.environ.get("SEEDANCE_NB_HOME") or "seedance_out").resolve())
        self._notebook_dir = notebook_dir or folder_of_notebook()
        failed = lambda exc: log_failure("A clip could not be sent.", exc)  # noqa: E731
        self._reader, self._copier = ThreadWorker(failed), ThreadWorker(failed)
        super().__init__()

    def offer(self, path: str | os.PathLike[str], *, name: str | None = None, hidden: bool = False) -> dict[str, Any]:
        """Let the browser have a clip, and say what it has to know of it.

        A file that is missing or no clip is offered too: `problem` says what is wrong with it.

        Args:
            path: The clip.
            name: What it is called; the name of the file if None.
            hidden: For eyes that must not know whose clip it is: no name, no path, no link, and bytes without any tag.
        """
        token = secrets.token_urlsafe(12)
        file = Path(path)
        offered = Offered(token, file, _stamp(file), hidden)
        self._offers[token] = offered
        return clip_view(offered, name=name, notebook_dir=self._notebook_dir)

    def withdraw(self, token: str) -> None:
        """Give nothing more of a clip; one that is not offered is no error."""
        self._offers.pop(token, None)

    def close(self) -> None:
        """Take the widget off the page; pieces that were asked for are not read any more."""
        # Python closes what goes out of use, also what refused its arguments.
        if "_copier" in self.__dict__:
            self._is_gone = True
            self._reader.close()
            self._copier.close()
        super().close()

    def offered(self, message: dict[str, Any]) -> Offered:
        """The file that a message is about.

        Raises:
            MediaError: It names none that is offered here.
        """
        token = message.get("token")
        found = self._offers.get(token) if isinstance(token, str) else None
        if found is None:
            raise MediaError(Sentence("This cell does not show such a clip (any more). Run it again."))
        return found

    def _on_clip_chunk(self, message: dict[str, Any]) -> Future[None]:
        offered, start = self.offered(message), message.get("start")
        if not isinstance(start, int) or isinstance(start, bool) or start < 0:
            raise MediaError(Sentence("A piece of a clip was asked for that cannot be; nothing was sent."))

        def read() -> None:
            data, total = _piece(offered, start, self._twin_files)
            self._answer(message, {"token": offered.token, "start": start, "total": total}, [data])

        return self._reader.run(read)

    def _on_clip_twin(self, message: dict[str, Any]) -> Future[None]:
        offered = self.offered(message)
        kinds = _kinds(message.get("kinds"))

        def make() -> None:
            made = self._copy(offered, kinds)
            view = clip_view(made, name=None, notebook_dir=self._notebook_dir)
            view |= {"twin": list(kinds), "name": "" if offered.is_hidden else _name(offered.path)}
            self._answer(message, {"clip": view})

        return self._copier.run(make)

    def _copy(self, offered: Offered, kinds: Sequence[TwinKind]) -> Offered:
        """A copy of an offered clip, offered too."""
        with _nameless(offered):
            _unchanged(offered)
            chain: list[TwinKind] = ["bare", *kinds] if offered.is_hidden else list(kinds)
            path = self._twin_files.made(offered.path, chain, stopped=lambda: self._is_gone)
        # Its tags went with the first step, so that it is given as it is.
        served = path if offered.is_hidden else None
        made = Offered(secrets.token_urlsafe(12), path, _stamp(path), offered.is_hidden, served)
        self._offers[made.token] = made
        return made


def clip_view(offered: Offered, *, name: str | None, notebook_dir: Path | None) -> dict[str, Any]:
    """What a browser has to know of a clip; the path and the name in it are what people read."""
    language = words.language()
    facts, problem = _facts(offered, language)
    shown = offered.path
    relative = None if offered.is_hidden else _relative(shown, notebook_dir)
    fps = facts.fps if facts else None
    return {
        "token": offered.token,
        "href": quote_url(relative, errors="surrogateescape") if relative else None,
        "bytes": 0 if offered.is_hidden or offered.stamp is None else offered.stamp[0],
        "width": facts.width if facts else None,
        "height": facts.height if facts else None,
        "fps": [fps.numerator, fps.denominator] if fps else None,
        "frames": facts.frames if facts else None,
        "duration_s": float(facts.duration) if facts and facts.duration else None,
        "mime": facts.mime if facts else "",
        "video_codec": facts.video_codec if facts else None,
        # PyAV names the decoder, which for MP3 is another.
        "audio_codec": facts.audio_codec.removesuffix("float") if facts and facts.audio_codec else None,
        "has_audio": bool(facts and facts.audio_codec),
        "poster": _poster(offered) if facts else "",
        "name": "" if offered.is_hidden else _CONTROL.sub("\ufffd", name) if name is not None else _name(shown),
        "path": "" if offered.is_hidden else _CONTROL.sub("\ufffd", relative or shown.name),
        "problem": problem,
        "twin": [],
    }


def clip_words(language: Language) -> dict[str, str]:
    """What `parts/clip.js` says by itself; in braces what it fills in."""

    def said(text: Word) -> str:
        return say(text, language=language)

    return {
        "clip_loading": said(Word("Loading: {share} %")),
        "clip_waiting": said(Word("Waiting for the kernel, which is busy or gone …")),
        "clip_h264": said(Word("This browser does not play this clip's pictures; a copy in H.264 is being made …")),
        "clip_mp3": said(Word("This browser does not play AAC; a copy with its sound as MP3 is being made …")),
        "clip_is_h264": said(Word("Shown is a copy in H.264: this browser does not play {codec}.")),
        "clip_is_mp3": said(Word("Shown is a copy with its sound as MP3: this browser does not play AAC.")),
        "clip_silent": said(Word("Without sound: this browser does not play AAC, and there is no copy for it. {why}")),
        "clip_no_kernel": said(Word("The clip cannot be had: its kernel is gone. Run the cell again.")),
        "clip_unplayable": said(Word("This browser cannot play the clip. Open the file itself.")),
    }


def folder_of_notebook() -> Path:
    """The folder of the notebook that runs, as far as it is known: links start there."""
    named = os.environ.get("JPY_SESSION_NAME", "")
    main = sys.modules.get("__main__")
    for found in (named, getattr(main, "__vsc_ipynb_file__", "")):
        if isinstance(found, str) and os.path.isabs(found) and Path(found).parent.is_dir():
            return Path(found).parent
    return Path.cwd()


def _kinds(asked: object) -> tuple[TwinKind, ...]:
    """Which copy is asked for: in the order in which it is made, each step once."""
    wanted = asked if isinstance(asked, list) else []
    kinds = tuple(kind for kind in KINDS if kind in wanted and kind != "bare")
    if not kinds or len(kinds) != len(wanted):
        raise MediaError(Sentence("A copy of a clip was asked for that cannot be; nothing was made."))
    return kinds


def _name(path: Path) -> str:
    return _CONTROL.sub("\ufffd", path.name)


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns


@contextmanager
def _nameless(offered: Offered) -> Iterator[None]:
    """What goes wrong with a hidden clip is told without its name."""
    try:
        yield
    except Exception:
        if offered.is_hidden:
            raise MediaError(Sentence("This clip cannot be read.")) from None
        raise


def _unchanged(offered: Offered) -> None:
    """Refuse a file that is not the one that was offered any more.

    Raises:
        MediaError: It is gone, or another one.
    """
    now = _stamp(offered.path)
    if now is None:
        raise MediaError(Sentence("The file {name!r} is not there any more.", name=offered.path.name))
    if now != offered.stamp:
        raise MediaError(
            Sentence("The file {name!r} has changed since it was shown. Run the cell again.", name=offered.path.name)
        )


def _piece(offered: Offered, start: int, twins: TwinFiles) -> tuple[bytes, int]:
    """Bytes from a place on, and how many there are in all."""
    with _nameless(offered):
        _unchanged(offered)
        with offered.lock:
            if offered.is_hidden and (offered.served is None or not offered.served.is_file()):
                offered.served = twins.made(offered.path, ["bare"])
        try:
            with (offered.served or offered.path).open("rb") as file:
                total = os.fstat(file.fileno()).st_size
                file.seek(start)
                data = file.read(CHUNK)
        except OSError as exc:
            raise MediaError(
                Sentence("The file {name!r} cannot be read: {reason}.", name=offered.path.name, reason=exc.strerror)
            ) from exc
    if start >= total:
        raise MediaError(Sentence("A piece was asked for that lies behind the end of the clip; nothing was sent."))
    return data, total


def _facts(offered: Offered, language: Language) -> tuple[Facts | None, str]:
    """What a file is, or what is wrong with it."""
    try:
        with _nameless(offered):
            if offered.stamp is None:
                raise MediaError(Sentence("The file {name!r} is not there any more.", name=offered.path.name))
            facts = media.probe_file(offered.path)
            if facts.kind != "video":
                raise MediaError(Sentence("The file {name!r} is no clip.", name=offered.path.name))
    except MediaError as exc:
        return None, sentence_of(exc, language)
    return facts, ""


def _poster(offered: Offered) -> str:
    assert offered.stamp is not None
    try:
        return _small_poster(offered.path, offered.stamp)
    except MediaError:
        return ""


def small_poster(path: Path) -> bytes:
    """The small poster of a clip, a JPEG; empty where there is none, or it cannot be read."""
    stamp = _stamp(path)
    try:
        return b64decode(_small_poster(path, stamp).partition(",")[2]) if stamp is not None else b""
    except MediaError:
        return b""


@functools.lru_cache(maxsize=512)
def _small_poster(path: Path, _stamp: Stamp) -> str:
    found = media.poster(path, width=POSTER_WIDTH, max_bytes=POSTER_BYTES)
    return f"data:image/jpeg;base64,{b64encode(found).decode()}"
