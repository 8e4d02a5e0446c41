"""What an examination found, as a plain HTML table and as text; needs no kernel and survives saving."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from seedance_nb import words
from seedance_nb.engine.findings import Examination, Finding
from seedance_nb.markup import no_formulas
from seedance_nb.redaction import redact
from seedance_nb.words import Language, Number, Plural, Said, Word, say

MOST = 50
"""How many findings are drawn; the report itself has all of them."""
_LEFT = "text-align:left;vertical-align:top"
_WIDE = f"{_LEFT};min-width:9em"
"""Chinese breaks anywhere, so that a narrow page would have columns of one character."""
_BLANKS = "\u00a0\u202f"
_HEADS = (
    Word("found", "column"),
    Word("what it means", "column"),
    Word("what mends it", "column"),
    Word("task or file", "column"),
)
_NAMES = {
    "clip_missing": Word("clip missing"),
    "clip_damaged": Word("clip damaged"),
    "adoptable": Word("clip not written down"),
    "not_kept": Word("clip not here"),
    "still_missing": Word("picture missing"),
    "orphan": Word("file of no task"),
    "stale_part": Word("left-over part"),
    "leftover": Word("left-over reference"),
    "store_closed": Word("object store not reached"),
    "unknown_outcome": Word("outcome unknown"),
    "never_sent": Word("never sent"),
    "no_answer": Word("no answer came"),
    "unfollowed": Word("followed by nobody"),
    "charge_missing": Word("charge missing"),
    "contradiction": Word("contradiction"),
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
        language = words.language()
        done = [say("done: {sentence}", language=language, sentence=sentence) for sentence in self.done]
        lines = [_summary(self.examination, language), *(f"  {line}" for line in done)]
        for finding in self.examination.findings[:MOST]:
            lines.append(f"  [{_NAMES[finding.kind].said(language)}] {_said(finding.what, language)}")
            lines.append(f"      {_said(finding.why, language)} {_said(finding.fix, language)}")
        rest = _rest(self.examination, language)
        return redact("\n".join([*lines, *([f"  {rest}"] if rest else [])]))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": examination_table(self.examination, done=self.done)}


def examination_table(examination: Examination, *, done: Sequence[str] = ()) -> str:
    """A row a finding: what it is in a word and a sentence, what it means, what mends it; in the spoken language."""
    language = words.language()
    said = "".join(f"<p>{_text(line, language)}</p>" for line in (_summary(examination, language), *done))
    if not examination.findings:
        return f'<div lang="{language}">{said}</div>'
    head = "".join(f'<th scope="col" style="{_LEFT}">{_text(name, language)}</th>' for name in _HEADS)
    rows = "".join(_row(finding, language) for finding in examination.findings[:MOST])
    rest = _rest(examination, language)
    rest = f"<p>{_text(rest, language)}</p>" if rest else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    table = f'<div style="overflow-x: auto">{table}</div>'
    return no_formulas(f'<div lang="{language}">{said}{table}{rest}</div>')


def _row(finding: Finding, language: Language) -> str:
    place = finding.local_id or (finding.path.name if finding.path else finding.original)
    yours = "" if finding.repairable else f"<br><em>{_text(Word('Needs you.'), language)}</em>"
    cells = (
        f"<strong>{_text(_NAMES[finding.kind], language)}</strong><br>{_text(finding.what, language)}",
        _text(finding.why, language),
        _text(finding.fix, language) + yours,
        f"<code>{_text(place, language)}</code>",
    )
    return "<tr>" + "".join(f'<td style="{_WIDE}">{cell}</td>' for cell in cells) + "</tr>"


def _summary(examination: Examination, language: Language) -> str:
    count = len(examination.findings)
    found = (
        Plural("{count} thing is not right", "{count} things are not right", count)
        if count
        else Word("nothing is wrong")
    )
    read = (
        Word("every kept clip was read")
        if examination.is_deep
        else Word("kept clips by size; deep=True reads every one")
    )
    return Plural(
        "{count} task and its files looked at ({read}): {found}.",
        "{count} tasks and their files looked at ({read}): {found}.",
        examination.tasks,
        read=read,
        found=found,
    ).said(language)


def _rest(examination: Examination, language: Language) -> str:
    more = len(examination.findings) - MOST
    if more <= 0:
        return ""
    return say("… and {count} more: list(report) has all of them.", language=language, count=Number(more))


def _said(text: str, language: Language) -> str:
    return text.said(language) if isinstance(text, Said) else text


def _text(text: str, language: Language) -> str:
    # A hard space is a blank of French, and not printable by Python's word.
    said = _said(text, language)
    return escape(redact("".join(c if c.isprintable() or c in _BLANKS else "\ufffd" for c in said)))
