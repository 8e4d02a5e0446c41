"""Real MP4 files for the sandbox, drawn from a prompt and a seed.

`render` turns a `ClipSpec` into a `Clip`: a calm generated scene with a caption, sound if wanted, and the mark
SANDBOX on every frame.
Nothing here knows about providers, tasks or HTTP, and the drawing libraries load with the first clip.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FPS", "Clip", "ClipSpec", "picture", "render"]

FPS = 24
"""Frames per second of every clip.

Source: providers' answers carry `framespersecond: 24` for every Seedance 2.0 clip.
"""


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """What a clip shall be: size, length, words, and the media it starts from."""

    width: int
    """Width in pixels, even."""

    height: int
    """Height in pixels, even."""

    frames: int
    """Number of frames, usually 24 × seconds + 1."""

    prompt: str
    """The text that is shown and that, with the seed, decides the scene."""

    seed: int
    """Another seed is another scene."""

    model: str
    """The provider's model id, which is not shown; fast and mini models draw a flatter scene."""

    mode: str
    """`"text"`, `"first_frame"`, `"first_last_frame"` or `"reference"`."""

    audio: bool
    """Whether the file has sound."""

    watermark: bool
    """Whether "AI 生成" is written in the bottom right corner."""

    first_frame: bytes | None = None
    """The picture the clip starts with, as an encoded file."""

    last_frame: bytes | None = None
    """The picture the clip ends with, as an encoded file."""

    images: tuple[bytes, ...] = ()
    """Reference pictures, as encoded files; nine are shown."""

    videos: tuple[bytes, ...] = ()
    """Reference videos, as encoded files; three are shown."""

    audios: tuple[bytes, ...] = ()
    """Reference audios, as encoded files; three are shown, the first is heard."""

    codec: str = "h264"
    """`"h264"` in 8 bit, or `"hevc"` in 10 bit as providers use for 4k."""

    def __post_init__(self) -> None:
        if self.width < 64 or self.height < 64 or self.width % 2 or self.height % 2:
            raise ValueError(f"A clip is at least 64×64 and even, not {self.width}×{self.height}.")
        if self.frames < 1:
            raise ValueError(f"A clip has at least one frame, not {self.frames}.")
        if self.codec not in ("h264", "hevc"):
            raise ValueError(f"A clip is coded as 'h264' or 'hevc', not {self.codec!r}.")


@dataclass(frozen=True, slots=True)
class Clip:
    """A rendered clip."""

    mp4: bytes
    """The file, with its index in front so that playing starts at once."""

    last_frame: bytes
    """The last frame as a PNG of full size, without watermark."""


def render(spec: ClipSpec) -> Clip:
    """Draw, sound and encode a clip.

    The same spec gives the same bytes on the same installation.
    Media that cannot be read are replaced by a quiet card, or by the scene if they were to fill the frame.
    """
    from seedance_nb.sandbox.clip.director import film

    return film(spec)


def picture(prompt: str, width: int, height: int, seed: int) -> bytes:
    """Draw the scene with which a text clip of five seconds begins, as a PNG in RGB with no lettering on it.

    The same arguments give the same bytes on the same installation.

    Raises:
        ValueError: The picture would have less than 64 pixels on a side.
    """
    if width < 64 or height < 64:
        raise ValueError(f"A picture is at least 64×64, not {width}×{height}.")
    from seedance_nb.sandbox.clip.director import bare

    return bare(prompt, width, height, seed)
