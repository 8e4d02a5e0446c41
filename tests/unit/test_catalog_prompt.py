"""Prompts in the words of each provider."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_nb import catalog
from seedance_nb.content import Audio, Content, Image, Video

ITEMS = (
    Image("a.png", "reference_image"),
    Image("b.png", "reference_image"),
    Video("https://example.com/a.mp4"),
    Audio("a.mp3"),
)


def rewritten(provider: str, prompt: str) -> str:
    return catalog.prompt_for(provider, Content(prompt, *ITEMS))


@pytest.mark.parametrize(
    ("typed", "atlas", "eachlabs"),
    [
        ("The cat of [image 1]", "The cat of image 1", "The cat of @Image1"),
        ("[图1]戴着眼镜和[图2]的柯基", "image 1戴着眼镜和image 2的柯基", "@Image1戴着眼镜和@Image2的柯基"),
        ("将视频1中的香水替换成图片2", "将video 1中的香水替换成image 2", "将@Video1中的香水替换成@Image2"),
        ("@Image1, @视频1, 【音频1】", "image 1, video 1, audio 1", "@Image1, @Video1, @Audio1"),
        ("Image 1\nimage2", "image 1\nimage 2", "@Image1\n@Image2"),
        ("[@图1] runs", "image 1 runs", "@Image1 runs"),
        ("(see [image 1, left])", "(see [image 1, left])", "(see [@Image1, left])"),
        ("the图1", "the[image 1]", "the[@Image1]"),
        ("[图1][图2]", "[image 1]image 2", "@Image1@Image2"),
        ("[图1]2 cats", "[image 1]2 cats", "[@Image1]2 cats"),
        ("【图1】个", "【image 1】个", "【@Image1】个"),
    ],
)
def test_a_mention_is_put_in_the_providers_words(typed: str, atlas: str, eachlabs: str) -> None:
    """Every spelling becomes the provider's; brackets stay where the name would run into its neighbour."""
    assert rewritten("atlas", typed) == atlas
    assert rewritten("eachlabs", typed) == eachlabs
    assert rewritten("ark", typed) == rewritten("byteplus", typed) == typed


@pytest.mark.parametrize(
    "prompt", ["视频15秒, image 4k, video 16:9", "image 7 on the wall", "imagine 1 cat", "", "[x]"]
)
@pytest.mark.parametrize("provider", catalog.providers())
def test_what_names_no_item_is_left_alone(provider: str, prompt: str) -> None:
    """Counts, ratios and items that are not there stay as typed."""
    assert rewritten(provider, prompt) == prompt


_PIECES = st.one_of(
    st.sampled_from(
        ["[图1]", "图2", "image 1", "@Image2", "视频1", "[audio 1]", "【图片2】", "[@图1]", "image 9", "@video1"]
    ),
    st.sampled_from(["[", "]", "【", "@", " ", "\n", "2", "秒", ".5", "16:9", "cat", "猫", "%", ", "]),
    st.text(max_size=4),
)


@given(st.lists(_PIECES, max_size=12).map("".join))
@pytest.mark.parametrize("provider", ["atlas", "eachlabs"])
def test_rewriting_twice_is_rewriting_once(provider: str, prompt: str) -> None:
    """A prompt in the provider's words stays as it is, and names the same items in the same order."""
    once = rewritten(provider, prompt)
    assert rewritten(provider, once) == once


@given(st.lists(_PIECES, max_size=12).map("".join))
@pytest.mark.parametrize("provider", ["atlas", "eachlabs"])
def test_nothing_but_mentions_changes(provider: str, prompt: str) -> None:
    """With the names of items and their brackets taken away, both prompts are the same text."""
    names = re.compile(r"(?:image|video|audio|图片|图像|图|视频|音频)[ \t]?\d{1,2}|[@\[\]【】]|\s", re.IGNORECASE)
    assert names.sub("", rewritten(provider, prompt)) == names.sub("", prompt)


@given(st.lists(st.sampled_from(["[图1]", " image 2 ", "@视频1", ", ", "的", " and "]), max_size=12).map("".join))
@pytest.mark.parametrize("provider", ["atlas", "eachlabs"])
def test_the_same_items_are_named(provider: str, prompt: str) -> None:
    """In ordinary sentences no name is lost, won or changed."""
    before = [mention.item for mention in Content(prompt, *ITEMS).mentions() if mention.item]
    after = [mention.item for mention in Content(rewritten(provider, prompt), *ITEMS).mentions() if mention.item]
    assert after == before
