"""500 clips measured: in one process, on a Dask cluster of two worker processes, and with one of these killed."""

from __future__ import annotations

import os
import signal
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

import seedance_nb as sd
from seedance_nb.sandbox.clip import ClipSpec, render

CLIPS = 500
RENDERED = 25
"""So many are rendered; the others are these with another number in a box that no player reads: another file each."""
FRAMES = 25


def clips(folder: Path) -> list[Path]:
    """All of them, on this disk."""
    made = []
    for number in range(RENDERED):
        spec = ClipSpec(
            width=432, height=240, frames=FRAMES, prompt=f"Scene {number}", seed=number, model="seedance-2.0",
            mode="text", audio=True, watermark=False,
        )  # fmt: skip
        mp4 = render(spec).mp4
        for copy in range(CLIPS // RENDERED):
            path = folder / f"{number:02}-{copy:02}.mp4"
            path.write_bytes(mp4 + struct.pack(">I4sI", 12, b"free", copy))
            made.append(path)
    return made


@contextmanager
def cluster() -> Iterator[Any]:
    """Two worker processes with one thread each."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, processes=True, threads_per_worker=1, dashboard_address="127.0.0.1:0") as made,
        Client(made, set_as_default=False) as client,
    ):
        client.run(lambda: __import__("seedance_nb.media").media.measure)  # the libraries are loaded
        yield client


def measured(paths: list[Path], media: Any = None, *, kill: bool = False) -> tuple[pd.DataFrame, float, float]:
    """What was measured, the seconds it took, and the processor seconds of this process meanwhile."""
    with tempfile.TemporaryDirectory() as home, sd.Studio("sandbox", home=home, media=media) as studio:
        over = threading.Event()

        def killer() -> None:
            while not over.wait(0.2):
                if len(os.listdir(home)) and _kept(studio) >= CLIPS * 2 // 5:
                    os.kill(next(iter(media.run(os.getpid).values())), signal.SIGKILL)
                    print(f"  one of two workers killed after {_kept(studio)} clips")
                    return

        thread = threading.Thread(target=killer)
        if kill:
            thread.start()
        began, used = time.perf_counter(), time.process_time()
        found = studio.measure(paths, progress=False)
        took, used = time.perf_counter() - began, time.process_time() - used
        over.set()
        if kill:
            thread.join()
        return found, took, used


def _kept(studio: sd.Studio) -> int:
    import sqlalchemy as sa

    with studio._store._reading() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM measures")).scalar_one())


def main() -> None:
    """Print each figure."""
    with tempfile.TemporaryDirectory(prefix="sdnb-dask-") as folder:
        paths = clips(Path(folder))
        size = sum(path.stat().st_size for path in paths) / 1e6
        print(f"{CLIPS} clips of 432×240, {FRAMES / 24:.1f} s with sound, {size:.0f} MB; {os.cpu_count()} cores")
        print(f"load before: {os.getloadavg()[0]:.1f}")
        alone, first, used = measured(paths)
        print(f"one process                     {first:6.1f} s   kernel's own processor time {used:6.1f} s   1.00")
        with cluster() as client:
            for name, kill in (("Dask, two workers", False), ("Dask, one of two killed", True)):
                found, took, used = measured(paths, client, kill=kill)
                pd.testing.assert_frame_equal(found, alone, check_exact=True)
                print(f"{name:30}  {took:6.1f} s   kernel's own processor time {used:6.1f} s   {first / took:.2f}")
        again, took, used = measured(paths)
        pd.testing.assert_frame_equal(again, alone, check_exact=True)
        print(f"one process, once more          {took:6.1f} s   kernel's own processor time {used:6.1f} s")
        print(f"figures the same in all runs, to the last bit; errors: {int(alone['error'].notna().sum())}")
        print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
