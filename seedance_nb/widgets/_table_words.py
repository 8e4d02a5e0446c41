"""What the ledger's table writes by itself; in braces what it fills in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seedance_nb.widgets._clips import clip_words
from seedance_nb.widgets._table_query import COLUMNS, EDITED, FACETS, GROUPS
from seedance_nb.words import Language, Word, say

ACTS: Mapping[str, Word] = {
    "rating": Word("Rating"),
    "tag": Word("Add tags"),
    "untag": Word("Take tags away"),
    "project": Word("Project"),
    "note": Word("Note"),
}
"""What can be said of several tasks at once."""
_SORTED = frozenset(COLUMNS) - {"clip", "tags"}


def table_view(language: Language) -> dict[str, Any]:
    """Words, columns and choices: what does not change while a table is shown."""

    def said(text: Word) -> str:
        return say(text, language=language)

    return {
        "language": language,
        "words": _words(language),
        "columns": [
            {"id": name, "label": said(head), "sorts": name in _SORTED, "edits": name in EDITED}
            for name, head in COLUMNS.items()
        ],
        "facets": [{"id": name, "label": said(label)} for name, label in FACETS.items()],
        "groups": [{"id": name, "label": said(label)} for name, label in GROUPS.items()],
        "acts": [{"id": name, "label": said(label)} for name, label in ACTS.items()],
    }


def _words(language: Language) -> dict[str, str]:
    def said(text: Word) -> str:
        return say(text, language=language)

    return {
        "name": said(Word("Ledger")),
        "search": said(Word("Search prompts, ids, tags and notes")),
        "filters": said(Word("Filters")),
        "filters_on": said(Word("Filters ({count})")),
        "since": said(Word("From day (UTC)")),
        "until": said(Word("To day (UTC)")),
        "clear_filters": said(Word("Clear all filters")),
        "remove_filter": said(Word("Remove the filter {label}")),
        "group": said(Word("Group by")),
        "no_group": said(Word("Not grouped")),
        "columns": said(Word("Columns")),
        "earlier": said(Word("{column} further to the front")),
        "later": said(Word("{column} further to the back")),
        "csv": said(Word("Copy as CSV")),
        "csv_copied": said(Word("{count} rows are in the clipboard as CSV.")),
        "csv_saved": said(Word("{count} rows were saved as ledger.csv.")),
        "undo": said(Word("Undo: {what}")),
        "choose": said(Word("Choose: {title}")),
        "choose_all": said(Word("Choose all that are shown")),
        "choose_none": said(Word("Choose none")),
        "chosen": said(Word("Chosen")),
        "shown": said(Word("Shown")),
        "say": said(Word("Say of those chosen")),
        "value": said(Word("What to say")),
        "apply": said(Word("Apply")),
        "no_rating": said(Word("not rated")),
        "rated": said(Word("{rating} of 5")),
        "edit": said(Word("{column} of {title}")),
        "tags_hint": said(Word("hero, client=acme")),
        "note_hint": said(Word("Enter keeps it, Shift and Enter begins a new line.")),
        "play": said(Word("Look at: {title}")),
        "clip": said(Word("Open the clip")),
        "detail": said(Word("Task: {title}")),
        "again": said(Word("Compose again")),
        "close": said(Word("Close")),
        "nothing": said(Word("No tasks yet. What is submitted turns up here.")),
        "nothing_found": said(Word("No task fits these filters.")),
        "too_many": said(Word("The first {count} rows can be scrolled to; filter or order for the others.")),
        "waiting": said(Word("The kernel is busy; the table goes on when it answers.")),
        "composer_failed": said(
            Word("The composer cannot be drawn here. Run this in a cell of its own: studio.composer()")
        ),
        "keys": said(
            Word(
                "Arrow keys move, Enter or a double click opens or edits, Space chooses, 0 to 5 rate, "
                "Ctrl+A chooses all, Ctrl+Z takes back."
            )
        ),
        **clip_words(language),
    }
