"""Media and composers for the browser tests; copied beside the test's notebook and imported by its kernel."""

from __future__ import annotations

import json
import math
import threading
import wave
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import av
import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

import seedance_nb as sd
from seedance_nb import sandbox
from seedance_nb.composing.kept import BudgetLeft, KeptClip
from seedance_nb.sandbox import _fetch
from seedance_nb.sandbox.dialects import Call, Reply
from seedance_nb.sandbox.dialects.ark import ArkDialect
from seedance_nb.widgets.composer import Composer

if TYPE_CHECKING:
    from seedance_nb.sandbox._server import Sandbox

STEP_S = 180.0

SKIES = {
    "dawn": ((38, 54, 92), (240, 160, 98), (28, 38, 52), (255, 226, 170)),
    "snow": ((150, 186, 214), (238, 242, 246), (84, 110, 132), (255, 255, 250)),
    "night": ((10, 14, 34), (62, 52, 110), (6, 8, 18), (236, 240, 255)),
    "meadow": ((96, 168, 220), (214, 236, 210), (58, 122, 70), (255, 246, 190)),
    "desert": ((232, 180, 120), (250, 222, 176), (150, 88, 52), (255, 250, 226)),
}


def landscape(sky: str, width: int, height: int, *, turn: float = 0.0) -> Picture.Image:
    """A sky, a sun and three rows of hills; `turn` moves the sun and the hills along."""
    top, bottom, hills, sun = (np.array(colour) for colour in SKIES[sky])
    rows = np.linspace(0, 1, height)[:, None, None]
    field = (top * (1 - rows) + bottom * rows) * np.ones((height, width, 1))
    picture = Picture.fromarray(field.astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    size = min(width, height) // 9
    x, y = round(width * (0.25 + 0.5 * turn)), round(height * (0.42 - 0.14 * math.sin(math.pi * turn)))
    draw.ellipse((x - size, y - size, x + size, y + size), fill=tuple(sun))
    for row in range(3):
        shade = tuple(int(part) for part in hills * (0.55 + row * 0.2) + bottom * (0.45 - row * 0.2))
        line = []
        for at in range(0, width + 9, 8):
            way = at / width * (3 + row) + row * 1.7 + turn
            swing = math.sin(way) * 0.06 + math.sin(way * 2.7) * 0.025
            line.append((at, round(height * (0.56 + 0.14 * row + swing))))
        draw.polygon([(0, height), *line, (width, height)], fill=shade)
    return picture


def make_picture(path: Path, sky: str = "dawn", *, width: int = 1280, height: int = 720) -> Path:
    """A picture whose format is that of its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    landscape(sky, width, height).save(path)
    return path


def make_video(path: Path, sky: str = "dawn", *, width: int = 1280, height: int = 720, seconds: int = 4) -> Path:
    """A clip in which the sun travels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.options = {"preset": "ultrafast", "g": "24"}
        small = {}
        for number in range(24 * seconds):
            step = number // 4
            if step not in small:
                small[step] = landscape(sky, width // 4, height // 4, turn=step * 4 / (24 * seconds))
            picture = small[step].resize((width, height))
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())
    return path


def make_sound(path: Path, *, seconds: int = 5) -> Path:
    """A sound that swells and fades."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(16_000 * seconds) / 16_000
    swell = np.abs(np.sin(time * 2.3)) * (0.35 + 0.65 * np.abs(np.sin(time * 0.7)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((np.sin(time * 2 * np.pi * 220) * swell * 30_000).astype("<i2").tobytes())
    return path


class Submitted(list[Any]):
    """What was submitted; `wait_for` is a file until which a submit does not answer."""

    wait_for: Path | None = None

    def __call__(self, request: sd.Request) -> Any:
        end = threading.Event()
        for _ in range(round(STEP_S / 0.02)):
            if self.wait_for is None or self.wait_for.exists():
                break
            end.wait(0.02)
        self.append(request)
        return SimpleNamespace(local_id=f"01jd4k7v0c{len(self)}m")


submitted = Submitted()


def kept_clips() -> list[KeptClip]:
    """One clip of the ledger, whose last frame is taken from it."""
    return [KeptClip("01jd4k7v0c9m", "A fox crosses fresh snow at dawn", make_video(Path("kept/fox.mp4"), "snow"))]


def budgets() -> list[BudgetLeft]:
    return [BudgetLeft("20 CNY/day", Decimal("12.30"), "CNY"), BudgetLeft("600 s/project", 415, "seconds")]


def composer(request: Any = None, *, provider: str = "ark", **changes: Any) -> Composer:
    """A composer with everything that a studio gives it, but for the studio."""
    given: dict[str, Any] = {
        "submit": submitted,
        "quotes": sd.quotes,
        "budget": budgets,
        "kept": kept_clips,
        "home": Path("seedance_out"),
        **changes,
    }
    return Composer(request, provider=provider, **given)


def studio_on_a_sandbox(arrived: list[Any]) -> tuple[sd.Studio, Sandbox]:
    """A studio, and a sandbox of its own in which no task ends.

    Args:
        arrived: Where the body of every create that reaches the sandbox is kept.
    """
    answer = ArkDialect.handle

    async def kept(dialect: ArkDialect, call: Call) -> Reply:
        if call.operation == "create":
            arrived.append(json.loads(call.body))
        return await answer(dialect, call)

    # Without a network: behind every address is a file of the kind that its name says.
    web = {
        "mp4": make_video(Path("web/clip.mp4"), seconds=4).read_bytes(),
        "mp3": make_sound(Path("web/sound.wav"), seconds=4).read_bytes(),
    }
    picture = make_picture(Path("web/picture.png")).read_bytes()
    patch.object(_fetch, "get", lambda url, *, limit: web.get(url.rpartition(".")[2], picture)).start()
    patch.object(ArkDialect, "handle", kept).start()
    started = sandbox.start(speed=0)
    return sd.Studio("sandbox", home="seedance_out", base_url=started.url("ark")), started
