"""The cells of a sweep: the product of its axes, and the same ones whenever they are asked for."""

from __future__ import annotations

import itertools
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_nb.compare._plan import MOST, chosen_seeds, plan, variables
from seedance_nb.content import Content, Image
from seedance_nb.errors import InvalidRequestError
from seedance_nb.request import Request

texts = st.text(min_size=1, max_size=12)
axes = st.fixed_dictionaries(
    {
        "animal": st.lists(texts, min_size=1, max_size=4, unique=True),
        "place": st.lists(texts, min_size=1, max_size=3, unique=True),
        "model": st.lists(st.sampled_from(["seedance-2.0", "seedance-2.0-fast"]), min_size=1, max_size=2, unique=True),
        "duration": st.lists(st.integers(4, 12), min_size=1, max_size=3, unique=True),
    }
)
TEMPLATE = "A {animal} in {place}"


@given(axes, st.integers(1, 4))
def test_cells_are_the_product_in_a_stable_order(axes: dict[str, list[Any]], seeds: int) -> None:
    """Each combination is one cell, the last axis running fastest, and its request has exactly these values."""
    made = plan(TEMPLATE, axes, seeds=seeds)
    wanted = list(itertools.product(*axes.values(), chosen_seeds(TEMPLATE, seeds)))
    assert [cell.number for cell in made.cells] == list(range(len(wanted)))
    for cell, values in zip(made.cells, wanted, strict=True):
        named = dict(zip([*axes, "seed"], values, strict=True))
        request = cell.request
        assert request.prompt == f"A {named['animal']} in {named['place']}"
        assert (request.model, request.duration, request.seed) == (named["model"], named["duration"], named["seed"])


@given(axes, st.randoms())
def test_another_order_of_axes_asks_for_the_same_clips(axes: dict[str, list[Any]], random: Any) -> None:
    """What is asked for does not depend on how the cell was written, seeds included."""
    names = list(axes)
    random.shuffle(names)
    turned = plan(TEMPLATE, {name: axes[name] for name in names}, seeds=2)
    straight = plan(TEMPLATE, axes, seeds=2)
    assert {cell.request for cell in turned.cells} == {cell.request for cell in straight.cells}


@given(st.text(), st.integers(1, 30))
def test_seeds_are_chosen_once_for_a_text(text: str, count: int) -> None:
    """The first ones of many are those of few, and none is there twice."""
    many = chosen_seeds(text, count + 5)
    assert many[:count] == chosen_seeds(text, count)
    assert len(set(many)) == count + 5
    assert all(0 <= seed < 100_000 for seed in many)


def test_seeds_are_the_same_in_another_process() -> None:
    """Nothing of them comes from this process: not its hash seed, not its clock."""
    code = "from seedance_nb.compare._plan import chosen_seeds; print(chosen_seeds('A {animal}', 3))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == str(chosen_seeds("A {animal}", 3))


def test_another_value_of_an_axis_leaves_the_other_cells_as_they_are() -> None:
    """So that a sweep which grows pays only for what is new."""
    small = plan("A {animal}", {"animal": ["cat", "fox"]}, seeds=3)
    large = plan(
        "A {animal}", {"animal": ["cat", "fox", "hen"], "model": ["seedance-2.0", "seedance-2.0-fast"]}, seeds=4
    )
    standard = {cell.request for cell in large.cells}
    assert {cell.request for cell in small.cells} <= standard


@pytest.mark.parametrize(
    "value", ["{place}", "{0}", "{{", "}", "%s", "a\nb", "</b>", "\u202e", "{place.__class__}", "雪", "\ud800"]
)
def test_a_value_is_text_whatever_is_in_it(value: str) -> None:
    """Braces of a value open no variable, and reach nothing."""
    made = plan("A {animal} in {place}", {"animal": [value], "place": ["snow"]})
    assert made.cells[0].request.prompt == f"A {value} in snow"


def test_a_doubled_brace_is_a_brace() -> None:
    """Also in a template without variables; where text is taken as it is, braces stay."""
    assert plan("A {{cat}} {x}", {"x": [1]}).cells[0].request.prompt == "A {cat} 1"
    assert plan("{{}}", {}).cells[0].request.prompt == "{}"
    assert plan("A {cat}", {"seed": [1, 2]}, is_template=False).cells[1].request.prompt == "A {cat}"


