"""The notebooks that come with the package, and JupyterLab on a copy of one."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from seedance_nb.errors import ConfigurationError

_PACKAGE = Path(__file__).parents[1]
_PLACES = (_PACKAGE / "notebooks", _PACKAGE.parent / "notebooks")
"""In a wheel inside of the package, in a checkout beside it."""


def notebooks() -> list[Path]:
    """Those that there are, in order.

    Raises:
        ConfigurationError: This installation has none.
    """
    for place in _PLACES:
        if found := sorted(place.glob("*.ipynb")):
            return found
    raise ConfigurationError(
        "This installation came without its notebooks. They are in the wheel: pip install --force-reinstall seedance-nb"
    )


def copied(name: str, folder: Path) -> Path:
    """A copy of a notebook that belongs to the user; one that is there already is left as it is.

    Args:
        name: The beginning of its name, such as `01`.
        folder: Where it goes; made if it is missing.

    Raises:
        ConfigurationError: There is no such notebook, or the folder cannot be written.
    """
    known = notebooks()
    meant = [path for path in known if path.name.startswith(name)]
    if not name or not meant:
        raise ConfigurationError(
            f"There is no notebook {name!r}; there are {', '.join(path.stem for path in known)}. Nothing was started."
        )
    ours = folder.resolve() / meant[0].name
    if not ours.exists():
        try:
            ours.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(meant[0], ours)
        except OSError as exc:
            raise ConfigurationError(
                f"The notebook cannot be copied to {str(folder)!r}: {exc.strerror}. Name another place with --folder."
            ) from exc
    return ours


def start(notebook: Path, arguments: Sequence[str]) -> int:
    """Run JupyterLab on a notebook until it ends, and return its exit code.

    Raises:
        ConfigurationError: JupyterLab is not installed.
    """
    if find_spec("jupyterlab") is None:
        raise ConfigurationError(
            f'JupyterLab is not installed here: pip install "seedance-nb[lab]". The notebook is in {str(notebook)!r} '
            "and opens in any other Jupyter as well."
        )
    # Containers often run as root, which Jupyter asks to be told of.
    as_root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    command = [sys.executable, "-m", "jupyterlab", *as_root, *arguments, str(notebook)]
    with subprocess.Popen(command) as server:  # noqa: S603 - this Python, with what its user typed
        while True:
            with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is the server's: it asks, and ends in order
                return server.wait()
