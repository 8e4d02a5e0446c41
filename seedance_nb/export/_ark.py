"""Ark, and BytePlus with it, in code that stands on its own."""

from __future__ import annotations

from seedance_nb.export._dialect import Dialect
from seedance_nb.providers import ark

DIALECT = Dialect(
    encode=ark.encode,
    create_path=ark.TASKS,
    task_path=ark.TASKS,
    succeeded=("succeeded",),
    ended=("cancelled", "expired", "failed"),
    poll_interval=ark.Ark.poll_interval,
    has_sdk=True,
    python_clip="""\
content = task.get("content") or {}
clip, last_frame = content.get("video_url"), content.get("last_frame_url")
""",
    shell_look="""\
content = said.get("content") or {}
found = [said.get("id"), said.get("status"), content.get("video_url"), content.get("last_frame_url")]
found += [said.get("usage"), said.get("error")]
""",
)
