"""The house: imports point down, and each library has its home."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "seedance_nb"

LAYERS: tuple[frozenset[str], ...] = (
    # values: no I/O, no clock, standard library only
    frozenset({"address", "errors", "markup", "redaction"}),
    frozenset({"content", "money", "vote"}),
    frozenset({"budget", "request", "task"}),
    # what several faces make of values: requests out of rows, and answers for programs
    frozenset({"answer", "rows"}),
    # what is said to people, in each language: reads its catalogs from the disk
    frozenset({"words"}),
    # facts, and the reading of media that checks and quotes need: a quote for a reference clip
    # is exact only if its length is; and of what is installed, since a plug-in brings facts and a client
    frozenset({"media", "plugins"}),
    frozenset({"catalog"}),
    frozenset({"prices"}),
    # what made a clip, as text: the engine writes it into the file, everybody reads it out of one
    frozenset({"recipe"}),
    # doors
    frozenset({"providers", "ledger", "sandbox", "store"}),
    # where media work is done: the engine and the faces give it there, and its workers read from stores
    frozenset({"workshop"}),
    # work
    frozenset({"connection", "engine", "export", "reports", "webhooks"}),
    # asking a provider needs an address and the loop, which two units have that do not know each other
    frozenset({"live"}),
    # what is under the hands of somebody who composes a request, without a browser
    frozenset({"composing"}),
    # faces
    frozenset({"widgets"}),
    frozenset({"handle"}),
    frozenset({"batch", "bench", "doctor", "library", "shown_ledger"}),
    # what is done with several clips at once: it submits through batches and is shown by widgets
    frozenset({"chain", "compare"}),
    frozenset({"studio"}),
    frozenset({"demo", "magics", "mcp_server"}),
    frozenset({"cli"}),
)
PUBLIC = "__init__"

SANDBOX_MAY_USE = frozenset({"address", "errors", "redaction", "sandbox"})
"""A sandbox that shared a decoder or a table with the client would only confirm its mistakes."""

HOMES = {
    "httpx": {"providers", "engine", "sandbox"},
    "stamina": {"providers", "engine"},
    "obstore": {"store"},
    "dask": {"workshop"},
    "distributed": {"workshop"},
    "sqlalchemy": {"ledger"},
    "alembic": {"ledger"},
    "pandas": {"reports"},
    "pyarrow": {"reports"},
    "xlsxwriter": {"reports"},
    "altair": {"reports"},
    "vl_convert": {"reports"},
    # `compare` draws votes again a thousand times and fits strengths to each: hundredths of a second, not seconds
    "numpy": {"media", "sandbox", "reports", "compare"},
    "av": {"media", "sandbox"},
    "PIL": {"media", "sandbox"},
    "anywidget": {"widgets"},
    "ipywidgets": {"widgets"},
    "traitlets": {"widgets"},
    "IPython": {"magics", "widgets"},
    "nest_asyncio": {"engine"},
    "starlette": {"sandbox", "webhooks"},
    "uvicorn": {"sandbox"},
    "cryptography": {"sandbox", "webhooks"},
    "keyring": {"providers"},
    "psutil": {"engine"},
    "babel": {"words"},
    "tqdm": {"batch", "demo"},
    "click": {"cli"},
    "mcp": {"mcp_server"},
    "mcp_types": {"mcp_server"},
    "pydantic": {"mcp_server"},
    "anyio": {"mcp_server"},
}


def unit(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every module a file imports, and whether only for types."""
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.dump(branch.test)
        for body in branch.body
        for node in ast.walk(body)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in typing_only
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            assert node.module
            for alias in node.names:
                yield f"{node.module}.{alias.name}", id(node) in typing_only


def layer_of(name: str) -> int:
    return next((level for level, names in enumerate(LAYERS) if name in names), -1)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    """A file imports only from layers below its own, or from its own unit."""
    here = unit(path)
    if here == PUBLIC:
        return
    assert layer_of(here) >= 0, f"{path} has no layer; give it one in LAYERS, and say why"
    for name, typing_only in imports(path):
        parts = name.split(".")
        if parts[0] != "seedance_nb" or typing_only or len(parts) < 2:
            continue
        there = parts[1]
        if there == here or there.startswith("__"):
            continue
        assert layer_of(there) >= 0, f"{path} imports {name}, which has no layer"
        assert layer_of(there) < layer_of(here), f"{path} imports {name}, which is not below it"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_library_stays_at_home(path: Path) -> None:
    """A third-party library is used only in the units it belongs to."""
    here = unit(path)
    for name, typing_only in imports(path):
        top = name.split(".")[0]
        if top in HOMES and not typing_only:
            assert here in HOMES[top], f"{path} imports {top}, whose home is {', '.join(sorted(HOMES[top]))}"


def test_the_sandbox_shares_nothing_with_the_client() -> None:
    """The sandbox knows neither the clients nor their tables."""
    for path in sorted((PACKAGE / "sandbox").rglob("*.py")):
        for name, _ in imports(path):
            parts = name.split(".")
            if parts[0] == "seedance_nb" and len(parts) > 1:
                assert parts[1] in SANDBOX_MAY_USE, f"{path} imports {name}"


def test_values_use_the_standard_library_only() -> None:
    """Values do no I/O: neither a third-party library nor a network or a clock of their own."""
    import sys

    for level in LAYERS[:4]:
        for name in level:
            for imported, _ in imports(PACKAGE / f"{name}.py"):
                top = imported.split(".")[0]
                assert top == "seedance_nb" or top in sys.stdlib_module_names, f"{name} imports {imported}"
                assert top not in {"socket", "http", "sqlite3", "subprocess"}, f"{name} imports {imported}"


def test_no_file_is_called_utils() -> None:
    """Each file is a noun of the field."""
    names = {path.stem.strip("_") for path in modules()}
    assert not names & {"util", "utils", "helpers", "common", "misc"}
