"""A chart in a real notebook: drawn by what JupyterLab brings, with no network, on light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import expect

from . import report_samples as samples
from .conftest import Lab

DRAWN = ".jp-RenderedVegaCommon5 svg.marks"
_COLOURS = """([chart]) => {
    const said = [...document.querySelectorAll(`${chart} text`)].find((one) => one.textContent.startsWith("¥"));
    const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
    let ground = said.closest("div");
    while (parts(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
    return [getComputedStyle(said).fill, getComputedStyle(ground).backgroundColor].map(parts);
}"""


def contrast(one: list[float], other: list[float]) -> float:
    """How much lighter one colour is than the other, from 1 to 21."""

    def light(colour: list[float]) -> float:
        parts = [part / 255 for part in colour[:3]]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_a_chart_in_jupyterlab(open_lab: Callable[..., Lab]) -> None:
    """Its letters are read on both themes, a bar says what it is under the mouse, the file keeps picture and words."""
    lab = open_lab(height=1000)
    samples.make(lab.folder / "out", tasks=60).close()
    asked: list[str] = []
    lab.page.on("request", lambda request: asked.append(request.url))
    lab.open(
        lab.write(
            "import seedance_nb as sd\nstudio = sd.Studio(home='out')\ncharts = studio.ledger.charts",
            "charts.costs(over='week', language='en')",
        )
    )
    lab.run_all()
    lab.wait_for(DRAWN)
    for theme in ("light", "dark"):
        lab.theme(theme)  # type: ignore[arg-type]
        lab.wait_for(DRAWN)
        letters, ground = lab.page.evaluate(_COLOURS, [DRAWN])
        assert contrast(letters, ground) >= 4.5, theme
        lab.screenshot(f"chart-lab-{theme}")
    described = lab.page.locator(".jp-RenderedVegaCommon5 [aria-label^='Cost by week and model']")
    expect(described.first).to_be_attached()
    lab.page.locator(f"{DRAWN} .mark-rect.role-mark path").first.hover(position={"x": 4, "y": 4})
    expect(lab.page.locator("#vg-tooltip-element")).to_contain_text(re.compile(r"2026-\d\d-\d\d · seedance-2.0"))
    (output,) = lab.save()["cells"][1]["outputs"]
    assert {"application/vnd.vegalite.v5+json", "image/png", "text/plain"} <= set(output["data"])
    assert "in CNY for" in "".join(output["data"]["text/plain"])
    assert samples.KEY not in str(output)
    elsewhere = [url for url in asked if urlsplit(url).hostname not in {"127.0.0.1", "localhost", None}]
    assert elsewhere == []
