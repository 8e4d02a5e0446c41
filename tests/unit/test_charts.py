"""Charts: what they draw is what the ledger adds up to, told in words too, and drawn without a network."""

from __future__ import annotations

import datetime as dt
import doctest
import itertools
import json
import math
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedance_nb import prices, words
from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import Ledger
from seedance_nb.money import Fx
from seedance_nb.reports import LedgerView, win_rate
from seedance_nb.reports import _chart_theme as theme
from seedance_nb.reports._chart import MIME, Chart

from .cost_samples import NEW_PRICE, a_month, at, charged
from .ledger_samples import a_ledger, a_vote

RATE = Fx(Decimal("7.1"), "USD", "CNY", dt.date(2026, 11, 20), "my bank")
KEY = "sk-planted-0123456789"
EVIL = '"><script>alert(1)</script> ${KEY}\x07'


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The month of `cost_samples`."""
    prices.override([NEW_PRICE])
    with a_ledger(tmp_path_factory.mktemp("charts")) as opened:
        a_month(opened)
        yield opened
    prices.override()


@pytest.fixture
def charts(ledger: Ledger) -> Any:
    return LedgerView(ledger).charts


def drawn(chart: Chart, *names: str) -> list[list[dict[str, Any]]]:
    """Of each panel the rows that have some columns."""
    found = chart.to_dict()
    panels = []
    for panel in [inner for row in found["vconcat"] for inner in row.get("hconcat", [row])]:
        layers = [found, panel, *panel.get("layer", ())]
        layers += [inner for layer in layers for inner in layer.get("layer", ())]
        sources = {layer["data"].get("name") or id(layer): layer["data"] for layer in layers if "data" in layer}
        rows = [row for data in sources.values() for row in data.get("values", found["datasets"].get(data.get("name")))]
        kept = {json.dumps(row): row for row in rows if set(names) <= row.keys()}
        panels.append([{name: row[name] for name in names} for row in kept.values()])
    return panels


# -- what is drawn --


def test_costs_over_time_are_those_of_the_month(charts: Any) -> None:
    """A panel a currency; of a day each model stands on the one before, and the sandbox is nowhere."""
    chart = charts.costs(over="day", by="model", since="2026-11", language="en")
    yuan, euros, dollars = drawn(chart, "said", "low", "high", "letter")
    assert {row["said"] for row in dollars} == {"2026-11-04 · seedance-2.0 · $1.21"}
    assert [row["high"] for row in euros] == [3.0]
    sixteenth = [row for row in yuan if row["said"].startswith("2026-11-16")]
    assert [(row["said"], row["low"], row["high"]) for row in sixteenth] == [
        ("2026-11-16 · seedance-2.0 · ¥5.45", 0.0, 5.445),
        ("2026-11-16 · seedance-2.0-fast · ¥4.03", 5.445, 5.445 + 4.0293),
    ]
    assert [row["letter"] for row in sixteenth] == ["A", "B"]
    assert math.isclose(sum(row["high"] - row["low"] for row in yuan), 29.9917)
    assert "¥7.00" not in str(chart.to_dict())
    assert chart.alt.startswith("Cost by day and model. ¥29.99 in CNY for 6 tasks. seedance-2.0 ¥25.96 (87%), ")
    assert "The most from 2026-11-16 on: ¥9.47. Until 2026-11-09 it was ¥20.52, after that ¥9.47." in chart.alt
    assert "$1.21 in USD for 1 task." in chart.alt


def test_currencies_have_one_axis_only_at_a_rate_that_is_named(charts: Any) -> None:
    """Seen in one there is one panel; what has no rate is told and not drawn."""
    assert len(charts.costs(since="2026-11").to_dict()["vconcat"]) == 3
    chart = charts.costs(since="2026-11", view="CNY", fx=RATE, language="en")
    assert len(chart.to_dict()["vconcat"]) == 1
    said = " ".join(chart.to_dict()["title"]["subtitle"])
    assert said == (
        "Converted at 1 USD = 7.1 CNY on 2026-11-20 (my bank). €3.00 more has no known rate and is in no sum."
    )
    assert drawn(chart, "name", "cost") == [
        [
            {"name": "ark · seedance-2.0", "cost": 25.9624},
            {"name": "atlas · seedance-2.0", "cost": 8.58816},
            {"name": "ark · seedance-2.0-fast", "cost": 4.0293},
        ]
    ]


def test_groups_beyond_five_are_one_and_nothing_is_lost(tmp_path: Path) -> None:
    """The largest have a colour, the rest is grey and named so; the sums stay whole."""
    with a_ledger(tmp_path) as ledger:
        for number in range(1, 10):
            charged(ledger, number, 1 + number % 3, f"0.{number}0000001", project=f"p{number}")
        chart = LedgerView(ledger).charts.costs(over="week", by="project", language="en")
    (rows,) = drawn(chart, "group", "low", "high")
    assert len({row["group"] for row in rows}) == 6
    rest = [row for row in rows if row["group"].startswith("4 others")]
    assert math.isclose(sum(row["high"] - row["low"] for row in rest), 1.00000004)
    assert math.isclose(sum(row["high"] - row["low"] for row in rows), 4.50000009)
    assert "4 others ¥1.00 (22%)" in chart.alt


def test_groups_that_begin_alike_stay_two(tmp_path: Path) -> None:
    """Names are cut to be read, and what is cut to the same is not added up."""
    with a_ledger(tmp_path) as ledger:
        for number, end in enumerate(("cat", "fox", "cat"), 1):
            charged(ledger, number, 2, str(number), project=f"A project with a long name for a {end}")
        charts = LedgerView(ledger).charts
        assert [[row["cost"] for row in rows] for rows in drawn(charts.costs("project"), "name", "cost")] == [
            [4.0, 2.0]
        ]
        (times,) = drawn(charts.time_to_make("project"), "name", "median")
    assert len({row["name"] for row in times}) == 2


def test_work_that_cost_nothing_is_drawn_too(tmp_path: Path) -> None:
    """A provider may bill nothing; then the axis begins and ends at it."""
    with a_ledger(tmp_path) as ledger:
        charged(ledger, 1, 2, "0")
        charts = LedgerView(ledger).charts
        for chart in (charts.costs(over="day", language="en"), charts.costs(language="en")):
            assert "¥0.00 in CNY for 1 task." in chart.alt
            ET.fromstring(chart.svg())


def test_quoted_is_held_against_billed(charts: Any) -> None:
    """As `drift` counts them: what has no quote, or was charged by it, is not there."""
    chart = charts.drift(since="2026-11", language="en")
    yuan, dollars = drawn(chart, "quoted", "billed", "tasks", "group")
    assert sorted((row["quoted"], row["billed"], row["tasks"]) for row in yuan) == [
        (4.0293, 4.0293, 1),
        (5.0094, 5.0094, 2),
        (5.0094, 5.0554, 1),
        (5.445, 5.445, 1),
    ]
    assert [(row["group"], row["tasks"]) for row in dollars] == [("atlas", 1)]
    line = {(row["quoted"], row["billed"]) for row in drawn(chart, "quoted", "billed")[0]} - {
        (row["quoted"], row["billed"]) for row in yuan
    }
    assert all(quoted == billed for quoted, billed in line)
    assert len(line) == 2
    assert (
        "In CNY 5 tasks were quoted ¥24.50 at most and billed ¥24.55: 4 as quoted, 1 more, 0 less. "
        "Billed is 100.19% of quoted." in chart.alt
    )


def test_many_amounts_become_few_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Amounts that are nearly the same are one mark; how many tasks there are stays true."""
    from seedance_nb.reports import _chart_drift

    from .cost_samples import quote

    monkeypatch.setattr(_chart_drift, "MOST_POINTS", 5)
    with a_ledger(tmp_path) as ledger:
        for number in range(1, 21):
            charged(ledger, number, 2, f"5.{number:04}", quote=quote(2))
        (rows,) = drawn(LedgerView(ledger).charts.drift(), "quoted", "billed", "tasks")
    assert len(rows) <= 5
    assert sum(row["tasks"] for row in rows) == 20


