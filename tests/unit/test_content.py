"""Content arrays: sources, roles, modes, ordinals."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_nb.content import Audio, Content, Image, Source, Text, Video
from seedance_nb.errors import InvalidRequestError


@pytest.mark.parametrize(
    ("given_source", "kind"),
    [
        ("cat.png", "file"),
        (Path("cat.png"), "file"),
        ("C:\\pictures\\cat.png", "file"),
        (b"\x89PNG", "bytes"),
        ("https://example.com/cat.png?sig=1", "url"),
        ("http://127.0.0.1:8000/cat.png", "url"),
        ("data:image/png;base64,AAAA", "data"),
        ("asset://asset-20260101000000-abcde", "asset"),
    ],
)
def test_each_kind_of_source_is_told_apart(given_source: str | Path | bytes, kind: str) -> None:
    """Paths, bytes and addresses need no hint."""
    assert Source.of(given_source).kind == kind


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("http://example.com/cat.png", "not encrypted"),
        ("ftp://example.com/cat.png", "not an address that a provider can read"),
        ("https://user:secret@example.com/a.png", "user name or password"),
        ("https:///nohost.png", "names no host"),
        ("", "empty"),
        ("a\0b.png", "null byte"),
        (b"", "no bytes at all"),
        (5, "not int"),
    ],
)
def test_a_source_no_provider_takes_is_refused_in_a_sentence(source: object, words: str) -> None:
    """What cannot work says why before anything else happens."""
    with pytest.raises(InvalidRequestError, match=words) as caught:
        Image(source)  # type: ignore[arg-type]
    assert "secret" not in str(caught.value)


def test_no_representation_shows_bytes_or_signatures() -> None:
    """A notebook that prints its content array gives nothing away."""
    content = Content(
        "x",
        Image("data:image/png;base64," + "QUJD" * 500, role="reference_image"),
        Image("https://example.com/a.png?X-Tos-Signature=planted", role="reference_image"),
        Image(b"planted-bytes", role="reference_image"),
    )
    for shown in (repr(content), repr(content.items), repr(content.ordinals())):
        assert "QUJD" not in shown
        assert "planted" not in shown


def test_an_unknown_role_says_which_there_are() -> None:
    """A typing mistake in a role is answered with the roles."""
    with pytest.raises(InvalidRequestError, match="'first_frame', 'last_frame', 'reference_image'"):
        Image("a.png", role="firstframe")  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match="belongs to another kind"):
        Video("https://example.com/a.mp4", role="first_frame")


IMAGE = "https://example.com/a.png"


@pytest.mark.parametrize(
    ("items", "mode"),
    [
        (["x"], "text"),
        (["x", Image(IMAGE)], "first_frame"),
        ([Image(IMAGE, "first_frame")], "first_frame"),
        (["x", Image(IMAGE, "first_frame"), Image(IMAGE, "last_frame")], "first_last_frame"),
        (["x", Image(IMAGE, "reference_image")], "reference"),
        (["x", Video("https://example.com/a.mp4")], "reference"),
        (["x", Audio("https://example.com/a.mp3")], "reference"),
    ],
)
def test_the_mode_follows_from_the_roles(items: list[str | Image], mode: str) -> None:
    """Nobody has to name the mode."""
    assert Content(*items).mode == mode


@pytest.mark.parametrize(
    ("prompt", "meant"),
    [
        ("The cat in image 2 runs", [("image", 2)]),
        ("[图1]戴着眼镜的男生和[图2]的柯基小狗", [("image", 1), ("image", 2)]),
        ("将视频1礼盒中的香水替换成图片1中的面霜", [("video", 1), ("image", 1)]),
        ("@Image1 dances to @Audio1", [("image", 1), ("audio", 1)]),
        ("Use video 1's first-person perspective", [("video", 1)]),
        ("[image 1] and 【图片2】 and @视频1", [("image", 1), ("image", 2), ("video", 1)]),
        ("视频15秒，画面比例16:9", []),
        ("a video 16:9, image 4k, audio 44.1 kHz", []),
        ("an imaginary imagery of 3 images", []),
    ],
)
def test_the_prompt_names_items_in_every_spelling(prompt: str, meant: list[tuple[str, int]]) -> None:
    """Ordinals are found in English and Chinese, and other numbers are not taken for them."""
    assert [(mention.kind, mention.number) for mention in Content(prompt).mentions()] == meant


def test_ordinals_count_each_kind_in_order() -> None:
    """The second picture is image 2, whatever stands between."""
    first, second = Image("a.png", "reference_image"), Image("b.png", "reference_image")
    clip = Video("https://example.com/a.mp4")
    content = Content("image 2 and video 1", first, clip, second)
    assert content.ordinals() == {"image 1": first, "video 1": clip, "image 2": second}
    assert [mention.item for mention in content.mentions()] == [second, clip]


@given(st.text(max_size=300))
def test_any_prompt_is_searched_without_harm(prompt: str) -> None:
    """Every mention lies inside the prompt, and says what stands there."""
    content = Content(Text(prompt))
    for mention in content.mentions():
        assert mention.text == prompt[mention.start : mention.end].strip()
