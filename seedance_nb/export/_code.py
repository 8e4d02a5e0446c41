"""Source code as a value that a notebook shows readably."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Literal

Form = Literal["sdk", "httpx", "curl"]


@dataclass(frozen=True, slots=True, repr=False)
class Code:
    """A request written as source code; `print` it, or write `text` to a file."""

    text: str
    """The whole source, with a newline at the end."""
    provider: str
    """Whom it asks."""
    form: Form
    """`sdk` and `httpx` are Python, `curl` is a script for a POSIX shell."""

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text.rstrip("\n")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        html = f'<pre style="white-space:pre;overflow-x:auto;line-height:1.4"><code>{escape(self.text)}</code></pre>'
        return {"text/plain": self.text, "text/html": html}
