"""Looking closely at clips: one player, or a strip of them.

Its posters and facts are in the cell's HTML and stay in the saved notebook. Of a clip nothing is loaded before somebody
looks at it: then the browser gets it as `_clips.py` says, and asks here for the strip to scrub by.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import traitlets as t

from seedance_nb import media, words
from seedance_nb.content import Image, Source
from seedance_nb.engine import copies
from seedance_nb.errors import ConfigurationError, MediaError
from seedance_nb.media import previews
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.widgets._clips import Offered, SendsClips, _nameless, _unchanged, clip_words
from seedance_nb.widgets._in_place import LeavesPicture
from seedance_nb.widgets._module import module, style
from seedance_nb.widgets._player_words import facts_line, player_words
from seedance_nb.widgets._view_model import _CONTROL, _relative, task_view
from seedance_nb.widgets.static_preview import static_preview, text_preview
from seedance_nb.words import Sentence, say

POSTER_WIDTH = 960
STRIP_FRAMES = 12
"""Frames of the strip under a clip."""
_STRIP_SIDE = 128
_STRIP_BYTES = 60_000
FRAMES = "frames"
_UNFIT = re.compile(r"[^\w.-]+")


@runtime_checkable
class HasRecord(Protocol):
    """A task, as far as a player needs it."""

    def record(self) -> TaskRecord:
        """What the ledger knows of it now."""
        ...


Clip = HasRecord | str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """One clip to look at."""

    title: str
    path: Path | None
    facts: str = ""
    """What is known beside what is in the file: model, seed, cost."""
    problem: str = ""
    """Why there is no file."""


class Player(SendsClips, LeavesPicture):
    """Clips to look at closely: frame by frame, in a loop between two marks, by their thumbnails.

    Keys of a player that has the focus: space, arrows for a frame and with Shift for a second, Home, End, `i` and `o`
    for the marks and `x` to take them away, `l` loop, `m` sound, `f` full screen.
    """

    _esm = module("player.js")
    _css = style("player.css")
    _told_in_place: ClassVar[frozenset[str]] = SendsClips._told_in_place | {"poster", "strip", "take_frame"}

    clips = t.List(t.Dict()).tag(sync=True)
    """What there is to know of each clip: what `clip_view` says, and `title`, `facts` and `file_facts`."""

    words = t.Dict().tag(sync=True)
    """What the browser says by itself, in the language of the cell."""

    def __init__(self, clips: Clip | Iterable[Clip], *, home: Path | None = None) -> None:
        """A player that is not shown yet.

        Args:
            clips: A task, the path of a clip, or several.
            home: The studio's folder: copies that a browser needs go to `twins` in it, taken frames to `frames`.

        Raises:
            ConfigurationError: There is nothing to show.
        """
        several = _several(clips)
        copies.bring(one.record().artifact("clip") for one in several if isinstance(one, HasRecord))
        shown = [_shown(one) for one in several]
        if not shown:
            raise ConfigurationError("There is no clip to look at: name a task or a file.")
        self._frame: Image | None = None
        self._taken = threading.Lock()
        super().__init__(home=home)
        self.language = words.language()
        self.words = {**player_words(self.language), **clip_words(self.language), "language": self.language}
        self.clips = [self._view(one) for one in shown]

    @property
    def frame(self) -> Image | None:
        """The frame that was taken last, as the first frame of another clip; None before."""
        return self._frame

    def picture(self) -> str:
        """The posters and facts as HTML."""
        return static_preview(self.clips, self.language)

    def text(self) -> str:
        """The facts as lines of text."""
        return text_preview(self.clips)

    def __repr__(self) -> str:
        return f"Player({', '.join(str(view['title'])[:40] for view in self.clips[:3])}{', …' * (len(self.clips) > 3)})"

    def _view(self, shown: Shown) -> dict[str, Any]:
        view: dict[str, Any]
        if shown.path is None:
            view = dict.fromkeys(("token", "name", "path", "poster", "mime"), "")
            view |= dict.fromkeys(("href", "width", "height", "fps", "frames", "duration_s"))
            view |= {"bytes": 0, "video_codec": None, "audio_codec": None, "has_audio": False, "twin": []}
            view["problem"] = shown.problem
        else:
            view = self.offer(shown.path)
        return {**view, "title": shown.title, "facts": shown.facts, "file_facts": facts_line(view, self.language)}

    # -- what the browser asks for --

    def _looked_at(self, message: dict[str, Any], work: Callable[[Offered], None]) -> Future[None]:
        """Something done with the file of a message, in a thread."""
        offered = self.offered(message)

        def look() -> None:
            with _nameless(offered):
                _unchanged(offered)
                work(offered)

        return self._copier.run(look)

    def _on_poster(self, message: dict[str, Any]) -> Future[None]:
        """The first frame, sharp enough for the screen."""

        def make(offered: Offered) -> None:
            self._answer(message, {}, [media.poster(offered.path, width=POSTER_WIDTH, max_bytes=60_000)])

        return self._looked_at(message, make)

    def _on_strip(self, message: dict[str, Any]) -> Future[None]:
        """Small frames beside each other."""

        def make(offered: Offered) -> None:
            made = previews.strip(offered.path, STRIP_FRAMES, side=_STRIP_SIDE, max_bytes=_STRIP_BYTES)
            extra = {"frames": made.frames, "width": made.width, "height": made.height}
            self._answer(message, extra, [made.content])

        return self._looked_at(message, make)

    def _on_take_frame(self, message: dict[str, Any]) -> Future[None]:
        """Keep one frame as a picture, to go on from."""
        index = message.get("frame")
        if not isinstance(index, int) or isinstance(index, bool) or index < 0:
            raise MediaError(Sentence("A frame was asked for that the clip does not have; nothing was kept."))

        def take(offered: Offered) -> None:
            with self._taken:
                path = self._kept_frame(offered.path, index)
                self._frame = Image(path, role="first_frame")
            near = _relative(path, Path.cwd())
            said = near if near and not near.startswith("../..") else str(path)
            code = f'sd.Image({said!r}, role="first_frame")'
            self._answer(message, {"frame": index, "path": _CONTROL.sub("\ufffd", said), "code": code})

        return self._looked_at(message, take)

    def _kept_frame(self, clip: Path, index: int) -> Path:
        count = media.probe_file(clip).frames
        if count is not None and index >= count:
            raise MediaError(Sentence("A frame was asked for that the clip does not have; nothing was kept."))
        folder = self._twin_files.folder.parent / FRAMES
        stem = _UNFIT.sub("-", clip.stem).strip("-.")[:60] or "clip"
        target = folder / f"{stem}-{media.sha256(Source.of(clip))[:8]}-frame-{index + 1:04d}.png"
        if not target.is_file():
            content = media.frame(clip, index)
            folder.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(".part")
            part.write_bytes(content)
            part.replace(target)
        return target


def _several(clips: Clip | Iterable[Clip]) -> Sequence[Clip]:
    if isinstance(clips, HasRecord | str | os.PathLike):
        return [clips]
    return list(clips)


def _shown(clip: Clip) -> Shown:
    if not isinstance(clip, HasRecord):
        path = Path(clip).expanduser()
        return Shown(_CONTROL.sub("\ufffd", path.name), path)
    import datetime as dt

    record = clip.record()
    view = task_view(record, now=dt.datetime.now(dt.UTC))
    seed = say("seed {seed}", seed=view["parameters"]["seed"]) if view["parameters"]["seed"] is not None else ""
    facts = " · ".join(part for part in (view["model"], seed, view["cost"]) if part)
    kept = record.artifact("clip")
    if kept is not None and kept.path is not None and record.status is TaskStatus.KEPT:
        return Shown(view["title"], kept.path, facts)
    return Shown(view["title"], None, facts, problem=f"{view['status_word'].capitalize()}. {view['sentence']}")
