"""What a batch is before anything of it is written: every row checked, priced and made ready to send."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from seedance_nb.batch._total import added, amounts
from seedance_nb.engine import owner, preparing
from seedance_nb.engine.preparing import Prepared, Preparer
from seedance_nb.errors import InvalidRequestError, SeedanceError
from seedance_nb.money import Money
from seedance_nb.providers import Provider
from seedance_nb.request import Problem, Request
from seedance_nb.rows import Given, Trouble, read, sentences
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.words import Joined, Number, Plural, Said, Sentence, Word

LINES = 40
"""So many different sentences about what is wrong are told; the exception's `problems` has all."""
ENDED_FREE = frozenset({TaskStatus.REJECTED, TaskStatus.FAILED, TaskStatus.EXPIRED, TaskStatus.CANCELLED})
"""Nothing is billed for a task that ended so: asking for the same again is no second payment."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Requests that may be sent, in order, and what should be said of them."""

    prepared: list[Prepared]
    warnings: list[str]


def plan(given: Given, preparer: Preparer, provider: Provider, *, allow: Collection[str]) -> Plan:
    """Check, price and prepare every row; nothing is written.

    Raises:
        InvalidRequestError: There are no rows, or some are wrong: each of them is named, with all that is wrong.
    """
    requests, troubles = read(given)
    if not requests:
        raise InvalidRequestError("The batch has no rows. Nothing was sent and nothing was written.")
    problems: list[Problem] = []
    said: list[Trouble] = []
    prepared: list[Prepared] = []
    for row, request in enumerate(requests):
        if request is None:
            continue
        found = preparer.problems(request)
        refused = preparing.errors(found, allow=allow)
        problems += refused
        troubles += [Trouble(row, str(problem)) for problem in refused]
        if refused:
            continue
        said += [Trouble(row, str(problem)) for problem in found if problem.code not in allow]
        ready = _ready(request, preparer, provider)
        if isinstance(ready, SeedanceError):
            troubles.append(Trouble(row, str(ready)))
            continue
        one, unpriced = ready
        said += [Trouble(row, unpriced)] if unpriced else []
        prepared.append(one)
    if troubles:
        raise _refusal(troubles, problems, len(requests))
    return Plan(prepared, _cut(sentences(said)))


def _ready(request: Request, preparer: Preparer, provider: Provider) -> tuple[Prepared, str] | SeedanceError:
    """The request made ready, and why it has no price; or what stood in the way, which only `allow` can let through."""
    try:
        quote, unpriced = preparing.quote_or_why(request, provider.id)
        return preparer.prepare(request, quote=quote), unpriced
    except SeedanceError as exc:
        return exc


def _refusal(troubles: Sequence[Trouble], problems: Sequence[Problem], total: int) -> InvalidRequestError:
    ordered = sorted(troubles, key=lambda trouble: -1 if trouble.row is None else trouble.row)
    wrong = len({trouble.row for trouble in ordered})
    lines = "\n".join(f"  • {line}" for line in _cut(sentences(ordered)))
    return InvalidRequestError(
        f"{wrong:,} of {total:,} rows {'has' if wrong == 1 else 'have'} problems; nothing was sent and nothing was "
        f"written. Rows are counted from 0.\n{lines}",
        problems=problems,
    )


def _cut(lines: list[str]) -> list[str]:
    if len(lines) <= LINES:
        return lines
    return [*lines[:LINES], f"… and {len(lines) - LINES:,} more of other kinds; mend these first."]


# -- what is in the ledger already --


