"""A request for every problem that `check` finds, also for the page that explains them."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any

from seedance_nb import catalog
from seedance_nb.catalog._case import Case, place
from seedance_nb.catalog._content import content_problems
from seedance_nb.content import Audio, Content, Image, Item, Video
from seedance_nb.request import Problem, Request

from . import media_samples as samples

A_PICTURE = "https://example.com/a.png"
FIRST = Image(A_PICTURE, "first_frame")
LAST = Image(A_PICTURE, "last_frame")
REFERENCE = Image(A_PICTURE, "reference_image")
CLIP = Video("https://example.com/a.mp4", duration=4)
SOUND = Audio("https://example.com/a.mp3")


def asked(*items: str | Item, at: str = "ark", **parameters: Any) -> tuple[Request, str]:
    return Request(Content(*items), **parameters), at


def local(**more: Any) -> tuple[Request, str]:
    return asked("x", Video(samples.clip(2, **{"width": 640, "height": 640, **more})))


def frames_of(size: int) -> tuple[Item, Item]:
    content = samples.picture(640, 480)
    content += bytes(size - len(content))
    return Image(content, "first_frame"), Image(content, "last_frame")


def data_uri() -> str:
    return "data:image/png;base64," + base64.b64encode(samples.picture(640, 480)).decode()


def lone_mode() -> list[Problem]:
    """A provider all of whose models are for references only."""
    facts = catalog.provider("eachlabs")
    mini = next(model for model in facts.models if model.name == "seedance-2.0-mini")
    case = Case(Request("x", model=mini.name), dataclasses.replace(facts, models=(mini,)), mini)
    return [dataclasses.replace(problem, where=place(problem.where)) for problem in content_problems(case)]


# Variants of a code stand side by side: each template is there.
CASES: list[tuple[str, Callable[[], Any]]] = [
    ("model.unknown", lambda: asked("x", model="seedance-2.0-fats")),
    ("model.unknown", lambda: asked("x", model="zzzz", at="byteplus")),
    ("model.unlisted", lambda: asked("x", model="ep-20260101-abcde")),
    ("model.mode", lambda: asked("x", model="seedance-2.0-mini", at="eachlabs")),
    ("model.mode", lambda: asked("x", FIRST, LAST, model="seedance-2.0-mini", at="eachlabs")),
    ("model.mode", lambda: asked("x", FIRST, model="bytedance/seedance-2.0/text-to-video", at="atlas")),
    ("model.mode", lone_mode),
    ("content.empty", lambda: asked("")),
    ("role.missing", lambda: asked("x", Image(A_PICTURE), Image(A_PICTURE))),
    ("role.missing", lambda: asked("x", SOUND, Image(samples.picture(640, 480)))),
    ("role.missing", lambda: asked("x", FIRST, Image(data_uri()))),
    ("role.mixed", lambda: asked("x", FIRST, CLIP)),
    ("role.mixed", lambda: asked("x", LAST, FIRST, REFERENCE, SOUND)),
    ("role.count", lambda: asked("x", FIRST, FIRST)),
    ("role.count", lambda: asked("x", *[REFERENCE] * 10)),
    ("role.last_frame_alone", lambda: asked("x", LAST)),
    ("role.audio_alone", lambda: asked("x", SOUND)),
    ("role.inferred", lambda: asked("x", CLIP, at="eachlabs")),
    (
        "frames.ratio",
        lambda: asked(
            "x", Image(samples.picture(640, 480), "first_frame"), Image(samples.picture(480, 640), "last_frame")
        ),
    ),
    ("source.video_local", local),
    ("source.hosted", lambda: (*local(), "s3://films/team")),
    ("source.private", lambda: asked("x", Image("https://10.0.0.7/a.png"))),
    ("source.loopback", lambda: asked("x", Image("http://127.0.0.1:8765/a.png"))),
    ("source.asset_unknown", lambda: asked("x", Image("asset://asset-20260224200602-qn7wr"), at="eachlabs")),
    ("source.asset_id", lambda: asked("x", Image("asset://a b"))),
    ("source.asset_shape", lambda: asked("x", Image("asset://portrait-12"))),
    ("media.unreadable", lambda: asked("x", Image("none.png"))),
    ("media.unreadable", lambda: asked("x", REFERENCE, Audio(b"text"))),
    ("media.unreadable", lambda: asked("x", REFERENCE, Video(samples.picture()))),
    ("media.unreadable", lambda: asked("x", Image(samples.picture()[:90]))),
    ("media.unreadable", lambda: asked("x", Image("data:image/png;base64,@@"))),
    ("media.unreadable", lambda: asked("x", Image("/"))),
    ("media.format", lambda: asked("x", Image(samples.picture(640, 480, "AVIF")))),
    ("media.codec", lambda: local(codec="mpeg4")),
    ("media.bytes", lambda: asked("x", REFERENCE, Audio(samples.sound(14, rate=600_000)))),
    ("media.side", lambda: asked("x", Image(samples.picture(299, 300)))),
    ("media.ratio", lambda: asked("x", Image(samples.picture(1001, 400)))),
    ("media.pixels", lambda: local(height=636)),
    ("media.fps", lambda: local(fps=62)),
    ("media.duration", lambda: asked("x", Video("https://example.com/a.mp4", duration=1.5))),
    ("media.duration", lambda: asked("x", REFERENCE, Audio("https://example.com/a.mp3", duration=20))),
    ("media.total_duration", lambda: asked("x", *[Video("https://example.com/a.mp4", duration=9.25)] * 2)),
    ("media.total_duration", lambda: asked("x", REFERENCE, *[Audio("https://example.com/a.mp3", duration=9)] * 2)),
    ("body.size", lambda: asked("x", *frames_of(24 * 1024**2))),
    ("prompt.missing", lambda: asked(FIRST, at="eachlabs")),
    ("prompt.missing", lambda: asked(REFERENCE, at="atlas")),
    ("prompt.characters", lambda: asked("half \ud83d a face")),
    ("prompt.ordinal", lambda: asked("video 1 goes on")),
    ("prompt.ordinal", lambda: asked("[图2] yawns", FIRST)),
    ("prompt.ordinal", lambda: asked("image 1, image 2, audio 3", REFERENCE, REFERENCE, SOUND, SOUND)),
    ("prompt.ordinal", lambda: asked("video 3 goes on", CLIP, CLIP)),
    ("prompt.unmentioned", lambda: asked("image 1 yawns", REFERENCE, REFERENCE)),
    ("prompt.unmentioned", lambda: asked("image 1 yawns", REFERENCE, REFERENCE, REFERENCE, REFERENCE)),
    ("prompt.length", lambda: asked("猫" * 1234)),
    ("prompt.length", lambda: asked("cat " * 1001)),
    ("prompt.inline_flags", lambda: asked("A cat --dur 5")),
    ("prompt.inline_flags", lambda: asked("A cat --dur 5 --rs 720p --seed 3")),
    ("prompt.asset_id", lambda: asked("asset-20260224200602-qn7wr yawns")),
    ("resolution.offered", lambda: asked("x", resolution="1440p")),
    ("ratio.offered", lambda: asked("x", ratio="3:2")),
    ("duration.range", lambda: asked("x", duration=20)),
    ("parameter.not_offered", lambda: asked("x", frames=29, camera_fixed=True, draft=False, service_tier="flex")),
    ("parameter.not_offered", lambda: asked("x", output_format="mov", omni_reference_task_type="auto")),
    ("parameter.not_offered", lambda: asked("x", watermark=True, at="eachlabs")),
    ("web_search.text_only", lambda: asked("x", FIRST, web_search=True)),
    ("seed.range", lambda: asked("x", seed=-2)),
    ("priority.range", lambda: asked("x", priority=10)),
    ("execution_expires_after.range", lambda: asked("x", execution_expires_after=3_599)),
    ("safety_identifier.length", lambda: asked("x", safety_identifier="u" * 65)),
    ("callback_url.length", lambda: asked("x", callback_url="https://example.com/".ljust(1025, "x"), at="atlas")),
    ("callback_url.https", lambda: asked("x", callback_url="http://example.com/x")),
    ("callback_url.private", lambda: asked("x", callback_url="https://10.0.0.7/x")),
    ("callback_url.credentials", lambda: asked("x", callback_url="https://u:p@example.com/x")),
    ("callback_url.loopback", lambda: asked("x", callback_url="http://127.0.0.1:9/x")),
]


@cache
def provoked(made: Callable[[], Any]) -> list[Problem]:
    """What is wrong with one of them."""
    given = made()
    if isinstance(given, list):
        return given
    request, provider, *host = given
    return catalog.check(request, provider, host="".join(host))
