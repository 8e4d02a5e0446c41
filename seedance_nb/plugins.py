"""Providers that other packages bring, as entry points in the group `seedance_nb.providers`.

An entry point is named as the provider's id and points at its client, `module:Class`. What is known of the
provider lies in the folder `data` beside that module: `catalog.toml` and `prices.toml`, written like those here.
Installed packages are looked through once, when a provider is first asked for; no client is imported for it.
"""

from __future__ import annotations

import re
import tomllib
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from seedance_nb.errors import ConfigurationError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "seedance_nb.providers"
RESERVED = frozenset({"sandbox"})
"""Ids that mean something else."""
OWN = "seedance-nb itself"
_ID = re.compile(r"[a-z][a-z0-9_]*")
_said: set[str] = set()

Kind = Literal["catalog", "prices"]


def file(kind: Kind) -> str:
    """What the file is called that says such a thing."""
    return f"{kind}.toml"


@dataclass(frozen=True, slots=True)
class Plugin:
    """A provider that another package brings."""

    id: str
    distribution: str
    """Name and version of the package that brings it."""
    entry: EntryPoint = field(repr=False)

    def client_class(self) -> Any:
        """The class that the entry point names.

        Raises:
            ConfigurationError: It cannot be imported.
        """
        try:
            return self.entry.load()
        except Exception as exc:
            raise self.unusable(f"{self.entry.value} cannot be imported: {_words(exc)}") from exc

    def table(self, kind: Kind) -> dict[str, Any] | None:
        """What its file of this kind says, or None where it has none.

        Raises:
            ConfigurationError: The file, or the package that holds it, cannot be read.
        """
        from importlib import resources, util

        try:
            # Importing the package above the client's module is all that this does.
            spec = util.find_spec(self.entry.module)
            if spec is None or not spec.parent:
                raise ModuleNotFoundError(f"{self.entry.module} is no module in a package")
            place = resources.files(spec.parent) / "data" / file(kind)
            return tomllib.loads(place.read_text("utf-8")) if place.is_file() else None
        except Exception as exc:
            raise self.unusable(f"data/{file(kind)} cannot be read: {_words(exc)}") from exc

    def unusable(self, why: str) -> ConfigurationError:
        """The error that says why it cannot be used."""
        return ConfigurationError(
            f"The provider {self.id!r} of {self.distribution} cannot be used: {why}. "
            f"Update {self.distribution.split()[0]}, or uninstall it; the other providers work without it."
        )


def usable(own: Collection[str]) -> tuple[str, ...]:
    """The package's own ids in their order, then those of plug-ins by name.

    An id that two packages claim is left out, since nobody can say whose code would get the key; a warning
    names them, once.

    Args:
        own: The ids that this package has itself.
    """
    claims = found()
    ids = []
    for provider_id in (*own, *sorted(set(claims) - set(own))):
        if rivals := _rivals(provider_id, own):
            complain(_contested(provider_id, rivals))
        else:
            ids.append(provider_id)
    return tuple(ids)


def bringing(provider_id: str, own: Collection[str]) -> Plugin | None:
    """The plug-in that brings a provider, or None where the package itself has it or nobody does.

    Raises:
        ConfigurationError: Several packages claim the id.
    """
    if rivals := _rivals(provider_id, own):
        raise ConfigurationError(_contested(provider_id, rivals))
    plugins = found().get(provider_id, ())
    return plugins[0] if plugins else None


def complain(text: str) -> None:
    """Warn of something that is left out; the same thing is said once."""
    if text not in _said:
        _said.add(text)
        warnings.warn(text, stacklevel=3)


@cache
def found() -> Mapping[str, tuple[Plugin, ...]]:
    """Every plug-in that is installed, by the id it claims."""
    from importlib import metadata  # costs more than all else here

    claims: dict[str, tuple[Plugin, ...]] = {}
    for entry in metadata.entry_points(group=GROUP):
        of = entry.dist
        plugin = Plugin(entry.name, f"{of.name} {of.version}" if of is not None else "an unnamed package", entry)
        if _ID.fullmatch(entry.name) is None or entry.name in RESERVED:
            why = f"its id must be lower case letters, digits and underscores, and not {', '.join(sorted(RESERVED))}"
            complain(str(plugin.unusable(why)))
        else:
            claims[entry.name] = (*claims.get(entry.name, ()), plugin)
    return claims


def _rivals(provider_id: str, own: Collection[str]) -> list[str]:
    """Who claims an id, if that is more than one."""
    claimants = [OWN] if provider_id in own else []
    claimants += sorted(plugin.distribution for plugin in found().get(provider_id, ()))
    return claimants if len(claimants) > 1 else []


def _contested(provider_id: str, rivals: Collection[str]) -> str:
    return (
        f"The provider {provider_id!r} is claimed by {' and by '.join(rivals)}. None of them is used, because the key "
        "could go to the wrong one. Nothing was sent. Uninstall all but one."
    )


def _words(exc: Exception) -> str:
    return f"{type(exc).__name__}: {exc}".rstrip(".")
