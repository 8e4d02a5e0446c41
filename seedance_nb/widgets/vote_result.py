"""What a blind vote came to as plain HTML and plain text, and how far one is that is not over.

It needs no kernel, style sheet or script, so that a saved notebook shows it. Before a rater has voted on all pairs
there is nothing in it but two numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from seedance_nb.markup import no_formulas
from seedance_nb.words import Language, Number, say

_STYLE = "font-size: 13px; line-height: 1.5; font-family: system-ui, sans-serif"
_FAINT = "opacity: 0.75"
_CELL = "text-align: left; vertical-align: top; padding: 6px 14px 6px 0"
_BAND, _POINT, _TRACK = "rgba(63, 133, 216, 0.45)", "rgba(30, 100, 185, 1)", "rgba(128, 128, 128, 0.18)"
_TRACK_PX = 160


def result_html(result: Mapping[str, Any]) -> str:
    """The result as a table, with the interval of each rate as a line.

    Args:
        result: As the owner of the vote has put it together: words and numbers in the language of the cell.
    """
    heads = "".join(f'<th scope="col" style="{_CELL}; {_FAINT}">{escape(head)}</th>' for head in result["heads"])
    rows = "".join(_row(row) for row in result["rows"])
    notes = "".join(f'<p style="margin: 4px 0 0; {_FAINT}">{escape(note)}</p>' for note in result["notes"])
    outlook = f'<p style="margin: 0 0 4px">{escape(result["outlook"])}</p>' if result["outlook"] else ""
    return no_formulas(
        f'<div lang="{result["language"]}" style="{_STYLE}">'
        f'<strong style="font-size: 14px">{escape(result["title"])}</strong>'
        f'<div style="{_FAINT}">{escape(result["facts"])}</div>'
        f'<p style="margin: 6px 0 4px; font-size: 14px"><bdi>{escape(result["verdict"])}</bdi></p>{outlook}'
        f'<div style="overflow-x: auto"><table style="border-collapse: collapse"><thead><tr>{heads}</tr></thead>'
        f'<tbody>{rows}</tbody></table></div><p style="margin: 4px 0 0; {_FAINT}">{escape(result["legend"])}</p>'
        f"{notes}</div>"
    )


def result_text(result: Mapping[str, Any]) -> str:
    """The result as lines of text."""
    lines = [f"{result['title']}: {result['facts']}", f"  {result['verdict']}"]
    lines += [f"  {result['outlook']}"] if result["outlook"] else []
    for row in result["rows"]:
        share = f"{row['share']} ({row['range']})" if row["range"] else row["share"]
        cost = f"{result['heads'][3]}: {row['cost']}"
        lines.append(f"  {row['name']}: {share} · {row['counts']} · {cost}")
    return "\n".join([*lines, *(f"  {note}" for note in result["notes"])])


def not_done_html(done: int, total: int, language: Language) -> str:
    """How far the vote is, for a page without its kernel."""
    return f'<div lang="{language}" style="{_STYLE}">{escape(not_done_text(done, total, language))}</div>'


def not_done_text(done: int, total: int, language: Language) -> str:
    """How far the vote is."""
    return say(
        "A blind vote: {done} of {total} pairs are voted on. Run this cell to go on.",
        language=language,
        done=Number(done),
        total=Number(total),
    )


def _row(row: Mapping[str, Any]) -> str:
    share = f"<div>{escape(row['share'])}</div>{_line(row)}"
    share += f'<div style="{_FAINT}; font-size: 12px">{escape(row["range"])}</div>'
    cost = f'<div>{escape(row["cost"])}</div><div style="{_FAINT}; font-size: 12px">{escape(row["spent"])}</div>'
    return (
        f'<tr><th scope="row" style="{_CELL}; font-weight: 600"><bdi>{escape(row["name"])}</bdi></th>'
        f'<td style="{_CELL}">{share}</td><td style="{_CELL}">{escape(row["counts"])}</td>'
        f'<td style="{_CELL}">{cost}</td></tr>'
    )


def _line(row: Mapping[str, Any]) -> str:
    """The interval on a line from 0 to 100 %, the rate as a point on it."""
    if row["value_pct"] is None:
        return ""
    low, value, high = row["low_pct"], row["value_pct"], row["high_pct"]

    def part(width: float, colour: str) -> str:
        return (
            f'<span style="display: inline-block; width: {width / 100 * _TRACK_PX:.0f}px; height: 8px; '
            f'background-color: {colour}"></span>'
        )

    point = f'<span style="display: inline-block; width: 3px; height: 8px; background-color: {_POINT}"></span>'
    parts = part(low, "transparent") + part(value - low, _BAND) + point + part(high - value, _BAND)
    return (
        f'<div aria-hidden="true" style="width: {_TRACK_PX + 3}px; height: 8px; margin: 3px 0; font-size: 0; '
        f'line-height: 0; white-space: nowrap; overflow: hidden; background-color: {_TRACK}">{parts}</div>'
    )
