"""A draft and its edits as values, with references that go on meaning the same item."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_nb.composing import Draft, History, prompt
from seedance_nb.content import Content, Image, Text
from seedance_nb.errors import InvalidRequestError
from seedance_nb.request import Request

from .composing_samples import clips, draft, images, sounds


def test_whatever_code_brings_comes_out_as_it_went_in() -> None:
    """A draft changes nothing of a request, wherever its texts stand."""
    request = Request(Content("One", Image("a.png", "first_frame"), "two", Image("b.png", "last_frame")), seed=7)
    assert Draft.of(request, "ark").request is request


def test_typing_keeps_the_place_of_the_text() -> None:
    """A text behind the media stays behind them."""
    made = Draft.of(Request(Content(*images(2), "cat")), "ark").with_prompt("dog")
    assert [item.kind for item in made.content] == ["image", "image", "text"]
    assert made.prompt == "dog"


def test_an_empty_prompt_is_no_item() -> None:
    """Taking the whole text out leaves media alone; typing again puts it first."""
    made = draft("cat", *images(1)).with_prompt("")
    assert made.content.items == tuple(images(1))
    assert isinstance(made.with_prompt("dog").content.items[0], Text)


def test_an_item_keeps_its_id_when_code_assigns_another_order() -> None:
    """Thumbnails stay with their items."""
    before = draft("x", *images(3))
    after = Draft.of(Request(Content("y", *reversed(images(3)))), "ark", before)
    assert [mark.id for mark in after.marks] == [mark.id for mark in reversed(before.marks)]


def test_the_same_item_twice_has_two_ids() -> None:
    """First and last frame may be one picture."""
    twice = draft("", Image("a.png", "first_frame"), Image("a.png", "last_frame"))
    assert len({mark.id for mark in twice.marks}) == 2


def test_a_reorder_renumbers_in_every_spelling() -> None:
    """Each reference goes on meaning the same item, written as it was; other kinds and numbers stay."""
    text = "[image 1] meets 图2, @Image3 and 【图片 1】; video 1 plays, 15秒, image 4k, [image 7]"
    before = draft(text, *images(3), *clips(1))
    after = before.moved(before.marks[0].id, 2)
    assert after.prompt == "[image 3] meets 图1, @Image2 and 【图片 3】; video 1 plays, 15秒, image 4k, [image 7]"
    assert [item.source.label for item in after.media[:3]] == [f"https://media.example/{n}.png" for n in (2, 3, 1)]


def test_moving_between_kinds_changes_no_number() -> None:
    """Numbers count the items of one kind."""
    before = draft("[image 1] and [video 1]", *images(1), *clips(1))
    after = before.moved(before.marks[0].id, 1)
    assert after.prompt == before.prompt
    assert [item.kind for item in after.media] == ["video", "image"]


def test_what_named_a_removed_item_is_missing_and_means_no_other() -> None:
    """The numbers behind it move up, its own becomes one that nobody has."""
    before = draft("[image 1] hands [image 2] to [image 3]", *images(3))
    after = before.removed(before.marks[1].id)
    assert after.prompt == "[image 1] hands [image 3] to [image 2]"
    assert [mention.text for mention in prompt.missing(after.content)] == ["[image 3]"]
    again = after.removed(after.marks[0].id)
    assert again.prompt == "[image 2] hands [image 3] to [image 1]"
    assert len(prompt.missing(again.content)) == 2


def test_taking_a_reference_out_leaves_no_double_blank() -> None:
    """The sentence closes over it."""
    content = Content("The cat of [image 2] yawns, as [image 1] does. [image 2]", *images(1))
    assert prompt.without(content, "image", 2) == "The cat of yawns, as [image 1] does. "


@given(st.permutations(range(5)), st.lists(st.integers(1, 7), max_size=8))
def test_any_reorder_keeps_every_meaning(order: list[int], numbers: list[int]) -> None:
    """References name the same sources before and after."""
    text = " ".join(f"[image {number}]" for number in numbers)
    before = draft(text, *images(5))
    after = before.with_pairs([before.pairs[place] for place in order])

    def meant(made: Draft) -> list[object]:
        return [mention.item and mention.item.source for mention in made.content.mentions()]

    assert meant(after) == meant(before)


def test_halves_of_a_character_join_when_both_are_there() -> None:
    """A browser counts a pair as one character, and may send its halves one by one."""
    half = prompt.edited("a", 1, 0, "\ud83d")
    assert prompt.edited(half, 2, 0, "\ude00") == "a😀"
    assert prompt.edited("a😀b", 2, 1, "") == "a😀"


@pytest.mark.parametrize(("start", "removed"), [(-1, 0), (4, 0), (0, 4), (2, -1)])
def test_an_edit_outside_the_text_is_refused(start: int, removed: int) -> None:
    """Whoever sent it looked at another text."""
    with pytest.raises(InvalidRequestError):
        prompt.edited("abc", start, removed, "x")


def test_an_item_that_is_gone_is_named_in_the_refusal() -> None:
    """Nothing is changed by a late click."""
    with pytest.raises(InvalidRequestError, match="no longer there"):
        draft("x", *sounds(1)).removed("nobody")


# -- history --


def typed(history: History, text: str, *, every: float = 0.1, now: float = 0.0) -> float:
    for character in text:
        at = len(history.draft.prompt)
        history.typed(history.draft.with_prompt(history.draft.prompt + character), at, 0, character, now)
        now += every
    return now


def undone(history: History) -> list[str]:
    found = []
    while history.can_undo:
        found.append(history.undo().prompt)
    return found


def test_typing_is_undone_by_the_word() -> None:
    """Two words are two steps."""
    history = History(draft(""))
    typed(history, "red cat")
    assert undone(history) == ["red", ""]


def test_keys_that_come_together_are_typing_too() -> None:
    """A browser sends what was typed at a go; the word goes on with the next."""
    history = History(draft(""))
    for start, part in ((0, "re"), (2, "d"), (3, " c"), (5, "at")):
        history.typed(history.draft.with_prompt(history.draft.prompt + part), start, 0, part, start / 10)
    assert undone(history) == ["red", ""]


def test_a_long_paste_is_one_step() -> None:
    """Though it comes in several parts; the key after it begins another."""
    history = History(draft(""))
    for part in range(3):
        text = history.draft.prompt + "x" * 1000
        history.typed(history.draft.with_prompt(text), part * 1000, 0, "x" * 1000, 9.0 * part, goes_on=part > 0)
    history.typed(history.draft.with_prompt("x" * 3000 + "y"), 3000, 0, "y", 18.1)
    assert undone(history) == ["x" * 3000, ""]


def test_a_pause_begins_a_step() -> None:
    """What was typed a second later is undone apart."""
    history = History(draft(""))
    now = typed(history, "re")
    typed(history, "d", now=now + 1)
    assert undone(history) == ["re", ""]


def test_typing_elsewhere_begins_a_step() -> None:
    """A caret that jumped ends the word."""
    history = History(draft("cat"))
    history.typed(history.draft.with_prompt("cats"), 3, 0, "s", 0.0)
    history.typed(history.draft.with_prompt("acats"), 0, 0, "a", 0.1)
    assert undone(history) == ["cats", "cat"]


def test_a_new_step_ends_what_could_be_done_again() -> None:
    """Redo follows undo only."""
    history = History(draft("a"))
    history.put(draft("b"))
    history.undo()
    assert history.redo().prompt == "b"
    history.undo()
    history.put(draft("c"))
    assert not history.can_redo


@pytest.mark.parametrize("length", [1, 100_000])
def test_a_hundred_steps_are_kept_and_memory_is_bounded(length: int) -> None:
    """Also of a very long prompt."""
    history = History(draft("x"))
    for step in range(400):
        history.put(draft(str(step) * length))
    steps = len(undone(history))
    assert 100 <= steps <= 200


def test_a_slider_is_one_step() -> None:
    """Every place that it passes is a value, and one undo takes it back; another parameter is another step."""
    history = History(draft("x"))
    for seconds in range(6, 12):
        history.put(draft("x", duration=seconds), together="duration", now=seconds / 10)
    history.put(draft("x", duration=11, seed=7), together="seed", now=1.2)
    history.put(draft("x", duration=11, seed=8), together="seed", now=9.0)
    assert history.undo().request.seed == 7
    assert history.undo().request.duration == 11
    assert history.undo().request.duration == 5
