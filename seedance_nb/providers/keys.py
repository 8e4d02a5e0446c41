"""Where an API key comes from: the environment, else the system's keyring if that is installed."""

from __future__ import annotations

import hashlib
import logging
import os

from seedance_nb.errors import MissingKeyError

log = logging.getLogger("seedance_nb.providers")

KEYRING_SERVICE = "seedance-nb"
"""The name under which the system's keyring keeps keys."""


def find_key(name: str) -> str | None:
    """The key that goes by this name, for example `ARK_API_KEY`, or None.

    To keep one in the keyring: `keyring set seedance-nb ARK_API_KEY`.

    Raises:
        MissingKeyError: What stands there cannot be a key.
    """
    key = os.environ.get(name, "").strip() or _from_keyring(name)
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise MissingKeyError(
            f"{name} holds something that is not an API key: it has blanks or characters outside ASCII. "
            "Copy it again from the provider's console. Nothing was sent."
        )
    return key or None


def fingerprint(key: str) -> str:
    """What tells the accounts behind two keys apart, 12 hex digits; empty for an empty key.

    It may be written down and shown: the key cannot be reckoned from it.
    """
    return hashlib.blake2b(key.encode(), digest_size=6, person=b"seedance-nb").hexdigest() if key else ""


def _from_keyring(name: str) -> str | None:
    try:
        import keyring
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password(KEYRING_SERVICE, name)
    except keyring.errors.KeyringError as exc:
        log.info("The keyring was not readable (%s); only the environment is searched for keys.", type(exc).__name__)
        return None
    return found
