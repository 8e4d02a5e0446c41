"""Text of strangers made fit to be shown: no marks that turn or hide text, no secrets, not too long."""

from __future__ import annotations

import re

from seedance_nb.redaction import redact

LONGEST = 600
_READ = 20_000
"""Folding looks through the whole text; nothing that is to be shown is as long."""
_TORN = 400
"""A secret that the cut went through may be too short to be known for one."""

# Control characters, lone surrogates, and the marks that turn the direction of all text behind them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_HALF = re.compile(r"[\ud800-\udfff]")
INSTEAD = "\ufffd"


def shown(text: str, *, most: int = LONGEST) -> str:
    """A text that a browser may draw and a notebook may keep."""
    head = text[:_READ]
    clean = redact(_CONTROL.sub(INSTEAD, head))
    if len(head) < len(text):
        clean = clean[:-_TORN]
    return clean if len(clean) <= most and len(head) == len(text) else clean[: most - 1] + "…"


def whole(text: str) -> str:
    """The text with every half character replaced, one for one, since JSON cannot carry it."""
    return _HALF.sub(INSTEAD, text)
