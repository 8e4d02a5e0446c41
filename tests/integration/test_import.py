"""What importing the package costs, in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    *("pandas", "numpy", "sqlalchemy", "alembic", "av", "PIL", "starlette", "uvicorn"),
    *("ipywidgets", "anywidget", "httpx", "jinja2", "nest_asyncio"),
}


def loaded(statement: str) -> set[str]:
    """The modules that a statement leaves in a fresh interpreter."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "statement",
    [
        "import seedance_nb",
        "import seedance_nb as sd; sd.Request(sd.Content('x', sd.Image('a.png')))",
        "import seedance_nb as sd; sd.quote(sd.Request('x', ratio='16:9'), 'ark')",
        "import seedance_nb as sd; sd.check(sd.Request('x'), 'ark')",
        "import seedance_nb as sd; sd.sandbox.KEY",
        "import seedance_nb.cli",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_used(statement: str) -> None:
    """Composing, checking and pricing a prompt needs no pandas, database, media or widget library."""
    assert not loaded(statement) & HEAVY


def test_the_public_names_are_there_and_sorted() -> None:
    """`__all__` is sorted, and every name in it resolves."""
    import seedance_nb as sd

    assert sorted(sd.__all__) == sd.__all__
    for name in sd.__all__:
        assert getattr(sd, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = sd.nonsense
