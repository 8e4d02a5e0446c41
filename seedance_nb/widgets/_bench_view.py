"""What there is to see on a studio's bench beside the composer: tasks, ledger and costs, as tables; clips to compare.

A table is data for the browser and plain HTML for a notebook without a kernel; both are made here of the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from seedance_nb import words
from seedance_nb.markup import no_formulas
from seedance_nb.money import Money
from seedance_nb.task import TaskRecord
from seedance_nb.widgets._view_model import _provider_name, task_view

MOST = 50
"""How many tasks are shown; `studio.tasks()` has all of them."""
MOST_COMPARED = 9
"""How many clips the bench puts beside each other; `studio.compare(...)` takes any number."""
_STYLE = "font-size: 13px; line-height: 1.5; font-family: system-ui, sans-serif"
_CELL = "text-align: left; vertical-align: top; overflow-wrap: break-word"
_FAINT = "opacity: 0.72"

Cell = dict[str, Any]


def bench_view(
    records: Sequence[TaskRecord],
    *,
    total: int,
    facts: Sequence[tuple[str, str]],
    costs: Sequence[Mapping[str, Any]],
    budgets: Sequence[tuple[str, str]],
    clips: Sequence[tuple[str, str]] = (),
    now: dt.datetime,
    language: str,
) -> dict[str, Any]:
    """The bench in a language: labels, and a table for each section.

    Args:
        records: The newest tasks, at most `MOST` of them.
        total: How many tasks there are.
        facts: What the ledger says of itself: name and words.
        costs: Sums by provider and model, as `Ledger.cost_rows` gives them.
        budgets: Each budget, and what it has left in words.
        clips: The clips that can be compared: the id of the task, and what it is called.
        now: The moment of looking, timezone-aware.
        language: Of the labels; what is in the ledger stays as it is.
    """

    def say(text: str, **values: object) -> str:
        return words.say(text, language=language, **values)

    more = total - len(records)
    n_more = words.number(more, language)
    tasks: dict[str, Any] = {
        "id": "tasks",
        "label": say("Tasks"),
        "code": "studio.tasks()",
        "count": words.number(total, language) if total else "",
        "heads": [say("Status"), say("Prompt"), say("Model"), say("Cost"), say("Begun"), say("Task")],
        "rows": [_task(record, now, language) for record in records],
        "nothing": say("No tasks yet. What is submitted turns up here."),
        "note": say("… and {n} more: {code} has all of them.", n=n_more, code="studio.tasks()") if more > 0 else "",
    }
    ledger: dict[str, Any] = {
        "id": "ledger",
        "label": say("Ledger"),
        "code": "studio.ledger",
        "failed": say("The table cannot be drawn inside the bench here. Run this in a cell of its own:"),
        "heads": [],
        "rows": [[_cell(name), _cell(said)] for name, said in facts],
    }
    spent: dict[str, Any] = {
        "id": "costs",
        "label": say("Costs"),
        "code": "studio.ledger.costs()",
        "heads": [say("Provider"), say("Model"), say("Tasks"), say("Tokens"), say("Cost")],
        "rows": [_cost(row, language, say("sandbox, not billed")) for row in costs],
        "nothing": say("Nothing was charged yet."),
    }
    left: dict[str, Any] = {
        "heads": [say("Budget"), say("Left")],
        "rows": [[_cell(budget), _cell(rest)] for budget, rest in budgets],
    }
    made = [tasks, ledger, spent | ({"also": left} if budgets else {})]
    return {
        "name": say("Bench"),
        "compose": {
            "id": "compose",
            "label": say("Compose"),
            "code": "studio.composer()",
            "failed": say("The composer cannot be drawn inside the bench here. Run this in a cell of its own:"),
        },
        "compare": {
            "id": "compare",
            "label": say("Compare"),
            "code": "studio.compare(task_1, task_2)",
            "clips": [{"id": local_id, "label": label} for local_id, label in clips],
            "most": MOST_COMPARED,
            "ask": say("Choose two clips or more, at most {n}; they are held to the same frame.", n=MOST_COMPARED),
            "button": say("Compare"),
            "nothing": say("No clips yet. Once two are kept they can be looked at side by side here."),
            "failed": say("The comparison cannot be drawn inside the bench here. Run this in a cell of its own:"),
        },
        "alone": say("alone in a cell:"),
        "sections": [{"count": "", "nothing": "", "note": "", **section} for section in made],
    }


def bench_html(view: Mapping[str, Any], *, title: str) -> str:
    """The bench as HTML that needs no kernel, style sheet or script.

    Args:
        view: What `bench_view` made.
        title: What studio it is.
    """
    parts = [_section_html(section) for section in view["sections"]]
    return no_formulas(f'<div style="{_STYLE}"><strong>{escape(title)}</strong>{"".join(parts)}</div>')


def _task(record: TaskRecord, now: dt.datetime, language: str) -> list[Cell]:
    view = task_view(record, now=now)
    clip, countdown = view["clip"], view["countdown"]
    return [
        _cell(view["status_word"], countdown["now"] if countdown else "", glyph=view["glyph"], tone=view["tone"]),
        _cell(view["title"], clip["name"] if clip else view["failure"]["message"] if view["failure"] else ""),
        _cell(view["model"], view["provider"]),
        _cell(view["cost"] or view["quote"]),
        _cell(f"{record.created_at:%Y-%m-%d %H:%M} UTC", view["elapsed"]),
        _cell(view["task_id"] or view["local_id"], code=True),
    ]


def _cost(row: Mapping[str, Any], language: str, sandbox: str) -> list[Cell]:
    money = Money(row["cost"], row["currency"])
    return [
        _cell(_provider_name(row["provider"]), sandbox if row["is_sandbox"] else ""),
        _cell(row["model"]),
        _cell(words.number(row["tasks"], language), number=True),
        _cell(words.number(row["tokens"], language), number=True),
        _cell(words.money(money, language), number=True),
    ]


def _cell(text: object, below: str = "", **look: Any) -> Cell:
    """One cell: its text, what stands fainter below it, and how it looks."""
    return {"text": str(text), "below": below, **look}


def _section_html(section: Mapping[str, Any]) -> str:
    count = f" ({escape(section['count'])})" if section["count"] else ""
    also = _table_html(section["also"]) if "also" in section else ""
    body = _table_html(section) if section["rows"] else f"<div>{escape(section['nothing'])}</div>"
    return (
        f"<details><summary>{escape(section['label'])}{count} · <code>{escape(section['code'])}</code></summary>"
        f"{body}<div>{escape(section['note'])}</div>{also}</details>"
    )


def _table_html(table: Mapping[str, Any]) -> str:
    heads = "".join(f'<th scope="col" style="{_CELL}">{escape(head)}</th>' for head in table["heads"])
    rows = "".join(f"<tr>{''.join(map(_cell_html, row))}</tr>" for row in table["rows"])
    return f"<table>{f'<thead><tr>{heads}</tr></thead>' if heads else ''}<tbody>{rows}</tbody></table>"


def _cell_html(cell: Cell) -> str:
    glyph = f'<span aria-hidden="true">{escape(cell["glyph"])}&nbsp;</span>' if "glyph" in cell else ""
    text = f"<code>{escape(cell['text'])}</code>" if cell.get("code") else f"<bdi>{escape(cell['text'])}</bdi>"
    below = f'<div style="{_FAINT}"><bdi>{escape(cell["below"])}</bdi></div>' if cell["below"] else ""
    return f'<td style="{_CELL}">{glyph}{text}{below}</td>'
