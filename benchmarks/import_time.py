"""What importing costs, against Ark's own SDK: whole processes, in turn, medians of nine.

The aim is a tenth of the SDK's time.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

STATEMENTS = {
    "pass": "pass",
    "import seedance_nb": "import seedance_nb",
    "import, compose, check, quote": (
        "import seedance_nb as sd; r = sd.Request(sd.Content('x'), ratio='16:9'); "
        "assert not sd.check(r, 'ark'); sd.quote(r, 'ark')"
    ),
    "seedance-nb --help": "import sys; from seedance_nb.cli import main; sys.stdout = None; main(['--help'])",
    "import volcenginesdkarkruntime": "import volcenginesdkarkruntime",
}
RUNS = 9


def main() -> None:
    """Print milliseconds for each statement, and ours as a share of the SDK's."""
    taken: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(RUNS):
        for name, statement in STATEMENTS.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", statement], check=True)
            taken[name].append((time.perf_counter() - start) * 1000)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    peer = medians["import volcenginesdkarkruntime"]
    for name, median in medians.items():
        print(f"{name:<32} {median:7.1f} ms   {median / peer:5.2f} of the SDK")


if __name__ == "__main__":
    main()
