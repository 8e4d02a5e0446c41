"""What an EachLabs task looks like: as a prediction, as an execution in the list, and by which words it is found.

Source: EachLabs, "Get Prediction" and the OpenAPI file of its API documentation, 2026-08-21; the failure object, of
its Video API, in the same place; read 2026-11-20. Fields and codes of failures of Seedance itself are not published.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from seedance_nb.sandbox._tasks import ENDED, SandboxTask
from seedance_nb.sandbox.dialects._eachlabs_errors import SKILL, EachLabsError
from seedance_nb.sandbox.dialects._eachlabs_media import Trouble
from seedance_nb.sandbox.dialects._eachlabs_rules import EachLabsOrder
from seedance_nb.sandbox.dialects._eachlabs_storage import stamp
from seedance_nb.sandbox.scenario import SECONDS_A_DAY

WINDOW = 90 * SECONDS_A_DAY
STARTING = 0.2
"""Part of the running time that is called `starting`. EachLabs does not say how long that takes."""

_STATUSES = {
    "queued": "created",
    "succeeded": "success",
    "failed": "error",
    "expired": "error",
    "cancelled": "cancelled",
}
_SPELLED: Mapping[str, Mapping[str, str]] = {
    "openapi": {"created": "starting", "error": "failed"},
    "american": {"created": "starting", "error": "failed", "cancelled": "canceled"},
    SKILL: {"created": "processing", "starting": "processing"},
}
_FILTERS = {
    "created": ("created",),
    "starting": ("starting", "processing"),
    "success": ("success",),
    "error": ("error",),
}
_CLASSES = {
    "CONTENT_MODERATION": "content_moderation",
    "EXECUTION_TIMEOUT": "execution_timeout",
    "INPUT_DOWNLOAD_ERROR": "invalid_user_input",
    "INPUT_VALIDATION_ERROR": "invalid_user_input",
    "PROVIDER_AUTH_ERROR": "provider_auth",
    "PROVIDER_SERVER_ERROR": "provider_error",
    "NETWORK_ERROR": "provider_unavailable",
}
CLASSIFICATIONS = frozenset(
    {*_CLASSES.values(), "invalid_model_config", "provider_rate_limit", "internal_error", "unknown"}
)
_CATEGORIES = {
    "content_moderation": "VALIDATION",
    "invalid_user_input": "VALIDATION",
    "execution_timeout": "TIMEOUT",
    "provider_auth": "AUTH",
    "provider_error": "PROVIDER",
    "provider_unavailable": "NETWORK",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the dialect keeps of a task."""

    order: EachLabsOrder
    seconds: int
    """Length of the clip."""
    trouble: Trouble | None
    """What is wrong with its input, if it will fail for that."""
    spelling: str
    """How its webhook is written."""

    @property
    def cost(self) -> Decimal:
        """USD, if it succeeds. Failed and cancelled tasks cost nothing."""
        return self.order.model.price(self.order.resolution) * self.seconds


def status_of(task: SandboxTask, now: float) -> str:
    """The status as EachLabs says it."""
    if task.status == "running":
        return "starting" if now < task.updated_at + STARTING * task.plan.run else "processing"
    return _STATUSES[task.status]


def failure_of(task: SandboxTask) -> Trouble | None:
    """Why a task failed; the words of a scenario are Ark's and are translated."""
    if task.status == "expired":
        return Trouble("EXECUTION_TIMEOUT", "The execution took too long.")
    if task.status != "failed":
        return None
    facts: Facts = task.facts
    if facts.trouble is not None:
        return facts.trouble
    code = task.error_code
    if "SensitiveContent" in code:
        usual = Trouble("CONTENT_MODERATION", f"The {_subject(code)} was flagged by a content checker.")
    elif code in ("", "InternalServiceError"):
        usual = Trouble("PROVIDER_SERVER_ERROR", "The provider could not complete the generation.")
    else:
        usual = Trouble(code, "The generation failed.")
    return Trouble(usual.code, task.error_message or usual.message)


def prediction(task: SandboxTask, now: float, url: str, link: Callable[[], str], spelling: str = "") -> dict[str, Any]:
    """A task as `get` answers it.

    Args:
        task: The task.
        now: The time on the sandbox clock.
        url: Where it is read again.
        link: Gives the URL of its clip.
        spelling: One of the other ways in which EachLabs has documented it.
    """
    facts: Facts = task.facts
    status = status_of(task, now)
    failure = failure_of(task)
    body: dict[str, Any] = {
        "id": task.id,
        "input": facts.order.input,
        "status": _SPELLED.get(spelling, {}).get(status, status),
        "output": output_of(task, link, spelling),
        "logs": failure.message if failure else None,
        "metrics": {"predict_time": run_time(task, now), "cost": _cost(task)},
        "urls": {"cancel": f"{url}/cancel", "get": url},
    }
    if failure and spelling == SKILL:
        body |= {"message": failure.message, "details": failure.code}
    return body


