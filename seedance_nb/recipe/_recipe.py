"""A recipe as a value, and how a notebook shows it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Literal

from seedance_nb.markup import no_formulas
from seedance_nb.money import Money, Price, Usage
from seedance_nb.request import Request
from seedance_nb.words import Number, say

_PAIRS = "display:grid;grid-template-columns:max-content 1fr;gap:0.15em 1em;margin:0.4em 0"


@dataclass(frozen=True, slots=True, repr=False)
class Recipe:
    """What made a clip, as its file says.

    Anybody can write anything into a file: this is what it says, not what is known.
    """

    path: Path
    """The clip."""
    origin: Literal["file", "sidecar"]
    """Whether it was read from the clip itself or from the file beside it."""
    request: Request
    """The request, as far as it can be had again; `missing` says what is not as it was. Its seed is the one that
    was sent. A file that was not found is named, so that its place and role are kept, and has to be put in again."""
    missing: tuple[str, ...]
    """What cannot be had again, each in a sentence."""
    provider: str
    """The provider's id."""
    model: str
    """The neutral name of the model."""
    model_id: str = ""
    """The provider's id of the model."""
    task_id: str = ""
    """The provider's id of the task."""
    local_id: str = ""
    """Our id of it."""
    seed: int | None = None
    usage: Usage | None = None
    """What the provider said it consumed; None: not known when the clip was kept."""
    cost: Money | None = None
    """What it cost; None: not known when the clip was kept. On the sandbox it was never real."""
    cost_basis: str = ""
    """`usage`, `reported` or `quote`: what the cost was taken from."""
    price: Price | None = None
    """The price row that was frozen into the task."""
    is_sandbox: bool = False
    is_redacted: bool = False
    """Whether prompt and names were left out when it was written."""
    resolution: str = ""
    ratio: str = ""
    """Resolved: never `adaptive`, where the provider said it."""
    duration: int | None = None
    """Seconds."""
    created_at: dt.datetime | None = None
    """When the request was written down."""
    made_with: str = ""
    """The package that wrote it, with its version."""

    def _rows(self) -> list[tuple[str, str]]:
        tokens = "" if self.usage is None else str(Number(self.usage.completion_tokens))
        cost = "" if self.cost is None else str(self.cost)
        if cost and self.is_sandbox:
            cost = say("{cost}, not billed: it ran on the sandbox", cost=cost)
        rows = [
            (say("Prompt"), say("left out") if self.is_redacted else self.request.prompt),
            (
                say("Media"),
                ", ".join(f"{name}: {item.source.label}" for name, item in self.request.content.ordinals().items()),
            ),
            (say("Model"), self.model if self.model_id in {"", self.model} else f"{self.model} ({self.model_id})"),
            (say("Seed"), "" if self.seed is None else str(self.seed)),
            (say("Provider"), self.provider),
            (say("Task"), self.task_id or self.local_id),
            (say("Tokens"), tokens),
            (say("Cost"), cost),
            (say("Price row"), f"{self.price} · {self.price.id}" if self.price else ""),
            (say("Asked for"), "" if self.created_at is None else f"{self.created_at:%Y-%m-%d %H:%M} UTC"),
        ]
        return [(name, value) for name, value in rows if value]

    def __repr__(self) -> str:
        seed = "" if self.seed is None else f", seed {self.seed}"
        cost = "" if self.cost is None else f", {self.cost}"
        missing = "" if not self.missing else f", {len(self.missing)} missing"
        return f"Recipe({self.path.name!r}, {self.provider}, {self.model}{seed}{cost}{missing})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = self._rows()
        lines = [f"{name}: {value}" for name, value in rows]
        text = "\n".join([repr(self), *lines, *self.missing])
        cells = "".join(
            f'<dt style="margin:0;font-weight:600">{escape(name)}</dt>'
            f'<dd style="margin:0;white-space:pre-wrap;overflow-wrap:anywhere">{escape(value)}</dd>'
            for name, value in rows
        )
        notes = "".join(f"<p style='margin:0.3em 0'>⚠ {escape(sentence)}</p>" for sentence in self.missing)
        html = (
            '<div style="font-family:var(--jp-ui-font-family,system-ui,sans-serif);line-height:1.5;max-width:60em">'
            f"<strong>{escape(say('What made {file}', file=self.path.name))}</strong>"
            f'<dl style="{_PAIRS}">{cells}</dl>{notes}</div>'
        )
        return {"text/plain": text, "text/html": no_formulas(html)}
