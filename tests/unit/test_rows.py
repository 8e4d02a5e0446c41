"""Rows of a table as requests."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seedance_nb.content import Content, Image, Video
from seedance_nb.errors import InvalidRequestError
from seedance_nb.request import Request
from seedance_nb.rows import COLUMNS, numbers, read, sentences


def one(row: object) -> Request:
    requests, troubles = read([row])  # type: ignore[list-item]
    assert troubles == []
    assert requests[0] is not None
    return requests[0]


def wrong(row: object) -> str:
    requests, troubles = read([row])  # type: ignore[list-item]
    assert requests == [None]
    return "\n".join(sentences(troubles))


def test_requests_contents_and_prompts_go_as_they_are() -> None:
    """What `submit` takes alone, `submit_many` takes several of, also from a generator."""
    request = Request("a", duration=9)
    requests, troubles = read(item for item in (request, Content("b"), "一只猫 yawns"))
    assert troubles == []
    assert requests == [request, Request("b"), Request("一只猫 yawns")]


def test_a_data_frame_gives_a_request_a_row() -> None:
    """Columns are parameters; a missing value is not given, and whole numbers survive beside missing ones."""
    frame = pd.DataFrame(
        {
            "prompt": ["a", "b", "c"],
            "duration": [4, None, 15],
            "seed": pd.array([1, 2, pd.NA], dtype="Int64"),
            "ratio": ["16:9", None, "9:16"],
            "generate_audio": [True, False, np.nan],
            "callback_url": pd.array([None, "https://a.example/x", pd.NA], dtype="string"),
            "_note": ["mine", "mine", "mine"],
        }
    )
    requests, troubles = read(frame)
    assert troubles == []
    assert requests == [
        Request("a", duration=4, seed=1, ratio="16:9"),
        Request("b", seed=2, generate_audio=False, callback_url="https://a.example/x"),
        Request("c", duration=15, ratio="9:16"),
    ]


def test_every_parameter_of_a_request_is_a_column() -> None:
    """A parameter that is added to `Request` needs nothing here."""
    assert set(COLUMNS) > set(Request("x").parameters()) | {"prompt", "reference_audio"}
    assert len(COLUMNS) == len(set(COLUMNS))


@pytest.mark.parametrize("missing", [None, math.nan, pd.NA, pd.NaT, np.float32("nan"), "", "  "])
def test_a_missing_value_is_not_given(missing: object) -> None:
    """Whichever library says that there is nothing."""
    assert one({"prompt": "x", "duration": missing, "first_frame": missing, "model": missing}) == Request("x")


def test_numbers_of_another_library_are_numbers() -> None:
    """A list of dicts may hold what an array gave."""
    made = one({"prompt": "x", "duration": np.int64(7), "seed": np.float64(3.0), "watermark": np.bool_(True)})
    assert made == Request("x", duration=7, seed=3, watermark=True)


def test_media_stand_behind_the_prompt_in_the_order_of_roles() -> None:
    """Not in the order of columns: the same row is the same request however its table is laid out."""
    row = {"last_frame": Path("b.png"), "first_frame": "a.png", "prompt": "x"}
    assert one(row).content == Content("x", Image("a.png", "first_frame"), Image("b.png", "last_frame"))


@pytest.mark.parametrize("several", [list, tuple, lambda paths: np.array(paths, dtype=object)])
def test_a_cell_may_hold_several_items(several: type) -> None:
    """A list of paths becomes so many references, in its order."""
    row = {"prompt": "x", "reference_image": several(["a.png", "b.png"]), "reference_video": "https://a.example/v.mp4"}
    assert one(row).content == Content(
        "x",
        Image("a.png", "reference_image"),
        Image("b.png", "reference_image"),
        Video("https://a.example/v.mp4", "reference_video"),
    )


def test_an_item_keeps_what_its_owner_said_of_it() -> None:
    """A clip behind an address has a length that only its owner knows."""
    clip = Video("https://a.example/v.mp4", duration=4.5)
    assert one({"prompt": "x", "reference_video": [clip]}).content.media[0].duration == 4.5


def test_an_empty_list_is_no_medium() -> None:
    """As an empty cell is none."""
    assert one({"prompt": "x", "reference_image": []}) == Request("x")


def test_a_whole_content_may_stand_in_a_column() -> None:
    """For what needs an order of its own; together with a prompt nobody knows which one is meant."""
    content = Content("x", Image("a.png"))
    assert one({"content": content, "duration": 6}) == Request(content, duration=6)
    assert "Keep one of the two" in wrong({"content": content, "prompt": "y"})


def test_an_unknown_column_names_the_nearest() -> None:
    """Once for all rows that have it."""
    _, troubles = read([{"promt": "a"}, {"promt": "b"}])
    (line,) = sentences(troubles)
    assert line.startswith("rows 0 and 1: the column 'promt' is not known. Did you mean 'prompt'?")
    assert "Known are prompt, content, first_frame" in wrong({"zzz": 1})
    assert "not known" in wrong({7: "x"})


def test_a_row_says_everything_that_is_wrong_with_it() -> None:
    """A column, an item and two parameters at once."""
    said = wrong(
        {"prompt": 5, "duration": 4.5, "watermark": "yes", "reference_image": ["a.png", None], "sead": 1, "seed": 2}
    )
    assert "'sead' is not known. Did you mean 'seed'?" in said
    assert "reference_image, number 2 of its list: it is empty" in said
    assert "duration=4.5 is not a whole number" in said
    assert "watermark='yes' is not True or False" in said
    assert "Nothing was sent" not in said


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"first_frame": "ftp://a.example/x.png"}, "first_frame: ftp:// is not an address"),
        ({"first_frame": Image("a.png", "last_frame")}, "does not belong into this column"),
        ({"reference_video": Image("a.png")}, "does not belong into this column"),
        ({"prompt": 5}, "The prompt is text, not int"),
        ({"content": "x"}, "a text goes into prompt"),
        (3.5, "it is a float, and not a Request"),
        (None, "it is a NoneType"),
    ],
)
def test_a_row_that_is_wrong_says_how(row: object, says: str) -> None:
    """In a sentence that begins with its number."""
    assert wrong(row).startswith("row 0: ")
    assert says in wrong(row)


@pytest.mark.parametrize("given", [Request("x"), Content("x"), "x", {"prompt": "x"}, b"x", 5, None])
def test_a_single_request_is_refused(given: object) -> None:
    """A text has letters and a dict has keys, and neither is a list of requests."""
    with pytest.raises(InvalidRequestError, match="For one request use submit"):
        read(given)  # type: ignore[arg-type]


def test_two_columns_of_one_name_are_refused() -> None:
    """A data frame may have them, and would lose one in silence."""
    frame = pd.DataFrame([["a", "b"]], columns=["prompt", "prompt"])
    with pytest.raises(InvalidRequestError, match="more than one column 'prompt'"):
        read(frame)


def test_what_is_wrong_holds_no_secret() -> None:
    """A signed query and base64 are folded, and a long value is cut."""
    signed = "https://a.example/x.png?X-Tos-Signature=planted-8a61"
    base64 = "data:image/png;base64," + "iVBORw0KGgo" * 400
    said = wrong({"reference_image": [signed, None], "ratio": [signed], "model": [base64], "resolution": ["x" * 5000]})
    assert "planted-8a61" not in said
    assert "iVBORw0KGgoiVBORw0KGgo" not in said
    assert len(said) < 3000


def test_row_numbers_are_said_in_stretches() -> None:
    """A column that is wrong in a thousand rows is one short line."""
    assert numbers([0]) == "row 0"
    assert numbers(range(1000)) == "rows 0 to 999"
    assert numbers([0, 1, 2, 5, 7, 8]) == "rows 0 to 2, 5, 7 and 8"
    assert numbers(range(0, 100, 2)).endswith("10 and 44 more")
