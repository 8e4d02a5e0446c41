"""The life of a task: a picture and a table, made from the one table of steps, `MAY_FOLLOW`.

Each status has a place in the picture and each step a line. A step without a line is an error, so that the picture
cannot lag behind the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from docs.pages.fields import meanings
from docs.pages.markdown import GENERATED, code, codes, table
from seedance_nb.task import MAY_FOLLOW, TaskStatus

S = TaskStatus
Step = tuple[TaskStatus, TaskStatus]

WIDTH, HEIGHT = 966, 440
BOX = (112, 40)

PLACES: dict[TaskStatus, tuple[int, int]] = {
    S.REJECTED: (236, 40),
    S.LOST: (736, 40),
    S.INTENT: (70, 150),
    S.SUBMITTING: (236, 150),
    S.QUEUED: (420, 150),
    S.RUNNING: (560, 150),
    S.SUCCEEDED: (736, 150),
    S.KEPT: (896, 150),
    S.UNKNOWN: (236, 260),
    S.FAILED: (390, 370),
    S.CANCELLED: (530, 370),
    S.EXPIRED: (670, 370),
}
"""The middle of each status's box."""

LINES: dict[Step, str] = {
    (S.INTENT, S.SUBMITTING): "M126 143H180",
    (S.SUBMITTING, S.INTENT): "M180 157H126",
    (S.INTENT, S.FAILED): "M70 170V367Q70 377 80 377H334",
    (S.INTENT, S.CANCELLED): "M40 170V412Q40 422 50 422H520Q530 422 530 412V390",
    (S.SUBMITTING, S.REJECTED): "M236 130V60",
    (S.SUBMITTING, S.UNKNOWN): "M236 170V240",
    (S.SUBMITTING, S.QUEUED): "M292 150H364",
    (S.SUBMITTING, S.FAILED): "M280 170C345 210 362 270 372 350",
    (S.UNKNOWN, S.QUEUED): "M292 260C380 258 420 236 420 170",
    (S.UNKNOWN, S.FAILED): "M236 280C236 340 270 363 334 363",
    (S.QUEUED, S.RUNNING): "M476 150H504",
    (S.SUCCEEDED, S.KEPT): "M792 143H840",
    (S.KEPT, S.SUCCEEDED): "M840 157H792",
    (S.SUCCEEDED, S.LOST): "M729 130V60",
    (S.LOST, S.SUCCEEDED): "M743 60V130",
}
"""The steps that have a line of their own."""

AT_PROVIDER = (S.QUEUED, S.RUNNING)
"""They stand in one frame, and what may follow both has a line from the frame."""
FRAME = (350, 112, 280, 76)
FROM_FRAME: dict[TaskStatus, str] = {
    S.SUCCEEDED: "M630 150H680",
    S.LOST: "M590 112C600 60 640 40 680 40",
    S.FAILED: "M400 188V350",
    S.CANCELLED: "M530 188V350",
    S.EXPIRED: "M600 188C640 240 670 290 670 350",
}

_TEXT = """\
# The life of a task

{generated}

A request becomes a task when its intent is written down, and stays one until nothing more will happen. Every step in
between is written to the ledger before anything else depends on it; a step that is not in this picture is refused
there.

![{alt}](images/life.svg)

{table}
A status may always follow itself: that is a word said again. A status that no page of a provider documents is no
status here: the task stays what it was, and what was said is kept in its events.

## Rules that hold in every status

- **The intent comes first.** Request, price and reservation are on disk before anything is sent.
- **A create is sent once.** No provider has an idempotency key. After the first byte has left, only an answer which
  says that nothing was created lets it be sent again. Without one the task is `unknown`.
- **`unknown` is settled, not guessed.** Where the provider has a list, the task is looked for there by the seed that
  was drawn for it. Else you look at the provider's console and say what you saw: `task.settle("its id")`, or
  `task.settle(None)`.
- **To stop waiting does not stop the task.** `wait` that runs out of time, an interrupted cell and a closed notebook
  leave the task as it is; `studio.tasks()` goes on with it, also in another kernel.
- **A clip is fetched when it is ready.** At Ark its address lives for 24 hours, the record for 7 days.
  `task.rescue()` fetches it again within that time, and costs nothing.

```python
import seedance_nb as sd

studio = sd.Studio("sandbox")
request = sd.Request("A cat yawns", model="seedance-2.0-fast", resolution="480p", duration=4)
task = studio.submit(request)
task.status in {{"intent", "submitting", "queued"}}  # whatever it is by now
task.wait(300)
assert task.status == "kept" and task.status.is_terminal
studio.ledger.events(task)[["at", "status"]]  # each step, and when it was taken
```

What can go wrong on each of these ways, and what it means for the bill, is told in [what goes wrong](faults.md). The
exceptions that `wait` and `await` raise are in [errors](errors.md).
"""


