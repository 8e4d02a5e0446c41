"""What the sandbox does to a task over time, as values.

A `Scenario` says how long a task takes, how it ends, and which faults strike on the way. It is
frozen: to change what happens, set another one (`sandbox.scenario = …`), also while tasks run. A task keeps the times
and the end that were in force when it was created; faults, limits and caps follow the scenario of the moment.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from statistics import NormalDist
from typing import Any, Literal, cast, get_args

from seedance_nb.errors import ConfigurationError

Operation = Literal["create", "get", "list", "delete", "download", "upload", "cancel", "*"]
End = Literal["succeeded", "failed", "expired"]
FaultKind = Literal[
    "unauthorized",
    "overdue",
    "rate_limit",
    "quota",
    "server_error",
    "moderation",
    "not_found",
    "error",
    "hang",
    "drop",
    "reset",
    "malformed",
    "truncated",
    "unknown_status",
    "spelling",
    "expired",
    "stall",
    "delay",
]

SECONDS_A_DAY = 86_400
SPELLINGS = ("openapi", "american", "skill", "array", "object")
"""How EachLabs also writes, by one or another of its pages: `openapi` says `failed`, `american` also `canceled`;
`skill` has errors as `{"status", "message", "details"}`; `array` and `object` wrap the output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _FaultFields:
    on: Operation = "create"
    """The operation it strikes: create, get, list, delete, download (others in other dialects), `"*"` for each."""
    times: int | None = 1
    """How many requests it strikes; `None` for every one until the scenario changes."""
    after: int = 0
    """How many requests of that operation pass unharmed first."""
    retry_after: float | None = None
    """Seconds for a `Retry-After` header. `None`: no such header, as on Ark."""
    seconds: float = 2.0
    """How long `delay` waits, in real seconds."""
    status: int | None = None
    """Another HTTP status than the usual one of this kind; needed by `error`."""
    code: str = ""
    """Another error code than the usual one of this kind."""
    message: str = ""
    """Another text than the usual one of this code."""
    word: str = "archiving"
    """The status word of `unknown_status`; the spelling of `spelling`, and of a refusal by EachLabs."""


