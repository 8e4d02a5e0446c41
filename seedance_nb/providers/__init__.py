"""Clients for the services that run models.

A provider is two pure functions, `encode` and `decode_task`, and a thin class that chooses paths.
The network is in `_http.py` alone. A new provider is one file here and one line in `_CLIENTS`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from seedance_nb.errors import UnknownProviderError
from seedance_nb.providers.keys import KEYRING_SERVICE, find_key
from seedance_nb.providers.protocol import Page, Provider, Upload, UrlOf

if TYPE_CHECKING:
    import httpx

__all__ = ["KEYRING_SERVICE", "Page", "Provider", "Upload", "UrlOf", "client", "find_key", "known"]

_CLIENTS = {
    "ark": ("seedance_nb.providers.ark", "Ark"),
    "byteplus": ("seedance_nb.providers.ark", "BytePlus"),
    "atlas": ("seedance_nb.providers.atlas", "Atlas"),
    "eachlabs": ("seedance_nb.providers.eachlabs", "EachLabs"),
}


def known() -> tuple[str, ...]:
    """The ids of all providers that have a client."""
    return tuple(_CLIENTS)


def client(provider: str, *, base_url: str, key: str, transport: httpx.AsyncBaseTransport | None = None) -> Provider:
    """A client for one provider at one address.

    Args:
        provider: Its id, for example `ark`.
        base_url: Where it answers; plain http on this machine's loopback only.
        key: The API key; kept in the client and shown nowhere.
        transport: What carries the requests; the real network if None.

    Raises:
        UnknownProviderError: No client goes by this id.
    """
    try:
        module, name = _CLIENTS[provider]
    except KeyError:
        raise UnknownProviderError(
            f"There is no provider {provider!r}. Known are {', '.join(map(repr, _CLIENTS))}. Nothing was sent."
        ) from None
    made: Provider = getattr(import_module(module), name)(base_url=base_url, key=key, transport=transport)
    return made
