"""Addresses of object stores: `s3://bucket/prefix` and its like, and of objects in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from seedance_nb.errors import ConfigurationError

SCHEMES = ("s3", "gs", "tos")
"""Amazon S3 and what speaks its protocol; Google Cloud Storage; Volcengine's and BytePlus' TOS."""

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,220}[A-Za-z0-9]")
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._=+-]*")


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket, and the folder in it that is ours."""

    scheme: str
    bucket: str
    prefix: str
    """Without slashes at its ends; empty: the whole bucket."""

    def __str__(self) -> str:
        return "/".join(part for part in (f"{self.scheme}://{self.bucket}", self.prefix) if part)


def is_address(text: object) -> bool:
    """Whether something names an object store, and no folder; also where it names none that we know."""
    return isinstance(text, str) and _SCHEME.fullmatch(text) is not None


def parsed(address: str) -> Place:
    """The place that an address names.

    >>> str(parsed("s3://films/team/"))
    's3://films/team'

    Raises:
        ConfigurationError: It names no place in a store that we know. The text does not repeat what may be a key.
    """
    found = _SCHEME.fullmatch(address)
    scheme = found["scheme"].lower() if found else ""
    if found is None or scheme not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise ConfigurationError(f"An object store is named by {known}bucket/folder; {scheme or 'this'!r} is none.")
    bucket, _, prefix = found["rest"].partition("/")
    prefix = prefix.strip("/")
    if _BUCKET.fullmatch(bucket) is None or not all(_PART.fullmatch(part) for part in prefix.split("/") if prefix):
        raise ConfigurationError(
            f"The address after {scheme}:// is not that of a bucket and a folder, as in {scheme}://films/team. Keys "
            "and endpoints do not belong into it: they come from the environment. Nothing was opened."
        )
    return Place(scheme, bucket, prefix)
