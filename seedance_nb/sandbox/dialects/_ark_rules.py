"""Ark's rules for the body of a create: from JSON to an `ArkOrder`, or to the error Ark would give.

Pure: no network, no clock. Media are only named here; `_ark_media` brings and measures them.
Source: Ark, "Create a video generation task" (82379/1520757), and texts recorded from the live API,
read 2026-11-20. Where two things are wrong Ark reports either; here it is always the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seedance_nb.sandbox import _fetch
from seedance_nb.sandbox.dialects._ark_content import Mode, Named, mode_of, read_content
from seedance_nb.sandbox.dialects._ark_errors import ArkError, invalid, missing
from seedance_nb.sandbox.dialects._ark_tables import DEFAULT_MODEL, MODELS, RATIOS, ArkModel, short_name

TASK = {"text": "t2v", "first_frame": "i2v", "first_last_frame": "i2v", "reference": "r2v"}
MAX_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True)
class ArkOrder:
    """A create that passed everything that can be checked without looking at the media."""

    model_id: str
    endpoint: str
    """The `ep-…` id, if the model was named by one."""
    model: ArkModel
    mode: Mode
    prompt: str
    media: tuple[Named, ...]
    resolution: str
    ratio: str
    duration: int
    frames: int | None
    seed: int
    generate_audio: bool
    watermark: bool
    return_last_frame: bool
    expires_after: int
    priority: int
    callback_url: str
    service_tier: str
    draft: bool
    echo: Mapping[str, Any]
    """Fields that answers repeat because they were sent."""

    @property
    def task_type(self) -> str:
        """What Ark's messages call the mode: t2v, i2v or r2v."""
        return TASK[self.mode]


