"""What is known of a picture, clip or sound once it has been opened."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from seedance_nb.content import MediaKind

_MIMES = {"mov": "video/quicktime", "mp3": "audio/mpeg", "mkv": "video/x-matroska", "m4a": "audio/mp4"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a picture, clip or sound really is, whatever its name says."""

    kind: MediaKind
    format: str
    """The format of the bytes, short and lower-case: `png`, `jpeg`, `mp4`, `mov`, `wav`, `mp3`."""
    bytes: int
    """Size of the file."""
    width: int | None = None
    """Pixels across as shown, that is, after any rotation the file asks for. None for a sound."""
    height: int | None = None
    """Pixels down as shown. None for a sound."""
    duration: Fraction | None = None
    """Seconds, exact, counted from what is in the file. None for a picture."""
    fps: Fraction | None = None
    """Frames a second on average. None unless it is a clip."""
    frames: int | None = None
    """How many frames a clip has. None unless it is a clip."""
    video_codec: str | None = None
    """For example `h264` or `hevc`."""
    audio_codec: str | None = None
    """For example `aac`; None where there is no sound."""

    @property
    def mime(self) -> str:
        """The registered media type, for example `image/png` or `audio/mpeg`."""
        return _MIMES.get(self.format, f"{self.kind}/{self.format}")

    @property
    def pixels(self) -> int | None:
        """Width times height, where there is a picture."""
        return None if self.width is None or self.height is None else self.width * self.height
