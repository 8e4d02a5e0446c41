"""The report: one file, right to the cent, in three languages, and nothing of it leaves the disk or runs."""

from __future__ import annotations

import datetime as dt
import html
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from seedance_nb import prices, words
from seedance_nb.budget import Budget
from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import Ledger
from seedance_nb.money import Fx
from seedance_nb.reports import LedgerView, _report_clips, _report_table, report
from seedance_nb.task import Artifact, TaskStatus

from .cost_samples import BILL, FAST, NEW, NEW_PRICE, OLD, VIDEO, a_month, a_task, at, charged
from .ledger_samples import a_ledger

RATE = Fx(Decimal("7.1"), "USD", "CNY", dt.date(2026, 11, 20), "my bank")
FAST_MODEL = "seedance-2.0-fast"
MISSING = "The ledger has a charge for this task, and the bill has no line for it."
STRANGE = "The bill has a line for a task that this ledger does not know."
OTHER = "The bill has another amount than the ledger."
ARK_PAGE = "https://www.volcengine.com/docs/82379/1544106"
ATLAS_PAGE = "Atlas Cloud, list of models, https://api.atlascloud.ai/api/v1/models"
ATLAS = "atlas/seedance-2.0/listed/no-video/2026-08"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """The month of `cost_samples`."""
    prices.override([NEW_PRICE])
    with a_ledger(tmp_path) as opened:
        a_month(opened)
        yield opened
    prices.override()


def written(ledger: Ledger, **options: Any) -> str:
    """The text of a report."""
    given: dict[str, Any] = {"where": {"since": "2026-11"}, "currency": "CNY", "fx": RATE, "clips": "none"}
    given |= {"title": None, "language": "en", "now": at(30), "charts": False, **options}
    path = report.write_report(LedgerView(ledger), ledger, ledger.home / "report.html", **given)
    return path.read_text("utf-8")


def tables(page: str) -> dict[str, list[list[str]]]:
    """The rows of each table, by its heading."""
    found = {}
    for heading, body in re.findall(r"<table><caption>(.*?)</caption>(.*?)</table>", page):
        rows = re.findall(r"<tr>(.*?)</tr>", body)
        cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]
        found[html.unescape(heading)] = [[html.unescape(cell) for cell in row] for row in cells]
    return found


