"""A batch as plain HTML and plain text: how many tasks stand where, what they cost, which of them failed and why.

It needs no kernel, style sheet or script, so that a saved notebook shows it. A status is a word with a shape, and
never a colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from seedance_nb import words
from seedance_nb.markup import no_formulas
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.widgets._view_model import called, task_view
from seedance_nb.widgets._words import NOT_KEPT, STATUS, StatusWords
from seedance_nb.words import Language, Number, Plural, Said, Sentence, Word, say

SHOWN = 10
"""How many failures are drawn; `batch.failures()` has all of them."""
_STYLE = "font-size: 13px; line-height: 1.5; font-family: system-ui, sans-serif"
_CELL = "text-align: left; vertical-align: top; overflow-wrap: break-word"
_WIDTHS = ("", "; min-width: 4em", "; min-width: 10em", "; min-width: 12em", "; min-width: 10em", "")
"""Chinese breaks anywhere, so that a narrow page would have columns of one character."""
_HEADS = (
    Word("row", "column"),
    Word("status", "column"),
    Word("prompt", "column"),
    Word("what happened", "column"),
    Word("the bill", "column"),
    Word("task", "column"),
)


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What there is to see of a batch at one moment; a text that is `Said` is shown in the language that is spoken."""

    total: int
    counts: Mapping[tuple[TaskStatus, bool], int]
    """By status and whether the task is over."""
    provider: str
    is_sandbox: bool
    quote: str = ""
    """What all of it was to cost, in words; empty where no price is known."""
    cost: str = ""
    """What it has cost so far; empty while nothing is."""
    failed: int = 0
    failures: Sequence[tuple[int, TaskRecord]] = field(default=(), repr=False)
    """Rows and records of the first ones, at most `SHOWN`."""
    notes: tuple[str, ...] = ()
    """Sentences about what was not sent."""
    is_paused: bool = False
    is_over: bool = False
    is_settled: bool = False
    """Whether it is over, and no task may come alive again."""


def batch_table(summary: BatchSummary) -> str:
    """The summary as HTML."""
    language = words.language()
    counts = "".join(
        f'<li style="display: inline-block; margin: 0 14px 0 0"><span aria-hidden="true">{status.glyph}&nbsp;</span>'
        f"{escape(_count(status, count, language))}</li>"
        for status, count in _counted(summary)
    )
    notes = "".join(f"<p>{escape(_note(note, language))}</p>" for note in summary.notes)
    return no_formulas(
        f'<div lang="{language}" style="{_STYLE}"><strong>{escape(_title(summary, language))}</strong>'
        f'<ul style="list-style: none; margin: 2px 0; padding: 0">{counts}</ul>'
        f"<div>{escape(_money(summary, language))}</div>{notes}{_failures(summary, language)}</div>"
    )


def batch_text(summary: BatchSummary) -> str:
    """The summary as a few lines of text."""
    language = words.language()
    lines = [_title(summary, language)]
    lines += [f"  {status.glyph} {_count(status, count, language)}" for status, count in _counted(summary)]
    notes = [_note(note, language) for note in summary.notes]
    lines += [f"  {line}" for line in (_money(summary, language), *notes) if line]
    for row, record in summary.failures:
        view = _view(record)
        place = say("row {row}", language=language, row=row)
        ending = say("{status}: {sentence}", language=language, status=view["status_word"], sentence=_said(view))
        lines.append(f"  {place} {view['glyph']} {ending} {view['bill']}".rstrip())
    more = _more(summary, language)
    return "\n".join([*lines, *([f"  {more}"] if more else [])])


def failure_row(row: int, record: TaskRecord) -> dict[str, Any]:
    """A task that ended without a clip here, as a row of a table; its texts are in the language that is spoken."""
    view = _view(record)
    failure = view["failure"] or {"code": "", "message": ""}
    return {
        "row": row,
        "status": record.status.value,
        "code": failure["code"],
        "message": failure["message"] or view["sentence"],
        "bill": view["bill"],
        "advice": view["advice"],
        "prompt": view["prompt"],
        "seed": record.seed,
        "submitted_at": record.submitted_at,
        "task_id": record.task_id,
        "local_id": record.local_id,
    }


