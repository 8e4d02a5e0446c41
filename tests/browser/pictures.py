"""The pictures of README and documentation: which test takes which, and how they get to `docs/images`.

`make pictures` runs these tests and keeps what they saw, in few colours. So a picture shows what is there, from data
that a test checks; look at each before it is committed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Picture

HERE = Path(__file__).parent
IMAGES = HERE.parents[1] / "docs" / "images"
WANTED = "SEEDANCE_NB_PICTURES"
"""The environment's word for tests that take more pictures when README wants them than they need themselves."""


@dataclass(frozen=True)
class Shown:
    """A picture, and where it comes from."""

    test: str
    """The test that takes it: file and function, perhaps with its parameter."""
    light: str
    """The name of its screenshot."""
    dark: str = ""
    """That on the dark theme, where there is one; its file is called `<name>-dark.png`."""
    height: int | None = None
    """So much of its upper end is shown, in pixels; `None` is all."""

    def files(self, name: str) -> Iterator[tuple[str, Path]]:
        """Each screenshot with the file that it becomes."""
        yield self.light, IMAGES / f"{name}.png"
        if self.dark:
            yield self.dark, IMAGES / f"{name}-dark.png"


README = "test_readme_browser.py::test_what_readme_shows_is_what_its_code_does"
COMPOSER = "test_composer_looks.py::test_a_state_looks_as_it_was_kept"
REPORT = "test_report_browser.py::test_it_reads_on_light_dark_and_narrow_pages"

SHOWN = {
    "first-clip": Shown(README, "readme-first-clip-light", "readme-first-clip-dark"),
    "live-cell": Shown(README, "readme-live-cell-light", "readme-live-cell-dark"),
    "comparison": Shown(README, "readme-comparison-light", "readme-comparison-dark"),
    "sweep": Shown(README, "readme-sweep-light", "readme-sweep-dark"),
    "ledger-table": Shown(README, "readme-ledger-light", "readme-ledger-dark"),
    "composer": Shown(f"{COMPOSER}[references]", "composer-references-light-1280", "composer-references-dark-1280"),
    "composer-zh": Shown(f"{COMPOSER}[chinese]", "composer-chinese-light-1280", "composer-chinese-dark-1280"),
    "report": Shown(REPORT, "report-light", "report-dark", height=1170),
}
"""Every picture in `docs/images`, by its name."""


def keep(screenshot: Path, target: Path, height: int | None) -> None:
    """Write a screenshot small enough to be shown: its upper end, in few colours."""
    with Picture.open(screenshot) as taken:
        picture = taken.convert("RGB")
    if height is not None:
        picture = picture.crop((0, 0, picture.width, min(height, picture.height)))
    picture.quantize(256, method=Picture.Quantize.MEDIANCUT).save(target, optimize=True)


def main() -> int:
    """Run the tests; where all of them hold, keep what they saw."""
    tests = sorted({str(HERE / one.test) for one in SHOWN.values()})
    failed = subprocess.call([sys.executable, "-m", "pytest", "-q", *tests], env={**os.environ, WANTED: "1"})
    if failed:
        print("Not all of the tests hold; no picture was changed.", file=sys.stderr)
        return failed
    for name, shown in SHOWN.items():
        for screenshot, target in shown.files(name):
            keep(HERE / "screenshots" / f"{screenshot}.png", target, shown.height)
            print(f"{target.relative_to(IMAGES.parents[1])}: {target.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
