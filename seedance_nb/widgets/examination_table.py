"""What an examination found, as a plain HTML table and as text; needs no kernel and survives saving."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from seedance_nb.engine.findings import Examination, Finding
from seedance_nb.redaction import redact

MOST = 50
"""How many findings are drawn; the report itself has all of them."""
_LEFT = "text-align:left;vertical-align:top"
_HEADS = ("found", "what it means", "what mends it", "task or file")
_NAMES = {
    "clip_missing": "clip missing",
    "clip_damaged": "clip damaged",
    "adoptable": "clip not written down",
    "not_kept": "clip not here",
    "still_missing": "picture missing",
    "orphan": "file of no task",
    "stale_part": "left-over part",
    "unknown_outcome": "outcome unknown",
    "never_sent": "never sent",
    "no_answer": "no answer came",
    "unfollowed": "followed by nobody",
    "charge_missing": "charge missing",
    "contradiction": "contradiction",
}


class ExaminationReport:
    """An examination to look at: the findings in order, and what was done about them."""

    def __init__(self, examination: Examination, *, done: Sequence[str] = ()) -> None:
        """A report.

        Args:
            examination: What was found.
            done: What was mended, a sentence each.
        """
        self.examination = examination
        self.done = tuple(done)

    def __len__(self) -> int:
        return len(self.examination.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.examination.findings)

    def __repr__(self) -> str:
        lines = [_summary(self.examination), *(f"  done: {sentence}" for sentence in self.done)]
        for finding in self.examination.findings[:MOST]:
            lines.append(f"  [{_NAMES[finding.kind]}] {finding.what}")
            lines.append(f"      {finding.why} {finding.fix}")
        return redact("\n".join([*lines, *_rest(self.examination)]))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": examination_table(self.examination, done=self.done)}


def examination_table(examination: Examination, *, done: Sequence[str] = ()) -> str:
    """A row a finding: what it is in a word and a sentence, what it means, what mends it."""
    said = "".join(f"<p>{_text(line)}</p>" for line in (_summary(examination), *done))
    if not examination.findings:
        return said
    head = "".join(f'<th scope="col" style="{_LEFT}">{name}</th>' for name in _HEADS)
    rows = "".join(_row(finding) for finding in examination.findings[:MOST])
    rest = "".join(f"<p>{_text(line.strip())}</p>" for line in _rest(examination))
    return f"{said}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{rest}"


def _row(finding: Finding) -> str:
    place = finding.local_id or (finding.path.name if finding.path else "")
    cells = (
        f"<strong>{_text(_NAMES[finding.kind])}</strong><br>{_text(finding.what)}",
        _text(finding.why),
        _text(finding.fix) + ("" if finding.repairable else "<br><em>Needs you.</em>"),
        f"<code>{_text(place)}</code>",
    )
    return "<tr>" + "".join(f'<td style="{_LEFT}">{cell}</td>' for cell in cells) + "</tr>"


def _summary(examination: Examination) -> str:
    count = len(examination.findings)
    found = "nothing is wrong" if not count else f"{count:,} {'thing is' if count == 1 else 'things are'} not right"
    read = "every kept clip was read" if examination.is_deep else "kept clips by size; deep=True reads every one"
    return f"{examination.tasks:,} tasks and their files looked at ({read}): {found}."


def _rest(examination: Examination) -> list[str]:
    more = len(examination.findings) - MOST
    return [f"  … and {more:,} more: list(report) has all of them."] if more > 0 else []


def _text(words: str) -> str:
    return escape(redact("".join(c if c.isprintable() else "\ufffd" for c in words)))