def without_nulls(value: Any) -> Any:
    """A JSON value without its null members: Ark's SDK writes each unset argument as null."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def read_order(payload: Any) -> ArkOrder:
    """Check a create and put its defaults in.

    Raises:
        ArkError: 400 or 404, as Ark answers.
    """
    if not isinstance(payload, dict):
        raise ArkError(400, "InvalidParameter", "The request body is not a valid JSON object.")
    body = without_nulls(payload)
    name = body.get("model")
    if not name:
        raise missing("model")
    if not isinstance(name, str):
        raise invalid("model", "a string is expected")
    endpoint = name if name.startswith("ep-") else ""
    model_id = DEFAULT_MODEL if endpoint else name
    model = MODELS.get(model_id)
    if model is None:
        raise ArkError(
            404,
            "InvalidEndpointOrModel.NotFound",
            f"The model or endpoint {name} does not exist or you do not have access to it.",
            "model",
        )
    prompt, media = read_content(body.get("content"))
    mode = mode_of(media, model, short_name(model_id))
    prompt, flags = split_flags(prompt)
    values = _Values(body, flags, model, short_name(model_id), TASK[mode])
    return values.order(model_id, endpoint, mode, prompt, media)


# -- flags in the prompt --

_FLAG = re.compile(r"\s--(?P<name>[a-z_]+)\s+(?P<value>\S+)\s*$")
_FLAGS = {
    "rs": "resolution", "resolution": "resolution", "rt": "ratio", "ratio": "ratio", "dur": "duration",
    "duration": "duration", "seed": "seed", "wm": "watermark", "watermark": "watermark",
    "fps": "", "framespersecond": "", "cf": "", "camerafixed": "",
}  # fmt: skip


def split_flags(prompt: str) -> tuple[str, dict[str, Any]]:
    """The prompt without the old flags at its end (`--rs 720p --dur 5`), and what they say."""
    found: dict[str, Any] = {}
    text = f" {prompt}"
    while (match := _FLAG.search(text)) and match["name"] in _FLAGS:
        value: Any = match["value"]
        if re.fullmatch(r"-?\d+", value):
            value = int(value)
        elif value in ("true", "false"):
            value = value == "true"
        if field := _FLAGS[match["name"]]:
            found.setdefault(field, value)
        text = text[: match.start()]
    return text[1:], found


# -- parameters --


class _Values:
    """Reads the top-level parameters of one body."""

    def __init__(
        self, body: Mapping[str, Any], flags: Mapping[str, Any], model: ArkModel, name: str, task: str
    ) -> None:
        self._body, self._flags, self._model, self._name, self._task = body, flags, model, name, task

    def order(self, model_id: str, endpoint: str, mode: Mode, prompt: str, media: tuple[Named, ...]) -> ArkOrder:
        model = self._model
        self._refuse_unknown(mode)
        tier = self._word("service_tier", "default", ("default", "flex"))
        echo: dict[str, Any] = {}
        if "safety_identifier" in self._body:
            echo["safety_identifier"] = self._text("safety_identifier", 64)
        if tools := self._tools(mode):
            echo["tools"] = tools
        if model.family == "2.5":
            echo["output_format"] = self._word("output_format", "mp4", ("mp4", "mov"))
            self._word("omni_reference_task_type", "auto", ("auto", "reference", "edit", "extend"))
        return ArkOrder(
            model_id=model_id,
            endpoint=endpoint,
            model=model,
            mode=mode,
            prompt=prompt,
            media=media,
            resolution=self._resolution(),
            ratio=self._ratio(mode),
            duration=self._duration(),
            frames=self._frames(),
            seed=self._whole("seed", -1, -1, MAX_SEED),
            generate_audio=self._flag("generate_audio", True) and model.audio,
            watermark=self._flag("watermark", False),
            return_last_frame=self._flag("return_last_frame", False),
            expires_after=self._whole("execution_expires_after", 172_800, 3600, 259_200),
            priority=self._whole("priority", 0, 0, 9),
            callback_url=self._callback(),
            service_tier=tier,
            draft=self._flag("draft", False),
            echo=echo,
        )

    def _refuse_unknown(self, mode: Mode) -> None:
        body, knows = self._body, self._model.knows
        refused = [name for name in ("frames", "output_format", "omni_reference_task_type") if name in body]
        refused += [name for name in ("camera_fixed", "draft") if self._flag(name, False)]
        if "service_tier" in body and (mode == "reference" or body["service_tier"] != "default"):
            refused.append("service_tier")
        if body.get("priority"):
            refused.append("priority")
        if body.get("tools"):
            refused.append("tools")
        for name in refused:
            if name not in knows:
                raise ArkError(
                    400,
                    "InvalidParameter",
                    f"the specified parameter {name} is not supported for model {self._name} in {self._task}.",
                    name,
                )

    def _resolution(self) -> str:
        allowed = self._model.resolutions
        found = self._body.get("resolution")
        if found is None:
            flag = self._flags.get("resolution")
            return flag if flag in allowed else self._model.default_resolution
        lowered = "4k" if found == "4K" else found
        if lowered not in allowed:
            raise self._not_valid("resolution")
        return str(lowered)

    def _ratio(self, mode: Mode) -> str:
        allowed = (*RATIOS, "adaptive")
        found = self._body.get("ratio")
        if found is None:
            flag = self._flags.get("ratio")
            return flag if flag in allowed else "adaptive"
        if self._model.family == "2.5" and mode in ("first_frame", "first_last_frame") and found != "adaptive":
            raise invalid(
                "ratio",
                "For first-frame or first-last-frame generation, the output ratio follows the first-frame image.",
            )
        if found not in allowed:
            raise self._not_valid("ratio")
        return str(found)

    def _duration(self) -> int:
        least, most = self._model.durations
        found = self._body.get("duration")
        if found is None:
            flag = self._flags.get("duration")
            return flag if isinstance(flag, int) and not isinstance(flag, bool) and least <= flag <= most else 5
        if not isinstance(found, int) or isinstance(found, bool):
            raise invalid("duration", "an integer is expected")
        if not least <= found <= most and not (found == -1 and self._model.chooses_duration):
            raise self._not_valid("duration")
        return found

    def _frames(self) -> int | None:
        found = self._body.get("frames")
        if found is None:
            return None
        if not isinstance(found, int) or isinstance(found, bool) or not 29 <= found <= 289 or (found - 25) % 4:
            raise self._not_valid("frames")
        return found

    def _tools(self, mode: Mode) -> list[dict[str, str]]:
        tools = self._body.get("tools", [])
        if not isinstance(tools, list):
            raise invalid("tools", "an array is expected")
        for tool in tools:
            if not isinstance(tool, dict) or tool.get("type") != "web_search":
                raise invalid("tools", "the only tool is web_search")
        if tools and mode != "text":
            raise invalid("tools", "web_search is only supported for text input")
        return [{"type": "web_search"}] if tools else []

    def _callback(self) -> str:
        url = self._text("callback_url", 2048) if "callback_url" in self._body else ""
        if url and not _fetch.is_allowed(url):
            raise invalid("callback_url", "an https url is expected")
        return url

    def _flag(self, name: str, default: bool) -> bool:
        flag = self._flags.get(name)
        found = self._body.get(name, flag if isinstance(flag, bool) else default)
        if not isinstance(found, bool):
            raise invalid(name, "a boolean is expected")
        return found

    def _whole(self, name: str, default: int, least: int, most: int) -> int:
        flag = self._flags.get(name)
        fits = isinstance(flag, int) and not isinstance(flag, bool) and least <= flag <= most
        found = self._body.get(name, flag if fits else default)
        if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
            raise invalid(name, f"an integer from {least} to {most} is expected")
        return found

    def _word(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        found = self._body.get(name, default)
        if found not in allowed:
            raise invalid(name, f"one of {', '.join(allowed)} is expected")
        return str(found)

    def _text(self, name: str, most: int) -> str:
        found = self._body[name]
        if not isinstance(found, str) or len(found) > most:
            raise invalid(name, f"a string of at most {most} characters is expected")
        return found

    def _not_valid(self, param: str) -> ArkError:
        return invalid(
            param,
            f"the parameter {param} specified in the request is not valid for model {self._name} in {self._task}",
        )
