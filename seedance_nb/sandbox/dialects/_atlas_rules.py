"""Atlas Cloud's rules for the flat body of a create: from JSON to an `AtlasOrder`, or to a 400 or 404.

Pure: media are only named here. A field that a model does not have is ignored, as the service does
(noted by a user on 2026-07-03): `aspect_ratio` changes nothing, nor does `width`.
So does `input`, and a body that nests its parameters there lacks them.
Sources: as in `_atlas_tables`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seedance_nb.sandbox._media import MediaKind
from seedance_nb.sandbox.dialects._ark_content import Mode, Named
from seedance_nb.sandbox.dialects._ark_rules import MAX_SEED, ArkOrder
from seedance_nb.sandbox.dialects._ark_tables import RATIOS
from seedance_nb.sandbox.dialects._atlas_errors import AtlasError, invalid, missing
from seedance_nb.sandbox.dialects._atlas_tables import MODELS, AtlasModel
from seedance_nb.sandbox.dialects._atlas_webhooks import is_receiver

REFERENCES: tuple[tuple[str, MediaKind, int], ...] = (
    ("reference_images", "image", 9),
    ("reference_videos", "video", 3),
    ("reference_audios", "audio", 3),
)
LONGEST_WEBHOOK = 1024


@dataclass(frozen=True, slots=True)
class AtlasOrder:
    """A create that passed everything that can be checked without looking at the media."""

    model: AtlasModel
    upstream: ArkOrder
    """The same for Ark, which makes the clip: media with their roles, and values with their defaults."""
    webhook_url: str
    bitrate_mode: Literal["standard", "high"] = "standard"
    web_search: bool = False


def read_order(payload: Any) -> AtlasOrder:
    """Check a create and put its defaults in.

    Raises:
        AtlasError: 400, or 404 for a model that is not there.
    """
    if not isinstance(payload, dict):
        raise AtlasError(400, "The request body is not a JSON object.")
    body = {name: value for name, value in payload.items() if value is not None}
    name = body.get("model")
    if not name or not isinstance(name, str):
        raise missing("model")
    model = MODELS.get(name)
    if model is None:
        raise AtlasError(404, f"Model not found: {name}")
    return _Values(body, model).order()


class _Values:
    """Reads the parameters of one body."""

    def __init__(self, body: Mapping[str, Any], model: AtlasModel) -> None:
        self._body, self._model = body, model

    def order(self) -> AtlasOrder:
        prompt = self._prompt()
        mode, media = self._media()
        upstream = ArkOrder(
            model_id=self._model.id,
            endpoint="",
            model=self._model.upstream,
            mode=mode,
            prompt=prompt,
            media=media,
            resolution=self._word("resolution", "720p", self._model.resolutions),
            ratio=self._word("ratio", "adaptive", (*RATIOS, "adaptive")),
            duration=self._duration(),
            frames=None,
            seed=self._seed(),
            generate_audio=self._flag("generate_audio", True),
            watermark=self._flag("watermark", False),
            return_last_frame=self._flag("return_last_frame", False),
            expires_after=172_800,
            priority=0,
            callback_url="",
            service_tier="default",
            draft=False,
            echo={},
        )
        mini, text = self._model.family == "seedance-2.0-mini", self._model.kind == "text-to-video"
        high = mini and self._word("bitrate_mode", "standard", ("standard", "high")) == "high"
        return AtlasOrder(
            model=self._model,
            upstream=upstream,
            webhook_url=self._webhook(),
            bitrate_mode="high" if high else "standard",
            web_search=text and self._flag("web_search", False),
        )

    def _prompt(self) -> str:
        prompt = self._body.get("prompt", "")
        if not isinstance(prompt, str):
            raise invalid("prompt", "a string is expected")
        if not prompt.strip() and self._model.kind != "image-to-video":
            raise missing("prompt")
        return prompt

    def _media(self) -> tuple[Mode, tuple[Named, ...]]:
        if self._model.kind == "text-to-video":
            return "text", ()
        if self._model.kind == "image-to-video":
            if "image" not in self._body:
                raise missing("image")
            first = Named("image", "first_frame", self._url("image", self._body["image"], "image"), "image")
            if "last_image" not in self._body:
                return "first_frame", (first,)
            url = self._url("last_image", self._body["last_image"], "image")
            return "first_last_frame", (first, Named("image", "last_frame", url, "last_image"))
        media = tuple(named for row in REFERENCES for named in self._references(*row))
        if all(named.kind == "audio" for named in media):
            raise AtlasError(400, "At least one of reference_images and reference_videos is required.")
        return "reference", media

    def _references(self, name: str, kind: MediaKind, most: int) -> list[Named]:
        urls = self._body.get(name, [])
        if not isinstance(urls, list):
            raise invalid(name, "an array is expected")
        if len(urls) > most:
            raise invalid(name, f"at most {most} items are allowed, but got {len(urls)}")
        return [
            Named(kind, f"reference_{kind}", self._url(f"{name}[{index}]", url, kind), f"{name}[{index}]")
            for index, url in enumerate(urls)
        ]

    def _url(self, name: str, url: Any, kind: MediaKind) -> str:
        allowed = ("https://", "http://") if kind == "video" else ("https://", "http://", "data:")
        if not isinstance(url, str) or not url.startswith(allowed):
            raise invalid(name, "a URL is expected" if kind == "video" else "a URL or a data URI is expected")
        return url

    def _duration(self) -> int:
        found = self._body.get("duration", 5)
        if not _is_whole(found) or not (found == -1 or 4 <= found <= 15):
            raise invalid("duration", "an integer from 4 to 15, or -1, is expected")
        return int(found)

    def _seed(self) -> int:
        found = self._body.get("seed", -1)
        if not _is_whole(found) or not -1 <= found <= MAX_SEED:
            raise invalid("seed", f"an integer from 0 to {MAX_SEED} is expected")
        return int(found)

    def _webhook(self) -> str:
        url = self._body.get("webhook_url", "")
        if not isinstance(url, str) or len(url) > LONGEST_WEBHOOK:
            raise invalid("webhook_url", f"a string of at most {LONGEST_WEBHOOK} characters is expected")
        if url and not is_receiver(url):
            raise invalid("webhook_url", "an https URL on a public host is expected")
        return url

    def _flag(self, name: str, default: bool) -> bool:
        found = self._body.get(name, default)
        if not isinstance(found, bool):
            raise invalid(name, "a boolean is expected")
        return found

    def _word(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        found = self._body.get(name, default)
        if found not in allowed:
            raise invalid(name, f"one of {', '.join(allowed)} is expected")
        return str(found)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
