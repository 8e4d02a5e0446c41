"""A batch as plain HTML and plain text: how many tasks stand where, what they cost, which of them failed and why.

It needs no kernel, style sheet or script, so that a saved notebook shows it. A status is a word with a shape, and
never a colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.widgets._view_model import _provider_name, task_view
from seedance_nb.widgets._words import NOT_KEPT, STATUS, StatusWords

SHOWN = 10
"""How many failures are drawn; `batch.failures()` has all of them."""
_STYLE = "font-size: 13px; line-height: 1.5; font-family: system-ui, sans-serif"
_CELL = "text-align: left; vertical-align: top; overflow-wrap: break-word"
_HEADS = ("row", "status", "prompt", "what happened", "the bill", "task")


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What there is to see of a batch at one moment."""

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
    counts = "".join(
        f'<li style="display: inline-block; margin: 0 14px 0 0"><span aria-hidden="true">{words.glyph}&nbsp;</span>'
        f"{count:,} {escape(words.word)}</li>"
        for words, count in _counted(summary)
    )
    notes = "".join(f"<p>{escape(note)}</p>" for note in summary.notes)
    return (
        f'<div style="{_STYLE}"><strong>{escape(_title(summary))}</strong>'
        f'<ul style="list-style: none; margin: 2px 0; padding: 0">{counts}</ul>'
        f"<div>{escape(_money(summary))}</div>{notes}{_failures(summary)}</div>"
    )


def batch_text(summary: BatchSummary) -> str:
    """The summary as a few lines of text."""
    lines = [_title(summary)]
    lines += [f"  {words.glyph} {count:,} {words.word}" for words, count in _counted(summary)]
    lines += [f"  {line}" for line in (_money(summary), *summary.notes) if line]
    for row, record in summary.failures:
        said = failure_row(row, record)
        view = _view(record)
        lines.append(f"  row {row} {view['glyph']} {view['status_word']}: {_said(view)} {said['bill']}".rstrip())
    return "\n".join([*lines, *([f"  {_more(summary)}"] if _more(summary) else [])])


def failure_row(row: int, record: TaskRecord) -> dict[str, Any]:
    """A task that ended without a clip here, as a row of a table."""
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


def _title(summary: BatchSummary) -> str:
    at = "the sandbox" if summary.is_sandbox else _provider_name(summary.provider)
    tasks = "1 task" if summary.total == 1 else f"{summary.total:,} tasks"
    state = "all over" if summary.is_over else "paused: nothing more is sent" if summary.is_paused else "under way"
    return f"{tasks} at {at}, {state if summary.total else 'nothing was sent'}"


def _money(summary: BatchSummary) -> str:
    words = [f"Quoted: {summary.quote}"] if summary.quote else []
    if summary.total:
        words.append(f"Cost{'' if summary.is_settled else ' so far'}: {summary.cost or 'nothing charged'}")
    if summary.is_sandbox and words:
        words.append("These are the real prices; on the sandbox nothing is billed")
    return ". ".join(words) + "." if words else ""


def _failures(summary: BatchSummary) -> str:
    if not summary.failures:
        return ""
    head = "".join(f'<th scope="col" style="{_CELL}">{name}</th>' for name in _HEADS)
    rows = "".join(_row(row, record) for row, record in summary.failures)
    rest = f"<p>{escape(_more(summary))}</p>" if _more(summary) else ""
    return (
        f'<table><caption style="text-align: left">Without a clip on this disk: {summary.failed:,}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{rest}"
    )


def _row(row: int, record: TaskRecord) -> str:
    view = _view(record)
    cells = (
        str(row),
        f"{escape(view['glyph'])} {escape(view['status_word'])}",
        f"<bdi>{escape(view['title'])}</bdi>",
        f"<bdi>{escape(_said(view))}</bdi>",
        escape(" ".join(said for said in (view["bill"], view["advice"]) if said)),
        f"<code>{escape(view['task_id'] or view['local_id'])}</code>",
    )
    return "<tr>" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells) + "</tr>"


def _said(view: Mapping[str, Any]) -> str:
    failure = view["failure"]
    if not failure:
        return str(view["sentence"])
    return f"{failure['message']} [{failure['code']}]" if failure["code"] else str(failure["message"])


def _more(summary: BatchSummary) -> str:
    more = summary.failed - len(summary.failures)
    return f"… and {more:,} more: see batch.failures()." if more > 0 else ""