def steps() -> list[Step]:
    """Every step from one status to another, in the order of the table."""
    return [(before, after) for before in S for after in S if after in MAY_FOLLOW[before]]


def drawn() -> set[Step]:
    """The steps that the picture shows."""
    return {*LINES, *((before, after) for before in AT_PROVIDER for after in FROM_FRAME)}


def page() -> str:
    """The page, in Markdown.

    Raises:
        KeyError: A status says nothing about itself.
    """
    said = meanings(S)
    rows = (
        (code(status), said[status.name], codes(_followers(status)) if MAY_FOLLOW[status] else "nothing")
        for status in S
    )
    return _TEXT.format(
        generated=GENERATED,
        alt=alternative(),
        table=table(("status", "what it means", "what may follow"), rows),
    )


def alternative() -> str:
    """The picture in words."""
    return "From each status to those that may follow it. " + " ".join(
        f"{status}: {', '.join(_followers(status))}." for status in S if MAY_FOLLOW[status]
    )


def picture() -> str:
    """The picture, as SVG.

    Raises:
        ValueError: A step has no line, or a line no step.
    """
    if drawn() != set(steps()):
        raise ValueError(f"The picture and MAY_FOLLOW differ in {sorted(drawn() ^ set(steps()))}.")
    x, y, width, height = FRAME
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{alternative()}</title>",
            f"<style>{_STYLE}</style>",
            '<marker id="life-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            '<path class="life-head" d="M0 0L8 4L0 8Z"/></marker>',
            f'<rect class="life-ground" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
            f'<rect class="life-frame" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>',
            f'<text class="life-note" x="{x + 84}" y="{y - 12}">at the provider</text>',
            *_lines([*LINES.values(), *FROM_FRAME.values()]),
            *(box for status in S for box in _box(status)),
            "</svg>\n",
        ]
    )


_STYLE = """
.life-ground { fill: #fff }
.life-box { fill: #fff; stroke: #57606a; stroke-width: 1.5 }
.life-over { stroke-width: 3 }
.life-frame { fill: none; stroke: #57606a; stroke-dasharray: 4 4 }
.life-step { fill: none; stroke: #57606a; stroke-width: 1.5; marker-end: url(#life-head) }
.life-head { fill: #57606a }
.life-text, .life-note { fill: #1f2328; font: 15px system-ui, sans-serif; text-anchor: middle;
  dominant-baseline: central }
.life-note { fill: #57606a; font-size: 13px }
"""


def _followers(status: TaskStatus) -> Iterable[TaskStatus]:
    return [after for after in S if after in MAY_FOLLOW[status]]


def _lines(paths: Iterable[str]) -> Iterator[str]:
    return (f'<path class="life-step" d="{path}"/>' for path in paths)


def _box(status: TaskStatus) -> Iterator[str]:
    x, y = PLACES[status]
    width, height = BOX
    over = " life-over" if status.is_terminal else ""
    yield (
        f'<rect class="life-box{over}" x="{x - width // 2}" y="{y - height // 2}" '
        f'width="{width}" height="{height}" rx="6"/>'
    )
    yield f'<text class="life-text" x="{x}" y="{y}">{status}</text>'
