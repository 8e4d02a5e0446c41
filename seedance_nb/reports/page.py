"""A small HTML page that shows clips beside each other, to open from disk.

One row a prompt, one column a clip. No network, no kernel: the clips are linked by relative path,
so that page and clips move together.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from seedance_nb.task import TaskRecord

_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent);
  --soft: color-mix(in srgb, currentColor 66%, transparent); }
body { font: 15px/1.55 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  max-width: 1240px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; font-weight: 600; margin: 2.25rem 0 .75rem; overflow-wrap: anywhere; }
p { margin: .25rem 0; color: var(--soft); }
.row { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1.25rem; }
figure { margin: 0; }
video { width: 100%; border-radius: 8px; background: #0003; display: block; }
figcaption { display: grid; grid-template-columns: max-content 1fr; gap: 0 .9rem; margin-top: .6rem; }
figcaption strong { grid-column: 1 / -1; }
dt, dd { margin: 0; } dt { color: var(--soft); } dd { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
button { font: inherit; padding: .3rem .8rem; border-radius: 6px; border: 1px solid var(--line);
  background: transparent; color: inherit; cursor: pointer; margin-top: .6rem; }
button:focus-visible { outline: 2px solid Highlight; outline-offset: 2px; }
"""

_SCRIPT = """
for (const section of document.querySelectorAll("section")) {
  const clips = [...section.querySelectorAll("video")];
  const button = section.querySelector("button");
  button.addEventListener("click", () => {
    const playing = clips.some((clip) => !clip.paused);
    for (const clip of clips) {
      if (playing) clip.pause();
      else { clip.currentTime = 0; clip.play(); }
    }
    button.textContent = playing ? "Play together" : "Pause";
  });
}
"""


def side_by_side(records: Sequence[TaskRecord], path: Path, *, title: str = "Side by side") -> Path:
    """Write a page with the kept clips of some tasks, those of one prompt in one row.

    Args:
        records: The tasks; ones without a kept clip are said to have none.
        path: Where the page goes.
        title: Its heading.

    Returns:
        The path of the page.
    """
    rows: dict[str, list[TaskRecord]] = {}
    for record in records:
        rows.setdefault(record.prompt, []).append(record)
    sections = "\n".join(_section(prompt, row, path.parent) for prompt, row in rows.items())
    sandbox = "<p>Made on the sandbox: the clips are real files, the costs are what a provider would have billed. "
    note = f"{sandbox}Nothing was billed.</p>" if any(record.is_sandbox for record in records) else ""
    html = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n{note}\n{sections}\n<script>{_SCRIPT}</script>\n</body>\n</html>\n"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, "utf-8")
    return path


def _section(prompt: str, records: Sequence[TaskRecord], folder: Path) -> str:
    figures = "\n".join(_figure(record, folder) for record in records)
    return (
        f"<section>\n<h2>{escape(prompt)}</h2>\n"
        f'<div class="row">\n{figures}\n</div>\n<button type="button">Play together</button>\n</section>'
    )


def _figure(record: TaskRecord, folder: Path) -> str:
    clip, poster = record.artifact("clip"), record.artifact("poster")
    shown = f"<p>{escape(record.failure.message if record.failure else 'There is no clip.')}</p>"
    if clip is not None and clip.path is not None:
        picture = f' poster="{_link(poster.path, folder)}"' if poster and poster.path else ""
        label = escape(f"Clip of {record.model}", quote=True)
        shown = (
            f'<video controls loop muted playsinline preload="none"{picture} aria-label="{label}" '
            f'src="{_link(clip.path, folder)}"></video>'
        )
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in _facts(record))
    return f"<figure>{shown}<figcaption><strong>{escape(record.model)}</strong>{facts}</figcaption></figure>"


def _facts(record: TaskRecord) -> list[tuple[str, str]]:
    facts = []
    if record.cost is not None:
        facts.append(("would cost" if record.is_sandbox else "cost", str(record.cost)))
    if record.usage is not None:
        facts.append(("tokens", f"{record.usage.completion_tokens:,}"))
    clip = record.artifact("clip")
    if clip is not None and clip.width and clip.height:
        facts.append(("size", f"{clip.width} × {clip.height}, {record.duration} s"))
    if record.submitted_at and record.finished_at:
        facts.append(("made in", f"{(record.finished_at - record.submitted_at).total_seconds():.0f} s"))
    facts.append(("seed", str(record.seed)))
    facts.append(("task", record.task_id or record.local_id))
    return facts


def _link(path: Path, folder: Path) -> str:
    try:
        relative = os.path.relpath(path, folder)
    except ValueError:  # another drive
        return path.as_uri()
    return quote(Path(relative).as_posix())
