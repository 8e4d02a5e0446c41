"""One HTML file that says where the money went: no network, no script, no kernel, in the reader's language.

It is made of the frames that `studio.ledger` gives, so that every number in it can be had again.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from seedance_nb import words
from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import TAG, Ledger, Over
from seedance_nb.money import Money
from seedance_nb.reports._converted import GivenRates
from seedance_nb.reports._frame import is_missing
from seedance_nb.reports._groups import GROUPS
from seedance_nb.reports._heads import head_of, title_of
from seedance_nb.reports._method import METHOD
from seedance_nb.reports._report_style import STYLE
from seedance_nb.reports._scope import settled
from seedance_nb.reports._summary import sentences
from seedance_nb.reports._tables import price_rows
from seedance_nb.reports.reconciliation import Reconciliation
from seedance_nb.task import Artifact, ArtifactKind
from seedance_nb.words import Word

if TYPE_CHECKING:
    import pandas as pd

    from seedance_nb.reports.ledger_view import LedgerView

Clips = Literal["none", "beside", "inside"]
Bring = Callable[[Iterable[Artifact | None]], None]
"""Has files of tasks on this disk that lie in an object store."""
MOST_CLIPS = 60
"""So many clips are shown, the newest; the sums are about all."""
MOST_INSIDE = 256 * 2**20
"""Bytes of clips that a report may hold."""
_PROMPT = 160

_HEADS: dict[str, Word] = {
    "currency": Word("Currency", "report"),
    "tasks": Word("Tasks", "report"),
    "tokens": Word("Tokens", "report"),
    "cost": Word("Cost", "report"),
    "rate": Word("Rate", "report"),
    "provider": Word("Provider", "report"),
    "model": Word("Model", "report"),
    "project": Word("Project", "report"),
    "period": Word("Week from", "report"),
    "cost_a_second": Word("A second", "report"),
    "cost_a_kept_clip": Word("A kept clip", "report"),
    "cost_a_preferred_clip": Word("A preferred clip", "report"),
    "made": Word("Made", "report"),
    "kept": Word("Kept", "report"),
    "lost": Word("Lost", "report"),
    "failed": Word("Failed", "report"),
    "unknown": Word("No answer", "report"),
    "success_percent": Word("Success", "report"),
    "seconds_to_clip": Word("To the clip", "report"),
    "seconds_lost": Word("Waited in vain", "report"),
    "price_id": Word("Price row", "report"),
    "compared": Word("Compared", "report"),
    "within": Word("As quoted", "report"),
    "quoted_high": Word("Quoted, at most", "report"),
    "billed": Word("Billed", "report"),
    "drift_percent": Word("Drift", "report"),
    "price": Word("Price", "report"),
    "start_date": Word("From", "report"),
    "source": Word("Source", "report"),
}
_MONEY = frozenset({"cost", "cost_a_second", "cost_a_kept_clip", "cost_a_preferred_clip", "quoted_high", "billed"})
_TEXT = frozenset(
    {"currency", "rate", "provider", "model", "project", "price_id", "price", "source", "period", "start_date"}
)
_WHOLE = frozenset({"duration", "rating"})


@dataclass(frozen=True, slots=True)
class _Voice:
    """How numbers and texts are written in one language."""

    language: str

    def say(self, message: str, **values: object) -> str:
        return words.say(message, language=self.language, **values)

    def money(self, amount: Decimal, currency: str, places: int = 2) -> str:
        return words.money(Money(amount, currency), self.language, places=places)

    def number(self, value: int | Decimal) -> str:
        return words.number(value, self.language)

    def cell(self, name: str, row: dict[str, Any]) -> str:
        """A value of a table as people read it; what is missing is a dash."""
        value = row[name]
        if is_missing(value):
            return "–"
        if name in _MONEY:
            return self.money(value, str(row["currency"]), 2 if name in {"cost", "quoted_high", "billed"} else 4)
        if name == "seen":
            return self.money(value, str(row["view"]))
        if name == "period":
            return f"{value:%Y-%m-%d}"
        if name.endswith("_percent"):
            return f"{words.number(Decimal(str(value)), self.language)} %"
        if name.startswith("seconds_"):
            return str(words.seconds(round(float(value)), self.language))
        return words.number(int(value), self.language) if isinstance(value, int) else str(value)


def write_report(
    view: LedgerView,
    ledger: Ledger,
    path: str | os.PathLike[str],
    *,
    where: dict[str, object],
    currency: str,
    fx: GivenRates,
    by: Sequence[tuple[str, ...]] | None = None,
    over: Over | None = None,
    bills: Sequence[Reconciliation] = (),
    clips: Clips,
    title: str | None,
    language: str | None,
    now: dt.datetime,
    bring: Bring = lambda files: None,
) -> Path:
    """Write the report; see `Studio.report`."""
    if clips not in {"none", "beside", "inside"}:
        raise ConfigurationError(f"clips={clips!r} is none of 'none', 'beside', 'inside'. Nothing was written.")
    target = Path(path).expanduser()
    voice = _Voice(language or words.language())
    met = settled(ledger, where)
    parts = [
        _head(voice, title, where, now, is_sandbox=bool(met["sandbox"])),
        *_tables(voice, view, met, currency, fx, by, over),
        *(_bill(voice, bill) for bill in bills),
        _gallery(voice, view, ledger, met, target, clips, bring),
        _method(voice, ledger, met),
    ]
    html = (
        f'<!doctype html><html lang="{voice.language}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "img-src data:; media-src data: file: 'self'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title or voice.say('Where the money went'))}</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )
    target.write_text(html, encoding="utf-8")
    return target


def _head(voice: _Voice, title: str | None, where: dict[str, object], now: dt.datetime, *, is_sandbox: bool) -> str:
    shown = title or voice.say("Where the money went")
    asked = ", ".join(f"{name} {value}" for name, value in where.items() if value is not None)
    about = voice.say(
        "Made on {day}, UTC. About: {what}.", day=f"{now:%Y-%m-%d %H:%M}", what=asked or voice.say("all tasks")
    )
    banner = voice.say(
        "All of this ran on the sandbox: nothing was billed, and the amounts are what it would have cost."
    )
    note = f'<p class="banner">{escape(banner)}</p>' if is_sandbox else ""
    return f"<header><h1>{escape(shown)}</h1><p>{escape(about)}</p>{note}</header>"


def _tables(
    voice: _Voice,
    view: LedgerView,
    where: dict[str, object],
    currency: str,
    fx: GivenRates,
    by: Sequence[tuple[str, ...]] | None,
    over: Over | None,
) -> Iterable[str]:
    """The sections with sums."""
    total = _records(view.total(currency, where, fx=fx))
    rows = [{**row, "view": currency} for row in total]
    outcomes = _records(view.outcomes(("provider", "model"), where))
    yield _summary(voice, rows, outcomes, currency)
    heads = {"seen": voice.say("Seen in {currency}", currency=currency)}
    lines = [_spent(voice, row) for row in rows if row["line"] != "together" or len(rows) > 2]
    yield _section(
        voice, voice.say("What was spent"), ("currency", "tasks", "tokens", "cost", "seen", "rate"), lines, heads=heads
    )
    pair = ("provider", "model")
    if by is None or pair in by:
        worth = _records(view.unit_costs(pair, where))
        columns: tuple[str, ...] = (*pair, "tasks", "cost", "cost_a_second", "cost_a_kept_clip")
        columns += ("cost_a_preferred_clip",)
        yield _section(voice, voice.say("By provider and model"), columns, worth, bar="cost")
    for names in (("project",),) if by is None else by:
        rows = _records(view.costs(names, over if by else None, where=where))
        if (by is None and all(row["project"] is None for row in rows)) or (names == pair and not over):
            continue
        columns = (*names, *(("period",) if by and over else ()), "tasks", "tokens", "cost")
        title = voice.say(title_of(names, over if by else None))
        yield _section(voice, title, columns, rows, heads=_from(voice, over), bar="cost")
    stretch = over or "week"
    times = _records(view.costs((), stretch, where))
    if len(times) > 1:
        columns = ("period", "tasks", "tokens", "cost")
        heads = _from(voice, stretch)
        yield _section(voice, voice.say(title_of((), stretch)), columns, times, heads=heads, bar="cost")
    columns = ("provider", "model", "tasks", "made", "kept", "lost", "failed", "unknown", "success_percent")
    yield _section(voice, voice.say("How tasks ended"), (*columns, "seconds_to_clip", "seconds_lost"), outcomes)
    drift = _records(view.drift(where=where))
    columns = ("provider", "price_id", "compared", "within", "quoted_high", "billed", "drift_percent")
    yield _section(voice, voice.say("Quoted against billed"), columns, [row for row in drift if row["compared"]])


def _from(voice: _Voice, over: Over | None) -> dict[str, str]:
    """What the beginning of a stretch of time is called; that of a week has a name of its own."""
    return {} if over in {None, "week"} else {"period": head_of("period", "", voice.language)}


def _bill(voice: _Voice, bill: Reconciliation) -> str:
    """What a bill and the ledger do not agree on."""
    heads, *findings = bill.cells(voice.language)
    said = ("" if voice.language == "zh" else " ").join(bill.in_words(voice.language))
    names = [str(place) for place in range(len(heads))]
    rows = [dict(zip(names, texts, strict=True)) for texts in findings]
    title = voice.say(Word("Bill against ledger"))
    table = _section(voice, title, names, rows, heads=dict(zip(names, heads, strict=True)))
    note = f"<p>{escape(said)}</p></section>"
    return table.removesuffix("</section>") + note if table else f"<section><h2>{escape(title)}</h2>{note}"


def _spent(voice: _Voice, row: dict[str, Any]) -> dict[str, Any]:
    """A line of what was spent, with the words for lines that are no currency's own."""
    if row["line"] == "together":
        return {**row, "currency": voice.say("Together"), "cost": None}
    if row["line"] == "not converted":
        return {**row, "rate": voice.say("No rate is known; it is in no sum.")}
    return row


