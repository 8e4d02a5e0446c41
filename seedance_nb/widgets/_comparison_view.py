"""What there is to see of a comparison: a screen for each clip, what differs between them, what is the same in all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seedance_nb.redaction import redact
from seedance_nb.widgets._clips import clip_words
from seedance_nb.widgets._view_model import _CONTROL, _shorten
from seedance_nb.words import Language, Word, plural, say

TITLE_CHARS = 120
TEXT_CHARS = 400
UNKNOWN = "–"
NARROWEST, WIDEST = 0.5, 2.4
"""Between which shapes, width to height, a screen is; what is longer has a margin."""


@dataclass(frozen=True, slots=True)
class FactRow:
    """One thing that is known of the clips."""

    label: str
    """What it is, in the language that is spoken."""
    texts: tuple[str, ...]
    """For each clip what it is; empty: not known."""
    shares: tuple[float | None, ...] = ()
    """For each clip how much it is of the most, 0 to 1, where it is a figure to be seen as a bar."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One clip of a comparison."""

    title: str
    clip: Mapping[str, Any] | None
    """What `SendsClips.offer` said of it; None: there is none."""
    absent: str = ""
    """Why there is nothing to see."""


def comparison_view(
    shown: Sequence[Shown],
    rows: Sequence[FactRow],
    *,
    language: Language,
    title: str = "",
) -> dict[str, Any]:
    """What the widget and the page draw.

    Args:
        shown: The clips, in order.
        rows: What is known of them, one text for each clip.
        language: What to say it in.
        title: What is compared; how many clips if empty.
    """
    # A clip of which nothing is known differs in nothing.
    known = [place for place in range(len(shown)) if any(row.texts[place] for row in rows)]
    present = {place for place in known if (clip := shown[place].clip) is not None and not clip["problem"]}
    differ = {row.label: len({row.texts[place] for place in known}) > 1 for row in rows}
    is_one = len(known) == 1
    beside = [row for row in rows if is_one or differ[row.label]]
    clips = [
        {
            "title": clean(one.title, TITLE_CHARS),
            "clip": dict(one.clip) if one.clip is not None else None,
            "absent": clean(one.absent or str((one.clip or {}).get("problem") or ""), TEXT_CHARS),
            "facts": [_fact(row, place) for row in beside if row.texts[place] or place in present],
        }
        for place, one in enumerate(shown)
    ]
    common = [(row.label, row.texts[known[0]]) for row in rows if not is_one and not differ[row.label]]
    lengths = {one.clip["duration_s"] for one in shown if one.clip and one.clip.get("duration_s")}
    return {
        "language": language,
        "title": clean(title, TITLE_CHARS) or plural("{count} clip", "{count} clips", len(shown), language=language),
        "words": comparison_words(language),
        "clips": clips,
        "same": [{"label": label, "text": clean(text, TEXT_CHARS)} for label, text in common],
        "ratio": _ratio(shown),
        "has_lengths": bool(lengths) and max(lengths) - min(lengths) > 0.1,
        "is_still": False,
    }


def clean(text: str, most: int) -> str:
    """A text of a stranger as it may be shown."""
    return _shorten(redact(_CONTROL.sub("\ufffd", text)), most)


def _fact(row: FactRow, place: int) -> dict[str, Any]:
    text = row.texts[place]
    return {
        "label": row.label,
        "text": clean(text, TEXT_CHARS) or UNKNOWN,
        "share": row.shares[place] if row.shares else None,
    }


def _ratio(shown: Sequence[Shown]) -> float:
    """The shape of a screen: that of most clips, of the first of them where there are as many."""
    shapes = [
        round(one.clip["width"] / one.clip["height"], 4)
        for one in shown
        if one.clip and one.clip.get("width") and one.clip.get("height")
    ]
    usual = max(shapes, key=lambda shape: (shapes.count(shape), -shapes.index(shape)), default=16 / 9)
    return round(min(max(usual, NARROWEST), WIDEST), 4)


def comparison_words(language: Language) -> dict[str, str]:
    """What the browser writes by itself; in braces what it fills in."""

    def said(text: Word) -> str:
        return say(text, language=language)

    return {
        "name": said(Word("Clips beside each other")),
        "play": said(Word("Play")),
        "pause": said(Word("Pause")),
        "back": said(Word("One frame back")),
        "on": said(Word("One frame on")),
        "place": said(Word("Place in the clips")),
        "frame": said(Word("Frame", "of a clip")),
        "seconds": said(Word("{seconds} s")),
        "loop": said(Word("Repeat")),
        "speed": said(Word("Speed")),
        "mark_in": said(Word("Begin here")),
        "mark_out": said(Word("End here")),
        "unmark": said(Word("Whole length")),
        "again": said(Word("Shorter clips begin again")),
        "layout": said(Word("How clips are laid out")),
        "grid": said(Word("Side by side")),
        "wipe": said(Word("Wipe")),
        "is_grid": said(Word("The clips are side by side.")),
        "is_wipe": said(Word("One clip lies over the other; arrow keys move the line between them.")),
        "left": said(Word("Left", "side")),
        "right": said(Word("Right", "side")),
        "handle": said(Word("Line between the two clips")),
        "split": said(Word("{share} % from the left")),
        "hear": said(Word("Hear clip {clip}")),
        "mute": said(Word("Mute clip {clip}")),
        "heard": said(Word("Clip {clip} is heard.")),
        "silent": said(Word("No clip is heard.")),
        "loading": said(Word("Loading …")),
        "absent": said(Word("There is no clip.")),
        "slowed": said(
            Word("This machine cannot decode all these clips in time: they play at {share} % of their speed.")
        ),
        "dropped": said(Word("Clip {clip} shows {shown} of {wanted} frames a second.")),
        "inexact": said(Word("This browser does not say which frame it shows; steps may be off by one.")),
        "differs": said(Word("What differs")),
        "same": said(Word("The same in all:")),
        "keys": said(Word("Space plays and stops · ← → one frame, with Shift a second · Home End first and last")),
        "keys_more": said(Word("1 to 9 whose sound, 0 none · G side by side · W wipe · L repeats · I O X marks")),
        **clip_words(language),
    }
