"""The reference: one page for each room of the house, with everything of the public face that lives there."""

from __future__ import annotations

import inspect
from pathlib import Path

from docs.extension.face import face, members
from docs.pages.fields import constant

INTRODUCTION = """\
# Reference

What `import seedance_nb as sd` offers, and everything that can be reached from it. Names that begin with an
underscore, and modules that are not here, may change without a word.

```{toctree}
:maxdepth: 1

"""

_PAGES = {
    "studio": ("The studio", "studio"),
    "tasks": ("Tasks and batches", "handle", "batch", "task", "engine"),
    "requests": ("Content and requests", "content", "request", "recipe", "export", "words"),
    "money": ("Money, quotes and budgets", "money", "prices", "budget", "live", "reports.quotes"),
    "comparing": ("Comparing, sweeps and votes", "compare", "vote", "media"),
    "chains": ("Chains", "chain"),
    "ledger": ("The ledger and its books", "ledger", "reports", "rows", "doctor", "library"),
    "widgets": ("Widgets", "widgets", "composing", "bench"),
    "catalog": ("The catalog", "catalog"),
    "providers": ("Providers", "providers", "plugins", "webhooks"),
    "sandbox": ("The sandbox", "sandbox"),
    "errors": ("Errors", "errors"),
    "more": ("More",),
}
"""Each page with its title and the units whose objects stand on it; the last one has what belongs nowhere else."""


def pages() -> dict[str, str]:
    """The pages by name, in Markdown."""
    found = face()
    homes = {unit: page for page, (_, *units) in _PAGES.items() for unit in units}
    written: dict[str, list[str]] = {page: [] for page in _PAGES}
    for name, value in found.items():
        written[_page(homes, _home(name, value))].append(_directive(name, value))
    made = {
        page: "\n".join([f"# {_PAGES[page][0]}\n", "```{eval-rst}", *directives, "```", ""])
        for page, directives in written.items()
        if directives
    }
    return {"index": f"{INTRODUCTION}{chr(10).join(made)}\n```\n", **made}


def write(folder: Path) -> None:
    """Write the pages where they differ, so that what did not change is not built again."""
    folder.mkdir(exist_ok=True)
    made = pages()
    for old in folder.glob("*.md"):
        if old.stem not in made:
            old.unlink()
    for name, text in made.items():
        file = folder / f"{name}.md"
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")


def _home(name: str, value: object) -> str:
    """The module that something stands in; of a constant, that it is offered by."""
    is_made = inspect.isclass(value) or inspect.isroutine(inspect.unwrap(value))  # type: ignore[arg-type]
    return str(value.__module__ if is_made else name)


def _page(homes: dict[str, str], module: str) -> str:
    unit, *rest = module.split(".")[1:]
    return homes.get(f"{unit}.{''.join(rest[:1])}") or homes.get(unit, "more")


def _directive(name: str, value: object) -> str:
    if isinstance(value, type):
        lines = [f".. auto{'exception' if issubclass(value, BaseException) else 'class'}:: {name}"]
        shown = members(value)
        lines += [f"   :members: {', '.join(shown)}", "   :undoc-members:"] if shown else []
    elif inspect.isroutine(inspect.unwrap(value)):  # type: ignore[arg-type]
        lines = [f".. autofunction:: {name}"]
    else:
        module, _, short = name.rpartition(".")
        lines = [f".. py:data:: {name}", "", f"   {constant(module, short)}"]
    return "\n".join([*lines, ""])