def _view(record: TaskRecord) -> dict[str, Any]:
    return task_view(record, now=record.finished_at or record.updated_at)


def _counted(summary: BatchSummary) -> list[tuple[StatusWords, int]]:
    return [(_words(*standing), count) for standing, count in summary.counts.items()]


def _words(status: TaskStatus, is_over: bool) -> StatusWords:
    return NOT_KEPT if status is TaskStatus.SUCCEEDED and is_over else STATUS[status]


def _count(status: StatusWords, count: int, language: Language) -> str:
    return say("{count} {status}", language=language, count=Number(count), status=Word(status.word))


def _title(summary: BatchSummary, language: Language) -> str:
    state = Word("under way")
    if not summary.total:
        state = Word("nothing was sent")
    elif summary.is_over:
        state = Word("all over")
    elif summary.is_paused:
        state = Word("paused: nothing more is sent")
    return say(
        "{tasks} at {at}, {state}",
        language=language,
        tasks=Plural("{count} task", "{count} tasks", summary.total),
        at=called(summary.provider, is_sandbox=summary.is_sandbox),
        state=state,
    )


def _money(summary: BatchSummary, language: Language) -> str:
    said = [Sentence("Quoted: {quote}.", quote=summary.quote)] if summary.quote else []
    if summary.total:
        cost = summary.cost or Word("nothing charged")
        said.append(
            Sentence("Cost: {cost}.", cost=cost) if summary.is_settled else Sentence("Cost so far: {cost}.", cost=cost)
        )
    texts = [sentence.said(language) for sentence in said]
    if summary.is_sandbox and said:
        texts.append(say("These are the real prices; on the sandbox nothing is billed.", language=language))
    return _after(texts, language)


def _note(text: str, language: Language) -> str:
    return text.said(language) if isinstance(text, Said) else text


def _after(sentences: Sequence[str], language: Language) -> str:
    """One after the other; a Chinese full stop needs no space behind it."""
    return ("" if language == "zh" else " ").join(sentence for sentence in sentences if sentence)


def _failures(summary: BatchSummary, language: Language) -> str:
    if not summary.failures:
        return ""
    head = "".join(f'<th scope="col" style="{_CELL}">{escape(name.said(language))}</th>' for name in _HEADS)
    rows = "".join(_row(row, record, language) for row, record in summary.failures)
    more = _more(summary, language)
    rest = f"<p>{escape(more)}</p>" if more else ""
    caption = say("Without a clip on this disk: {count}", language=language, count=Number(summary.failed))
    return (
        f'<div style="overflow-x: auto"><table><caption style="text-align: left">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{rest}"
    )


def _row(row: int, record: TaskRecord, language: Language) -> str:
    view = _view(record)
    cells = (
        str(row),
        f"{escape(view['glyph'])} {escape(view['status_word'])}",
        f"<bdi>{escape(view['title'])}</bdi>",
        f"<bdi>{escape(_said(view))}</bdi>",
        escape(_after((view["bill"], view["advice"]), language)),
        f"<code>{escape(view['task_id'] or view['local_id'])}</code>",
    )
    columns = zip(_WIDTHS, cells, strict=True)
    return "<tr>" + "".join(f'<td style="{_CELL}{more}">{cell}</td>' for more, cell in columns) + "</tr>"


def _said(view: Mapping[str, Any]) -> str:
    failure = view["failure"]
    if not failure:
        return str(view["sentence"])
    return f"{failure['message']} [{failure['code']}]" if failure["code"] else str(failure["message"])


def _more(summary: BatchSummary, language: Language) -> str:
    more = summary.failed - len(summary.failures)
    if more <= 0:
        return ""
    return say("… and {count} more: see batch.failures().", language=language, count=Number(more))
