"""What a player says: the words of its buttons, and the facts of a file on a line."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from seedance_nb import words
from seedance_nb.words import Language, Number, Word, say

_CODECS = {"h264": "H.264", "hevc": "HEVC", "av1": "AV1", "vp9": "VP9", "aac": "AAC", "mp3": "MP3", "opus": "Opus"}


def player_words(language: Language) -> dict[str, str]:
    """What the browser writes by itself; in braces what it fills in."""

    def said(text: Word) -> str:
        return text.said(language)

    return {
        "play": said(Word("Play")),
        "play_title": said(Word("Play: {title}")),
        "pause": said(Word("Pause")),
        "back": said(Word("One frame back")),
        "on": said(Word("One frame on")),
        "first": said(Word("First frame", "player")),
        "last": said(Word("Last frame", "player")),
        "loop": said(Word("Loop")),
        "mark_in": said(Word("Begin of the loop here")),
        "mark_out": said(Word("End of the loop here")),
        "unmark": said(Word("Without marks")),
        "speed": said(Word("Speed")),
        "sound_on": said(Word("Sound on")),
        "sound_off": said(Word("Sound off")),
        "no_sound": said(Word("This clip has no sound")),
        "volume": said(Word("Volume")),
        "full": said(Word("Full screen")),
        "unfull": said(Word("Leave full screen")),
        "take": said(Word("Use this frame")),
        "take_help": said(Word("Keep this frame as a picture, the first frame of the next clip")),
        "taken": said(Word("Frame {frame} is kept; player.frame in Python, or:")),
        "copy": said(Word("Copy")),
        "copied": said(Word("Copied")),
        "download": said(Word("Download")),
        "scrub": said(Word("Place in the clip")),
        "at": said(Word("frame {frame} of {frames}, {time}")),
        "frame": said(Word("frame {frame} of {frames}")),
        "between": said(Word("Loop: frames {first} to {last}")),
        "group": said(Word("Clip: {title}")),
        "dropped": said(
            Word("This machine leaves out frames of this clip ({dropped} of {all}); each is there to step to.")
        ),
        "keys": said(
            Word(
                "Space play · ← → frame · Shift ← → second · Home, End · I, O marks, X none · L loop · M sound · "
                "F full screen"
            )
        ),
    }


def facts_line(view: Mapping[str, Any], language: Language) -> str:
    """What is in a file: pixels, frames, length, codecs, size."""
    if view["problem"]:
        return ""
    parts = [f"{view['width']}×{view['height']}" if view["width"] else ""]
    if view["fps"]:
        fps = round(float(Fraction(*view["fps"])), 2)
        parts.append(say("{fps} frames/s", language=language, fps=Number(int(fps) if fps == int(fps) else fps)))
    if view["duration_s"]:
        parts.append(say("{length} s", language=language, length=Number(round(view["duration_s"], 2))))
    codecs = [_CODECS.get(codec, codec) for codec in (view["video_codec"], view["audio_codec"]) if codec]
    parts.append(" + ".join(codecs))
    if not view["has_audio"]:
        parts.append(say("no sound", language=language))
    parts.append(words.bytes(view["bytes"], language) if view["bytes"] else "")
    return " · ".join(part for part in parts if part)
