"""EachLabs' webhooks: one POST when a task has ended, tried three times, and the history of it.

Source: EachLabs, webhook payload reference and "Get Webhook", 2026-08-21; the other shape of the body and the 30
seconds a receiver has, from its skill page; read 2026-11-20.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seedance_nb.sandbox._core import Core
from seedance_nb.sandbox._fetch import Posted
from seedance_nb.sandbox.dialects._eachlabs_errors import SKILL
from seedance_nb.sandbox.dialects._eachlabs_storage import stamp

TRIES = 3
PAUSE = 10.0
"""Seconds of the sandbox clock between tries."""
ANSWER_SECONDS = 30.0


def payload(task_id: str, output: Any, failure: str, spelling: str = "") -> dict[str, Any]:
    """The body of a webhook.

    Args:
        task_id: The prediction.
        output: What it made.
        failure: Why it made nothing; empty if it succeeded.
        spelling: `skill` for the shape of the skill page.
    """
    status = "failed" if failure else "succeeded"
    if spelling == SKILL:
        return {"exec_id": task_id, "status": status, "output": output, "error": failure}
    if failure:
        output = [{"id": "", "status": "", "output": "", "error": failure}]
    return {"exec_id": task_id, "flow_id": None, "status": status, "output": output, "error": ""}


@dataclass(slots=True)
class Delivery:
    """One webhook and what became of it."""

    execution_id: str
    url: str
    request: str
    created_at: float
    due_at: float
    """When the next try is due, while there is one."""
    attempts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether there is another try to come."""
        return len(self.attempts) < TRIES and not any(item["status"] == "SUCCESS" for item in self.attempts)

    def to_json(self) -> dict[str, Any]:
        """As the list has it. The secret is not shown."""
        return {
            "execution_id": self.execution_id,
            "url": self.url,
            "request": self.request,
            "headers": {"Content-Type": "application/json"},
            "source": "api-gateway",
            "created_at": stamp(self.created_at),
        }

    def with_attempts(self) -> dict[str, Any]:
        """As it is shown alone: with each try, the one to come as PENDING."""
        pending = [_attempt("PENDING", Posted(), self.due_at)] if self.is_open else []
        return self.to_json() | {"attempts": self.attempts + pending}


class WebhookBook:
    """Sends the webhooks of a sandbox and remembers them."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._deliveries: dict[str, Delivery] = {}

    def send(self, task_id: str, url: str, secret: str, body: Mapping[str, Any]) -> None:
        """Post a body in the background."""
        now = self._core.clock.now()
        request = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        delivery = self._deliveries[task_id] = Delivery(task_id, url, request, now, now)

        def tell(posted: Posted) -> None:
            at = self._core.clock.now()
            delivery.attempts.append(_attempt("SUCCESS" if posted.ok else "FAILED", posted, at))
            delivery.due_at = at + PAUSE

        self._core.callbacks.send(
            task_id,
            url,
            request.encode(),
            tries=TRIES,
            # The secret itself, as documented: nothing is signed with it.
            headers={"X-Webhook-Secret": secret} if secret else None,
            timeout=ANSWER_SECONDS,
            pause=PAUSE,
            sleep=self._core.sleep,
            tell=tell,
        )

    def newest_first(self) -> list[Delivery]:
        """All of them."""
        return list(reversed(self._deliveries.values()))

    def get(self, task_id: str) -> Delivery | None:
        """That of one prediction."""
        return self._deliveries.get(task_id)


def _attempt(status: str, posted: Posted, at: float) -> dict[str, Any]:
    return {
        "status": status,
        "status_code": posted.status,
        "response": posted.text if posted.status is not None else None,
        "error_message": posted.error or None,
        "created_at": stamp(at),
    }
