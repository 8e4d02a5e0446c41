"""The report, opened from the disk in a browser without a network: on light, dark, narrow and paper."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from seedance_nb.budget import Budget
from seedance_nb.reports import LedgerView
from seedance_nb.reports.report import write_report

from . import report_samples as samples
from .conftest import SCREENSHOTS
from .looks import FONT

_INK = """() => {
    const said = [...document.querySelectorAll(".chart svg text")].find((one) => one.textContent.trim());
    return [getComputedStyle(said).fill, getComputedStyle(document.body).color];
}"""
_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# In a table or a picture, what is wider than a narrow page is moved inside it, and never the page.


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report of real tasks in English, and one of the sandbox's in Chinese."""
    folder = tmp_path_factory.mktemp("report")
    written = {}
    for language, tasks, is_sandbox in (("en", 190, False), ("zh", 40, True)):
        with samples.make(folder / language, tasks=tasks, is_sandbox=is_sandbox) as ledger:
            view = LedgerView(ledger)
            bills = [] if is_sandbox else [view.reconcile(samples.bill(view), since="2026-11", until="2026-11-26")]
            written[language] = write_report(
                view,
                ledger,
                folder / f"{language}.html",
                where={"since": "2026-11"},
                currency="CNY",
                fx=None,
                bills=bills,
                budgets=[Budget.parse("700 CNY/project"), Budget.parse("60 CNY/day")],
                project="advert",
                charts=True,
                clips="none",
                title=None,
                language=language,
                now=samples.NOW,
            )
    return written


@pytest.fixture
def open_report(browser: Browser, reports: dict[str, Path]) -> Iterator[Callable[..., Page]]:
    """Opens one where nothing but the file itself can be had; at the end nothing else was asked for."""
    contexts, asked = [], []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort() if not route.request.url.startswith("file:") else route.continue_()

    def make(language: str, *, scheme: str = "light", width: int = 1180, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, offline=True, color_scheme=scheme, **options
        )
        contexts.append(context)
        context.route("**/*", refuse)
        page = context.new_page()
        page.on("pageerror", lambda error: asked.append(f"error: {error}"))
        page.on("console", lambda said: asked.append(f"console: {said.text}") if said.type == "error" else None)
        page.goto(reports[language].as_uri())
        return page

    yield make
    for context in contexts:
        context.close()
    assert {url for url in asked if not url.startswith("file:")} == set()
    assert {url.rpartition("/")[2].partition("#")[0] for url in asked} <= {"en.html", "zh.html"}


def serious(page: Page) -> list[str]:
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in Axe().run(page).response["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


def test_it_reads_on_light_dark_and_narrow_pages(open_report: Callable[..., Page]) -> None:
    """Numbers, charts in the ink of the page, a stranger's words as words, and axe finds nothing serious."""
    page = open_report("en")
    text = page.locator("body").inner_text()
    assert re.search(r"tasks, of which \d+ made a clip", text)
    assert samples.HOSTILE in text
    assert page.evaluate("() => window.hit") is None
    assert samples.KEY not in page.content()
    charts = page.locator(".chart svg[role=img]")
    expect(charts).to_have_count(8)
    for chart in charts.all():
        assert len(chart.get_attribute("aria-label") or "") > 60
    expect(page.locator("section#bill-1 tbody tr")).to_have_count(3)
    expect(page.locator("section#clips img")).to_have_count(8)
    assert serious(page) == []
    page.screenshot(path=SCREENSHOTS / "report-light.png", full_page=True)
    page.get_by_role("link", name="What is to come").click()
    expect(page.locator("section#ahead")).to_be_in_viewport()

    dark = open_report("en", scheme="dark")
    ink, letters = dark.evaluate(_INK)
    assert ink == letters != page.evaluate(_INK)[0]
    assert serious(dark) == []
    dark.screenshot(path=SCREENSHOTS / "report-dark.png", full_page=True)

    narrow = open_report("en", scheme="dark", width=360)
    assert narrow.evaluate(_TOO_WIDE) <= 0
    top = {"x": 0, "y": 0, "width": 360, "height": 2400}
    narrow.screenshot(path=SCREENSHOTS / "report-360.png", full_page=True, clip=top)


def test_it_is_printed_on_light_paper(open_report: Callable[..., Page], tmp_path: Path) -> None:
    """Also by somebody who reads it on dark: black on white, nothing cut at the right, on several pages."""
    page = open_report("en", scheme="dark", width=690)  # A4 without its margins
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(_INK) == ["rgb(28, 32, 36)", "rgb(28, 32, 36)"]
    assert page.evaluate(_TOO_WIDE) <= 0
    cut = page.evaluate(
        "() => [...document.querySelectorAll('table, svg')].filter((one) => one.getBoundingClientRect().right > 700)"
        ".map((one) => one.getAttribute('aria-label') ?? one.caption?.textContent)"
    )
    assert cut == []
    expect(page.locator("nav")).to_be_hidden()
    page.screenshot(path=SCREENSHOTS / "report-print.png", full_page=True)
    pdf = page.pdf(path=SCREENSHOTS / "report.pdf", format="A4", prefer_css_page_size=True)
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 14


def test_it_is_read_in_chinese_on_the_sandbox(open_report: Callable[..., Page]) -> None:
    """The banner says that nothing was billed; headings, figures and text alternatives are Chinese; axe is content."""
    page = open_report("zh", scheme="dark", bypass_csp=True)
    letters = base64.b64encode(FONT.read_bytes()).decode()
    page.add_style_tag(
        content=f'@font-face {{ font-family: "sdnb looks"; src: url("data:font/otf;base64,{letters}"); }}'
        ' body, svg text { font-family: "sdnb looks" !important; }'
    )
    page.evaluate(
        'async () => { await document.fonts.load(\'13px "sdnb looks"\', "a图"); await document.fonts.ready; }'
    )
    assert page.locator("html").get_attribute("lang") == "zh"
    expect(page.locator(".banner")).to_contain_text("沙盒")
    for chart in page.locator(".chart svg[role=img]").all():
        assert re.search(r"[\u4e00-\u9fff]", chart.get_attribute("aria-label") or "")
    assert serious(page) == []
    page.screenshot(path=SCREENSHOTS / "report-zh-dark.png", full_page=True)
