"""What Atlas Cloud publishes about its models, without a key: the list, and a schema for each.

Source: AtlasCloudAI/mcp-server, src/types.ts and services, read 2026-11-20. Prices are those of
`_atlas_tables`, not the discounted ones of the day.
"""

from __future__ import annotations

import uuid
from typing import Any

from seedance_nb.sandbox.dialects._ark_rules import MAX_SEED
from seedance_nb.sandbox.dialects._ark_tables import RATIOS
from seedance_nb.sandbox.dialects._atlas_rules import REFERENCES
from seedance_nb.sandbox.dialects._atlas_tables import MODELS, AtlasModel, price_a_second

_NAMESPACE = uuid.UUID("2f0d3c52-6a0e-4c1c-9f61-0c8b1f0c7d11")
_TITLES = {
    "text-to-video": "Text-to-Video",
    "image-to-video": "Image-to-Video",
    "reference-to-video": "Reference-to-Video",
}
_FAMILIES = {
    "seedance-2.0": "Seedance 2.0",
    "seedance-2.0-fast": "Seedance 2.0 Fast",
    "seedance-2.0-mini": "Seedance 2.0 Mini",
}


def model_list(schemas: str) -> dict[str, Any]:
    """The answer to `GET /models`; `schemas` is the address its schema URLs begin with."""
    return {"code": "200", "data": [_entry(model, schemas) for model in MODELS.values()]}


def _entry(model: AtlasModel, schemas: str) -> dict[str, Any]:
    price = {"base_price": str(price_a_second(model.family))}
    return {
        "uuid": str(uuid.uuid5(_NAMESPACE, model.id)),
        "model": model.id,
        "type": "Video",
        "displayName": f"{_FAMILIES[model.family]} {_TITLES[model.kind]}",
        "organization": "ByteDance",
        "price": {"discount": "100", "actual": price, "origin": dict(price)},
        "schema": f"{schemas}/{model.id}.json",
        "display_console": True,
    }


def input_schema(model: AtlasModel) -> dict[str, Any]:
    """The OpenAPI document behind a schema URL; the parameters are in `components.schemas.Input.properties`."""
    url = {"type": "string", "format": "uri"}
    properties: dict[str, Any] = {"model": {"type": "string", "default": model.id}, "prompt": {"type": "string"}}
    required = ["model", "prompt"]
    if model.kind == "image-to-video":
        properties |= {"image": url, "last_image": url}
        required = ["model", "image"]
    elif model.kind == "reference-to-video":
        properties |= {name: {"type": "array", "items": url, "maxItems": most} for name, _, most in REFERENCES}
    properties |= {
        "duration": {"type": "integer", "enum": [-1, *range(4, 16)], "default": 5},
        "resolution": {"type": "string", "enum": list(model.resolutions), "default": "720p"},
        "ratio": {"type": "string", "enum": [*RATIOS, "adaptive"], "default": "adaptive"},
        "generate_audio": {"type": "boolean", "default": True},
        "watermark": {"type": "boolean", "default": False},
        "return_last_frame": {"type": "boolean", "default": False},
        "seed": {"type": "integer", "minimum": -1, "maximum": MAX_SEED, "default": -1},
    }
    if model.kind == "text-to-video":
        properties["web_search"] = {"type": "boolean", "default": False}
    if model.family == "seedance-2.0-mini":
        properties["bitrate_mode"] = {"type": "string", "enum": ["standard", "high"], "default": "standard"}
    schema = {"type": "object", "required": required, "properties": properties}
    info = {"title": model.id, "version": "1.0.0"}
    return {"openapi": "3.0.0", "info": info, "paths": {}, "components": {"schemas": {"Input": schema}}}
