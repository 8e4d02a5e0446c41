"""One ES module, or one style sheet, out of the files that it is written in.

anywidget loads a module from a Blob, where a relative import finds nothing. What several widgets share stands in
`static/parts`, as modules that any tool can read; here each is put in the place of the line that imports it.
"""

from __future__ import annotations

import re
from pathlib import Path

STATIC = Path(__file__).parent / "static"

_IMPORT = re.compile(r'^import \{([\w\s,]+)\} from "\./([\w./-]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class) (\w+))", re.MULTILINE)
_STYLE = re.compile(r'^@import "\./([\w./-]+)";$', re.MULTILINE)


def module(name: str) -> str:
    """The ES module `static/<name>` with what it imports.

    A part keeps its names to itself: only what it exports, on one line with its name, can be seen outside.
    An import stands on one line and does not rename.
    """
    return "".join(_script(STATIC / name, set()))


def style(name: str) -> str:
    """The style sheet `static/<name>` with what it imports."""
    return _sheet(STATIC / name)


def _script(path: Path, there: set[Path]) -> list[str]:
    """What the file needs that is not there yet, each as a constant, then the file itself."""
    text, before = path.read_text("utf-8"), []
    for _, part in _IMPORT.findall(text):
        source = (path.parent / part).resolve()
        if source not in there:
            there.add(source)
            *needed, own = _script(source, there)
            names = ", ".join(_EXPORT.findall(own))
            before += [
                *needed,
                f"const {_name(source)} = (() => {{\n{_EXPORT.sub('', own)}\nreturn {{ {names} }};\n}})();\n",
            ]
    text = _IMPORT.sub(lambda found: f"const {{{found[1]}}} = {_name((path.parent / found[2]).resolve())};", text)
    return [*before, text]


def _name(source: Path) -> str:
    return f"__{re.sub(r'[^a-z0-9]', '_', source.stem)}"


def _sheet(path: Path) -> str:
    return _STYLE.sub(lambda found: _sheet(path.parent / found[1]), path.read_text("utf-8"))
