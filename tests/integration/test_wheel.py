"""What is shipped: everything the package needs, and nothing of this checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "-q", "-w", str(folder)]
    command = [sys.executable, "-m", "pip", "wheel", *options, str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_holds_what_is_not_python(wheel: Path) -> None:
    """Data files, widget assets, migrations, the font with its licence, and the type marker are in it."""
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "seedance_nb/py.typed",
        "seedance_nb/catalog/data/ark.toml",
        "seedance_nb/prices/data/ark.toml",
        "seedance_nb/widgets/static/status_card.js",
        "seedance_nb/widgets/static/status_card.css",
        "seedance_nb/ledger/migrations/env.py",
        "seedance_nb/notebooks/01-first-clip.ipynb",
    ):
        assert wanted in names
    assert any(name.startswith("seedance_nb/sandbox/fonts/") and name.endswith(".otf") for name in names)
    assert any("LICENSE-OFL" in name for name in names)
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "notebooks"))]


SMOKE = """
import sys
import seedance_nb as sd
assert "checkout" in sd.__file__, sd.__file__
with sd.Studio("sandbox", home=sys.argv[1]) as studio:
    task = studio.submit(sd.Request(sd.Content("A cat yawns"), ratio="16:9", resolution="480p", duration=4)).wait(180)
    print(task.status, task.cost, studio.ledger.frame().shape[0])
"""


def test_the_wheel_works_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, it makes a clip on the sandbox and charges it."""
    target = tmp_path / "not-the-checkout"
    zipfile.ZipFile(wheel).extractall(target)
    code = f"import sys; sys.path.insert(0, {str(target)!r})\n{SMOKE}"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out")], capture_output=True, text=True, timeout=180, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["kept", "¥1.87", "1"]
