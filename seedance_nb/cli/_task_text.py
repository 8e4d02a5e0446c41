"""Tasks as a terminal shows them, in the language that is spoken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from seedance_nb.cli._telling import shortened, table
from seedance_nb.ledger import LedgerEvent
from seedance_nb.redaction import redact
from seedance_nb.task import TaskRecord
from seedance_nb.widgets._view_model import task_view
from seedance_nb.widgets._words import STATUS
from seedance_nb.widgets.static_card import text_card
from seedance_nb.words import Word, say

PROMPT_COLUMNS = 36
_HEADS = (
    Word("status", "column"),
    Word("prompt", "column"),
    Word("model", "column"),
    Word("at", "column"),
    Word("cost", "column"),
    Word("begun", "column"),
    Word("task", "column"),
    Word("clip", "column"),
)


def task_lines(records: Sequence[TaskRecord]) -> str:
    """A line a task: status in word and shape, prompt, model, provider, cost, when, id, and where its clip is."""
    return table([_line(record) for record in records], [head.said() for head in _HEADS])


def _line(record: TaskRecord) -> list[str]:
    view = task_view(record, now=dt.datetime.now(dt.UTC), notebook_dir=Path.cwd())
    return [
        f"{view['glyph']} {view['status_word']}" + ("" if record.is_over else f" {view['elapsed']}"),
        shortened(view["title"], PROMPT_COLUMNS),
        view["model"],
        view["provider"],
        view["cost"] or view["quote"],
        f"{record.created_at:%Y-%m-%d %H:%M} UTC",
        view["task_id"] or view["local_id"],
        view["clip"]["path"] if view["clip"] else "",
    ]


def task_text(record: TaskRecord, events: Sequence[LedgerEvent], labels: Mapping[str, str]) -> str:
    """All that is known of a task: its card, the prompt, what was quoted and by which price, and what happened."""
    view = task_view(record, now=dt.datetime.now(dt.UTC), notebook_dir=Path.cwd())
    facts = [(say("Prompt"), " ".join(view["prompt"].split())), (say("Parameters"), view["facts"])]
    if record.quote is not None:
        price = record.quote.price
        facts.append((say("Quote"), f"{view['quote']} · {view['quote_sum']}"))
        facts.append((say("Price row"), f"{price.id} · {price.source} ({price.checked})"))
    facts += [(name, redact(value)) for name, value in labels.items()]
    others = (artifact for artifact in record.artifacts if artifact.kind != "clip" and artifact.path is not None)
    facts += [(artifact.kind, str(artifact.path)) for artifact in others]
    happened = [[f"  {event.at:%Y-%m-%d %H:%M:%S}", _event(event)] for event in events]
    return "\n".join(
        [
            text_card(view),
            table([[f"  {name}", value] for name, value in facts if value]),
            say("What happened, in UTC"),
            table(happened),
        ]
    )


def _event(event: LedgerEvent) -> str:
    return event.kind if event.status is None else say(STATUS[event.status].word)
