"""What Atlas Cloud's Seedance 2.0 models take and cost, as far as the sandbox checks it.

Like Ark's table the sandbox's own, on purpose not the package's catalog.

Sources: Atlas Cloud, model page of Seedance 2.0 reference-to-video (price and token formula);
AtlasCloudAI/atlascloud_comfyui, Seedance 2.0 nodes (parameters); live schema of the mini model as noted
by its users on 2026-07-08 (`-SR` resolutions, seed -1). Read 2026-11-20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from seedance_nb.sandbox.dialects._ark_tables import MODELS as ARK_MODELS
from seedance_nb.sandbox.dialects._ark_tables import SIZES, ArkModel

Kind = Literal["text-to-video", "image-to-video", "reference-to-video"]
Family = Literal["seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini"]

KINDS: tuple[Kind, ...] = ("text-to-video", "image-to-video", "reference-to-video")
UPSCALED: Mapping[str, tuple[str, int]] = {"720p-SR": ("720p", 1), "1080p-SR": ("1080p", 1), "1440p-SR": ("720p", 2)}
"""Sizes of the upscaled resolutions as a multiple of a plain one. Their sizes are nowhere published."""


@dataclass(frozen=True, slots=True)
class AtlasModel:
    """One model id: its kind, and the Ark model behind it."""

    id: str
    family: Family
    kind: Kind
    upstream: ArkModel

    @property
    def resolutions(self) -> tuple[str, ...]:
        """Those of the Ark model, and the upscaled ones."""
        return (*self.upstream.resolutions, *UPSCALED)


_UPSTREAM: Mapping[Family, str] = {
    "seedance-2.0": "dreamina-seedance-2-0-260128",
    "seedance-2.0-fast": "dreamina-seedance-2-0-fast-260128",
    "seedance-2.0-mini": "dreamina-seedance-2-0-mini-260615",
}
MODELS: Mapping[str, AtlasModel] = {
    model.id: model
    for family, upstream in _UPSTREAM.items()
    for kind in KINDS
    for model in (AtlasModel(f"bytedance/{family}/{kind}", family, kind, ARK_MODELS[upstream]),)
}


def size_of(resolution: str, ratio: str) -> tuple[int, int]:
    """Width and height of a clip."""
    plain, times = UPSCALED.get(resolution, (resolution, 1))
    width, height = SIZES[plain][ratio]
    return width * times, height * times


# -- money --

_USD_PER_MILLION: Mapping[Family, tuple[Decimal, Decimal]] = {
    "seedance-2.0": (Decimal("11.2"), Decimal("6.88")),
    # Not published for these two: the same 1.6 times BytePlus's price that the first row is.
    "seedance-2.0-fast": (Decimal("8.96"), Decimal("5.28")),
    "seedance-2.0-mini": (Decimal("5.6"), Decimal("3.36")),
}
"""US dollars for a million tokens: without and with video input."""


def billed_tokens(width: int, height: int, seconds_out: float, seconds_in: float) -> int:
    """Tokens by the formula on the model page: 24 frames a second, without one more, and without a floor."""
    return int(width * height * 24 * (seconds_in + seconds_out) / 1024 + 1e-6)


def price_of(family: Family, resolution: str, *, with_video: bool) -> Decimal | None:
    """US dollars for a million tokens; None for what no source prices by tokens: 1080p and up, and upscaled."""
    if resolution not in ("480p", "720p"):
        return None
    return _USD_PER_MILLION[family][with_video]


def price_a_second(family: Family) -> Decimal:
    """US dollars for a second at 720p without video input, as the model page gives it beside the token price."""
    return (_USD_PER_MILLION[family][0] * 1280 * 720 * 24 / 1024 / 1_000_000).quantize(Decimal("0.0001"))
