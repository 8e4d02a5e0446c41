"""What `check` finds: codes, order and words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seedance_nb import catalog
from seedance_nb.content import Audio, Content, Image, Text, Video
from seedance_nb.errors import UnknownProviderError
from seedance_nb.request import Problem, Request

from . import media_samples as samples

GOOD = [
    Request("A cat yawns", seed=7, priority=0, execution_expires_after=3600, safety_identifier="u" * 64),
    Request("A cat yawns", duration=-1, resolution="4k", web_search=True, callback_url="https://example.com/s"),
    Request(Content("It yawns", Image("https://example.com/cat.png"))),
    Request(Content(Image(samples.picture(640, 480)))),
    Request(
        Content(
            "[image 1] and [image 2], filmed like video 1, with the music of audio 1",
            Image(samples.picture(640, 480), "reference_image"),
            Image("asset://asset-20260224200602-qn7wr", "reference_image"),
            Video("https://example.com/a.mp4", duration=4),
            Audio(samples.sound(3)),
        )
    ),
    Request(Content("x", Image(samples.picture(), "first_frame"), Image(samples.picture(), "last_frame"))),
]


@pytest.mark.parametrize("request_", GOOD, ids=lambda request: request.mode)
def test_a_good_request_has_no_problem(request_: Request) -> None:
    """One good request of each mode passes without a word."""
    assert catalog.check(request_, "ark") == []


def test_errors_come_first_and_in_order() -> None:
    """Errors before warnings, and each of them in the order of the content array."""
    request = Request(
        Content(
            Video(b"no clip"),
            Text("image 7 --dur 5"),
            Image("http://127.0.0.1:80/a.png", "reference_image"),
            Image(samples.picture(200, 400), "reference_image"),
        ),
        duration=3,
    )
    listed = catalog.check(request, "ark")
    assert [(problem.where, problem.code) for problem in listed] == [
        ("video 1", "source.video_local"),
        ("video 1", "media.unreadable"),
        ("prompt", "prompt.ordinal"),
        ("image 2", "media.side"),
        ("duration", "duration.range"),
        ("prompt", "prompt.unmentioned"),
        ("prompt", "prompt.inline_flags"),
        ("image 1", "source.loopback"),
    ]
    assert [problem.severity for problem in listed] == ["error"] * 5 + ["warning"] * 3


def test_every_code_has_a_line_in_the_table() -> None:
    """Codes in the source and codes in the table are the same."""
    folder = Path(catalog.__file__).parent
    source = "".join(file.read_text("utf-8") for file in folder.glob("_*.py") if file.name != "_check.py")
    source += (folder / "_check.py").read_text("utf-8").partition("def check")[2]
    written = set(re.findall(r'"((?:[a-z_]+)\.(?:[a-z_0-9]+))"', source))
    written = {code for code in written if not code.endswith((".png", ".mp4"))}
    for provider in catalog.providers():
        for parameter in catalog.provider(provider).parameters:
            written.add(f"{parameter.name}.{'length' if parameter.max_length else 'range'}")
    written |= {"ratio.offered", "resolution.offered"}
    assert written == set(catalog.CODES)


def test_every_problem_says_what_why_and_how() -> None:
    """A problem has full sentences, no base64 and no signature."""
    request = Request(
        Content(
            "image 9",
            Video("https://example.com/a.mp4?X-Signature=hidden", duration=40),
            Image(samples.picture(100, 900), "last_frame"),
        ),
        ratio="5:4",
        frames=29,
        seed=-5,
        callback_url="http://user:hidden@example.com/x",
    )
    problems = catalog.check(request, "ark")
    assert len(problems) >= 8
    for problem in problems:
        assert problem.code in catalog.CODES
        for sentence in (problem.what, problem.why, problem.fix):
            assert sentence[0].isupper() or sentence[0] in "'\"_" or re.match(r"[a-z_]+[= ]", sentence)
            assert sentence.endswith(".")
            assert "hidden" not in sentence


def test_an_unlisted_model_is_judged_mildly() -> None:
    """An endpoint may run any model: limits of media become warnings, offers are not judged."""
    content = Content("x", Image(samples.picture(200, 400)))
    request = Request(content, model="ep-20260101-abcde", resolution="8k", duration=60, frames=29)
    listed = catalog.check(request, "ark")
    assert [(problem.code, problem.severity) for problem in listed] == [
        ("model.unlisted", "warning"),
        ("media.side", "warning"),
    ]


def test_an_unknown_model_is_told_the_nearest() -> None:
    """A misspelt model is a problem with the right name in its fix."""
    (problem,) = catalog.check(Request("A cat yawns", model="seedance-2.0-fats"), "ark")
    assert problem.code == "model.unknown"
    assert "'seedance-2.0-fast'" in problem.fix


def test_an_unknown_provider_is_an_error() -> None:
    """A provider that is not there cannot judge."""
    with pytest.raises(UnknownProviderError):
        catalog.check(Request("x"), "nowhere")


def test_a_problem_reads_as_a_sentence() -> None:
    """As text a problem names its place, what is wrong, why, and what to do."""
    (problem,) = catalog.check(Request("A cat yawns", duration=20), "ark")
    assert isinstance(problem, Problem)
    assert str(problem) == (
        "duration: duration=20 is not offered by 'seedance-2.0' at ark. "
        "It makes clips of 4 to 15 s, or as long as it likes with -1. "
        'Source: Ark, "Create a video generation task", https://www.volcengine.com/docs/82379/1520757, '
        "read 2026-11-20. Take 15 s, or divide the story into several shots."
    )
