"""How fast the sandbox renders: seconds of clip for each second of waiting.

Run it as `python benchmarks/sandbox_clip.py`, on a machine that does nothing else; each number is the median of three.
"""

from __future__ import annotations

import statistics
import time

from seedance_nb.sandbox.clip import FPS, ClipSpec, render

SIZES = {"480p": (864, 496), "720p": (1280, 720), "1080p": (1920, 1080)}
MODELS = ("doubao-seedance-2-0-260128", "doubao-seedance-2-0-fast-260128")


def measure(width: int, height: int, model: str) -> tuple[float, int]:
    """Seconds of waiting for a clip of five seconds, and the size of its file in bytes."""
    spec = ClipSpec(
        width=width,
        height=height,
        frames=5 * FPS + 1,
        prompt="A cat on a hill at sunset, cinematic, soft light",
        seed=42,
        model=model,
        mode="text",
        audio=True,
        watermark=False,
    )
    taken, size = [], 0
    for _ in range(3):
        start = time.perf_counter()
        size = len(render(spec).mp4)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken), size


def main() -> None:
    """Print one line for every size and model."""
    render(ClipSpec(64, 64, 2, "", 0, "", "text", audio=True, watermark=False))
    for name, (width, height) in SIZES.items():
        for model in MODELS:
            seconds, size = measure(width, height, model)
            print(
                f"{name:>5} {width}×{height}  {model:<32} {seconds:.2f} s"
                f"  {(5 * FPS + 1) / FPS / seconds:4.1f}× real time  {size / 1e6:.2f} MB"
            )


if __name__ == "__main__":
    main()