def _summary(voice: _Voice, rows: list[dict[str, Any]], outcomes: list[dict[str, Any]], currency: str) -> str:
    """The report in a few sentences."""
    said = sentences(voice.language, rows, outcomes, currency)
    return f'<p class="summary">{escape(("" if voice.language == "zh" else " ").join(said))}</p>'


def _section(
    voice: _Voice,
    title: str,
    columns: Sequence[str],
    rows: Sequence[dict[str, Any]],
    *,
    heads: dict[str, str] | None = None,
    bar: str = "",
) -> str:
    """A table with a heading; of one column each value also as a bar, where all are of one currency."""
    if not rows:
        return ""
    known = heads or {}
    if len({str(row["currency"]) for row in rows} if bar else "") > 1:
        bar = ""  # lengths of two currencies do not compare
    head = "".join(
        f'<th scope="col"{_kind(name, is_bar=name == bar)}>{escape(_head_of(voice, name, known))}</th>'
        for name in columns
    )
    most = max(row[bar] for row in rows) if bar else Decimal(0)
    body = []
    for row in rows:
        cells = []
        for name in columns:
            drawn = ""
            if name == bar and most:
                share = (row[bar] * 100 / most).quantize(Decimal("0.1"))
                drawn = f' style="--share:{share}%" class="number bar"'
            cells.append(f"<td{drawn or _kind(name)}>{escape(voice.cell(name, row))}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f"<section><h2>{escape(title)}</h2>"
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(title)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div></section>"
    )