def test_cost_against_votes_by_hand(tmp_path: Path) -> None:
    """Win rate among votes that prefer one, with its interval; cost as in `unit_costs`; votes within a group out."""
    with a_ledger(tmp_path) as ledger:
        charged(ledger, 1, 2, "5")
        charged(ledger, 2, 2, "2", model="seedance-2.0-fast")
        charged(ledger, 3, 2, "2", model="seedance-2.0-fast")
        for number, verdict in enumerate(["left"] * 6 + ["right"] * 2 + ["tie", "both_bad"], 1):
            ledger.add_vote(a_vote(number, verdict=verdict, rater=str(number)))
        ledger.add_vote(a_vote(99, left_id="t-0002", right_id="t-0003", rater="within"))
        chart = LedgerView(ledger).charts.votes(language="en")
        costs = LedgerView(ledger).unit_costs("model")
    (rows,) = drawn(chart, "name", "rate", "rate_low", "rate_high", "cost")
    better, worse = rows
    assert (better["name"], better["rate"], worse["rate"]) == ("seedance-2.0", 0.75, 0.25)
    assert (round(better["rate_low"], 3), round(better["rate_high"], 3)) == (0.409, 0.929)  # Wilson, 6 of 8
    assert round(better["cost"], 4) == round(10 * 5 / 6, 4)  # looked at ten times, preferred six times
    assert worse["cost"] == 10 * 2 / 2
    assert float(costs["cost_a_preferred_clip"][0]) == pytest.approx(better["cost"])
    assert "seedance-2.0: preferred in 6 of 8 votes (75%; 41% to 93%). A preferred clip cost ¥8.33." in chart.alt


