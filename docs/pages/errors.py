"""Every exception and every code of ours, with its cause and its mend, from the docstrings of `seedance_nb.errors`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from docs.pages.fields import attributes
from docs.pages.markdown import GENERATED, code, codes, table
from seedance_nb import errors as module
from seedance_nb.errors import SeedanceError

FAILURES: dict[str, tuple[str, str]] = {
    "NotSent": (
        "The notebook ended, or a file did not reach the provider, before the request was sent. Nothing is billed.",
        "Submit it again.",
    ),
    "Withdrawn": ("It was taken back before it was sent. Nothing is billed.", "Submit it again if you still want it."),
    "OutcomeUnknown": (
        "A create had no answer, and nothing that could be looked for tells what became of it. It may be billed.",
        "Look at the provider's console, then `task.settle(…)`. Do not submit it again before.",
    ),
    "NotCreated": ("You said that the provider has no such task. Nothing is billed.", "Submit it again."),
    "Cancelled": ("Cancelled while it was queued. Nothing is billed.", "Submit it again if you still want it."),
    "CancelledRunning": (
        "Cancelled while it was running. Whether what was done is billed is not published.",
        "Look at the provider's bill.",
    ),
    "NotKept": (
        "The clip is made and billed, and this disk refused it.",
        "Make room or allow writing, then `task.rescue()`; it costs nothing more.",
    ),
    "TaskGone": (
        "The provider denied the task three times in a row, or its clip. If it had succeeded, it was billed.",
        "`task.rescue()` once more, then look at the provider's bill.",
    ),
}
"""Each `task.error.code` that is ours and not the provider's: what it means, and what to do."""

_INTRODUCTION = """\
# Errors

{generated}

Every exception of the package says what happened, to which task, what it means for the work and the bill, and what to
do next. None contains a key, the query of a signed address or base64. All of them are in `seedance_nb.errors` and
come from `SeedanceError`:

```python
import seedance_nb as sd

studio = sd.Studio("sandbox", budget="1 CNY/session")
try:
    studio.submit(sd.Request("A cat yawns", duration=15))
except sd.errors.BudgetError as refused:
    print(refused)  # nothing was sent, nothing was written
```

What `check` finds before anything is sent has [codes of its own](checks.md). What can go wrong on the way, and how it
ends, is told in [what goes wrong](faults.md).

## The tree

```text
{tree}
```

## Codes in `task.error`

`task.error.code` is the provider's own code, verbatim, the name of an exception below, or one of ours:

{failures}
"""


def page() -> str:
    """The page, in Markdown.

    Raises:
        ValueError: An exception says what happened and not what to do.
    """
    tree = inspect.cleandoc(module.__doc__ or "").partition("```text\n")[2].partition("\n```")[0]
    failures = table(("code", "what it means", "what to do"), ((code(one), *said) for one, said in FAILURES.items()))
    introduction = _INTRODUCTION.format(generated=GENERATED, tree=tree, failures=failures)
    return "\n".join([introduction, *(_exception(cls) for cls in _down(SeedanceError))])


def _down(cls: type[SeedanceError]) -> Iterator[type[SeedanceError]]:
    """An exception and all below it, in the order of the file."""
    yield cls
    for below in cls.__subclasses__():
        if below.__module__ == module.__name__:
            yield from _down(below)


def _exception(cls: type[SeedanceError]) -> str:
    what, _, mend = inspect.cleandoc(cls.__doc__ or "").partition("\n\n")
    if not mend:
        raise ValueError(f"{cls.__name__} does not say what to do.")
    also = [base.__name__ for base in cls.__mro__[1:] if base.__module__ == "builtins"]
    also = also[: also.index("Exception")]
    lines = [f"## `{cls.__name__}`", "", what, "", f"**What to do.** {' '.join(mend.split())}", ""]
    if cls is not SeedanceError:
        lines[4:4] = [f"A `{cls.__bases__[0].__name__}`{f', also a {codes(also)}' if also else ''}.", ""]
    carried = attributes(cls)
    if carried:
        lines.append(table(("attribute", "meaning"), ((code(name), text or "–") for name, text in carried.items())))
    return "\n".join(lines)