def test_the_numbers_are_those_of_the_month(ledger: Ledger) -> None:
    """Every number of every table, redone by hand from the table in `cost_samples.a_month`, and rounded to be read.

    Sums are rounded once, at the end: 25.9624 is tasks 1, 2, 4, 7 and 11, and 29.9917 with task 3.
    """
    bill = LedgerView(ledger).reconcile(BILL, provider="ark", since="2026-11", until="2026-11")
    page = written(ledger, bills=[bill])
    summary = html.unescape(re.search(r'class="summary">(.*?)</p>', page)[1])  # type: ignore[index]
    assert summary == (
        "10 tasks, of which 8 made a clip and 1 did not. They cost ¥29.99 + $1.21. Seen in CNY: ¥38.58. "
        "€3.00 more has no known rate and is in no sum. 1 had no answer to their create; they may have been billed."
    )
    found = {heading: rows[1:] for heading, rows in tables(page).items()}
    assert found == {
        "What was spent": [
            ["CNY", "6", "739,900", "¥29.99", "¥29.99", ""],  # 4 × 108,900 + 109,900 + 194,400
            ["USD", "1", "108,900", "$1.21", "¥8.59", "1 USD = 7.1 CNY on 2026-11-20 (my bank)"],  # 1.2096 × 7.1
            ["Together", "7", "848,800", "–", "¥38.58", ""],  # 29.9917 + 8.58816
            ["EUR", "1", "108,900", "€3.00", "–", "No rate is known; it is in no sum."],
        ],
        "By provider and model": [
            # 25.9624 / 25 s; by 4 kept, the fifth was lost; 4 × (5.0094 + 5.445) judged by 3 preferred
            ["ark", "seedance-2.0", "5", "¥25.96", "¥1.0385", "¥6.4906", "¥13.9392"],
            ["ark", "seedance-2.0-fast", "1", "¥4.03", "¥0.8059", "¥4.0293", "–"],
            ["atlas", "seedance-2.0", "1", "$1.21", "$0.2419", "$1.2096", "–"],
            ["elsewhere", "seedance-2.0", "1", "€3.00", "€0.6000", "€3.0000", "–"],
        ],
        "By project": [
            ["–", "4", "522,100", "¥19.54"],  # 29.9917 - 10.4544
            ["–", "1", "108,900", "€3.00"],
            ["–", "1", "108,900", "$1.21"],
            ["film", "2", "217,800", "¥10.45"],  # 5.0094 + 5.445
        ],
        "By week": [
            ["2026-11-02", "3", "413,200", "¥15.51"],  # 5.0094 + 5.4432 + 5.0554
            ["2026-11-02", "1", "108,900", "€3.00"],
            ["2026-11-02", "1", "108,900", "$1.21"],
            ["2026-11-09", "1", "108,900", "¥5.01"],
            ["2026-11-16", "2", "217,800", "¥9.47"],  # 5.445 + 4.0293, after the price changed
        ],
        "How tasks ended": [
            # 5 of 6, the one without an answer being neither; 40 s for the lost one and 40 s for the failed one
            ["ark", "seedance-2.0", "7", "5", "4", "1", "1", "1", "83.33 %", "40 s", "1 min 20 s"],
            *(
                [provider, model, "1", "1", "1", "0", "0", "0", "100 %", "40 s", "0 s"]
                for provider, model in (
                    ("ark", "seedance-2.0-fast"),
                    ("atlas", "seedance-2.0"),
                    ("elsewhere", "seedance-2.0"),
                )
            ),
        ],
        "Quoted against billed": [
            ["ark", FAST, "1", "1", "¥4.03", "¥4.03", "0 %"],
            ["ark", OLD, "3", "2", "¥15.03", "¥15.07", "0.31 %"],  # 3 × 5.0094; 0.046 more for task 7
            ["ark", NEW, "1", "1", "¥5.45", "¥5.45", "0 %"],
            ["atlas", "–", "1", "0", "$0.45", "$1.21", "168.8 %"],  # 5 s × 0.09; 0.7596 more
        ],
        "Bill against ledger": [
            [
                "Not on the bill",
                "–",
                "cgt-11",
                "–",
                "¥5.01",
                "The ledger has a charge for this task, and the bill has no line for it.",
            ],
            [
                "Not in the ledger",
                "8",
                "cgt-99",
                "¥1.50",
                "–",
                "The bill has a line for a task that this ledger does not know.",
            ],
            ["Billed twice", "4", "cgt-2", "¥5.45", "–", "The task is billed once already."],
            [
                "Another amount or number of tokens",
                "5",
                "cgt-3",
                "¥4.53",
                "¥4.03",
                "The bill has another amount than the ledger.",
            ],
        ],
        "Price rows that were used": [
            [FAST, "37 CNY / 1,000,000 tokens", "2026-04-14", ARK_PAGE],
            [OLD, "46 CNY / 1,000,000 tokens", "2026-04-14", ARK_PAGE],
            [VIDEO, "–", "–", "–"],  # nothing was quoted, so that the id is all there is
            [
                ATLAS,
                "0.09 USD / 1 seconds",
                "2026-08-01",
                "Atlas Cloud, list of models, https://api.atlascloud.ai/api/v1/models",
            ],
            [NEW, "50 CNY / 1,000,000 tokens", "2026-11-15", "prices.override"],
        ],
    }
    assert "Billed ¥32.44, in the ledger ¥29.99, ¥2.45 apart." in html.unescape(page)
    assert "¥7.00" not in page  # the sandbox's


