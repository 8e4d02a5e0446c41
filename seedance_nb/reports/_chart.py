"""An Altair chart that a notebook draws without a network, with a text that says what is to be seen in it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape, unescape
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Literal

import altair
import vl_convert

from seedance_nb.reports._chart_theme import CONFIG, INK, lines
from seedance_nb.reports._voice import Voice

Theme = Literal["auto", "light", "dark", "page"]
MIME = "application/vnd.vegalite.v5+json"
"""What JupyterLab 4 and Notebook 7 draw with the Vega-Lite they bring (5.6), and Visual Studio Code too. What Altair 6
says by itself, version 6, they hand over to a script from the network. Our charts are valid in both."""
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_EMBED = {
    "renderer": "svg",
    # The editor is a page on the network that the chart would be sent to.
    "actions": {"export": True, "source": False, "compiled": False, "editor": False},
}
_PAPER = {"light": ("#1c2024", "#ffffff"), "dark": ("#e6e8eb", "#15181b")}
"""Ink and paper of a picture that is a file of its own."""
_MARK = re.compile(
    r'<(?P<tag>path|text|line|rect)(?P<before>[^>]*?) aria-label="(?P<said>[^"]*)"(?P<after>[^>]*?)(?P<end>/?>)'
)
_ARIA = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_PLACE = re.compile(r' (?:d|transform)="[^"]*"')
_LONG = re.compile(r"(\.\d\d)\d+")
_CLIP = re.compile(r'(id="|url\(#)(clip\d+)')
_SCALES = ("x", "y", "color", "shape", "size")
_fonts_are_there = False


class Chart(altair.VConcatChart):
    """One panel, or several below each other, with a title and a text alternative.

    It is Altair's own chart in everything: `to_dict()`, `properties(…)`, `|` and `&`. As a cell's last line it is drawn
    by the notebook itself; `save("x.svg")` and `save("x.png")` ask no network either.
    """

    @property
    def alt(self) -> str:
        """What is to be seen, in words: the sums, the most, how it changes. It is Vega-Lite's `description`."""
        return str(self.description)

    @property
    def heading(self) -> tuple[str, str]:
        """The title, and the paragraph below it."""
        made = self.to_dict()
        title = made.get("title", "")
        return str(title["text"] if isinstance(title, dict) else title), str(made["usermeta"]["under"])

    def svg(self, *, theme: Theme = "auto", name: str = "", titled: bool = True) -> str:
        """The chart as SVG, with its text alternative and a title on each mark, which browsers show under the mouse.

        Args:
            theme: `light` or `dark`; `auto`: as the reader's system says; `page`: without paper, in the ink of the page
                it is put into.
            name: Goes before the ids in it, where several are put into one page.
            titled: With its title and what stands below it.
        """
        shown = self
        if not titled:
            shown = self.copy(deep=False)
            shown.title = altair.Undefined
        return _dressed(_drawn(shown), self.alt, theme, name)

    def png(self, *, theme: Literal["light", "dark"] = "light", scale: float = 2.0) -> bytes:
        """The chart as PNG; where the machine has no Chinese font, with that of the sandbox.

        Args:
            theme: `light` or `dark`.
            scale: Pixels for each of the chart's.
        """
        return _pixels(_drawn(self), theme, scale)

    def save(  # type: ignore[override]
        self, fp: Any, format: str | None = None, *, theme: Theme | None = None, scale: float = 2.0, **options: Any
    ) -> None:
        """Write the chart to a file: `.svg`, `.png`, and what else Altair knows.

        Args:
            fp: A path, or a file that is open.
            format: `svg`, `png`, `html`, `json`, `pdf`; None: as the path says.
            theme: Of SVG and PNG; see `svg` and `png`.
            scale: Of PNG.
            options: As Altair takes them, of the other formats.
        """
        kind = format or str(fp).rpartition(".")[2].lower()
        if kind not in {"svg", "png"}:
            # With Vega in it: otherwise the page would load it from the network.
            given: Any = {"inline": kind == "html", "format": format, **options}
            super().save(fp, **given)
            return
        if kind == "svg":
            data = self.svg(theme=theme or "auto").encode()
        else:
            data = self.png(theme="dark" if theme == "dark" else "light", scale=scale)
        if hasattr(fp, "write"):
            fp.write(data if "b" in getattr(fp, "mode", "b") else data.decode())
        else:
            Path(fp).expanduser().write_bytes(data)

    def _repr_mimebundle_(self, *_: object, **__: object) -> tuple[dict[str, Any], dict[str, Any]]:
        picture = base64.b64encode(self.png()).decode()
        shown = {MIME: _plain(self), "image/png": picture, "text/plain": self.alt}
        return shown, {MIME: {"embed_options": _EMBED}, "image/png": {"alt": self.alt}}


