"""Taking secrets out of text before it is shown, logged or stored.

Three things are secret wherever they turn up: API keys, the query of a signed URL, and the
bytes of a person's media in base64. What is left still says what kind of thing stood there.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

FOLDED = "…"

_BEARER = re.compile(r"(?i)\b(bearer\s+)[\w.\-+/=~]{6,}")
_KEY = re.compile(r"(?i)\b((?:x-api-key|authorization|api[_-]?key)[\"']?\s*[:=]\s*[\"']?)(?!bearer\s)[\w.\-+/=~]{6,}")
_QUERY = re.compile(r"(https?://[^\s\"'<>?]+)\?[^\s\"'<>]+")
_USERINFO = re.compile(r"(https?://)[^\s/@\"'<>]+@")
_DATA = re.compile(r"(data:[\w.+-]+/[\w.+-]+(?:;[\w=.+-]+)*;base64),?[A-Za-z0-9+/=_-]*")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{200,}={0,2}")


def bare_url(url: str) -> str:
    """The URL without user, query and fragment: what may be shown and stored."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def redact(text: str, *, keys: Sequence[str] = ()) -> str:
    """`text` with keys, signed queries and base64 folded away.

    Args:
        text: Anything that a provider, a person or an exception said.
        keys: Secrets known by value; each occurrence is folded.
    """
    for key in keys:
        if key:
            text = text.replace(key, FOLDED)
    text = _DATA.sub(rf"\1,{FOLDED}", text)
    text = _USERINFO.sub(rf"\1{FOLDED}@", text)
    text = _QUERY.sub(rf"\1?{FOLDED}", text)
    text = _BEARER.sub(rf"\1{FOLDED}", text)
    text = _KEY.sub(rf"\1{FOLDED}", text)
    return _BASE64.sub(FOLDED, text)


def redact_value(value: object, *, keys: Sequence[str] = ()) -> object:
    """The same for a JSON value: every string in it is redacted, its shape stays."""
    if isinstance(value, str):
        return redact(value, keys=keys)
    if isinstance(value, Mapping):
        return {redact(str(k), keys=keys): redact_value(v, keys=keys) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [redact_value(item, keys=keys) for item in value]
    return value


class RedactingFilter(logging.Filter):
    """Redacts what a library's own logger is told: the HTTP library logs whole addresses, signatures included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's text and arguments; every record passes."""
        record.msg = redact(str(record.msg))
        if isinstance(record.args, tuple):
            record.args = tuple(arg if isinstance(arg, int | float) else redact(str(arg)) for arg in record.args)
        elif record.args:
            record.args = {
                name: arg if isinstance(arg, int | float) else redact(str(arg)) for name, arg in record.args.items()
            }
        return True


HTTP_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy")


def guard_logs() -> None:
    """Keep signed addresses out of the HTTP library's logs; called wherever a client is made.

    The retry library's warnings, and ours, stay out of a notebook's cells unless somebody set up logging:
    what they are about is in the ledger and on the task's card.
    """
    for name in ("seedance_nb", "stamina"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    for name in HTTP_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, RedactingFilter) for known in logger.filters):
            logger.addFilter(RedactingFilter())
