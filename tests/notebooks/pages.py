"""Pages in Markdown as a test reads them: fences, links, headings, and what a block does when it runs."""

from __future__ import annotations

import ast
import asyncio
import inspect
import io
import itertools
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    file
    for folder, pattern in ((ROOT, "*.md"), (ROOT / "docs", "*.md"), (ROOT / "notebooks", "*.ipynb"))
    for file in folder.glob(pattern)
)
"""Everything that a reader finds: README in each language, the documentation, the notebooks, the changelog."""

_MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    language: str
    flags: frozenset[str]
    code: str


def markdown(page: Path) -> str:
    """The text of a page; of a notebook, that between its cells."""
    if page.suffix != ".ipynb":
        return page.read_text("utf-8")
    cells = nbformat.read(page, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def tokens(page: Path) -> Iterator[Token]:
    """What the page is made of, in order."""
    for token in _MARKDOWN.parse(markdown(page)):
        yield token
        yield from token.children or ()


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page; `no-run` behind the language says that one cannot run here."""
    found = []
    for token in tokens(page):
        if token.type == "fence":
            language, *flags = token.info.split() or [""]
            found.append(Block(language, frozenset(flags), token.content))
    return found


def links(page: Path) -> list[str]:
    """Where the links and pictures of a page lead, also those of HTML in it."""
    found = [str(token.attrs.get("href") or token.attrs["src"]) for token in tokens(page) if token.type in _LEADING]
    for token in tokens(page):
        if token.type in _HTML:
            found += re.findall(r'\b(?:href|src|srcset)="([^"]*)"', token.content)
    return found


_LEADING = {"link_open", "image"}
_HTML = {"html_block", "html_inline"}


def pictures(page: Path) -> dict[str, str]:
    """The pictures of a page, each with what is said in its place to who does not see it."""
    found = {str(token.attrs["src"]): token.content for token in tokens(page) if token.type == "image"}
    for token in tokens(page):
        if token.type in _HTML:
            # One element, and what a browser may take instead of it.
            alts = re.findall(r'<img [^>]*\balt="([^"]*)"', token.content)
            for path in re.findall(r'\b(?:src|srcset)="([^"]*)"', token.content):
                found[path] = alts[0] if len(alts) == 1 else ""
    return found


def anchors(page: Path) -> set[str]:
    """The names of its headings, as GitHub and the site make them."""
    found: set[str] = set()
    every = list(_MARKDOWN.parse(markdown(page)))
    for opening, inline in itertools.pairwise(every):
        if opening.type == "heading_open":
            text = "".join(one.content for one in inline.children or () if one.type in {"text", "code_inline"})
            slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            found.add(next(name for name in (slug, *(f"{slug}-{n}" for n in range(1, 99))) if name not in found))
    return found


# -- running --


def run(block: Block, namespace: dict[str, Any]) -> None:
    """Run a block of Python as a cell would, and hold each value against the literal in the comment behind it.

    Raises:
        AssertionError: A comment says another value.
    """
    comments = dict(_comments(block.code))
    for statement in ast.parse(block.code).body:
        value = _do(statement, namespace)
        if isinstance(statement, ast.Expr):
            _show(value)
            said = comments.get(statement.end_lineno or 0)
            if said is not None:
                assert value == said, f"{ast.unparse(statement)} is {value!r}, and the page says {said!r}"


def _do(statement: ast.stmt, namespace: dict[str, Any]) -> Any:
    is_value = isinstance(statement, ast.Expr)
    tree = ast.Expression(statement.value) if isinstance(statement, ast.Expr) else ast.Module([statement], [])
    code = compile(tree, "page", "eval" if is_value else "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    value = eval(code, namespace)
    return asyncio.run(_awaited(value)) if code.co_flags & inspect.CO_COROUTINE else value


async def _awaited(value: Any) -> Any:
    return await value


def _show(value: Any) -> None:
    """As a cell's last line."""
    for name in ("_ipython_display_", "_repr_mimebundle_", "_repr_html_"):
        show = getattr(value, name, None)
        if show is not None and not isinstance(value, type):
            show()
            return
    repr(value)


def _comments(code: str) -> Iterator[tuple[int, Any]]:
    """Lines whose comment is a value."""
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            try:
                yield token.start[0], ast.literal_eval(token.string.lstrip("# "))
            except (ValueError, SyntaxError):
                continue