def _head_of(voice: _Voice, name: str, known: dict[str, str]) -> str:
    if name in known:
        return known[name]
    return voice.say(_HEADS[name]) if name in _HEADS else head_of(name, "", voice.language)


def _kind(name: str, *, is_bar: bool = False) -> str:
    if is_bar:
        return ' class="number bar"'
    if name in {"price_id", "price", "period", "start_date", "model"}:
        return ' class="id"'
    if name in {"source", "rate"}:
        return ' class="long"'
    is_text = name in _TEXT or name in GROUPS or name.startswith(TAG) or name.isdecimal()
    return "" if is_text and name not in _WHOLE else ' class="number"'


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


# -- clips --


def _gallery(
    voice: _Voice,
    view: LedgerView,
    ledger: Ledger,
    where: dict[str, object],
    target: Path,
    clips: Clips,
    bring: Bring,
) -> str:
    """The newest kept clips, each with its poster and facts."""
    frame = view.frame({**where, "status": "kept"} if "status" not in where else where, limit=MOST_CLIPS)
    if frame.empty:
        return ""
    posters = {record.local_id: record for record in ledger.records_of(list(frame["local_id"]))}
    kinds: tuple[ArtifactKind, ...] = ("poster",) if clips == "none" else ("poster", "clip")
    bring(record.artifact(kind) for record in posters.values() for kind in kinds)
    held, cards = 0, []
    for row in _records(frame):
        record = posters[row["local_id"]]
        poster, clip = record.artifact("poster"), record.artifact("clip")
        image = _data(poster.path, "image/jpeg") if poster and poster.path else ""
        source = ""
        if clips != "none" and clip and clip.path and clip.path.exists():
            held += clip.path.stat().st_size
            if clips == "inside" and held > MOST_INSIDE:
                raise ConfigurationError(
                    f"The clips are more than {MOST_INSIDE // 2**20} MiB together, too much for one file. "
                    "Nothing was written. Say clips='beside', or filter."
                )
            source = _data(clip.path, "video/mp4") if clips == "inside" else _link(clip.path, target)
        cards.append(_card(voice, row, image, source))
    count = words.number(len(cards), voice.language)
    title = voice.say("The newest clips ({count})", count=count)
    return f'<section><h2>{escape(title)}</h2><div class="clips">{"".join(cards)}</div></section>'