def test_the_sandbox_is_shown_only_where_there_is_nothing_else(ledger: Ledger) -> None:
    """Then a banner says that nothing was billed; real tasks are never beside it."""
    assert "ran on the sandbox" not in written(ledger)
    page = written(ledger, where={"local_id": "t-0008"})
    assert "ran on the sandbox: nothing was billed" in page
    assert tables(page)["What was spent"][1][3] == "¥7.00"
    assert "¥7.00" not in written(ledger, where={"sandbox": False})


@pytest.mark.parametrize("language", list(words.LANGUAGES))
def test_it_reads_in_each_language(ledger: Ledger, language: str) -> None:
    """Headings are translated, numbers are written as the language does, and it says which one it is."""
    page = written(ledger, language=language)
    assert f'<html lang="{language}">' in page
    first = {"en": "What was spent", "zh": "支出", "fr": "Ce qui a été dépensé"}[language]
    assert first in tables(page)
    assert ("29,99" in page) == (language == "fr")


def test_nothing_runs_and_nothing_is_fetched(ledger: Ledger) -> None:
    """Tags and handlers in prompts, notes, tags and titles are text; there is no script and no address to load."""
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    charged(ledger, 50, 20, "1", prompt=evil, project=evil, model=evil)
    LedgerView(ledger).note("t-0050", evil)
    page = written(ledger, title=evil)
    assert "<script" not in page
    assert not re.search(r"<img [^>]*onerror", page)
    assert page.count("&lt;script&gt;") >= 5
    assert not re.findall(r"(?:src|href|url\()\s*=?[\"']?(?:https?:)?//", page)
    assert "default-src 'none'" in page


def with_files(ledger: Ledger) -> tuple[Path, Path]:
    """A clip and a poster for task 1."""
    folder = ledger.home / "clips & more"
    folder.mkdir()
    clip, poster = folder / "a clip.mp4", folder / "a.jpg"
    clip.write_bytes(b"clip of mine")
    poster.write_bytes(b"\xff\xd8poster")
    for artifact in (Artifact("clip", clip), Artifact("poster", poster)):
        ledger.add_artifact("t-0001", replace(artifact, sha256="0" * 64, kept_at=at(2)))
    return clip, poster


