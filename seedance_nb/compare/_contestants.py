"""Who competes: what the candidates of a comparison stand for, so that votes on many pairs add up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

from seedance_nb import media
from seedance_nb.compare._candidate import Candidate
from seedance_nb.content import Source
from seedance_nb.task import TaskRecord

_Says = Callable[[TaskRecord], object]

_KINDS: tuple[tuple[_Says, ...], ...] = (
    (lambda record: record.model,),
    (lambda record: record.model, lambda record: record.provider),
    (lambda record: record.model, lambda record: record.resolution),
    (lambda record: record.model, lambda record: record.ratio),
    (lambda record: record.model, lambda record: record.duration and f"{record.duration} s"),
)
"""What candidates may differ in, the likeliest first."""


def clip_id(candidate: Candidate) -> str:
    """What a vote calls a clip: our id of its task, or else the SHA-256 of the file.

    Raises:
        MediaError: There is neither a task nor a file that can be read.
    """
    if candidate.record is not None:
        return candidate.record.local_id
    assert candidate.path is not None
    return media.sha256(Source.of(candidate.path))


def contestants(candidates: Sequence[Candidate]) -> list[str]:
    """What each candidate stands for: its model, if that tells those of each group apart; else more; else its title.

    >>> from pathlib import Path
    >>> contestants([Candidate("a", Path("a.mp4")), Candidate("b", Path("b.mp4"))])
    ['a', 'b']
    """
    records = [candidate.record for candidate in candidates]
    if all(records):
        for says in _KINDS:
            names = [" · ".join(str(part) for say in says if (part := say(record))) for record in records if record]
            if _tells_apart(candidates, names):
                return names
    titles = [candidate.title for candidate in candidates]
    if _tells_apart(candidates, titles):
        return titles
    return [f"{title} ({place})" for place, title in enumerate(titles, 1)]


def pairs(candidates: Sequence[Candidate]) -> Iterator[tuple[int, int]]:
    """The places of every two candidates of one group that can be looked at."""
    for one, other in combinations(range(len(candidates)), 2):
        if candidates[one].group == candidates[other].group and _is_there(candidates[one], candidates[other]):
            yield one, other


def _is_there(*candidates: Candidate) -> bool:
    return all(candidate.path is not None and candidate.path.is_file() for candidate in candidates)


def _tells_apart(candidates: Iterable[Candidate], names: Sequence[str]) -> bool:
    marked = [(candidate.group, name) for candidate, name in zip(candidates, names, strict=True)]
    return len(set(marked)) == len(marked) and all(names)