def chart(panels: Sequence[Any], voice: Voice, *, title: str, under: Sequence[str], told: Sequence[str]) -> Chart:
    """Panels as one chart.

    Args:
        panels: Altair's charts, one below the other.
        voice: The language.
        title: What it shows, with the unit.
        under: Paragraphs below it; empty ones are left out.
        told: Sentences of the text alternative.
    """
    head = altair.TitleParams(title, subtitle=[line for text in under for line in lines(text)])
    alt = voice.together([f"{title}{voice.stop}", *told])
    apart = altair.Resolve(scale=dict.fromkeys(_SCALES, "independent"))
    return Chart(
        vconcat=list(panels),
        title=head,
        description=alt,
        usermeta={"under": voice.together(under)},
        config=CONFIG,
        padding=8,
        resolve=apart,
    )


def values(rows: Iterable[Mapping[str, Any]]) -> Any:
    """Rows as a chart's data."""
    return altair.InlineData(values=[dict(row) for row in rows])


def beside(panels: Sequence[Any]) -> list[Any]:
    """Two panels next to each other; one alone, and more below each other."""
    apart = altair.Resolve(scale=dict.fromkeys(_SCALES, "independent"))
    return [altair.HConcatChart(hconcat=list(panels), spacing=40, resolve=apart)] if len(panels) == 2 else list(panels)


def along(field: str, like: Any) -> Any:
    """Another field on the same axis: where layers do not all say scale and axis, Vega-Lite puts in some of its own."""
    other = like.copy()
    other.shorthand = f"{field}:Q"
    return other


def by_currency(found: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """Things by their currency, the yuan's first: amounts of two have no common axis."""
    apart: dict[str, list[Any]] = {}
    for one in found:
        apart.setdefault(one.currency, []).append(one)
    return sorted(apart.items(), key=lambda item: (item[0] != "CNY", item[0]))


def _plain(made: Chart) -> dict[str, Any]:
    return {**made.to_dict(), "$schema": _SCHEMA}


def _drawn(made: Chart) -> str:
    global _fonts_are_there  # noqa: PLW0603  # the converter has one list of fonts for the process
    if not _fonts_are_there:
        with as_file(files("seedance_nb") / "sandbox" / "fonts") as folder:
            vl_convert.register_font_directory(str(folder))
        _fonts_are_there = True
    known = [version for version in vl_convert.get_vegalite_versions() if version.startswith("5.")]
    return str(vl_convert.vegalite_to_svg(_plain(made), vl_version=known[-1] if known else None, allowed_base_urls=[]))


def _dressed(svg: str, alt: str, theme: Theme, name: str) -> str:
    svg = _PLACE.sub(lambda found: _LONG.sub(r"\1", found[0]), svg)  # a hundredth of a pixel is enough
    svg = "".join(_titled(svg))
    svg = _CLIP.sub(rf"\g<1>{name}\g<2>", svg)
    head = f'<svg role="img" aria-label="{escape(alt)}"'
    if theme == "page":
        return svg.replace("<svg", head, 1)
    ink, paper = _PAPER["dark" if theme == "dark" else "light"]
    style = f"svg{{color:{ink};background:{paper}}}"
    if theme == "auto":
        ink, paper = _PAPER["dark"]
        style += f"@media(prefers-color-scheme:dark){{svg{{color:{ink};background:{paper}}}}}"
    begin, end, rest = svg.partition(">")
    return f"{begin.replace('<svg', head, 1)}{end}<style>{style}</style>{rest}"


def _titled(svg: str) -> Iterator[str]:
    """Marks with what they are as their title. The picture is one thing to a screen reader: it has one text."""
    at = 0
    for found in _MARK.finditer(svg):
        yield _ARIA.sub("", svg[at : found.start()])
        at = found.end()
        tag, said = found["tag"], escape(unescape(found["said"]), quote=False)
        attributes = _ARIA.sub("", found["before"] + found["after"])
        if 'role="graphics-symbol"' not in found["before"] + found["after"] or 'aria-roledescription="axis' in found[0]:
            yield f"<{tag}{attributes}{found['end']}"
        elif found["end"] == "/>":
            yield f"<{tag}{attributes}><title>{said}</title></{tag}>"
        else:
            yield f"<{tag}{attributes}><title>{said}</title>"
    yield _ARIA.sub("", svg[at:])


def _pixels(svg: str, theme: str, scale: float) -> bytes:
    ink, paper = _PAPER[theme]
    begin, end, rest = svg.replace(INK, ink).partition(">")
    sheet = f'<rect width="100%" height="100%" fill="{paper}"/>'
    return bytes(vl_convert.svg_to_png(f"{begin}{end}{sheet}{rest}", scale=scale))