def test_clips_are_left_out_beside_or_inside(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The poster is always in the file; a clip is a relative address, or bytes up to a limit."""
    with_files(ledger)
    plain, beside, inside = (written(ledger, clips=choice) for choice in ("none", "beside", "inside"))
    assert "<video" not in plain
    assert all("data:image/jpeg;base64,/9hwb3N0ZXI=" in page for page in (plain, beside, inside))
    assert 'src="clips%20%26%20more/a%20clip.mp4"' in beside
    assert "data:video/mp4;base64,Y2xpcCBvZiBtaW5l" in inside
    monkeypatch.setattr(_report_clips, "MOST_INSIDE", 5)
    (ledger.home / "report.html").unlink()
    with pytest.raises(ConfigurationError, match="too much for one file"):
        written(ledger, clips="inside")
    with pytest.raises(ConfigurationError, match="none of"):
        written(ledger, clips="elsewhere")
    assert not (ledger.home / "report.html").exists()


def test_an_empty_ledger_has_a_report_too(tmp_path: Path) -> None:
    """It says that there is nothing, and has no empty tables."""
    with a_ledger(tmp_path) as ledger:
        page = written(ledger, where={})
    assert "0 tasks" in page
    assert "By provider and model" not in page


def test_what_drove_it_what_changed_and_what_is_to_come(tmp_path: Path) -> None:
    """The largest part, the days before, time waited in vain, the forecast: each by hand."""
    with a_ledger(tmp_path) as ledger:
        for day in range(1, 29):  # ¥2 a day until the 14th, then ¥4; every fourth task is ark's fast model
            model = {} if day % 4 else {"model": FAST_MODEL}
            charged(ledger, day, day, "2" if day <= 14 else "4", **model)
        a_task(ledger, 40, 20, TaskStatus.FAILED)
        a_task(ledger, 41, 21, TaskStatus.FAILED)
        page = written(ledger, where={"since": "2026-11-15"}, now=at(29, 0))
    said = html.unescape(re.search(r'class="story">(.*?)</p>', page)[1])  # type: ignore[index]
    assert said == (
        # fourteen days of ¥4, of which the 16th, 20th, 24th and 28th are fast: 10 × 4 of 56
        "The largest part, 71%, went into seedance-2.0 at ark: ¥40.00. "
        "In the 14 days before it was ¥28.00: now it is 100% more. 1 min 20 s were waited in vain. "
        # ¥84 in 28 days are ¥3 a day
        "If it goes on as in the last weeks, the coming 30 days cost ¥90.00."
    )
    figures = [
        [html.unescape(re.sub("<[^>]*>", "", part)) for part in found]
        for found in re.findall(r"<dt>(.*?)</dt><dd><strong>(.*?)</strong>(.*?)</dd>", page)
    ]
    assert figures[:4] == [
        ["Spent", "¥56.00", "1,524,600 tokens"],  # 14 × 108,900
        ["Clips made", "14", "88% of 16 that ended"],
        ["A kept clip", "¥4.00", "¥0.80 a second"],
        ["To the clip", "40 s", "median"],
    ]
    assert figures[4][:2] == ["The coming 30 days", "¥90.00"]


def test_a_report_of_the_past_foretells_nothing(ledger: Ledger) -> None:
    """What is to come is told only where the report reaches until now."""
    page = written(ledger, where={"since": "2026-11-01", "until": "2026-11-10"})
    assert "The coming 30 days" not in page
    assert "In the 10 days before nothing was charged." in page


def test_charts_stand_in_the_page(ledger: Ledger) -> None:
    """Each with its title and its text alternative, in the ink of the page, without a script."""
    budgets = [Budget.parse("20 CNY/project"), Budget.parse("9 CNY/day"), Budget.parse("5 CNY/session")]
    page = written(ledger, charts=None, budgets=budgets, project="film", language="zh")
    titles = [html.unescape(title) for title in re.findall(r"<h3>(.*?)</h3>", page)]
    assert titles == [
        "每日费用（按模型）",
        "费用（按服务商和模型）",
        "视频生成耗时（按模型和分辨率）",
        "报价与计费（按服务商）",
        "未来 30 天的预计费用",
        "¥20.00 预算余额 · film",
        "每日用量（每天上限 ¥9.00）",
    ]
    pictures = re.findall(r'<svg [^>]*role="img" aria-label="([^"]*)"', page)
    assert len(pictures) == len(titles)
    assert "CNY 共 ¥38.58" in html.unescape(pictures[0])
    assert "<script" not in page
    assert "currentColor" in page
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    links = re.findall(r'href="#([^"]*)"', page)
    assert links
    assert set(links) <= set(ids)
    assert "without charts" in written(ledger, charts=False)
    assert "<svg" not in written(ledger, charts=False)


def test_charts_that_are_wanted_and_cannot_be_had_are_said(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command; nothing is written. Where they are not asked for the page is made without."""
    for name in [name for name in sys.modules if name.startswith("seedance_nb.reports._chart")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(ConfigurationError, match=re.escape('pip install "seedance-nb[charts]"')):
        written(ledger, charts=True)
    assert not (ledger.home / "report.html").exists()
    assert "without charts" in written(ledger, charts=None)


def test_a_long_table_is_cut_and_says_so(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest amounts stay, in their order; the sums are of all."""
    monkeypatch.setattr(_report_table, "MOST_ROWS", 2)
    page = written(ledger)
    assert [row[:2] for row in tables(page)["By provider and model"][1:]] == [
        ["ark", "seedance-2.0"],
        ["ark", FAST_MODEL],
    ]
    assert "and 2 more" in page
