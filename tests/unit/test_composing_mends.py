"""Each one-click mend ends the problem that it stands beside."""

from __future__ import annotations

from typing import Any

import pytest

from seedance_nb import catalog
from seedance_nb.composing import Draft
from seedance_nb.composing.mends import mend
from seedance_nb.content import Audio, Image

from .composing_samples import clips, draft, images, sounds

FIRST, LAST = Image("https://m.example/a.png", "first_frame"), Image("https://m.example/b.png", "last_frame")

MENDED: list[tuple[str, Draft]] = [
    ("model.unknown", draft("cat", model="seedance-2.0-fsat")),
    ("model.mode", draft("cat", provider="eachlabs", model="bytedance-seedance-2-0-image-to-video")),
    ("role.missing", draft("cat", *images(2, None))),
    ("role.missing", draft("cat", *images(1, None), *clips(1))),
    ("role.mixed", draft("cat", FIRST, *clips(1))),
    ("role.count", draft("cat", FIRST, FIRST)),
    ("role.count", draft("cat", FIRST, FIRST, FIRST)),
    ("role.last_frame_alone", draft("cat", LAST)),
    ("role.audio_alone", draft("cat", *sounds(2))),
    ("prompt.characters", draft("cat \ud83d yawns")),
    ("prompt.ordinal", draft("cat [image 3] and [video 2]", *images(1))),
    ("prompt.inline_flags", draft("cat --dur 7 --resolution 480p yawns --wm true")),
    ("resolution.offered", draft("cat", model="seedance-2.0-fast", resolution="4k")),
    ("ratio.offered", draft("cat", ratio="2:1")),
    ("duration.range", draft("cat", duration=20)),
    ("duration.range", draft("cat", duration=-3)),
    ("parameter.not_offered", draft("cat", camera_fixed=True)),
    ("web_search.text_only", draft("cat", *images(1), web_search=True)),
    ("seed.range", draft("cat", seed=-5)),
    ("priority.range", draft("cat", priority=12)),
    ("execution_expires_after.range", draft("cat", execution_expires_after=10)),
    ("callback_url.https", draft("cat", callback_url="http://example.com")),
    ("callback_url.private", draft("cat", callback_url="https://10.0.0.1/x")),
    ("callback_url.credentials", draft("cat", callback_url="https://a:b@example.com")),
    ("callback_url.length", draft("cat", callback_url="https://example.com/" + "x" * 4000)),
]


@pytest.mark.parametrize(("code", "made"), MENDED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_mend_ends_its_problem(code: str, made: Draft) -> None:
    """One press each; a problem that is there twice takes two."""
    for _ in range(4):
        found = [problem for problem in catalog.check(made.request, made.provider) if problem.code == code]
        if not found:
            break
        offered = mend(found[0], made, "en")
        assert offered is not None
        assert offered.label
        made = offered.apply(made)
    else:
        if code != "callback_url.length":
            pytest.fail(f"{code} is still there: {made}")
    assert code not in {problem.code for problem in catalog.check(made.request, made.provider)}


def test_flags_become_parameters() -> None:
    """What they said is done, and the text is free of them."""
    made = draft("cat --dur 7 --resolution 480p yawns --wm true")
    (problem,) = [p for p in catalog.check(made.request, "ark") if p.code == "prompt.inline_flags"]
    offered = mend(problem, made, "en")
    assert offered is not None
    request = offered.apply(made).request
    assert (request.duration, request.resolution, request.watermark) == (7, "480p", True)
    assert request.prompt == "cat yawns"


def test_flags_that_cannot_be_read_are_left_to_a_person() -> None:
    """Half of them taken over would be worse."""
    made = draft("cat --dur soon")
    (problem,) = [p for p in catalog.check(made.request, "ark") if p.code == "prompt.inline_flags"]
    assert mend(problem, made, "en") is None


def test_two_missing_references_have_two_mends() -> None:
    """Each takes out its own."""
    made = draft("cat [image 3] and [video 2] yawn")
    problems = [p for p in catalog.check(made.request, "ark") if p.code == "prompt.ordinal"]
    offered = [mend(problem, made, "en") for problem in problems]
    assert len({one.id for one in offered if one}) == 2
    assert offered[0] is not None
    assert offered[0].apply(made).prompt == "cat and [video 2] yawn"


@pytest.mark.parametrize(
    "made",
    [
        draft(""),
        draft("cat", *clips(4)),
        draft("cat", Audio("https://m.example/a.mp3"), provider="eachlabs", model="ep-1"),
        draft("x " * 2000),
    ],
)
def test_where_there_are_several_ways_out_none_is_offered(made: Draft) -> None:
    """Which clip to leave out, what to write: a person decides."""
    left = {"content.empty", "role.count", "model.unknown", "prompt.length"}
    for problem in catalog.check(made.request, made.provider):
        if problem.code in left:
            assert mend(problem, made, "en") is None


def test_a_mend_that_no_longer_applies_changes_nothing() -> None:
    """The draft may have moved on between the drawing and the press."""
    made = draft("cat", LAST)
    (problem,) = [p for p in catalog.check(made.request, "ark") if p.code == "role.last_frame_alone"]
    offered = mend(problem, made, "en")
    assert offered is not None
    other = draft("cat", *images(3))
    assert offered.apply(other) is other


def test_a_mend_is_said_in_every_language() -> None:
    """Its label is a word like all others."""
    made = draft("cat", duration=20)
    (problem,) = catalog.check(made.request, "ark")
    labels: list[Any] = [mend(problem, made, language) for language in ("en", "zh", "fr")]
    assert len({one.label for one in labels}) == 3