def output_of(task: SandboxTask, link: Callable[[], str], spelling: str = "") -> Any:
    """What stands in `output`: the URL, the failure, or null."""
    if task.status == "succeeded":
        url = link()
        wrapped: dict[str, Any] = {"array": [url], "object": {"url": url}}
        return wrapped.get(spelling, url)
    failure = failure_of(task)
    if failure is None or spelling == SKILL:
        return None
    category = _CATEGORIES.get(_CLASSES.get(failure.code, ""), "UNKNOWN")
    return {
        "classification": {"category": category},
        "error": "Execution failed",
        "error_code": failure.code,
        "error_message": failure.message,
        "execution_id": task.id,
        "model_slug": task.facts.order.model.slug,
        "retryable": category in ("PROVIDER", "NETWORK", "TIMEOUT"),
        "success": False,
    }


def run_time(task: SandboxTask, now: float) -> float:
    """Seconds since it started, until it ended."""
    started = task.scratch.get("started_at")
    if started is None:
        return 0.0
    return round(float((task.ended_at if task.ended_at is not None else now) - started), 3)


def _cost(task: SandboxTask) -> float:
    facts: Facts = task.facts
    return float(facts.cost) if task.status == "succeeded" else 0.0


def _subject(code: str) -> str:
    kind = "output" if code.startswith("Output") else "input"
    return next((f"{kind} {word.lower()}" for word in ("Text", "Image", "Video", "Audio") if word in code), kind)


# -- the list --


def executions(
    tasks: Sequence[SandboxTask], query: Sequence[tuple[str, str]], now: float, link: Callable[[SandboxTask], str]
) -> dict[str, Any]:
    """The page of `/v1/executions` that a query asks for.

    Raises:
        EachLabsError: 400, a parameter is out of its bounds.
    """
    wanted = dict(query)
    limit, offset = number(wanted, "limit", 20, 1, 100), number(wanted, "offset", 0, 0)
    statuses = {name for word in _words(wanted, "status", _FILTERS) for name in _FILTERS[word]}
    classes = _words(wanted, "error_classification", CLASSIFICATIONS)
    until = _moment(wanted, "to", now)
    since = _moment(wanted, "from", until - WINDOW)
    found = [
        task
        for task in tasks
        if since <= task.created_at <= until
        and wanted.get("model", "") in ("", task.facts.order.model.slug)
        and (not statuses or status_of(task, now) in statuses)
        and (not classes or _class(task) in classes)
        and not (wanted.get("workflow_id") or wanted.get("workflow_execution_id"))
    ]
    return {
        "executions": [_execution(task, now, link) for task in found[offset : offset + limit]],
        "total_count": len(found),
        "total_capped": False,
        "offset": offset,
        "limit": limit,
    }


def number(wanted: Mapping[str, str], name: str, default: int, least: int, most: int = 2**31) -> int:
    """A whole number of a query.

    Raises:
        EachLabsError: 400. Whether EachLabs refuses such values or bends them is not documented.
    """
    text = wanted.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise EachLabsError(400, f"invalid {name}")
    return int(text)


def _execution(task: SandboxTask, now: float, link: Callable[[SandboxTask], str]) -> dict[str, Any]:
    started = task.scratch.get("started_at")
    return {
        "id": task.id,
        "model": task.facts.order.model.slug,
        "requested_model": None,
        "status": status_of(task, now),
        "workflow_id": None,
        "workflow_execution_id": None,
        "execution_cost": _cost(task),
        "run_time": run_time(task, now) if task.status in ENDED else 0.0,
        "created_at": stamp(task.created_at),
        "started_at": None if started is None else stamp(started),
        "completed_at": None if task.ended_at is None else stamp(task.ended_at),
        "output": link(task) if task.status == "succeeded" else None,
    }


def _class(task: SandboxTask) -> str:
    failure = failure_of(task)
    return _CLASSES.get(failure.code, "unknown") if failure else ""


def _words(wanted: Mapping[str, str], name: str, allowed: Mapping[str, Any] | frozenset[str]) -> set[str]:
    words = set(filter(None, wanted.get(name, "").split(",")))
    if not words <= set(allowed):
        raise EachLabsError(400, f"invalid {name}: allowed are {', '.join(sorted(allowed))}")
    return words


def _moment(wanted: Mapping[str, str], name: str, default: float) -> float:
    text = wanted.get(name)
    if not text:
        return default
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise EachLabsError(400, f"invalid {name}: an RFC 3339 time is expected")
    return found.timestamp()