def test_time_to_make_by_hand(tmp_path: Path) -> None:
    """Many clips are a spread, few are each a mark; failed tasks are not clips."""
    with a_ledger(tmp_path) as ledger:
        for number in range(1, 42):
            record = charged(ledger, number, 2, "1", resolution="720p" if number > 1 else "480p")
            assert record
        chart = LedgerView(ledger).charts.time_to_make(language="en")
    (rows,) = drawn(chart, "name", "median", "from", "to", "low", "high")
    assert {row["name"]: row["median"] for row in rows} == {
        "seedance-2.0 · 480p": 40.0,
        "seedance-2.0 · 720p": 40.0,
    }
    assert "seedance-2.0 · 720p: 40 clips, median 40 s, half of them 40 s to 40 s" in chart.alt
    assert "seedance-2.0 · 480p: 1 clip, median 40 s, from 40 s to 40 s." in chart.alt
    (marks,) = drawn(chart, "name", "time")
    assert marks == [{"name": "seedance-2.0 · 480p", "time": 40.0}]


def test_the_forecast_is_that_of_the_frame(tmp_path: Path) -> None:
    """Five weeks of ¥7 a day: 30 more days are ¥210, and the cone begins where the past ends."""
    with a_ledger(tmp_path) as ledger:
        for day in range(1, 29):
            charged(ledger, day, day, "7" if day % 7 else "14")
        view = LedgerView(ledger)
        chart = view.charts.forecast(now=at(29), language="en")
        frame = view.forecast(now=at(29)).iloc[0]
        with pytest.raises(ValueError, match="nothing to draw"):
            view.charts.forecast(now=at(29) + dt.timedelta(days=400))
    (past,) = drawn(chart, "at", "sum")
    (cone,) = drawn(chart, "at", "sum", "low", "high")
    total = Decimal(4) * 8 * 7
    assert max(row["sum"] for row in past if row not in cone) >= float(total)
    assert cone[0]["low"] == cone[0]["sum"] == cone[0]["high"] == float(total)
    assert cone[-1]["sum"] == float(total + frame["expected"])
    assert (cone[-1]["low"], cone[-1]["high"]) == (float(total + frame["low"]), float(total + frame["high"]))
    assert f"Until 2026-12-29 ¥{frame['expected']} more are expected." in chart.alt
    assert "¥224.00 in the last 28 days." in chart.alt


