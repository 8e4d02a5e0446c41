"""A name for a file whose name a stranger chose."""

from __future__ import annotations

import re
import unicodedata

MOST_BYTES = 255
"""What file systems take for one name."""

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\ud800-\udfff]')
_INVISIBLE = re.compile(r"[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")


def safe_name(name: str, *, most_bytes: int = MOST_BYTES) -> str:
    """The last part of a name, without what separates paths, hides, turns text around or is kept for devices.

    >>> safe_name("../../etc/cat\u202egnp.exe"), safe_name("CON.png"), safe_name("  .. ")
    ('catgnp.exe', '_CON.png', 'file')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", _UNSAFE_HALVES.sub("_", name)))[-1]
    clean = _INVISIBLE.sub("", _UNSAFE.sub("_", last)).strip(" .")
    if _RESERVED.fullmatch(clean.partition(".")[0].rstrip()):
        clean = f"_{clean}"
    suffix = found[0] if (found := _SUFFIX.search(clean)) else ""
    stem = clean.removesuffix(suffix)
    room = most_bytes - len(suffix)
    return (stem.encode()[:room].decode(errors="ignore").rstrip(" .") + suffix) or "file"


_UNSAFE_HALVES = re.compile(r"[\ud800-\udfff]")
