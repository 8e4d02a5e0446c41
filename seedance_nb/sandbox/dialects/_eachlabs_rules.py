"""EachLabs' rules for the body of a create: from JSON to an `EachLabsOrder`, or to the error EachLabs would give.

Pure: media are only named here, `_eachlabs_media` brings and measures them.
Source: EachLabs' skill page for Seedance 2.0 and "Create Prediction" of its API documentation, 2026-08-21; read
2026-11-20. A value of another JSON type than the page has is "Invalid input for model"; so is null.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seedance_nb.sandbox import _fetch
from seedance_nb.sandbox._media import MediaKind
from seedance_nb.sandbox.dialects._eachlabs_errors import NOT_FOUND, EachLabsError, invalid_input
from seedance_nb.sandbox.dialects._eachlabs_tables import ASPECT_RATIOS, DURATIONS, MODELS, REFERENCES, EachLabsModel

_INSIDE = (".local", ".internal", ".lan", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Named:
    """One medium that the input names."""

    kind: MediaKind
    role: str
    """`"first_frame"`, `"last_frame"` or `"reference"`."""
    url: str
    param: str


@dataclass(frozen=True, slots=True)
class EachLabsOrder:
    """A create that passed everything that can be checked without looking at the media."""

    model: EachLabsModel
    input: Mapping[str, Any]
    """As it was sent; answers repeat it."""
    prompt: str
    media: tuple[Named, ...]
    resolution: str
    aspect_ratio: str
    duration: str
    generate_audio: bool
    seed: str
    webhook_url: str
    webhook_secret: str


def read_order(body: Any) -> EachLabsOrder:
    """Check a create and put its defaults in. `version` is not looked at, as EachLabs says.

    Raises:
        EachLabsError: 400 or 404, as EachLabs answers.
    """
    if not isinstance(body, dict):
        raise EachLabsError(400, "invalid request body")
    slug = body.get("model")
    if not isinstance(slug, str) or not slug:
        raise EachLabsError(400, "model field is required")
    model = MODELS.get(slug)
    if model is None:
        raise EachLabsError(404, NOT_FOUND["create"])
    given = body.get("input")
    if not isinstance(given, dict):
        raise invalid_input("input: an object is expected")
    values = _Input(given)
    values.text("end_user_id")
    return EachLabsOrder(
        model=model,
        input=given,
        prompt=values.required("prompt"),
        media=values.media(model),
        resolution=values.word("resolution", "720p", model.resolutions),
        aspect_ratio=values.word("aspect_ratio", "auto", ASPECT_RATIOS),
        duration=values.word("duration", "auto", DURATIONS),
        generate_audio=values.flag("generate_audio", True),
        seed=values.text("seed"),
        webhook_url=_webhook_url(body),
        webhook_secret=_webhook_secret(body),
    )


class _Input:
    """Reads the `input` of one body; what a model does not know is not looked at."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def text(self, name: str) -> str:
        found = self._given.get(name, "")
        if not isinstance(found, str):
            raise invalid_input(f"{name}: a string is expected")
        return found

    def required(self, name: str) -> str:
        found = self.text(name)
        if not found.strip():
            raise invalid_input(f"{name}: required")
        return found

    def word(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        found = self._given.get(name, default)
        if not isinstance(found, str) or found not in allowed:
            raise invalid_input(f"{name}: one of the strings {', '.join(allowed)} is expected")
        return found

    def flag(self, name: str, default: bool) -> bool:
        found = self._given.get(name, default)
        if not isinstance(found, bool):
            raise invalid_input(f"{name}: a boolean is expected")
        return found

    def media(self, model: EachLabsModel) -> tuple[Named, ...]:
        if model.mode == "text":
            return ()
        if model.mode == "image":
            named = [Named("image", "first_frame", self.required("image_url"), "image_url")]
            if last := self.text("end_image_url"):
                named.append(Named("image", "last_frame", last, "end_image_url"))
        else:
            named = [item for name in REFERENCES for item in self._references(name)]
            if not any(item.kind != "audio" for item in named):
                raise invalid_input("image_urls: at least one image or video is required")
        for item in named:
            if reason := refused_url(item.url):
                raise invalid_input(f"{item.param}: {reason}")
        return tuple(named)

    def _references(self, name: str) -> list[Named]:
        found = self._given.get(name, [])
        if not isinstance(found, list) or not all(isinstance(url, str) and url for url in found):
            raise invalid_input(f"{name}: an array of urls is expected")
        if len(found) > REFERENCES[name]:
            raise invalid_input(f"{name}: at most {REFERENCES[name]} are allowed")
        kinds: dict[str, MediaKind] = {"image_urls": "image", "video_urls": "video", "audio_urls": "audio"}
        return [Named(kinds[name], "reference", url, f"{name}[{index}]") for index, url in enumerate(found)]


def refused_url(url: str) -> str:
    """Why a medium may not be named so, empty if it may: only public https, no data URI, no private host.

    One exception is the sandbox's: an address of this machine passes, because what was uploaded to the sandbox
    itself has one.
    """
    if url.startswith("data:"):
        return "data URIs are not accepted; a public https url is expected"
    host = _fetch.host_of(url)
    if host is None or not url.lower().startswith(("https://", "http://")):
        return "a public https url is expected"
    if _fetch.is_loopback(host):
        return ""
    if not url.lower().startswith("https://"):
        return "a public https url is expected"
    try:
        public = ipaddress.ip_address(host).is_global
    except ValueError:
        public = "." in host and not host.endswith(_INSIDE)
    return "" if public else "the host is not public"


def _webhook_url(body: Mapping[str, Any]) -> str:
    url = body.get("webhook_url") or ""
    if not isinstance(url, str) or (url and not _fetch.is_allowed(url)):
        # The text of this refusal was never seen.
        raise EachLabsError(400, "invalid webhook_url", "an https url is expected")
    return url


def _webhook_secret(body: Mapping[str, Any]) -> str:
    secret = body.get("webhook_secret") or ""
    if not isinstance(secret, str) or not secret.isprintable() or not secret.isascii():
        raise EachLabsError(400, "invalid webhook_secret", "a string that fits into a header is expected")
    return secret
