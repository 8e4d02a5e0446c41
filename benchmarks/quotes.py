"""What a quote, a check and a cost take, in microseconds, medians of five rounds."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable

import seedance_nb as sd
from seedance_nb import prices


def main() -> None:
    """Print microseconds a call."""
    request = sd.Request(sd.Content("A cat yawns at the camera"), ratio="16:9")
    price = prices.price("ark", "seedance-2.0", resolution="720p", video_input=False, on=dt.date(2026, 11, 20))
    calls: dict[str, Callable[[], object]] = {
        "price.cost(108_900)": lambda: price.cost(108_900),
        "sd.quote(request, 'ark')": lambda: sd.quote(request, "ark"),
        "sd.check(request, 'ark')": lambda: sd.check(request, "ark"),
    }
    for name, call in calls.items():
        call()
        rounds = []
        for _ in range(5):
            start = time.perf_counter()
            for _ in range(1000):
                call()
            rounds.append((time.perf_counter() - start) * 1000)
        print(f"{name:<28} {statistics.median(rounds):7.1f} µs")


if __name__ == "__main__":
    main()
