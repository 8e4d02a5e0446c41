"""Run every benchmark, each in a process of its own, and print its figures.

Apart are those of another kind: `make soak` and `benchmarks.asleep` look for promises that break, `make packages`
needs a network, `benchmarks.litellm_against_sandbox` a library that is not here, and `benchmarks.big_ledger` makes a
ledger for `benchmarks.ledger_frames --at`, gigabytes of it.
"""

import subprocess
import sys

EVERY = (
    *("import_time", "quotes", "sandbox_clip", "clips", "votes", "polling", "polling_live", "live_tasks", "memory"),
    *("ledger_frames", "ledger_table", "previews", "frame_lock", "boards"),
)

failed = []
for name in EVERY:
    print(f"\n# {name}", flush=True)
    if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0:
        failed.append(name)
if failed:
    sys.exit(f"These ended with an error: {', '.join(failed)}")
