"""The clips on a report's page: posters, and players where they are asked for."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from seedance_nb import words
from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import Ledger
from seedance_nb.reports._report_table import records
from seedance_nb.reports._voice import Voice
from seedance_nb.task import Artifact, ArtifactKind

if TYPE_CHECKING:
    from seedance_nb.reports.ledger_view import LedgerView

Clips = Literal["none", "beside", "inside"]
Bring = Callable[[Iterable[Artifact | None]], None]
"""Has files of tasks on this disk that lie in an object store."""
MOST_CLIPS = 60
"""So many clips are shown, the newest; the sums are about all."""
MOST_INSIDE = 256 * 2**20
"""Bytes of clips that a report may hold."""
_PROMPT = 160


def gallery(
    voice: Voice,
    view: LedgerView,
    ledger: Ledger,
    where: Mapping[str, object],
    target: Path,
    clips: Clips,
    bring: Bring,
) -> tuple[str, str]:
    """The newest kept clips, each with its poster and facts, below what they are called; empty: there is none.

    Raises:
        ConfigurationError: They are too large for one file.
    """
    frame = view.frame({**where, "status": "kept"} if "status" not in where else where, limit=MOST_CLIPS)
    if frame.empty:
        return "", ""
    posters = {record.local_id: record for record in ledger.records_of(list(frame["local_id"]))}
    kinds: tuple[ArtifactKind, ...] = ("poster",) if clips == "none" else ("poster", "clip")
    bring(record.artifact(kind) for record in posters.values() for kind in kinds)
    held, cards = 0, []
    for row in records(frame):
        record = posters[row["local_id"]]
        poster, clip = record.artifact("poster"), record.artifact("clip")
        image = _data(poster.path, "image/jpeg") if poster and poster.path else ""
        source = ""
        if clips != "none" and clip and clip.path and clip.path.exists():
            held += clip.path.stat().st_size
            if clips == "inside" and held > MOST_INSIDE:
                raise ConfigurationError(
                    f"The clips are more than {MOST_INSIDE // 2**20} MiB together, too much for one file. "
                    "Nothing was written. Say clips='beside', or filter."
                )
            source = _data(clip.path, "video/mp4") if clips == "inside" else _link(clip.path, target)
        cards.append(_card(voice, row, image, source))
    count = words.number(len(cards), voice.language)
    title = voice.say("The newest clips ({count})", count=count)
    return title, f'<div class="clips">{"".join(cards)}</div>'


def _card(voice: Voice, row: dict[str, Any], image: str, source: str) -> str:
    prompt = str(row["prompt"])
    shown = prompt if len(prompt) <= _PROMPT else f"{prompt[: _PROMPT - 1].rstrip()}…"
    if source:
        poster = f' poster="{image}"' if image else ""
        picture = f'<video controls preload="none" src="{escape(source)}"{poster}></video>'
    else:
        picture = f'<img src="{image}" alt="">' if image else '<div class="none"></div>'
    facts = [str(row["model"]), str(row["provider"])]
    facts += [voice.money(row["cost"], str(row["currency"]))] if isinstance(row["cost"], Decimal) else []
    facts += [f"seed\u00a0{row['seed']}"] if row["seed"] == row["seed"] and row["seed"] is not None else []
    said_of = [str(row[name]) for name in ("tags", "note") if isinstance(row[name], str)]
    more = f'<p class="said">{escape(" · ".join(said_of))}</p>' if said_of else ""
    return (
        f"<figure>{picture}<figcaption><p>{escape(shown)}</p>"
        f'<p class="facts">{escape(" · ".join(facts))}</p>{more}</figcaption></figure>'
    )


def _data(path: Path, kind: str) -> str:
    try:
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
    except OSError:
        return ""


def _link(clip: Path, target: Path) -> str:
    try:
        return quote(Path(os.path.relpath(clip, target.resolve().parent)).as_posix())
    except ValueError:  # another drive
        return clip.as_uri()
