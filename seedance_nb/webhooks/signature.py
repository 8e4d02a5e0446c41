"""Atlas Cloud's signature on a webhook: read from the headers, held against a key and a clock.

Ed25519 over `<timestamp>.<raw body>`, in base64url without padding.
Source: Atlas Cloud, "Webhooks" (atlascloud.ai/docs/en/webhooks), read 2026-11-20.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from seedance_nb.errors import ConfigurationError

PREFIX = "x-atlascloud-webhook-"
SIGNATURE_BYTES = 64
WINDOW = 300.0
"""Seconds by which the timestamp may differ from our clock, either way."""


def require_cryptography() -> None:
    """Make sure that signatures can be checked.

    Raises:
        ConfigurationError: The package for it is not installed.
    """
    try:
        import cryptography.hazmat.primitives.asymmetric.ed25519  # noqa: F401
    except ImportError:
        raise ConfigurationError(
            "Receiving webhooks takes a package that checks signatures, and it is not installed: "
            'pip install "seedance-nb[webhooks]". Without webhooks tasks are polled, and nothing is lost.'
        ) from None


@dataclass(frozen=True, slots=True)
class Signature:
    """What the headers of a webhook say about its sender; nothing of it is checked yet."""

    webhook_id: str
    key_id: str
    stamp: str
    """The timestamp, verbatim: it is part of what is signed."""
    value: bytes = field(repr=False)

    @property
    def signed_at(self) -> float:
        """The timestamp in seconds since 1970."""
        return float(self.stamp)

    def is_timely(self, now: float) -> bool:
        """Whether the timestamp is close enough to `now`, in seconds since 1970."""
        return abs(now - self.signed_at) <= WINDOW

    def covers(self, body: bytes, key: bytes) -> bool:
        """Whether the holder of this public key signed this very body at this timestamp."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(key).verify(self.value, self.stamp.encode() + b"." + body)
        except (InvalidSignature, ValueError):
            return False
        return True


def read(headers: Mapping[str, str]) -> Signature | None:
    """The signature that a webhook carries, or None where it carries none.

    Args:
        headers: By name in lower case.

    Raises:
        ValueError: There is one, and it is malformed or incomplete.
    """
    encoded = headers.get(f"{PREFIX}signature-ed25519")
    if encoded is None:
        return None
    webhook_id, key_id, stamp = (headers.get(PREFIX + name, "") for name in ("id", "key-id", "timestamp"))
    if not webhook_id or not key_id:
        raise ValueError("a header is missing")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise ValueError("the timestamp is not in whole seconds")
    bare = encoded.rstrip("=")
    value = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    if len(value) != SIGNATURE_BYTES:
        raise ValueError("the signature has another length")
    return Signature(webhook_id, key_id, stamp, value)
