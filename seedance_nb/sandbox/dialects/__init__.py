"""How each provider speaks. A dialect is one class in one module, named in `_DIALECTS`.

It says which operation a request is, answers it from the `Core`, and words the refusals. Faults, bodies,
connections and the log of requests are the server's business.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from seedance_nb.sandbox._core import Core
from seedance_nb.sandbox.scenario import Fault

_DIALECTS = {
    "ark": "seedance_nb.sandbox.dialects.ark:ArkDialect",
    "atlas": "seedance_nb.sandbox.dialects.atlas:AtlasDialect",
    "eachlabs": "seedance_nb.sandbox.dialects.eachlabs:EachLabsDialect",
}
DIALECTS: Mapping[str, str] = {
    name: where for name, where in _DIALECTS.items() if (Path(__file__).parent / f"{name}.py").exists()
}
"""By provider: `module:class`. A dialect whose file was taken away is not spoken."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as a dialect sees it."""

    operation: str
    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    serial: int
    """A number no other call of this sandbox has."""
    at: float
    """When it arrived, in unix seconds of the sandbox clock."""
    spelling: str = ""
    """Which of a provider's spellings a fault asks for; empty: the usual one."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a dialect answers; `body` is JSON unless it is bytes."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class Dialect(Protocol):
    """What the server asks of a dialect."""

    name: str
    prefixes: tuple[str, ...]
    """Paths that belong to it, without a slash at the end."""
    base_path: str
    """What a client's base URL has after host and port."""

    def __init__(self, core: Core) -> None: ...

    def operation(self, method: str, path: str) -> str:
        """`"create"`, `"get"`, …, or `""` for a request that is none."""

    async def handle(self, call: Call) -> Reply:
        """Answer a request."""

    def refuse(self, call: Call, fault: Fault) -> Reply:
        """The answer of a fault that is a refusal: `unauthorized`, `rate_limit`, …"""

    def too_large(self, call: Call) -> Reply:
        """The answer to a body above the limit."""


def load(name: str, core: Core) -> Dialect:
    """The dialect of a provider, ready to answer."""
    module, _, attribute = DIALECTS[name].partition(":")
    return cast("Dialect", getattr(importlib.import_module(module), attribute)(core))
