"""The ledger's table with 100,000 rows in Chromium, against the same rows as pandas HTML and as a client-side table.

What is measured: bytes that reach the page, time to the first rows, frames while somebody scrolls through all of it,
the longest task of the page's thread, and how long a filter takes to answer. The page speaks to the widget over a pipe
of Playwright's in the place of Jupyter's. Needs Chromium, as the browser tests do; itables (an extra download) only for
its column.

    python -m benchmarks.ledger_table [--tasks 100000]
"""

from __future__ import annotations

import argparse
import base64
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.big_ledger import make
from seedance_nb.ledger import Ledger
from seedance_nb.reports import LedgerView
from seedance_nb.widgets.ledger_table import LedgerTable
from tests.browser.conftest import CHROMIUM_ARGS, find_chromium

if TYPE_CHECKING:
    import pandas as pd

PATIENCE_MS = 600_000
SCROLL_S = 5
ROW = "[role=row][data-index]:not([data-waits])"

_HOST = """
var heard = new Map();
var state = STATE;
window.bytes = 0;
window.model = {
  get: (name) => state[name],
  set: (name, value) => { state[name] = value; },
  save_changes() {},
  on: (name, hear) => heard.set(name, [...(heard.get(name) ?? []), hear]),
  off: (name, hear) => heard.set(name, (heard.get(name) ?? []).filter((one) => one !== hear)),
  async send(message) { await window.kernel(JSON.stringify(message)); },
};
window.news = (text) => {
  window.bytes += text.length;
  const { changes, content, buffers } = JSON.parse(text);
  Object.assign(state, changes);
  for (const name of Object.keys(changes)) for (const hear of heard.get(`change:${name}`) ?? []) hear();
  if (!content) return;
  const views = buffers.map((one) => new DataView(Uint8Array.from(atob(one), (c) => c.charCodeAt(0)).buffer));
  for (const hear of heard.get("msg:custom") ?? []) hear(content, views);
};
"""
_SCROLL = """async ([selector, seconds]) => {
  const node = selector ? document.querySelector(selector) : document.scrollingElement;
  const tasks = [];
  const watch = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => one.duration)));
  watch.observe({ type: "longtask" });
  const frames = [], begin = performance.now();
  await new Promise((done) => {
    let last = begin;
    const step = (now) => {
      frames.push(now - last);
      last = now;
      node.scrollTop = ((now - begin) / (seconds * 1000)) * (node.scrollHeight - node.clientHeight);
      if (now - begin < seconds * 1000) requestAnimationFrame(step);
      else setTimeout(done, 200);
    };
    requestAnimationFrame(step);
  });
  watch.disconnect();
  return { frames, longest: Math.max(0, ...tasks) };
}"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    count = parser.parse_args().tasks
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        address = str(Path(name) / "ledger.sqlite3")
        make(address, Path(name), count)
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)
        with Ledger.open(address, home=Path(name)) as ledger:
            frame = LedgerView(ledger).frame()[
                ["status", "prompt", "model", "provider", "cost", "project", "created_at"]
            ]
            ours = _ours(chromium, ledger, count)
            print(f"{count:,} tasks; late frames: over 50 ms, in {SCROLL_S} s of scrolling from end to end")
            _print("the ledger's table", ours, ours)
            _print("pandas to_html", _page(chromium, lambda: f"<body>{frame.to_html()}</body>", "tbody tr", ""), ours)
            try:
                html = _itables(frame.astype(str))
            except ModuleNotFoundError:
                print("itables is not installed: its line is left out")
            else:
                _print(
                    "itables, all rows",
                    _page(chromium, html, ".dt-container tbody tr td", "", ".dt-search input"),
                    ours,
                )
        chromium.close()


def _ours(chromium: Browser, ledger: Ledger, count: int) -> dict[str, float]:
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    queue: list[str] = []
    begin = time.monotonic()
    table = LedgerTable(ledger)
    made = time.monotonic() - begin

    def tell(content: Any = None, buffers: Any = None, **changes: Any) -> None:
        shown = [base64.b64encode(one).decode() for one in buffers or []]
        queue.append(json.dumps({"changes": changes, "content": content, "buffers": shown}, default=str))

    table.send = tell  # type: ignore[method-assign]
    table.observe(lambda change: tell(**{change["name"]: change["new"]}), ["query", "sums", "size", "undo"])

    def hear(message: str) -> None:
        table._handle_msg({"content": {"data": {"method": "custom", "content": json.loads(message)}}, "buffers": []})

    page.expose_function("kernel", hear)
    names = ("view", "query", "size", "sums", "undo", "error", "composer", "places")
    state = {name: getattr(table, name) for name in names}
    page.set_content(f"<style>{table._css}</style><div id='here'></div>")
    page.add_script_tag(content=_HOST.replace("STATE", json.dumps(state)))
    module = "data:text/javascript;base64," + base64.b64encode(str(table._esm).encode()).decode()

    def pump(until: Callable[[], Any]) -> None:
        end = time.monotonic() + PATIENCE_MS / 1000
        while not until() and time.monotonic() < end:
            while queue:
                page.evaluate("(text) => window.news(text)", queue.pop(0))
            page.wait_for_timeout(2)

    start = time.monotonic()
    page.evaluate(
        "async (url) => { (await import(url)).default.render({ model, el: document.querySelector('#here') }); }", module
    )
    pump(lambda: page.locator(ROW).count() > 5)
    paint = made + time.monotonic() - start
    sent = len(json.dumps(state)) + len(table._esm) + len(table._css) + page.evaluate("() => window.bytes")

    page.evaluate(
        f"(args) => {{ window.scrolled = ({_SCROLL})(args).then((r) => (window.result = r)); }}",
        [".sdnb-ledger-table__grid", SCROLL_S],
    )
    pump(lambda: page.evaluate("() => window.result"))
    scrolled = page.evaluate("() => window.result")
    start = time.monotonic()
    pump(lambda: page.locator(ROW).count() > 3)
    settled = time.monotonic() - start

    answers = []
    for text in ("take 7", "take 39", "take 2", "take 18"):
        before = table.size["version"]
        start = time.monotonic()
        page.evaluate("(text) => model.send({ kind: 'query', id: 'q', query: { text } })", text)
        waits = page.locator(f"{ROW[: ROW.index(':')]}[data-waits]")
        pump(
            lambda: (
                table.size["version"] != before  # noqa: B023
                and not queue
                and page.locator(ROW).count() > 0
                and waits.count() == 0  # noqa: B023
            )
        )
        answers.append(time.monotonic() - start)
    table.close()
    page.close()
    return {
        "bytes": sent,
        "paint": paint,
        "filter": statistics.median(answers),
        "settled": settled,
        **_frames(scrolled),
    }


def _itables(frame: pd.DataFrame) -> Callable[[], str]:
    """The same rows by itables as it is usually used: all of them in the page, ten at a time on the screen."""
    import itables
    from itables.javascript import generate_init_offline_itables_html

    bundle = Path(itables.__file__).parent / "html" / "dt_bundle.js"

    def html() -> str:
        begin = generate_init_offline_itables_html(bundle)
        return f"<body>{begin}{itables.to_html_datatable(frame, connected=False, maxBytes=0)}</body>"

    return html


def _page(chromium: Browser, html: Callable[[], str], row: str, scroller: str, search: str = "") -> dict[str, float]:
    begin = time.monotonic()
    text = html()
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    page.set_content(text, timeout=PATIENCE_MS, wait_until="commit")
    page.locator(row).first.wait_for()
    paint = time.monotonic() - begin
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    found = {"bytes": len(text.encode()), "paint": max(paint, time.monotonic() - begin)}
    if search:
        answers = []
        for asked in ("take 7", "take 39", "take 2", "take 18"):
            start = time.monotonic()
            page.locator(search).fill(asked)
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            answers.append(time.monotonic() - start)
        found["filter"] = statistics.median(answers)
    else:
        found |= _frames(page.evaluate(_SCROLL, [scroller, SCROLL_S]))
    page.close()
    return found


def _frames(scrolled: dict[str, Any]) -> dict[str, float]:
    frames = scrolled["frames"][1:]
    late = sum(one > 50 for one in frames)
    return {"longest": scrolled["longest"], "late": late / max(1, len(frames)), "frames": len(frames)}


def _print(name: str, found: dict[str, float], ours: dict[str, float]) -> None:
    line = f"{name:20}{found['bytes'] / 1e6:8.2f} MB ({found['bytes'] / ours['bytes']:5.1f}×)"
    line += f"  first rows {found['paint'] * 1000:7.0f} ms ({found['paint'] / ours['paint']:4.1f}×)"
    if "frames" in found:
        line += f"  longest task {found['longest']:5.0f} ms, late frames {found['late'] * 100:3.0f} %"
    if "filter" in found:
        line += f"  filter {found['filter'] * 1000:5.0f} ms ({found['filter'] / ours['filter']:4.1f}×)"
    print(line)


if __name__ == "__main__":
    main()
