"""Every code that `check` can give, with a real problem of it: what is said, by which rule, and how it is mended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from docs.pages.markdown import GENERATED, code, linked, plain
from seedance_nb.catalog import CODES
from seedance_nb.request import Problem
from tests.unit.check_samples import CASES, provoked

_INTRODUCTION = f"""\
# Checks

{GENERATED}

`check` holds a request against everything about a provider that can be known before anything is sent; files are
opened to see what they are. An empty list means that nothing stands in the way. `submit` refuses a request with
errors; a warning is said once and does not keep it back.

```python
import seedance_nb as sd

request = sd.Request("The cat yawns", duration=20)
[problem] = sd.check(request, "ark")
problem.code  # 'duration.range'
problem.where  # 'duration'
problem.what  # what is wrong, with the values
problem.why  # the rule, where it was read and when
problem.fix  # what to do about it
problem.said("zh").fix  # the same in Chinese
```

Where you know better than the catalog, say so with the code: `studio.submit(request, allow={{"role.inferred"}})`.
Codes are never renamed.

Below stands each code with what it means, and one problem of its kind as `check` says it. The same rule has other
numbers at other [providers](providers.md); a problem always names its own source.
"""
_GROUPS = {
    "model": "The model",
    "content": "The content as a whole",
    "role": "Roles",
    "frames": "First and last frame",
    "source": "Where media come from",
    "media": "The media themselves",
    "body": "The request as a whole",
    "prompt": "The prompt",
    "resolution": "Parameters",
}
"""Headings, by how the first code below them begins."""
_FILES = {"image": "picture.png", "video": "clip.mp4", "audio": "sound.wav"}
_UNNAMED = re.compile(r"(?<=^')[\d,]+ bytes(?=')")


def page() -> str:
    """The page, in Markdown.

    Raises:
        KeyError: A code has no request that provokes it.
    """
    found = {}
    for name, made in CASES:
        found.setdefault(name, next(one for one in provoked(made) if one.code == name))
    parts, open_groups = [_INTRODUCTION], dict(_GROUPS)
    for name, meaning in CODES.items():
        heading = open_groups.pop(name.partition(".")[0], "")
        if heading:
            parts.append(f"## {heading}\n")
        parts += _code(name, meaning, found[name])
    return "\n".join(parts)


def _code(name: str, meaning: str, problem: Problem) -> Iterator[str]:
    # How many bytes a codec makes of a sample, and where this runs, are no facts.
    what = _UNNAMED.sub(_FILES.get(problem.where.partition(" ")[0], ""), problem.what)
    what = what.replace(str(Path.cwd()), "/home/ana/notebooks")
    yield f"### {code(name)}\n"
    yield f"{meaning}\n"
    yield f"- Said of {code(problem.where)}: {plain(what)}"
    yield f"- Rule: {linked(problem.why)}"
    yield f"- What to do: {plain(problem.fix)}\n"
