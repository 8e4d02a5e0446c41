"""Ark's rules for the `content` array: its items, their roles, and the mode they add up to.

Pure: media are only named here, `_ark_media` brings and measures them.
Source: Ark, "Create a video generation task" (82379/1520757), and texts recorded from the live API,
read 2026-11-20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seedance_nb.sandbox._media import MediaKind
from seedance_nb.sandbox.dialects._ark_errors import invalid, missing
from seedance_nb.sandbox.dialects._ark_tables import ArkModel

Mode = Literal["text", "first_frame", "first_last_frame", "reference"]
TYPES = ("text", "image_url", "audio_url", "video_url", "draft_task")


@dataclass(frozen=True, slots=True)
class Named:
    """One medium that the content names."""

    kind: MediaKind
    role: str
    url: str
    param: str


def read_content(content: Any) -> tuple[str, tuple[Named, ...]]:
    """The prompt and the media of a content array.

    Raises:
        ArkError: An item is not one of the documented shapes.
    """
    if not content:
        raise missing("content")
    if not isinstance(content, list):
        raise invalid("content", "an array is expected")
    texts: list[str] = []
    media: list[Named] = []
    for index, item in enumerate(content):
        where = f"content[{index}]"
        kind = item.get("type") if isinstance(item, dict) else None
        if kind == "text":
            text = item.get("text")
            if not isinstance(text, str) or not text.strip():
                raise missing(f"{where}.text")
            texts.append(text)
        elif kind in ("image_url", "video_url", "audio_url"):
            media.append(_read_medium(item, kind, where))
        elif kind == "draft_task":
            raise invalid(f"{where}.type", "content type draft_task is not supported for this model")
        else:
            raise invalid(f"{where}.type", f"unsupported content type, expected one of {', '.join(TYPES)}")
    if not texts and not media:
        raise missing("content.text")
    return "\n".join(texts), tuple(media)


def _read_medium(item: Mapping[str, Any], field: str, where: str) -> Named:
    inner = item.get(field)
    url = inner.get("url") if isinstance(inner, dict) else None
    param = f"{where}.{field}.url"
    if not isinstance(url, str) or not url:
        raise missing(param)
    role = item.get("role", "")
    if not isinstance(role, str):
        raise invalid(f"{where}.role", "a string is expected")
    if field == "video_url":
        if url.startswith("data:"):
            raise invalid(param, "reference_video must be provided as a web url")
        return Named("video", role, url, param)
    return Named("image" if field == "image_url" else "audio", role, url, param)


def mode_of(media: tuple[Named, ...], model: ArkModel, name: str) -> Mode:
    """The mode that the roles of the media add up to.

    Raises:
        ArkError: Roles are missing, wrong, mixed, or too many.
    """
    if not media:
        return "text"
    images = [named for named in media if named.kind == "image"]
    others = [named for named in media if named.kind != "image"]
    roles = [named.role for named in images]
    if any(role not in ("", "first_frame", "last_frame", "reference_image") for role in roles):
        raise invalid("content", "invalid role specified for image content")
    frames = [role for role in roles if role in ("first_frame", "last_frame")]
    if frames and (others or "reference_image" in roles):
        raise invalid("content", "first/last frame content cannot be mixed with reference media content")
    if "" in roles and (len(images) > 1 or others):
        raise invalid("content", "role must be specified for image contents")
    for role, word in (("first_frame", "first"), ("last_frame", "last")):
        if (count := roles.count(role)) > 1:
            raise invalid("content", f"expected at most one {word} frame image content but got {count} instead")
    if roles == ["last_frame"]:
        raise invalid("content", "last frame image content requires a first frame image content")
    for named in others:
        if named.role != f"reference_{named.kind}":
            raise invalid("content", f"reference media mode requires {named.kind} role to be reference_{named.kind}")
    if roles == [""] or (frames and not others):
        if len(frames) == 2 and not model.last_frame:
            raise invalid("content", f"last frame image content is not supported for model {name}")
        return "first_last_frame" if len(frames) == 2 else "first_frame"
    return _reference_mode(media, model, name)


def _reference_mode(media: tuple[Named, ...], model: ArkModel, name: str) -> Mode:
    if not model.references:
        raise invalid("content", f"reference media content is not supported for model {name}")
    for kind, most in (("image", model.images), ("video", model.videos), ("audio", model.audios)):
        count = sum(named.kind == kind for named in media)
        if count > most:
            raise invalid("content", f"expected at most {most} reference {kind} contents but got {count} instead")
    if model.family != "2.5" and all(named.kind == "audio" for named in media):
        raise invalid("content", "reference audio content requires at least one reference image or reference video")
    return "reference"
