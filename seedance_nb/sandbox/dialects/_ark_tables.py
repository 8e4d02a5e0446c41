"""What Ark's Seedance models can do, as far as the sandbox checks it.

The sandbox's own table, on purpose not the package's catalog: a fake that shares its facts with the
client only confirms the client's mistakes.

Sources: Ark, "Create a video generation task" (82379/1520757), model list and error codes
(82379/1299023); BytePlus ModelArk, the same pages. Read 2026-11-20.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Sizes = Mapping[str, Mapping[str, tuple[int, int]]]

RATIOS = ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9")


def _sizes(**rows: str) -> Sizes:
    def pair(text: str) -> tuple[int, int]:
        width, height = text.split("x")
        return int(width), int(height)

    return {
        name.removeprefix("r"): dict(zip(RATIOS, map(pair, row.split()), strict=True)) for name, row in rows.items()
    }


# Columns as in RATIOS.
SIZES = _sizes(
    r480p="864x496 752x560 640x640 560x752 496x864 992x432",
    r720p="1280x720 1112x834 960x960 834x1112 720x1280 1470x630",
    r1080p="1920x1080 1664x1248 1440x1440 1248x1664 1080x1920 2206x946",
    r4k="3840x2160 3326x2494 2880x2880 2494x3326 2160x3840 4398x1886",
)
SIZES_25 = _sizes(
    r480p="854x480 752x560 640x640 560x752 480x854 992x432",
    r720p="1280x720 1112x834 960x960 834x1112 720x1280 1470x630",
    r1080p="1920x1080 1664x1248 1440x1440 1248x1664 1080x1920 2206x946",
)
SIZES_10 = _sizes(
    r480p="864x480 736x544 640x640 544x736 480x864 960x416",
    r720p="1248x704 1120x832 960x960 832x1120 704x1248 1504x640",
    r1080p="1920x1088 1664x1248 1440x1440 1248x1664 1088x1920 2176x928",
)


@dataclass(frozen=True, slots=True)
class ArkModel:
    """One model: its limits, and which parameters it knows."""

    resolutions: tuple[str, ...]
    durations: tuple[int, int]
    chooses_duration: bool = True
    """Whether `duration: -1` is allowed."""
    default_resolution: str = "720p"
    sizes: Sizes = field(default_factory=lambda: SIZES)
    family: Literal["2.0", "2.5", "1.5", "1.0"] = "2.0"
    images: int = 9
    videos: int = 3
    audios: int = 3
    reference_seconds: int = 15
    """Longest sum of the reference videos, and of the reference audios."""
    references: bool = True
    last_frame: bool = True
    """Whether a last frame may be given beside the first."""
    audio: bool = True
    """Whether it makes sound."""
    echoes_audio: bool = True
    """Whether answers carry `generate_audio`."""
    knows: frozenset[str] = frozenset({"priority", "tools"})
    """Parameters that only some models take."""


_OLD = frozenset({"frames", "camera_fixed", "service_tier"})
_SEEDANCE_20 = ArkModel(("480p", "720p", "1080p", "4k"), (4, 15))
_MODELS: Mapping[str, ArkModel] = {
    "seedance-2-0": _SEEDANCE_20,
    "seedance-2-0-fast": ArkModel(("480p", "720p"), (4, 15)),
    "seedance-2-0-mini": ArkModel(("480p", "720p"), (4, 15), echoes_audio=False),
    "seedance-2-5": ArkModel(
        ("480p", "720p", "1080p"),
        (4, 30),
        sizes=SIZES_25,
        family="2.5",
        images=30,
        videos=10,
        audios=10,
        reference_seconds=30,
        knows=frozenset({"priority", "tools", "output_format", "omni_reference_task_type"}),
    ),
    "seedance-1-5-pro": ArkModel(
        ("480p", "720p", "1080p"),
        (4, 12),
        family="1.5",
        references=False,
        knows=frozenset({"draft", "camera_fixed", "service_tier"}),
    ),
    "seedance-1-0-pro": ArkModel(
        ("480p", "720p", "1080p"),
        (2, 12),
        chooses_duration=False,
        default_resolution="1080p",
        sizes=SIZES_10,
        family="1.0",
        references=False,
        audio=False,
        echoes_audio=False,
        knows=_OLD,
    ),
    "seedance-1-0-pro-fast": ArkModel(
        ("480p", "720p", "1080p"),
        (2, 12),
        chooses_duration=False,
        default_resolution="1080p",
        sizes=SIZES_10,
        family="1.0",
        references=False,
        last_frame=False,
        audio=False,
        echoes_audio=False,
        knows=_OLD,
    ),
}
_DATES = {
    "seedance-2-0": "260128",
    "seedance-2-0-fast": "260128",
    "seedance-2-0-mini": "260615",
    "seedance-2-5": "260628",
    "seedance-1-5-pro": "251215",
    "seedance-1-0-pro": "250528",
    "seedance-1-0-pro-fast": "251015",
}
MODELS: Mapping[str, ArkModel] = {
    f"{brand}{name}-{_DATES[name]}": model
    for name, model in _MODELS.items()
    # BytePlus sells the same models, the 2.x ones under another brand.
    for brand in ("doubao-", "dreamina-" if name.startswith("seedance-2") else "")
}
DEFAULT_MODEL = "doubao-seedance-2-0-260128"
"""What stands behind an endpoint id (`ep-…`) here."""


def short_name(model_id: str) -> str:
    """A model id without its date, as error messages name it."""
    return re.sub(r"-\d{6}$", "", model_id)


def billed_tokens(width: int, height: int, seconds_out: int, seconds_in: float) -> int:
    """Tokens in `usage`: one frame more than 24 a second, with a floor where there was video input.

    Source: every `usage` published with its request; Ark, minimum tokens with video input
    (82379/1544106); both read 2026-11-20.
    """
    # In 24ths of a second, so that a clip of 97 frames counts 97 frames.
    frames_in = round(24 * seconds_in, 3)
    tokens = int(width * height * (frames_in + 24 * seconds_out + 1) / 1024 + 1e-6)
    if not seconds_in:
        return tokens
    least_seconds = -(-5 * seconds_out // 3)
    return max(tokens, width * height * 24 * least_seconds // 1024)
