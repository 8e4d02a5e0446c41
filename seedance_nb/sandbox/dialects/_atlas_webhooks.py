"""Atlas Cloud's webhooks: one signed POST when a task has ended, and the key to check it with.

Source: Atlas Cloud, webhooks (atlascloud.ai/docs/en/webhooks), read 2026-11-20.
Signing takes the package `cryptography`, which is loaded with the first webhook.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import secrets
import time
from typing import TYPE_CHECKING, Any

from seedance_nb.sandbox import _fetch
from seedance_nb.sandbox.dialects._atlas_errors import AtlasError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

EVENT = "video.task.terminal"
_PRIVATE_NAMES = (".local", ".internal", ".localdomain", ".lan", ".home", ".test", ".invalid")


def is_receiver(url: str) -> bool:
    """Whether a webhook may go to this URL: https and a public host, judged without asking a name server.

    This machine is allowed too, and without https: the service refuses it, but it is where a receiver that
    is being tried out listens.
    """
    if not _fetch.is_allowed(url):
        return False
    host = _fetch.host_of(url) or ""
    if _fetch.is_loopback(host):
        return True
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        name = host.rstrip(".")
        return "." in name and not name.endswith(_PRIVATE_NAMES) and not name.rpartition(".")[2].isdecimal()


class Signer:
    """The keys of one sandbox, made when the first is needed."""

    def __init__(self) -> None:
        self._key: Ed25519PrivateKey | None = None
        self._shared = secrets.token_bytes(32)

    def jwks(self) -> dict[str, Any]:
        """The public key, as `…/webhooks/jwks.json` publishes it.

        Raises:
            AtlasError: The package for it is not installed.
        """
        public = self._load().public_key().public_bytes_raw()
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": _base64url(public), "kid": _key_id(public)}]}

    def headers(self, session_id: str, body: bytes) -> dict[str, str]:
        """The headers of one webhook.

        Its timestamp is real time, whatever the clock of the sandbox says: receivers refuse what is
        older than five minutes by their own clock.
        """
        key = self._load()
        stamp = str(int(time.time()))
        message = stamp.encode() + b"." + body
        prefix = "X-AtlasCloud-Webhook"
        return {
            f"{prefix}-Id": session_id,
            f"{prefix}-Event": EVENT,
            f"{prefix}-Timestamp": stamp,
            f"{prefix}-Key-Id": _key_id(key.public_key().public_bytes_raw()),
            f"{prefix}-Signature-Ed25519": _base64url(key.sign(message)),
            # The older scheme. Its secret was never published, so here too nobody can check it.
            f"{prefix}-Signature": hmac.new(self._shared, message, hashlib.sha256).hexdigest(),
        }

    def check(self) -> None:
        """Make sure that signing will work.

        Raises:
            AtlasError: The package for it is not installed.
        """
        self._load()

    def _load(self) -> Ed25519PrivateKey:
        if self._key is None:
            try:
                from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
            except ImportError:
                raise AtlasError(
                    500,
                    'The sandbox signs webhooks with a package that is missing: pip install "seedance-nb[webhooks]"',
                ) from None
            self._key = Ed25519PrivateKey.generate()
        return self._key


def webhook_body(
    session_id: str, at: float, *, model: str, status: str, outputs: list[str] | None, error: str | None
) -> bytes:
    """What is posted when a task has ended."""
    body: dict[str, Any] = {
        "session_id": session_id,
        "event_type": EVENT,
        "status": "ERROR" if error else "OK",
        "created_at": int(at * 1000),
    }
    if error:
        body["error"] = error
    body["payload"] = {"model": model, "status": status, "outputs": outputs}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _key_id(public: bytes) -> str:
    return f"sandbox-{hashlib.sha256(public).hexdigest()[:8]}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
