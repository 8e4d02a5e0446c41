"""An environment in which nothing is installed but the wheel and what it requires, made without a network."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def required(name: str) -> dict[str, Distribution]:
    """What a distribution needs without any extra, and what that needs, as they are installed here."""
    found: dict[str, Distribution] = {}
    wanted = [(name, frozenset[str]())]
    seen = set()
    while wanted:
        name, extras = wanted.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found[canonicalize_name(name)] = here = distribution(name)
        for line in here.requires or ():
            one = Requirement(line)
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                wanted.append((one.name, frozenset(one.extras)))
    return found


def bare(folder: Path, wheel: Path) -> Path:
    """The interpreter of a new environment in `folder`, with the wheel in it and links to what it requires."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    for name, installed in required("seedance-nb").items():
        if name == "seedance-nb":
            continue
        for top in {file.parts[0] for file in installed.files or () if file.parts[0] not in {"..", "__pycache__"}}:
            link = site / top
            if not link.exists():
                link.symlink_to(Path(str(installed.locate_file(top))))
    zipfile.ZipFile(wheel).extractall(site)
    return folder / "bin" / "python"
