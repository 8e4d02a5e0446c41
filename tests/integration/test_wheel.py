"""What is shipped: everything the package needs, and nothing of this checkout."""

from __future__ import annotations

import email
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from packaging.requirements import Requirement

from ..bare.environment import bare

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "-q", "-w", str(folder)]
    command = [sys.executable, "-m", "pip", "wheel", *options, str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    """What the wheel says of itself."""
    with zipfile.ZipFile(wheel) as opened:
        [name] = [name for name in opened.namelist() if name.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(opened.read(name))


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
    ):
        assert wanted in names
    assert any(name.startswith("seedance_nb/sandbox/fonts/") and name.endswith(".otf") for name in names)
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "notebooks"))]


def test_whoever_lists_what_is_installed_finds_licence_and_origin(wheel: Path, metadata: Message) -> None:
    """As an inventory of software reads it: an expression, files that are there, and no address of a private host."""
    assert metadata["License-Expression"] == "MIT AND OFL-1.1"
    licences = metadata.get_all("License-File", ())
    assert {"LICENSE", "seedance_nb/sandbox/fonts/LICENSE-OFL.txt"} <= set(licences)
    names = zipfile.ZipFile(wheel).namelist()
    assert {name for name in names if "/LICENSE" in name and "dist-info" not in name} <= set(licences)
    for file in licences:
        assert any(name.endswith(f".dist-info/licenses/{file}") for name in names)
    assert "Typing :: Typed" in metadata.get_all("Classifier", ())
    addresses = [line.partition(", ")[2] for line in metadata.get_all("Project-URL", ())]
    assert all(urlsplit(address).scheme == "https" and "." in urlsplit(address).netloc for address in addresses)
    for line in metadata.get_all("Requires-Dist", ()):
        assert "@" not in line, "a requirement by address cannot be checked against advisories"


def test_the_oldest_python_is_said_once(metadata: Message) -> None:
    """The requirement, the classifiers, the linter and the type checker mean the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    classified = [line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier", ()) if "Python :: 3." in line]
    oldest = min(classified, key=lambda version: int(version.partition(".")[2]))
    assert metadata["Requires-Python"] == f">={oldest}"
    assert project["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"
    assert project["tool"]["mypy"]["python_version"] == oldest


def test_every_requirement_says_from_where_on(metadata: Message) -> None:
    """A lower bound for each, which `make packages` installs and tries."""
    for line in metadata.get_all("Requires-Dist", ()):
        assert any(one.operator in {">=", "=="} for one in Requirement(line).specifier), line


def test_in_a_bare_environment_the_first_notebook_works(wheel: Path, tmp_path: Path) -> None:
    """With what the wheel requires and nothing else, away from the checkout: a clip is made and accounted for."""
    python = bare(tmp_path / "bare", wheel)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SEEDANCE_NB"))}
    script = ROOT / "tests" / "bare" / "notebook.py"
    command = [str(python), "-P", str(script), str(ROOT / "notebooks" / "01-first-clip.ipynb")]
    (tmp_path / "here").mkdir()
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=tmp_path / "here", env=environment)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert str(tmp_path / "bare") in said["file"]
    assert said["clips"] == 1
    there = subprocess.run(
        [str(python), "-c", "import importlib.util as u; print(*map(u.find_spec, ('jupyterlab', 'pytest', 'pip')))"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert there.stdout.split() == ["None"] * 3
