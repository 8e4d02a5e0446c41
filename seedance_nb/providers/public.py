"""Which addresses that a provider names we go to: public ones over https, and the sandbox's own."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit
from urllib.request import getproxies

from seedance_nb.address import LOOPBACK
from seedance_nb.errors import TransportError
from seedance_nb.redaction import redact


def refusal(url: str, *, loopback: bool) -> str | None:
    """Why an address is not one that we go to, as half a sentence, or None where it is.

    Args:
        url: The address.
        loopback: Whether this machine itself may be named, as by the sandbox.

    Raises:
        TransportError: The host could not be found, which says nothing about it.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return f"{redact(url)[:200]!r}, which is no address"
    if loopback and parts.scheme in {"http", "https"} and host in LOOPBACK:
        return None
    if parts.scheme != "https" or not host:
        return f"{redact(url)[:200]!r}, which is not https"
    if not all(_is_public(address) for address in _addresses(host, port or 443)):
        return f"the host {host}, which is not a public one"
    return None


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _addresses(host: str, port: int) -> set[str]:
    if "https" in getproxies():  # the proxy, not this machine, finds the host
        return {host} if _is_address(host) else set()
    try:
        return {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as exc:
        raise TransportError(f"The host {host[:100]} could not be found: {exc}.", provider="") from None
