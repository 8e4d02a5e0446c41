"""What importing the package costs, in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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


def test_what_belongs_to_an_object_store_is_loaded_with_one(tmp_path: Path) -> None:
    """A studio on a folder, with a kept clip, has nothing of it; where it is not installed, asking for it says how."""
    work = (
        "import seedance_nb as sd\n"
        "from seedance_nb.sandbox import Scenario\n"
        "from seedance_nb.sandbox.clip import ClipSpec, render\n"
        "spec = ClipSpec(width=160, height=96, frames=25, prompt='x', seed=1, model='m', mode='text', audio=False,"
        " watermark=False)\n"
        "box = sd.sandbox.start(scenario=Scenario(queue=0.01, run=0.01), render=lambda _: render(spec))\n"
        f"studio = sd.Studio('sandbox', base_url=box.url('ark'), home={str(tmp_path)!r})\n"
        "assert studio.submit('x').wait(60).video.exists() and not list(studio.doctor())\n"
    )
    missing = (
        "import sys; sys.modules['obstore'] = None\n"
        "try: sd.Studio('sandbox', base_url=box.url('ark'), home='s3://clips/x')\n"
        "except sd.errors.ConfigurationError as exc: assert \"pip install 'seedance-nb[store]'\" in str(exc), exc\n"
        "else: raise AssertionError\n"
        "del sys.modules['obstore']\n"
        "sys.modules['distributed'] = None\n"
        "try: sd.Studio('sandbox', base_url=box.url('ark'), media='tcp://127.0.0.1:8786')\n"
        "except sd.errors.ConfigurationError as exc: assert \"pip install 'seedance-nb[dask]'\" in str(exc), exc\n"
        "else: raise AssertionError\n"
        "del sys.modules['distributed']\n"
    )
    stores = {"obstore", "boto3", "botocore", "fsspec", "s3fs", "aiohttp", "dask", "distributed"}
    assert not loaded(f"{work}import sys; assert 'seedance_nb.store' not in sys.modules\n{missing}") & stores


def test_the_public_names_are_there_and_sorted() -> None:
    """`__all__` is sorted, and every name in it resolves."""
    import seedance_nb as sd

    assert sorted(sd.__all__) == sd.__all__
    for name in sd.__all__:
        assert getattr(sd, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = sd.nonsense
