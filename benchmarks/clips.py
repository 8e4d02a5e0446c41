"""What is done to a clip that is here, against its length: measured, tagged, joined, copied for other players."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av

from seedance_nb import media
from seedance_nb.sandbox.clip import ClipSpec, render

SECONDS = 5
RECIPE = f'{{"{media.TAG_KEY}":1,"prompt":"{"x" * 1500}"}}'


def best(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of the quickest of some runs."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


def remux(path: Path, target: Path) -> None:
    """A tag as others put it in: all streams copied into a new file by PyAV."""
    options = {"movflags": "use_metadata_tags+faststart"}
    with av.open(str(path)) as source, av.open(str(target), "w", container_options=options) as out:
        out.metadata["comment"] = RECIPE
        copies = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.size:
                packet.stream = copies[packet.stream.index]
                out.mux(packet)


def tag(path: Path, target: Path) -> None:
    """A tag as it is put in here, with the comparison of both files."""
    target.write_bytes(b"".join(media.tagged(path, RECIPE)))
    assert media.same_packets(path, target)


def main() -> None:
    """Print each figure."""
    spec = ClipSpec(
        width=1280, height=720, frames=24 * SECONDS + 1, prompt="A fox in the snow", seed=1, model="seedance-2.0",
        mode="text", audio=True, watermark=False,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="sdnb-clips-") as folder:
        clip, target = Path(folder) / "clip.mp4", Path(folder) / "made.mp4"
        clip.write_bytes(render(spec).mp4)
        length = float(media.probe_file(clip).duration or 0)
        print(f"A clip of {length:.2f} s at 720p with sound, {clip.stat().st_size / 1e6:.2f} MB")
        for name, work in {
            "measured": lambda: media.measure(clip),
            "joined with itself three times, pictures copied": lambda: media.join([clip] * 4, target),
            "twin with MP3": lambda: media.twin(clip, target, "mp3"),
            "twin in H.264": lambda: media.twin(clip, target, "h264"),
            "bare copy": lambda: media.bare_copy(clip, target),
            "frame 60 as PNG": lambda: media.frame(clip, 60),
        }.items():
            took = best(work)
            print(f"{name}: {took * 1000:.0f} ms, {length / took:.1f} times as quick as the clip plays")
        ours, theirs = best(lambda: tag(clip, target), 5), best(lambda: remux(clip, target), 5)
        print(
            f"tagged and compared: {ours * 1000:.1f} ms; remuxed with a tag, not compared: {theirs * 1000:.1f} ms "
            f"({ours / theirs:.2f} times); packets the same after a remux: {media.same_packets(clip, target)}"
        )


if __name__ == "__main__":
    main()