def held(
    prepared: Sequence[Prepared],
    found: Mapping[str, Sequence[TaskRecord]],
    *,
    is_alive: Callable[[str], bool] = owner.is_alive,
) -> list[TaskRecord | None]:
    """For each request the task of the ledger that was made for it before, each task once; None: it has to be sent.

    A task that ended free does not count, nor does one whose notebook ended before it was sent. One of unknown outcome
    does: it may exist, and be billed.

    Args:
        prepared: The requests, in order.
        found: The ledger's tasks by `asked_sha256`.
        is_alive: Whether the process that wrote an intent still runs.
    """
    is_alive = functools.cache(is_alive)
    waiting: dict[tuple[str, str, bool], list[TaskRecord]] = {}
    for sha, records in found.items():
        # Taken from the end: kept ones first, and of those the newest.
        for record in sorted(records, key=lambda record: (record.status is TaskStatus.KEPT, record.created_at)):
            if not is_free(record, is_alive):
                waiting.setdefault((sha, record.provider, record.is_sandbox), []).append(record)
    matched: list[TaskRecord | None] = []
    for one in prepared:
        asked = one.record
        stack = waiting.get((asked.asked_sha256, asked.provider, asked.is_sandbox))
        matched.append(stack.pop() if stack else None)
    return matched


def is_free(record: TaskRecord, is_alive: Callable[[str], bool] = owner.is_alive) -> bool:
    """Whether asking for the same again is no second payment: it ended free, or was never sent and never will be."""
    return record.status in ENDED_FREE or (record.status is TaskStatus.INTENT and not is_alive(record.owner))


def held_sentence(records: Sequence[TaskRecord], sending: int, left_out: int = 0) -> Said:
    """What to say of requests that are not sent again."""
    count, total = len(records), len(records) + sending + left_out
    sent: Said = Word("nothing is sent")
    if sending:
        sent = Plural("only {count} is sent", "only {count} are sent", sending)
    said: Said = Plural(
        "{held} of {count} request is in the ledger already ({kinds}); {sent}. To pay for all again: "
        "submit_many(..., again=True).",
        "{held} of {count} requests are in the ledger already ({kinds}); {sent}. To pay for all again: "
        "submit_many(..., again=True).",
        total,
        held=Number(count),
        kinds=Joined(_kinds(records), Word(", ", "between the entries of a list")),
        sent=sent,
    )
    unknown = sum(record.status is TaskStatus.UNKNOWN for record in records)
    if unknown:
        said = Sentence("{first} {second}", first=said, second=_unknown(unknown))
    return said


def _unknown(count: int) -> Said:
    what = Plural(
        "{count} of them is unknown: no answer says whether a task was created, and it may be billed.",
        "{count} of them are unknown: no answer says whether a task was created, and it may be billed.",
        count,
    )
    todo = Word(
        "batch.failures() says when each was sent and with which seed: look for it in the provider's console and say "
        "what you found with task.settle(task_id), or task.settle(None) if it is not there."
    )
    return Sentence("{first} {second}", first=what, second=todo)


def _kinds(records: Sequence[TaskRecord]) -> list[Said]:
    kept = sum(record.status is TaskStatus.KEPT for record in records)
    lost = sum(record.status is TaskStatus.LOST for record in records)
    unknown = sum(record.status is TaskStatus.UNKNOWN for record in records)
    counts = (
        (kept, Word("kept")),
        (len(records) - kept - lost - unknown, Word("under way")),
        (lost, Word("lost")),
        (unknown, Word("unknown")),
    )
    said = [Sentence("{count} {status}", count=Number(number), status=word) for number, word in counts if number]
    return [*said, *_paid(records)]


def _paid(records: Sequence[TaskRecord]) -> list[Said]:
    sums: dict[str, Money] = {}
    days = set()
    for record in records:
        if record.cost is not None:
            added(sums, record.cost)
            days.add((record.finished_at or record.updated_at).date().isoformat())
    if not sums:
        return []
    when: Said = Sentence("on {day}", day=min(days))
    if len(days) > 1:
        when = Sentence("from {first} to {last}", first=min(days), last=max(days))
    if records[0].is_sandbox:
        return [Sentence("{sums} on the sandbox, not billed {when}", sums=amounts(sums), when=when)]
    return [Sentence("{sums} paid {when}", sums=amounts(sums), when=when)]
