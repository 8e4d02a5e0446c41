"""The wheel away from the checkout: on the oldest and the newest Python here, with the lowest and the highest versions.

    make packages

Each of the three environments is made anew from the package index, which takes minutes and a network. In each the
first notebook is run with nothing but what the wheel requires, then a part of the tests with what they need. What was
installed and what came of it is kept in `benchmarks/results`, with the date.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
OLDEST = (3, 11)
EXTRAS = ("charts", "webhooks", "postgres")
"""Extras that the tests below need."""
TOOLS = ("hypothesis", "pytest", "pytest-xdist", "babel", "nbclient", "nbformat")
TESTS = (
    *("unit/test_media*.py", "unit/test_ledger_[!t]*.py", "unit/test_frame.py", "unit/test_costs.py"),
    *("unit/test_composer.py", "unit/test_clip.py", "unit/test_http.py", "unit/test_report.py", "unit/test_magics.py"),
    *("integration/test_engine.py", "integration/test_batch.py", "integration/test_chain.py"),
    *("integration/test_ledger_processes.py", "integration/test_ledger_frames.py", "integration/test_sandbox_ark.py"),
)


@dataclass
class Trial:
    """One environment, and what came of it."""

    python: str
    versions: str
    installed: dict[str, str]
    notebook: str
    tests: str
    seconds: float

    @property
    def is_well(self) -> bool:
        """Whether all of it worked."""
        return self.notebook == "works" and self.tests.endswith("passed")


def pythons() -> dict[tuple[int, int], Path]:
    """The interpreters of this machine that the package is for: those on the path, and those of pyenv."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [Path(path) for number in range(OLDEST[1], 30) if (path := shutil.which(f"python3.{number}"))]
    found += [*sorted((home / "versions").glob("3.*/bin/python")), Path(sys.executable)]
    known: dict[tuple[int, int], Path] = {}
    for path in found:
        ask = "import sys, venv, ensurepip, sqlite3, ssl; print(*sys.version_info[:2], sys.version_info[3])"
        asked = subprocess.run([path, "-c", ask], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and asked.stdout.split()[2] == "final":
            major, minor, _ = asked.stdout.split()
            if (version := (int(major), int(minor))) >= OLDEST:
                known.setdefault(version, path)
    return known


def lowest() -> list[str]:
    """Every requirement of the package, with or without an extra, at its lower bound."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"], *(line for name in EXTRAS for line in project["optional-dependencies"][name])]
    bounds = [(one.name, bound) for one in map(Requirement, lines) for bound in one.specifier]
    return [f"{name}=={bound.version}" for name, bound in bounds if bound.operator == ">="]


def tried(python: Path, wheel: Path, folder: Path, *, is_lowest: bool) -> Trial:
    """Make an environment, install the wheel, run the notebook, then the tests."""
    started = time.monotonic()
    subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
    inside = folder / "venv" / "bin" / "python"
    limits = folder / "lowest.txt"
    limits.write_text("\n".join(lowest()) if is_lowest else "")
    install = [inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", limits]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SEEDANCE_NB"))}
    subprocess.run([*install, wheel], check=True, env=environment)
    here = folder / "here"
    here.mkdir()
    script = [inside, "-P", ROOT / "tests" / "bare" / "notebook.py", ROOT / "notebooks" / "01-first-clip.ipynb"]
    ran = subprocess.run(script, cwd=here, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        print(ran.stderr[-3000:])
    # The tests alone, beside what they read; the package is the one that was installed.
    for name in ("tests", "docs", "notebooks", "README.md", "CONTRIBUTING.md", "pyproject.toml", "CHANGELOG.md"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, here / name)
    subprocess.run([*install, f"{wheel}[{','.join(EXTRAS)}]", *TOOLS], check=True, env=environment)
    files = [file.relative_to(here) for pattern in TESTS for file in sorted((here / "tests").glob(pattern))]
    # Old versions are deprecated by what is new beside them; whether they work is the question here.
    quiet = ["-W", "default::DeprecationWarning"]
    command = [inside, "-m", "pytest", "-q", "-n", "3", "--dist", "worksteal", *quiet, *files]
    tests = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=False)
    summary = re.findall(r"^(.*(?:passed|failed|error).*) in [\d.]+s", tests.stdout, re.MULTILINE)
    if tests.returncode != 0:
        print(tests.stdout[-4000:])
    listing = subprocess.run(
        [*install[:3], "list", "--format=json"], capture_output=True, text=True, env=environment, check=False
    )
    installed = {each["name"].lower(): each["version"] for each in json.loads(listing.stdout or "[]")}
    asked = subprocess.run(
        [inside, "-c", "import platform; print(platform.python_version())"], capture_output=True, check=False
    )
    return Trial(
        asked.stdout.decode().strip(),
        "lowest" if is_lowest else "highest",
        installed,
        "works" if ran.returncode == 0 else "fails",
        summary[-1] if summary else "no summary",
        time.monotonic() - started,
    )


def table(trials: list[Trial]) -> str:
    """What was tried, in Markdown."""
    names = [one.name for one in map(Requirement, _required())]
    head = "| | " + " | ".join(f"{trial.python}, {trial.versions}" for trial in trials) + " |"
    rows = [head, "| --- |" + " --- |" * len(trials)]
    rows.append("| notebook 01, bare | " + " | ".join(trial.notebook for trial in trials) + " |")
    rows.append("| tests | " + " | ".join(trial.tests for trial in trials) + " |")
    rows += [f"| {name} | " + " | ".join(t.installed.get(name.lower(), "–") for t in trials) + " |" for name in names]
    return "\n".join(rows)


def _required() -> list[str]:
    lines: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    return lines


def main() -> int:
    """Try all, and write down what came of it; 1 where something does not work."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", choices=("lowest", "highest"), help="only this end of the versions")
    only = options.parse_args().only
    known = pythons()
    print("Python here: " + ", ".join(f"{major}.{minor}" for major, minor in sorted(known)), flush=True)
    trials: list[Trial] = []
    with tempfile.TemporaryDirectory(prefix="sdnb-packages-") as name:
        build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", name, str(ROOT)]
        subprocess.run(build, check=True)
        [wheel] = Path(name).glob("*.whl")
        # The lowest versions are older than the newest Python, and there are no wheels of them for it.
        for version, end in ((min(known), "lowest"), (min(known), "highest"), (max(known), "highest")):
            if only in {None, end}:
                folder = Path(name) / f"{version[1]}-{end}"
                folder.mkdir()
                trials.append(tried(known[version], wheel, folder, is_lowest=end == "lowest"))
                last = trials[-1]
                print(f"Python {last.python}, {end}: notebook 01 {last.notebook}; {last.tests}", flush=True)
                shutil.rmtree(folder)
    today = f"{dt.datetime.now(dt.UTC):%Y-%m-%d}"
    path = RESULTS / f"{today}-packages.md"
    machine = f"{platform.system()}, {platform.machine()}"
    path.write_text(f"# {path.stem}\n\n{machine}. `make packages`, {len(TESTS)} groups of tests:\n\n{table(trials)}\n")
    print(f"written to {path.relative_to(Path.cwd())}")
    return 0 if all(trial.is_well for trial in trials) else 1


if __name__ == "__main__":
    sys.exit(main())
