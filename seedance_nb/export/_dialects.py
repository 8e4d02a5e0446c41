"""Which providers code can be written for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from seedance_nb import catalog
from seedance_nb.errors import ConfigurationError
from seedance_nb.export._dialect import Dialect

_MODULES = {"ark": "_ark", "byteplus": "_ark", "atlas": "_atlas", "eachlabs": "_eachlabs"}


def dialect(provider: str) -> Dialect:
    """How a provider is spoken to.

    Raises:
        UnknownProviderError: No provider goes by this id.
        ConfigurationError: It is one for which no code is written, such as one that a plug-in brought.
    """
    facts = catalog.provider(provider)
    if provider not in _written():
        raise ConfigurationError(
            f"No code can be written for {facts.name}, only for {', '.join(map(repr, _written()))}."
        )
    found: Dialect = import_module(f"seedance_nb.export.{_MODULES[provider]}").DIALECT
    return found


@cache
def _written() -> tuple[str, ...]:
    """Those whose module is there: a provider is taken away with its files."""
    return tuple(name for name, module in _MODULES.items() if (Path(__file__).parent / f"{module}.py").exists())
