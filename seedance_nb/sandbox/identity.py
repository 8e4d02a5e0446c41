"""Asking an address on this machine whether a sandbox listens there."""

from __future__ import annotations

import json
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from seedance_nb.address import is_loopback
from seedance_nb.errors import SandboxError

TIMEOUT = 5.0


def is_sandbox(url: str) -> bool:
    """Whether a sandbox answers at a base URL; no key is sent to find out.

    Raises:
        SandboxError: Nothing answers there at all.
    """
    parts = urlsplit(url)
    if not is_loopback(url) or parts.scheme not in {"http", "https"}:
        return False
    opener = build_opener(ProxyHandler({}))  # a proxy cannot reach this machine
    try:
        with opener.open(f"{parts.scheme}://{parts.netloc}/sandbox", timeout=TIMEOUT) as answer:
            said = json.loads(answer.read(10_000))
    except HTTPError:
        return False
    except (URLError, OSError) as exc:
        raise SandboxError(
            f"Nothing answers at {parts.netloc}: {getattr(exc, 'reason', exc)}. Nothing was sent. "
            f"Start it with `seedance-nb sandbox --port {parts.port or 8765}`, or unset the overriding address."
        ) from None
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("sandbox") == "seedance_nb"