@dataclass(frozen=True, slots=True)
class Fault(_FaultFields):
    """Something that goes wrong with one operation, a counted number of times.

    | kind | what happens |
    | --- | --- |
    | `unauthorized` | 401 |
    | `overdue` | 403, the account owes money; 402 elsewhere than at Ark |
    | `rate_limit` | 429, with `Retry-After` if `retry_after` is given |
    | `quota` | 429, too many tasks are queued |
    | `server_error` | 500; nothing was done |
    | `moderation` | 400 at submit; `code` chooses which moderation |
    | `not_found` | 404, also for a task that is there |
    | `error` | any `status`, `code` and `message` |
    | `hang` | no answer; the request is not acted on |
    | `drop` | the connection closes at once; nothing was done |
    | `reset` | the work is done, then the connection closes without an answer |
    | `malformed` | the work is done; the answer is 200 and no JSON (a download: not the clip) |
    | `truncated` | the work is done; half of the answer arrives (a download: the connection closes half-way) |
    | `unknown_status` | get and list: a status word nobody has documented |
    | `spelling` | EachLabs: one of its other documented spellings, `word` of `SPELLINGS` |
    | `expired` | download: 403, as if the URL had died |
    | `stall` | download: half of the clip, then silence |
    | `delay` | the answer comes `seconds` late |
    """

    kind: FaultKind

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise ConfigurationError(f"kind={self.kind!r} is no fault; there are {', '.join(get_args(FaultKind))}.")
        if self.on not in get_args(Operation):
            raise ConfigurationError(f"on={self.on!r} is no operation; there are {', '.join(get_args(Operation))}.")
        if self.times is not None and self.times < 1:
            raise ConfigurationError(f"times={self.times!r}: a fault strikes once or more, or None for always.")
        if self.kind == "error" and self.status is None:
            raise ConfigurationError('Fault("error") needs the HTTP status to answer with, for example status=404.')
        if self.kind == "spelling" and self.word not in SPELLINGS:
            raise ConfigurationError(f"word={self.word!r} is no spelling; there are {', '.join(SPELLINGS)}.")
        if self.kind in {"expired", "stall"} and self.on != "download":
            raise ConfigurationError(f"Fault({self.kind!r}) strikes downloads; add on='download'.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What happens to a task: how long it takes, how it ends, what goes wrong on the way.

    Times are seconds of the sandbox clock, which `speed` accelerates.
    """

    queue: float = 1.0
    """Seconds in `queued`, before a place is looked for."""
    run: float = 5.0
    """Seconds in `running`, at least; a task that succeeds also waits for its clip to be rendered."""
    scatter: float = 0.0
    """Run times scatter log-normally around `run`, by this standard deviation of their logarithm, up to 2; which task
    takes how long is fixed by its id. 0: all take the same time."""
    then: End = "succeeded"
    """How the task ends."""
    error_code: str = ""
    """Code of a failed task in Ark's words, for example `OutputVideoSensitiveContentDetected`.
    Empty: `InternalServiceError`. Figures, as in `"1039"`, are the `error_code` of Atlas Cloud."""
    error_message: str = ""
    """Text of a failed task; empty: the usual one of the code."""
    faults: tuple[Fault, ...] = ()
    """What goes wrong. The first one that fits a request strikes; the others wait their turn."""
    concurrency: int | None = 10
    """How many tasks run at once; more stay `queued`. `None`: no cap.
    Source: Ark, rate limits of Seedance 2.0, enterprise account, read 2026-11-20."""
    concurrency_4k: int | None = 1
    """The same for 4k, which has a cap of its own (same source)."""
    queue_cap: int | None = None
    """How many tasks may be queued before a create gets 429. Ark has a cap and does not publish it."""
    create_rpm: int | None = 600
    """Creates a minute of the sandbox clock before 429 (same source). `None`: no limit."""
    create_rpm_4k: int | None = 15
    """The same for 4k (same source)."""
    create_rpm_eachlabs: int | None = None
    """The same at EachLabs: its skill page says 100, its newer reference says that there is no limit; off here."""
    in_flight_cap: int | None = 10
    """How many tasks may be unended at EachLabs before a create gets 429. `None`: as with a balance above $10.
    Source: EachLabs, error reference, 2026-08-21, for a balance of $10.00 or less."""
    get_qps: float | None = None
    """Gets a second before 429. Ark documents 20; off here."""
    list_qps: float | None = None
    """Lists a second before 429. Ark documents 1; off here."""
    delete_qps: float | None = None
    """Deletes a second before 429. Ark documents 20; off here."""
    url_life: float = SECONDS_A_DAY
    """Seconds a signed URL works. Reading the task again signs a fresh one while the file lives (24 h)."""
    warm_up: float = 0.0
    """Seconds after its creation in which Atlas Cloud does not find a task; clients saw up to 30."""
    warm_up_status: int = 404
    """What it answers meanwhile: 404 or 400."""
    success_word: str = ""
    """Another status word for success than the usual one of the provider: Atlas Cloud says `completed`,
    and by its own examples also `succeeded`."""

    def __post_init__(self) -> None:
        if self.then not in get_args(End):
            raise ConfigurationError(f"then={self.then!r}: a task ends as one of {', '.join(get_args(End))}.")
        for name in ("queue", "run", "url_life", "warm_up"):
            value = getattr(self, name)
            if not (isinstance(value, int | float) and value >= 0 and math.isfinite(value)):
                raise ConfigurationError(f"{name}={value!r} is no number of seconds from 0 up.")
        if not (isinstance(self.scatter, int | float) and 0 <= self.scatter <= 2):
            raise ConfigurationError(f"scatter={self.scatter!r}: run times scatter by 0 (not at all) to 2.")
        counts = ("concurrency", "concurrency_4k", "queue_cap", "create_rpm", "create_rpm_4k")
        for name in (*counts, "create_rpm_eachlabs", "in_flight_cap"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or value < 0):
                raise ConfigurationError(f"{name}={value!r} is no count; use a whole number, or None for no limit.")
        if self.warm_up_status not in (400, 404):
            raise ConfigurationError(f"warm_up_status={self.warm_up_status!r}: an early read gets 404 or 400.")
        object.__setattr__(self, "faults", tuple(self.faults))
        for fault in self.faults:
            if not isinstance(fault, Fault):
                raise ConfigurationError(f"faults holds {fault!r}; it takes Fault values.")

    def run_of(self, task_id: str) -> float:
        """Seconds for which this task runs."""
        if not self.scatter:
            return self.run
        digest = hashlib.blake2b(task_id.encode(), digest_size=6).digest()
        return self.run * math.exp(self.scatter * NormalDist().inv_cdf((int.from_bytes(digest) + 0.5) / 2**48))

    def to_json(self) -> dict[str, Any]:
        """The scenario as JSON, as `GET /sandbox/scenario` gives it."""
        return asdict(self) | {"faults": [asdict(fault) for fault in self.faults]}

    @classmethod
    def from_json(cls, value: object) -> Scenario:
        """The scenario of a JSON object; what it does not name has its default.

        Raises:
            ConfigurationError: A name or a value that a scenario does not have.
        """
        known = _known(value, cls)
        faults = known.pop("faults", None) or []
        if not isinstance(faults, list):
            raise ConfigurationError("faults is a list of objects with kind, on, times, …")
        try:
            return cls(**known, faults=tuple(Fault(**_known(fault, Fault)) for fault in faults))
        except TypeError as exc:
            raise ConfigurationError(f"This is no scenario: {exc}.") from exc


def _known(value: object, kind: type) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"A {kind.__name__.lower()} is a JSON object, not {type(value).__name__}.")
    if unknown := sorted(set(value) - names):
        raise ConfigurationError(
            f"A {kind.__name__.lower()} has no {', '.join(map(repr, unknown))}; it has {', '.join(sorted(names))}."
        )
    return dict(value)


@dataclass(frozen=True, slots=True)
class Turn:
    """How a task leaves the scenario's path, because its prompt asked for it."""

    at: Literal["submit", "end"]
    then: End = "failed"
    error_code: str = ""


TRIGGERS: Mapping[str, Turn] = {
    "[sandbox:moderation]": Turn("submit", error_code="InputTextSensitiveContentDetected"),
    "[sandbox:privacy]": Turn("submit", error_code="InputImageSensitiveContentDetected.PrivacyInformation"),
    "[sandbox:moderation-late]": Turn("end", error_code="InputTextSensitiveContentDetected"),
    "[sandbox:moderation-output]": Turn("end", error_code="OutputVideoSensitiveContentDetected"),
    "[sandbox:copyright]": Turn("end", error_code="OutputVideoSensitiveContentDetected.PolicyViolation"),
    "[sandbox:failed]": Turn("end", error_code="InternalServiceError"),
    "[sandbox:expired]": Turn("end", then="expired"),
}
"""Words in a prompt that make one task go wrong: the first three refuse the input (at submit, or as a task that fails),
the others end it as their name says. For trying out errors without touching the scenario."""


def turn_of(prompt: str) -> Turn | None:
    """What the prompt asks the sandbox to do to its task, if anything."""
    return next((turn for word, turn in TRIGGERS.items() if word in prompt), None)


class FaultBook:
    """Counts which faults of a scenario have struck. One per scenario that was set."""

    def __init__(self, scenario: Scenario) -> None:
        self._left: list[list[Any]] = [[fault, fault.after, fault.times] for fault in scenario.faults]

    def take(self, operation: str) -> Fault | None:
        """The fault that strikes this request, counted; None if it goes well."""
        for entry in self._left:
            fault, wait, left = entry
            if fault.on not in (operation, "*") or left == 0:
                continue
            if wait:
                entry[1] -= 1
                continue
            if left is not None:
                entry[2] -= 1
            return cast("Fault", fault)
        return None
