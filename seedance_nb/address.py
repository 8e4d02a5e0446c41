"""Addresses: whether one is on this machine, or inside a network."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

_INSIDE = (".local", ".localdomain", ".localhost", ".internal", ".lan", ".home", ".home.arpa", ".test", ".invalid")


def is_private(host: str) -> bool:
    """Whether a host, by its name alone, can be reached from inside a network only."""
    try:
        return not ipaddress.ip_address(host.partition("%")[0]).is_global
    except ValueError:
        name = host.rstrip(".").lower()
        return "." not in name or name.endswith(_INSIDE) or name.rpartition(".")[2].isdecimal()


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine itself."""
    host = urlsplit(url).hostname or ""
    if host in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