def test_a_budget_burns_down(tmp_path: Path) -> None:
    """Of a project what is left, and when it will be gone; of a day what each used, and how often it was too much."""
    with a_ledger(tmp_path) as ledger:
        for day in range(1, 15):
            charged(ledger, day, day, "10", project="film")
        view = LedgerView(ledger)
        chart = view.charts.burn_down("200 CNY/project", project="film", now=at(14, 20), language="en")
        by_day = view.charts.burn_down("9 CNY/day", now=at(14, 20), language="en")
        with pytest.raises(ValueError, match="by session"):
            view.charts.burn_down("9 CNY/session")
    (rows,) = drawn(chart, "at", "left")
    assert {200.0 - 10 * day for day in range(15)} <= {row["left"] for row in rows}
    # Of the last seven whole days each used ¥10: ¥60 are gone in six days.
    assert "¥60.00 is left on 2026-11-14. At the pace of the last seven days it is used up on 2026-11-20." in chart.alt
    assert by_day.alt == (
        "Used by day, of ¥9.00 a day. Today ¥10.00 of it is used. The most was ¥10.00 on 2026-11-14. "
        "14 days were above it."
    )


# -- how it reads --


@pytest.mark.parametrize("language", list(words.LANGUAGES))
def test_each_says_what_it_shows_in_each_language(charts: Any, language: str) -> None:
    """The text alternative has the sums, as the language writes them, and is the picture's name."""
    amount = {"en": "¥29.99", "zh": "¥29.99", "fr": "29,99\u00a0¥"}[language]
    for chart in (charts.costs(over="week", language=language), charts.costs(language=language)):
        assert amount in chart.alt
        root = ET.fromstring(chart.svg())
        assert root.get("role") == "img"
        assert root.get("aria-label") == chart.alt
        if language == "zh":
            assert re.search(r"[\u4e00-\u9fff]", chart.to_dict()["title"]["text"])
    kinds = [
        charts.drift(language=language),
        charts.votes("price_id", language=language),
        charts.time_to_make(language=language),
    ]
    assert all(chart.alt.count("{") == 0 and len(chart.alt) > 60 for chart in kinds)


def test_the_sandbox_is_shown_only_where_there_is_nothing_else(charts: Any) -> None:
    """Then it is said; real tasks are never beside it."""
    assert "¥7.00" not in charts.costs().alt
    chart = charts.costs(local_id="t-0008", language="en")
    assert "¥7.00 in CNY for 1 task." in chart.alt
    assert "nothing was billed" in chart.alt


def test_nothing_to_draw_is_said(charts: Any) -> None:
    """An empty picture would say that nothing was spent."""
    for draw in (charts.costs, charts.drift, charts.votes, charts.time_to_make):
        with pytest.raises(ValueError, match="nothing to draw"):
            draw(project="nowhere")
    with pytest.raises(ConfigurationError):
        charts.costs(language="klingon")
    with pytest.raises(ValueError, match="cannot be summed by"):
        charts.costs(by="colour")


