"""Clients for the services that run models.

A provider is two pure functions, `encode` and `decode_task`, and a thin class that chooses paths.
The network is in `_http.py` alone. A new provider is one file here and one line in `_CLIENTS`, or an
entry point of another package; see `seedance_nb.plugins`. A file that is taken away takes its provider along.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from seedance_nb import plugins
from seedance_nb.errors import SeedanceError, UnknownProviderError
from seedance_nb.providers.keys import KEYRING_SERVICE, find_key, fingerprint
from seedance_nb.providers.protocol import Page, Provider, Upload, UrlOf
from seedance_nb.redaction import redact

if TYPE_CHECKING:
    import httpx

    from seedance_nb.providers._http import Answer, Http

__all__ = [
    "KEYRING_SERVICE",
    "Answer",
    "Http",
    "Page",
    "Provider",
    "Upload",
    "UrlOf",
    "client",
    "find_key",
    "fingerprint",
    "known",
    "own_module",
]

_CLIENTS = {
    "ark": ("seedance_nb.providers.ark", "Ark"),
    "byteplus": ("seedance_nb.providers.ark", "BytePlus"),
    "atlas": ("seedance_nb.providers.atlas", "Atlas"),
    "eachlabs": ("seedance_nb.providers.eachlabs", "EachLabs"),
}


def __getattr__(name: str) -> object:
    if name in {"Answer", "Http"}:  # for clients in other packages; they bring the HTTP library along
        return getattr(import_module("seedance_nb.providers._http"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def known() -> tuple[str, ...]:
    """The ids of all providers that have a client: those of this package, then those that others bring."""
    return plugins.usable(_own())


@cache
def _own() -> tuple[str, ...]:
    folder = Path(__file__).parent
    return tuple(one for one, (module, _) in _CLIENTS.items() if (folder / f"{module.split('.')[-1]}.py").exists())


def own_module(provider: str) -> ModuleType | None:
    """The module with this package's own client of a provider; None where its file was taken away."""
    return import_module(_CLIENTS[provider][0]) if provider in _own() else None


def client(provider: str, *, base_url: str, key: str, transport: httpx.AsyncBaseTransport | None = None) -> Provider:
    """A client for one provider at one address.

    Args:
        provider: Its id, for example `ark`.
        base_url: Where it answers; plain http on this machine's loopback only.
        key: The API key; kept in the client and shown nowhere.
        transport: What carries the requests; the real network if None.

    Raises:
        UnknownProviderError: No client goes by this id.
        ConfigurationError: Another package brings it, and its client cannot be used; or two packages do.
    """
    plugin = plugins.bringing(provider, _own())
    if plugin is not None:
        return _brought(plugin, base_url=base_url, key=key, transport=transport)
    if provider not in _own():
        names = ", ".join(map(repr, known()))
        raise UnknownProviderError(f"There is no provider {provider!r}. Known are {names}. Nothing was sent.")
    module, name = _CLIENTS[provider]
    made: Provider = getattr(import_module(module), name)(base_url=base_url, key=key, transport=transport)
    return made


def _brought(
    plugin: plugins.Plugin, *, base_url: str, key: str, transport: httpx.AsyncBaseTransport | None
) -> Provider:
    kind = plugin.client_class()
    try:
        made: Provider = kind(base_url=base_url, key=key, transport=transport)
    except SeedanceError:
        raise
    except Exception as exc:  # noqa: BLE001 - code of others; raised again as one of ours
        # Whatever it says, or holds, may have the key in it.
        said = redact(f"{type(exc).__name__}: {exc}", keys=(key,)).rstrip(".")
        raise plugin.unusable(f"its client did not start: {said}") from None
    if missing := sorted(name for name in _asked_for() if not hasattr(made, name)):
        raise plugin.unusable(f"its client has no {', '.join(missing)}")
    if made.id != plugin.id:
        raise plugin.unusable(f"its client is called {made.id!r}")
    return made


def _asked_for() -> set[str]:
    """Everything that the engine may ask of a client."""
    methods = {name for name, value in vars(Provider).items() if callable(value) and not name.startswith("_")}
    return methods | set(Provider.__annotations__)
