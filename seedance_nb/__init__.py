"""Seedance 2.0 video generation in notebooks.

A clip is paid for once, never lost, and always explained. The names below load when they are
first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedance_nb import catalog, errors, prices, providers, sandbox
    from seedance_nb.batch import Batch
    from seedance_nb.budget import Budget
    from seedance_nb.catalog import check
    from seedance_nb.chain import Chain, Shot
    from seedance_nb.compare import Comparison, Sweep
    from seedance_nb.content import Audio, Content, Image, Text, Video
    from seedance_nb.engine import run
    from seedance_nb.handle import Task
    from seedance_nb.live import live_prices
    from seedance_nb.money import Money, Quote, Usage
    from seedance_nb.prices import quote
    from seedance_nb.recipe import Recipe
    from seedance_nb.recipe import open as open
    from seedance_nb.reports.quotes import quotes
    from seedance_nb.request import Problem, Request
    from seedance_nb.studio import Studio
    from seedance_nb.task import Artifact, TaskRecord, TaskStatus

# `open` is not among them: `from seedance_nb import *` must not take Python's own away.
__all__ = [
    "Artifact",
    "Audio",
    "Batch",
    "Budget",
    "Chain",
    "Comparison",
    "Content",
    "Image",
    "Money",
    "Problem",
    "Quote",
    "Recipe",
    "Request",
    "Shot",
    "Studio",
    "Sweep",
    "Task",
    "TaskRecord",
    "TaskStatus",
    "Text",
    "Usage",
    "Video",
    "__version__",
    "catalog",
    "check",
    "errors",
    "live_prices",
    "prices",
    "providers",
    "quote",
    "quotes",
    "run",
    "sandbox",
]

_HOMES = {
    "Artifact": "task",
    "Audio": "content",
    "Batch": "batch",
    "Budget": "budget",
    "Chain": "chain",
    "Comparison": "compare",
    "Content": "content",
    "Image": "content",
    "Money": "money",
    "Problem": "request",
    "Quote": "money",
    "Recipe": "recipe",
    "Request": "request",
    "Shot": "chain",
    "Studio": "studio",
    "Sweep": "compare",
    "Task": "handle",
    "TaskRecord": "task",
    "TaskStatus": "task",
    "Text": "content",
    "Usage": "money",
    "Video": "content",
    "check": "catalog",
    "live_prices": "live",
    "load_ipython_extension": "magics",
    "open": "recipe",
    "quote": "prices",
    "quotes": "reports.quotes",
    "run": "engine",
    "unload_ipython_extension": "magics",
}
_PACKAGES = frozenset({"catalog", "errors", "prices", "providers", "sandbox"})


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("seedance-nb")
    if name in _PACKAGES:
        return import_module(f"seedance_nb.{name}")
    if name in _HOMES:
        value = getattr(import_module(f"seedance_nb.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'seedance_nb' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *globals()})
