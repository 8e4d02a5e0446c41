"""EachLabs' Seedance models: slugs, what each takes, and what a second of it costs.

The sandbox's own table, on purpose not the package's catalog.
Sources: EachLabs' skill page for Seedance 2.0 (slugs, parameters and prices of the fast models) and the workflow
examples it has published (the other slugs, 1080p, the price of the standard model); read 2026-11-20.
The live `request_schema` was not to be seen: the one here is written from those pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Mode = Literal["text", "image", "reference"]
Tier = Literal["standard", "fast", "mini"]

ASPECT_RATIOS = ("auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16")
DURATIONS = ("auto", *map(str, range(4, 16)))
REFERENCES = {"image_urls": 9, "video_urls": 3, "audio_urls": 3}
"""Most items of each. The names of the last two, and the numbers, are those of sellers of the same model."""

_PRICES: Mapping[tuple[Tier, str], str] = {
    ("fast", "480p"): "0.1129",
    ("fast", "720p"): "0.2419",
    ("standard", "720p"): "0.3024",
    # Not published. Placeholders, in the proportions of the published ones, of the pixels, and of
    # what BytePlus asks for mini.
    ("standard", "480p"): "0.1411",
    ("standard", "1080p"): "0.6804",
    ("mini", "480p"): "0.0706",
    ("mini", "720p"): "0.1512",
}


@dataclass(frozen=True, slots=True)
class EachLabsModel:
    """One slug."""

    slug: str
    title: str
    mode: Mode
    tier: Tier

    @property
    def resolutions(self) -> tuple[str, ...]:
        """What it offers; 1080p in the standard tier only."""
        return ("480p", "720p", "1080p") if self.tier == "standard" else ("480p", "720p")

    def price(self, resolution: str) -> Decimal:
        """USD per second of the clip."""
        return Decimal(_PRICES[self.tier, resolution])

    def to_json(self) -> dict[str, Any]:
        """The model as `/v1/model` answers it."""
        return {
            "title": self.title,
            "slug": self.slug,
            "version": "0.0.1",
            "output_type": "video",
            "request_schema": self._schema(),
        }

    def _schema(self) -> dict[str, Any]:
        properties: dict[str, Any] = {"prompt": _text("What happens in the clip.")}
        required = ["prompt"]
        if self.mode == "image":
            properties["image_url"] = _url("Frame the clip starts with. JPEG, PNG or WebP, at most 30 MB.")
            properties["end_image_url"] = _url("Frame the clip ends with.")
            required.append("image_url")
        if self.mode == "reference":
            for name, most in REFERENCES.items():
                kind = name.removesuffix("_urls")
                properties[name] = {
                    "type": "array",
                    "items": {"type": "string", "format": "uri"},
                    "maxItems": most,
                    "description": f"References, called @{kind.title()}1, @{kind.title()}2, … in the prompt.",
                }
        properties |= {
            "resolution": _choice(self.resolutions, "720p", "Height of the clip."),
            "duration": _choice(DURATIONS, "auto", "Seconds, as a string; auto leaves them to the model."),
            "aspect_ratio": _choice(ASPECT_RATIOS, "auto", "Width to height; auto follows the input."),
            "generate_audio": {"type": "boolean", "default": True, "description": "Sound; the price is the same."},
            "seed": _text("A number, as a string."),
            "end_user_id": _text("Your name for the person this is made for."),
        }
        return {"type": "object", "required": required, "properties": properties}


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _url(description: str) -> dict[str, Any]:
    return {"type": "string", "format": "uri", "description": description}


def _choice(allowed: tuple[str, ...], default: str, description: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(allowed), "default": default, "description": description}


_NAMES: Mapping[Mode, str] = {"text": "Text to Video", "image": "Image to Video", "reference": "Reference to Video"}


def _model(mode: Mode, tier: Tier) -> EachLabsModel:
    mini, fast = ("mini-" if tier == "mini" else ""), ("-fast" if tier == "fast" else "")
    slug = f"bytedance-seedance-2-0-{mini}{mode}-to-video{fast}"
    words = " ".join(("ByteDance Seedance 2.0", *(("Mini",) if mini else ()), _NAMES[mode]))
    return EachLabsModel(slug, words + (" Fast" if fast else ""), mode, tier)


MODELS: Mapping[str, EachLabsModel] = {
    model.slug: model
    for model in (
        *(_model(mode, tier) for mode in _NAMES for tier in ("standard", "fast")),
        _model("reference", "mini"),
    )
}