def _card(voice: _Voice, row: dict[str, Any], image: str, source: str) -> str:
    prompt = str(row["prompt"])
    shown = prompt if len(prompt) <= _PROMPT else f"{prompt[: _PROMPT - 1].rstrip()}…"
    if source:
        poster = f' poster="{image}"' if image else ""
        picture = f'<video controls preload="none" src="{escape(source)}"{poster}></video>'
    else:
        picture = f'<img src="{image}" alt="">' if image else '<div class="none"></div>'
    facts = [str(row["model"]), str(row["provider"])]
    facts += [voice.money(row["cost"], str(row["currency"]))] if isinstance(row["cost"], Decimal) else []
    facts += [f"seed\u00a0{row['seed']}"] if row["seed"] == row["seed"] and row["seed"] is not None else []
    said_of = [str(row[name]) for name in ("tags", "note") if isinstance(row[name], str)]
    more = f'<p class="said">{escape(" · ".join(said_of))}</p>' if said_of else ""
    return (
        f"<figure>{picture}<figcaption><p>{escape(shown)}</p>"
        f'<p class="facts">{escape(" · ".join(facts))}</p>{more}</figcaption></figure>'
    )


def _data(path: Path, kind: str) -> str:
    try:
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
    except OSError:
        return ""


def _link(clip: Path, target: Path) -> str:
    try:
        return quote(Path(os.path.relpath(clip, target.resolve().parent)).as_posix())
    except ValueError:  # another drive
        return clip.as_uri()


def _method(voice: _Voice, ledger: Ledger, where: dict[str, object]) -> str:
    """What the numbers rest on: the price rows that were frozen into the tasks, and how they were added."""
    rows = [
        {
            **row,
            "price": f"{row['amount']} {row['currency']} / {row['per']:,} {row['unit']}" if row["amount"] else None,
        }
        for row in price_rows(ledger, where)
    ]
    table = _section(voice, voice.say("Price rows that were used"), ("price_id", "price", "start_date", "source"), rows)
    return f"<section><h2>{escape(voice.say('Method'))}</h2><p>{escape(voice.say(METHOD))}</p></section>{table}"
