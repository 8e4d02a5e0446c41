"""Cards, tables and summaries in Chinese and French; their English has tests of its own."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from seedance_nb import words
from seedance_nb.batch import Total
from seedance_nb.batch._plan import held_sentence
from seedance_nb.batch._progress import Bar
from seedance_nb.batch._total import amounts
from seedance_nb.engine.findings import Examination, Finding
from seedance_nb.errors import SeedanceError
from seedance_nb.money import Money
from seedance_nb.task import Failure, TaskRecord, TaskStatus
from seedance_nb.widgets._view_model import task_view
from seedance_nb.widgets._words import CARD
from seedance_nb.widgets.batch_table import BatchSummary, batch_table, batch_text
from seedance_nb.widgets.examination_table import ExaminationReport
from seedance_nb.widgets.static_card import static_card, text_card
from seedance_nb.widgets.status_card import StatusCard
from seedance_nb.widgets.task_table import task_table

from .widget_samples import NOW, PRICE, QUOTE, kept, record

HARD, NARROW = "\u00a0", "\u202f"
DOLLARS = replace(
    QUOTE,
    price=replace(PRICE, amount=Decimal("0.24"), currency="USD", per=1, unit="seconds"),
    low=Money(Decimal("1.2"), "USD"),
    high=Money(Decimal("3.6"), "USD"),
    sum="5 s × $0.24/s = $1.20 to 15 s × $0.24/s = $3.60",
)


@pytest.fixture(autouse=True)
def _given_back() -> Iterator[None]:
    yield
    words.use(None)


def view(task: TaskRecord, language: str, **options: Any) -> dict[str, Any]:
    words.use(language)
    return task_view(task, now=NOW, notebook_dir=Path("/books/one"), **options)


def spaces(text: str) -> str:
    """Hard spaces as plain ones, so that what is expected can be read."""
    return text.replace(HARD, " ").replace(NARROW, " ")


# -- cards --


@pytest.mark.parametrize("language", ["zh", "fr"])
@pytest.mark.parametrize("status", list(TaskStatus))
def test_no_english_is_left_on_a_card(status: TaskStatus, language: str) -> None:
    """Every text that is ours is another one than in English; codes and messages of a provider stay as they are."""
    task = record(status, is_sandbox=status is TaskStatus.RUNNING, finished_at=NOW, cost=QUOTE.high)
    task = replace(task, failure=Failure("InternalServiceError", "The service broke.") if task.is_over else None)
    english, said = view(task, "en", usual=(20.0, 40.0)), view(task, language, usual=(20.0, 40.0))
    same = {key for key, text in said.items() if isinstance(text, str) and len(text) > 3 and text == english[key]}
    data = {"local_id", "task_id", "title", "prompt", "model", "status", "shape", "tone", "provider"}
    moments = {key for key in said if key.endswith("_at")} | {"now"}
    figures = {"cost", "quote", "quote_sum"}  # ¥5.01 is ¥5.01 in China
    assert same - data - moments - figures == set()
    assert said["failure"] == english["failure"]
    stages = said["countdown"] or {}
    for stage in ("working", "run_out", "gone", "now"):
        assert not stages or stages[stage] != english["countdown"][stage]
    assert json.loads(json.dumps(said)) == said


@pytest.mark.parametrize("language", ["zh", "fr"])
def test_a_browser_gets_every_word_that_it_writes(language: str) -> None:
    """The module has no text of its own: those words are in the view, in its language."""
    said, english = view(record(), language)["words"], view(record(), "en")["words"]
    assert set(said) == {*CARD, "spans"}
    same = {key for key in CARD if said[key] == english[key]}
    assert same <= {"prompt"}
    for key in CARD:
        assert re.findall(r"\{\w+\}", said[key]) == re.findall(r"\{\w+\}", CARD[key])
    module = (Path(words.__file__).parents[1] / "widgets" / "static" / "status_card.js").read_text("utf-8")
    for key in said:
        assert f"words.{key}" in module or key == "first_frame"
    quoted = [text for text in re.findall(r'"([^"\n]*)"', module) if re.search(r"[A-Z][a-z]+ [a-z]", text)]
    assert quoted == []


def test_a_french_card() -> None:
    """Money, figures and spaces as the French write them, in the picture and in the text."""
    said = view(kept(), "fr")
    html, text = static_card(said), text_card(said)
    assert html.startswith('<div lang="fr"')
    for page in (html, text):
        assert f"facturé d’après l’usage{HARD}: 108{NARROW}900{HARD}tokens × 46{HARD}¥/1M" in page
        assert f"5,01{HARD}¥" in page
        assert f"4,2{HARD}Mo" in page
    assert "16:9 · 720p · 5 s · sans son · graine 0" in spaces(html)
    assert "temps écoulé : 1 min 12 s" in spaces(html)
    assert text.startswith("✓ enregistrée · A fox in the snow")


def test_a_chinese_card() -> None:
    """Full-width marks, a provider by its Chinese name, and no space between Chinese and Chinese."""
    failed = view(record(TaskStatus.FAILED, failure=Failure("Sensitive", "No."), duration=5), "zh")
    text = text_card(failed)
    assert "✕ 失败 · A fox" in text
    assert "火山方舟未能完成该任务，不会再有进展。" in text
    assert "No. [Sensitive]" in text
    assert "未计费：只有成功的任务才计费。" in text
    assert "自适应 · 720p · 5 秒 · 无声" in static_card(failed)
    assert view(record(is_sandbox=True), "zh")["sentence"] == "本地沙箱正在生成视频。"
    assert view(record(provider="atlas"), "zh")["sentence"] == "Atlas Cloud 正在生成视频。"


def test_a_range_and_its_calculation() -> None:
    """From where to where, and a sum that a reader of the language can redo."""
    chinese, french = (view(record(quote=DOLLARS), language) for language in ("zh", "fr"))
    assert (chinese["quote"], spaces(french["quote"])) == ("$1.20~$3.60", "1,20 $ à 3,60 $")
    assert chinese["quote_sum"] == "5 秒 × $0.24/秒 = $1.20 至 15 秒 × $0.24/秒 = $3.60"
    assert spaces(french["quote_sum"]) == "5 s × 0,24 $/s = 1,20 $ à 15 s × 0,24 $/s = 3,60 $"
    least = (
        "1280×720 × (24×(2.5+4)+1) / 1024 = 141,300 tokens, less than the minimum with a reference clip, ⌈5×4/3⌉ = 7 s:"
        " 1280×720 × 24×7 / 1024 = 151,200 tokens × ¥28/1M = ¥4.23"
    )
    assert words.calculation(least, "en") == least
    assert spaces(words.calculation(least, "fr")) == (
        "1280×720 × (24×(2,5+4)+1) / 1024 = 141 300 tokens, moins que le minimum avec une vidéo de référence, "
        "⌈5×4/3⌉ = 7 s: 1280×720 × 24×7 / 1024 = 151 200 tokens × 28 ¥/1M = 4,23 ¥"
    )
    assert "，低于有参考视频时的最低用量，⌈5×4/3⌉ = 7 秒:" in words.calculation(least, "zh")


def test_a_countdown_in_the_words_of_each_language() -> None:
    """The browser fills the time in; what is saved has the moments."""
    made = record(TaskStatus.SUCCEEDED, finished_at=NOW - dt.timedelta(hours=1))
    stages = view(made, "zh")["countdown"]
    assert stages["working"] == "视频链接还有 {left}有效；2026-11-28 05:00 UTC 之前可以尝试取回。"
    assert stages["now"].startswith("视频链接还有 23 小时 0 分（2026-11-22 04:01 UTC 之前）有效；")
    assert spaces(view(made, "fr")["countdown"]["now"]).startswith(
        "L’adresse de la vidéo est encore valable 23 h 0 min, jusqu’au 2026-11-22 04:01 UTC ; une récupération"
    )


def test_a_card_that_cannot_cancel_says_so_in_its_own_language() -> None:
    """What was drawn in French answers in French, whatever is spoken by then."""
    card = StatusCard(view(record(), "fr"))
    words.use("en")
    with pytest.raises(SeedanceError, match=r"Seule une tâche en attente.*en cours"):
        card._on_cancel({})
    with pytest.raises(SeedanceError, match="此卡片仅显示任务"):
        StatusCard(view(record(TaskStatus.QUEUED), "zh"))._on_cancel({})


# -- tables --


def summary(**changes: object) -> BatchSummary:
    failed = record(TaskStatus.FAILED, failure=Failure("ServerOverloaded", "Too busy."))
    base = BatchSummary(
        total=1200,
        counts={(TaskStatus.RUNNING, False): 3, (TaskStatus.KEPT, True): 1195, (TaskStatus.FAILED, True): 2},
        provider="ark",
        is_sandbox=False,
        quote=Total.of([QUOTE, DOLLARS, None]).text,
        cost=amounts({"CNY": Money(Decimal("1275.14"), "CNY"), "USD": Money(Decimal("3.1"), "USD")}),
        failed=2,
        failures=[(4, failed)],
        notes=(held_sentence([kept(), record(TaskStatus.UNKNOWN)], 1198),),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_a_batch_in_french() -> None:
    """Counts, money of two currencies, notes, and the failures with their bill."""
    words.use("fr")
    text = spaces(batch_text(summary()))
    assert text.startswith("1 200 tâches, Volcengine Ark : en cours\n  ◐ en cours : 3\n  ✓ enregistrée : 1 195\n")
    assert "Devis : 5,01 ¥ et 1,20 $ à 3,60 $ et 1 sans prix connu. Coût jusqu’ici : 1 275,14 ¥ et 3,10 $." in text
    assert "Déjà dans le registre : 2 sur 1 200 (enregistrée : 1, inconnue : 1, 5,01 ¥ payés le 2026-11-21)" in text
    assert "ligne 4 ✕ échouée : Too busy. [ServerOverloaded] Non facturé : seule" in text
    assert "… et 1 de plus : voyez batch.failures()." in text
    html = batch_table(summary())
    assert html.startswith('<div lang="fr"')
    assert not re.search(r">(row|status|prompt|task)</th>", html.replace(">prompt<", "><"))


def test_a_batch_in_chinese() -> None:
    """A full stop needs no blank behind it, and a list has its own comma."""
    words.use("zh")
    text = batch_text(summary())
    assert text.startswith("火山方舟：1,200 个任务，进行中\n  ◐ 生成中 3\n  ✓ 已保存 1,195\n")
    assert "报价：¥5.01、$1.20~$3.60、1 个价格未知。目前费用：¥1,275.14、$3.10。" in text
    assert (
        "1,200 个请求中有 2 个已在账本中（已保存 1、结果未知 1、2026-11-21 已付 ¥5.01）；只发送其余 1,198 个。" in text
    )
    assert "第 4 行 ✕ 失败：Too busy. [ServerOverloaded] 未计费" in text
    empty = summary(total=0, counts={}, failures=(), failed=0, notes=("As it is.",), cost="", quote="", is_sandbox=True)
    assert batch_text(empty) == "本地沙箱：0 个任务，没有发送任何任务\n  As it is."


def test_a_total_is_the_same_text_as_before() -> None:
    """English for logs and exceptions, whatever is spoken."""
    words.use("fr")
    assert str(Total.of([QUOTE, DOLLARS, None])) == "¥5.01 and $1.20 to $3.60 and 1 without a known price"
    assert str(Total.of([])) == ""


def test_the_bar_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    """The bar of a batch that is waited for."""
    words.use("fr")
    with Bar(3, 0, is_shown=True) as bar:
        bar.move(2, "x")
    shown = spaces(capsys.readouterr().err)
    assert "Vidéos" in shown
    assert "2/3 terminées [" in shown


@pytest.mark.parametrize(
    ("language", "head", "none"), [("zh", "服务商", "还没有任务。"), ("fr", "fournisseur", "Aucune tâche")]
)
def test_the_table_of_tasks(language: str, head: str, none: str) -> None:
    """Heads, states and countdowns."""
    words.use(language)
    html = task_table([record(), record(TaskStatus.SUCCEEDED, finished_at=NOW), *[record()] * 60], now=NOW)
    assert f">{head}</th>" in html
    assert not re.search(r">(status|model|cost|begun)</th>|more: see|another", html)
    assert none in task_table([], now=NOW)


@pytest.mark.parametrize("language", ["zh", "fr"])
def test_the_doctors_report(language: str) -> None:
    """Its frame and the names of what it found; hard spaces are not taken for something that cannot be printed."""
    gone = Finding("clip_missing", "What.", "Why.", "Fix.", False, "t1")
    found = Examination(tuple([gone] * 60), 1234, NOW)
    words.use("en")
    english = ExaminationReport(found, done=["It was mended."])._repr_mimebundle_()
    words.use(language)
    said = ExaminationReport(found, done=["It was mended."])._repr_mimebundle_()
    for kind in ("text/plain", "text/html"):
        for text in ("looked at", "clip missing", "what it means", "Needs you", "more: list", "done:"):
            assert text not in said[kind]
            assert text in english["text/html"] + english["text/plain"]
        assert "\ufffd" not in said[kind]
        assert words.number(1234, language) in said[kind]


# -- cost --


def test_showing_a_task_needs_no_babel() -> None:
    """Neither does a card of another language."""
    code = (
        "import sys; from seedance_nb import words; from seedance_nb.widgets import static_card, _view_model;"
        "words.use('fr');"
        "assert not [name for name in sys.modules if name.startswith('babel')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