def test_without_the_extra_the_command_is_said(charts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the module itself is there without Altair, so that `studio.ledger` works."""
    for name in list(sys.modules):
        if name.startswith("seedance_nb.reports._chart_") and name != "seedance_nb.reports._chart_theme":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "seedance_nb.reports._chart")
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(ConfigurationError, match=re.escape('pip install "seedance-nb[charts]"')):
        charts.costs()


# -- as a picture --


def test_a_strangers_words_are_text_in_the_picture(tmp_path: Path) -> None:
    """Names of projects are letters in SVG and JSON, short, and without signs that XML does not have."""
    with a_ledger(tmp_path) as ledger:
        charged(ledger, 1, 2, "5", project=EVIL * 9, prompt=KEY)
        chart = LedgerView(ledger).charts.costs(by="project", over="day")
        svg = chart.svg()
    ET.fromstring(svg)
    assert "<script" not in svg
    assert "alert(1)" in svg
    shown, about = chart._repr_mimebundle_()
    assert set(shown) == {MIME, "image/png", "text/plain"}
    assert KEY not in json.dumps([shown, about])
    assert shown[MIME]["$schema"].endswith("/v5.json")
    assert about[MIME]["embed_options"]["actions"]["editor"] is False
    assert about["image/png"]["alt"] == chart.alt
    assert not re.search(r"https?://(?!www\.w3\.org|vega\.github\.io/schema)", json.dumps(shown[MIME]) + svg)


def test_pictures_are_saved_without_a_network(charts: Any, tmp_path: Path) -> None:
    """SVG follows the reader's light or dark, PNG is one of the two; marks have titles, for the mouse."""
    chart = charts.costs(over="week", language="zh")
    for name in ("a.svg", "a.png", "a.json", "a.html"):
        chart.save(str(tmp_path / name))
    svg = (tmp_path / "a.svg").read_text()
    assert "prefers-color-scheme:dark" in svg
    assert "<title>2026-11-02 · seedance-2.0 · ¥15.51</title>" in svg
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "a.html").read_text()
    assert not re.search(r"""(?:src|href)=["']https?:""", page)
    assert chart.png(theme="dark") != chart.png()
    inlined = chart.svg(theme="page", name="c1-")
    assert "currentColor" in inlined
    assert "<style" not in inlined
    titles = set(re.findall("<title>(.*?)</title>", svg))
    assert all(re.match(r"2026-11-\d\d · ", title) for title in titles), titles  # no raw numbers under the mouse


def test_it_stays_a_chart_of_altairs(charts: Any) -> None:
    """Changed as Altair changes charts, it still draws itself."""
    changed = charts.costs(since="2026-11").properties(title="Mine")
    assert isinstance(changed, Chart)
    assert changed.alt
    assert "Mine" in changed.svg()


# -- colours --

_SEES = {
    "all colours": np.eye(3),
    # G. M. Machado, M. M. Oliveira, L. A. F. Fernandes (2009), severity 1.
    "no red": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no green": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "no blue": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
    ),
}


def linear(colour: str) -> Any:
    parts = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: Any) -> Any:
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    scaled = xyz / [0.95047, 1, 1.08883]
    f = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_colours_are_seen_on_light_and_dark() -> None:
    """Three to one on white and on the dark of JupyterLab, the report and Visual Studio Code; letters four to one."""
    for colour in (*theme.SERIES, theme.OTHERS):
        for page in ("#ffffff", "#111111", "#15181b", "#1e1e1e"):
            assert contrast(colour, page) >= 3, (colour, page)
        assert contrast(colour, theme.ink_on(colour)) >= 4, colour


def test_colours_are_told_apart_by_colour_blind_readers() -> None:
    """Any two differ for every kind of eye, and each has a letter and a shape of its own besides."""
    for one, other in itertools.combinations((*theme.SERIES, theme.OTHERS), 2):
        for eye in _SEES.values():
            assert np.linalg.norm(lab(eye @ linear(one)) - lab(eye @ linear(other))) > 10, (one, other)
    assert len(set(theme.LETTERS)) == len(set(theme.SHAPES)) == len(theme.SERIES)


def test_subtitles_are_broken_where_a_line_may_end() -> None:
    """Chinese has no blanks to break at, and no line begins with a full stop."""
    assert theme.lines("word " * 60) == [("word " * 20).rstrip()] * 3
    broken = theme.lines("预算已经用完了。" * 20)
    assert "".join(broken) == "预算已经用完了。" * 20
    assert not any(line.startswith("。") for line in broken)
    assert theme.lines("") == []


def test_the_examples_of_the_module_are_true() -> None:
    """Doctests run."""
    assert doctest.testmod(win_rate).failed == 0


def test_quantiles_of_counted_times_are_those_of_the_times() -> None:
    """As NumPy has them of the whole list."""
    from collections import Counter

    from seedance_nb.reports._chart_times import _quantile

    times = [17, 17, 17, 40, 41, 90, 90, 300, 301, 999, 999]
    for share in (0.05, 0.25, 0.5, 0.75, 0.95):
        assert _quantile(Counter(times), share) == pytest.approx(np.quantile(times, share) / 10)