def test_media_and_parameters_of_a_request_stay() -> None:
    """Only what an axis names differs."""
    request = Request(Content("The {animal} in [image 1]", Image("cat.png", role="reference_image")), duration=7)
    made = plan(request, {"animal": ["cat", "fox"], "ratio": "1:1"})
    assert [cell.request.prompt for cell in made.cells] == ["The cat in [image 1]", "The fox in [image 1]"]
    assert {(cell.request.duration, cell.request.ratio, len(cell.request.content)) for cell in made.cells} == {
        (7, "1:1", 2)
    }
    assert made.shown == (0,)


def test_a_name_that_is_variable_and_parameter_sets_both() -> None:
    """The text says what the clip is asked to be."""
    cell = plan("{duration} seconds of rain", {"duration": [4, 8]}).cells[1]
    assert (cell.request.prompt, cell.request.duration) == ("8 seconds of rain", 8)


def test_the_same_request_twice_is_one_clip() -> None:
    """Values that read the same make cells that are the same, and say of which."""
    made = plan("{n} cats", {"n": [1, "1", Decimal(1), 2]})
    assert [cell.same_as for cell in made.cells] == [None, 0, 0, None]


def test_numbers_of_a_numeric_library_are_taken() -> None:
    """As they come out of a data frame or an array."""
    import numpy as np
    import pandas as pd

    made = plan("A {animal}", {"animal": pd.Series(["cat", "fox"]), "duration": np.array([4, 8])})
    assert [cell.request.duration for cell in made.cells] == [4, 8, 4, 8]
    assert all(type(cell.request.duration) is int for cell in made.cells)


@pytest.mark.parametrize(
    ("template", "axes", "said"),
    [
        ("A {animal}", {}, r"has \{animal\}, and no values for it: add animal=\[…\]"),
        ("A {a} {b}", {"a": [1]}, r"has \{b\}"),
        ("A cat", {"animal": ["fox"]}, r"'animal' is neither a variable of the template \(it has none\)"),
        ("A {animal}", {"animal": ["x"], "animla": ["y"]}, r"Did you mean 'animal'"),
        ("A cat", {"modle": ["x"]}, r"Did you mean 'model'"),
        ("A {animal", {"animal": ["x"]}, r"written twice"),
        ("A }", {}, r"written twice"),
        ("A {}", {}, r"'\{\}', which names no variable"),
        ("A {0}", {}, r"names no variable"),
        ("A {a.b}", {"a": ["x"]}, r"names no variable"),
        ("A {a!r}", {"a": ["x"]}, r"names no variable"),
        ("A {a:>10}", {"a": ["x"]}, r"names no variable"),
        ("A {a[0]}", {"a": ["x"]}, r"names no variable"),
        ("A {a}", {"a": []}, r"a has no values"),
        ("A {a}", {"a": {"x", "y"}}, r"a is a set, which has no order"),
        ("A {a}", {"a": {"x": 1}}, r"a is a dict, which is no list"),
        ("A {a}", {"a": [None]}, r"a=None cannot stand in a prompt"),
        ("A {a}", {"a": [True]}, r"a=True cannot stand in a prompt"),
        ("A cat", {"duration": [4, "5"]}, r"duration='5' is not a whole number"),
        ("A cat", {"prompt": ["x"]}, r"prompt is the text of the template, and no axis"),
        ("A {a}", {"a": range(MOST + 5)}, r"at most"),
        ("A {a} {b}", {"a": range(100), "b": range(100)}, r"100 × 100 are 10,000 cells"),
        (7, {}, r"not int"),
    ],
)
def test_what_is_wrong_is_said_in_words(template: Any, axes: dict[str, Any], said: str) -> None:
    """With the name and the value, and that nothing was sent."""
    with pytest.raises(InvalidRequestError, match=said) as caught:
        plan(template, axes)
    assert "Nothing was sent." in str(caught.value)


@pytest.mark.parametrize("seeds", [0, -1, MOST + 1, True, 1.5, "7"])
def test_a_number_of_seeds_is_one(seeds: Any) -> None:
    """Not none, not millions, not a word."""
    with pytest.raises(InvalidRequestError):
        plan("A cat", {}, seeds=seeds)
    with pytest.raises(InvalidRequestError, match="both given"):
        plan("A cat", {"seed": [1]}, seeds=2)


def test_variables_are_found_in_order() -> None:
    """Each once."""
    assert variables(Request(Content("{b} {a} {b} {{c}}"))) == ("b", "a")
