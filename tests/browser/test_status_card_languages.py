"""The live card in Chinese and French, on a plain page as narrow as a phone."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from seedance_nb import words
from seedance_nb.money import Money, Price, Quote
from seedance_nb.task import Failure, TaskRecord, TaskStatus
from seedance_nb.widgets._module import module, style
from seedance_nb.widgets._view_model import task_view

BEGUN = dt.datetime(2026, 11, 21, 5, 0, tzinfo=dt.UTC)
NOW = BEGUN + dt.timedelta(seconds=72)
PRICE = Price("p", Decimal(46), "CNY", 1_000_000, "tokens", dt.date(2026, 4, 1), "a page", dt.date(2026, 11, 20))
COST = Money(Decimal("5.0094"), "CNY")
SUM = "1280×720 × (24×5+1) / 1024 = 108,900 tokens × ¥46/1M = ¥5.01"
QUOTE = Quote("ark", "seedance-2.0", "doubao", 108_900, 108_900, COST, COST, PRICE, "Exact.", SUM)
TASK = TaskRecord(
    local_id="01jd4k7v0c9m",
    provider="ark",
    is_sandbox=False,
    base_url="https://ark.example",
    model="seedance-2.0",
    model_id="doubao",
    mode="text",
    status=TaskStatus.QUEUED,
    created_at=BEGUN,
    submitted_at=BEGUN,
    updated_at=BEGUN,
    prompt="A fox crosses fresh snow at dawn",
    request={"generate_audio": True, "ratio": "adaptive", "resolution": "720p", "duration": 5},
    task_id="cgt-20261121051700-x7k2q",
    quote=QUOTE,
)

START = """async ([code, view]) => {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const widget = (await import(url)).default;
  const heard = {};
  window.sent = [];
  window.model = {
    view, error: "",
    get(name) { return this[name]; },
    on(name, listener) { heard[name] = listener; }, off() {},
    send(message) { window.sent.push(message); },
    show(next) { this.view = next; heard["change:view"](); },
    answer(message) { heard["msg:custom"](message); },
  };
  widget.render({ model: window.model, el: document.getElementById("card") });
}"""


def view(language: str, **changes: Any) -> dict[str, Any]:
    words.use(language)
    shown = task_view(replace(TASK, **changes), now=NOW, usual=(20.0, 30.0, 40.0))
    return json.loads(json.dumps(shown))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    made = context.new_page()
    made.clock.install(time=NOW - dt.timedelta(seconds=1))
    made.clock.pause_at(NOW)
    css = style("status_card.css")
    made.set_content(f"<style>body {{ margin: 8px }} {css}</style><div id=card></div>")
    yield made
    context.close()
    words.use(None)


def start(page: Page, shown: dict[str, Any]) -> None:
    page.evaluate(START, [module("status_card.js"), shown])


def part(page: Page, name: str) -> Any:
    return page.locator(f".sdnb-status-card__{name}")


@pytest.mark.parametrize(
    ("language", "elapsed", "later", "late", "question", "yes", "asked"),
    [
        (
            "zh",
            "1 分 12 秒",
            "1 分 15 秒",
            "比平时久（通常 25 秒到 35 秒）",
            "不会产生费用",
            "是，取消任务",
            "已请求服务商取消",
        ),
        (
            *("fr", "1 min 12 s", "1 min 15 s", "plus long que prévu (d’habitude 25 s à 35 s)"),
            *("Rien n’est facturé", "Oui, l’annuler", "L’annulation a été demandée"),
        ),
    ],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_card_speaks_one_language(
    page: Page, scheme: Any, language: str, elapsed: str, later: str, late: str, question: str, yes: str, asked: str
) -> None:
    """Time, buttons and answers of the browser are in the language of the view, and all of it has room."""
    page.emulate_media(color_scheme=scheme)
    start(page, view(language))
    expect(page.locator(".sdnb-status-card")).to_have_attribute("lang", language)
    expect(part(page, "elapsed")).to_have_text(elapsed)
    expect(part(page, "against")).to_have_text(late)
    page.clock.run_for(3_000)
    expect(part(page, "elapsed")).to_have_text(later)
    page.get_by_role("button").first.click()
    expect(part(page, "question")).to_contain_text(question)
    page.get_by_role("button", name=yes).click()
    (message,) = page.evaluate("window.sent")
    page.evaluate("id => window.model.answer({ id, ok: true, error: '' })", message["id"])
    expect(part(page, "notice")).to_contain_text(asked)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_language_that_is_chosen_later_reaches_the_card(page: Page) -> None:
    """The next view brings it, with the words of the buttons."""
    start(page, view("en"))
    expect(page.get_by_role("button", name="Cancel…")).to_be_visible()
    page.evaluate("view => window.model.show(view)", view("fr"))
    expect(page.get_by_role("button", name="Annuler…")).to_be_visible()
    expect(page.locator(".sdnb-status-card")).to_have_attribute("lang", "fr")
    expect(page.locator(".sdnb-status-card")).not_to_contain_text("quoted")


def test_a_countdown_ticks_in_the_language(page: Page) -> None:
    """The time goes into the sentence that Python made."""
    start(page, view("zh", status=TaskStatus.SUCCEEDED, finished_at=NOW - dt.timedelta(hours=23)))
    expect(part(page, "countdown")).to_contain_text("视频链接还有 1 小时 0 分有效；")
    page.clock.run_for(61_000)
    expect(part(page, "countdown")).to_contain_text("视频链接还有 58 分 59 秒有效；")


def test_a_title_is_put_in_as_it_is(page: Page) -> None:
    """What a person wrote may look like a pattern."""
    start(page, view("fr", prompt="$& {title} $1 costs"))
    expect(page.locator(".sdnb-status-card")).to_have_attribute("aria-label", "Tâche\u00a0: $& {title} $1 costs")


@pytest.mark.parametrize("language", ["zh", "fr"])
def test_what_a_provider_says_stays_as_it_is(page: Page, language: str) -> None:
    """Its message and code are nobody's to translate; the view carries them verbatim."""
    shown = view(language, status=TaskStatus.FAILED, failure=Failure("ServerOverloaded", "Too busy."))
    assert shown["failure"] == {"code": "ServerOverloaded", "message": "Too busy."}
    start(page, shown)
    expect(part(page, "bill")).to_contain_text("Non facturé" if language == "fr" else "未计费")
