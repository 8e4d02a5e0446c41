"""EachLabs' dialect: predictions, executions, webhooks, models and the file storage.

Source: EachLabs, API documentation and its OpenAPI file, 2026-08-21, and the skill page for Seedance 2.0; read
2026-11-20. What neither says and the sandbox had to choose is said where it is done.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from seedance_nb.sandbox._bills import Bill
from seedance_nb.sandbox._core import Core
from seedance_nb.sandbox._links import LinkRefused, error_xml
from seedance_nb.sandbox._tasks import ENDED, Plan, SandboxTask
from seedance_nb.sandbox.dialects import Call, Reply
from seedance_nb.sandbox.dialects._eachlabs_errors import (
    CAP,
    PREDICTION_NOT_FOUND,
    EachLabsError,
    of_fault,
    too_many,
    unauthorized,
)
from seedance_nb.sandbox.dialects._eachlabs_executions import (
    WINDOW,
    Facts,
    executions,
    failure_of,
    number,
    output_of,
    prediction,
)
from seedance_nb.sandbox.dialects._eachlabs_media import Trouble, bring_media, seconds_of, seed_of, spec_of
from seedance_nb.sandbox.dialects._eachlabs_routes import BASE, FILES, UPLOADS, find_route
from seedance_nb.sandbox.dialects._eachlabs_rules import read_order
from seedance_nb.sandbox.dialects._eachlabs_storage import LARGEST_FILE, Storage, etag, too_large
from seedance_nb.sandbox.dialects._eachlabs_tables import MODELS
from seedance_nb.sandbox.dialects._eachlabs_webhooks import WebhookBook, payload
from seedance_nb.sandbox.scenario import Fault, Turn, turn_of


class EachLabsDialect:
    """Answers as `https://api.eachlabs.ai` does."""

    name = "eachlabs"
    prefixes = (BASE,)
    base_path = BASE
    largest_body = LARGEST_FILE

    def __init__(self, core: Core) -> None:
        self._core = core
        self._open: set[str] = set()
        self._storage = Storage(core.clock, core.base + UPLOADS, core.base + FILES)
        self._webhooks = WebhookBook(core)
        core.store.listeners[self.name] = self._changed

    def operation(self, method: str, path: str) -> str:
        """The operation of a path, `""` for none."""
        route, _ = find_route(method, path)
        return route.operation if route else ""

    async def handle(self, call: Call) -> Reply:
        """Answer a request."""
        route, argument = find_route(call.method, call.path)
        try:
            if route is None:
                raise EachLabsError(404, "Not found")
            if not route.public:
                _authenticate(call.headers)
            if route.name == "create":
                return self._reply(call, 200, await self._create(call))
            if route.name in ("put", "read"):
                return self._put(call, argument) if route.name == "put" else self._read(call, argument)
            answers: Mapping[str, Callable[[Call, str], Any]] = {
                "run": self._run,
                "get": self._get,
                "cancel": self._cancel,
                "list": self._list,
                "webhooks": self._list_webhooks,
                "webhook": self._webhook,
                "model": self._model,
                "models": self._models,
                "presign": self._presign,
                "delete": self._delete,
            }
            body = answers[route.name](call, argument)
            return self._reply(call, 204 if body is None else 200, b"" if body is None else body)
        except EachLabsError as error:
            if error.status == 401 and route is not None and route.name == "delete":
                return self._reply(call, 401, {})  # documented so, for this one
            return self._reply(call, error.status, error.body(call.spelling))
        except LinkRefused as refused:
            return self._xml(call, refused)

    def refuse(self, call: Call, fault: Fault) -> Reply:
        """The refusal a fault asks for."""
        error = of_fault(fault, call.operation)
        if call.path.startswith(UPLOADS):
            reply = self._xml(call, LinkRefused(error.status, fault.code or "AccessDenied", error.error))
        else:
            reply = self._reply(call, error.status, error.body(fault.word))
        if fault.retry_after is None:
            return reply
        return replace(reply, headers=dict(reply.headers) | {"retry-after": f"{fault.retry_after:g}"})

    def too_large(self, call: Call) -> Reply:
        """A body above 100 MB. The limit is that of a file."""
        if call.path.startswith(UPLOADS):
            return self._xml(call, too_large())
        return self._reply(call, 413, EachLabsError(413, "request body too large").body())

    # -- create --

    async def _create(self, call: Call) -> dict[str, Any]:
        order = read_order(_load(call.body))
        limit = self._core.scenario.create_rpm_eachlabs
        if not self._core.within("eachlabs/create", limit, 60.0):
            raise too_many(f"Account rate limited: at most {limit} create requests per minute.")
        media = await bring_media(self._core.desk, order)
        scenario = self._core.scenario
        self._core.store.settle()
        cap = scenario.in_flight_cap
        if cap is not None and len(self._open) >= cap:
            raise too_many(CAP.format(cap=cap))
        task_id = self._uuid(call)
        seed = seed_of(order, task_id)
        trouble = media if isinstance(media, Trouble) else None
        spec = spec_of(order, [] if isinstance(media, Trouble) else media, seed)
        facts = Facts(order, seconds_of(order, seed), trouble, call.spelling)
        plan = self._plan(task_id, turn_of(order.prompt), trouble)
        self._core.store.add(task_id, self.name, spec, plan, facts)
        return {"status": "success", "message": "Prediction created successfully", "predictionID": task_id}

    def _plan(self, task_id: str, turn: Turn | None, trouble: Trouble | None) -> Plan:
        # Moderation by the model happens after the create; so a prompt that asks for it makes a task that fails.
        scenario = self._core.scenario
        return Plan(
            queue=scenario.queue,
            run=scenario.run_of(task_id),
            then="failed" if trouble else turn.then if turn else scenario.then,
            error_code=turn.error_code if turn else scenario.error_code,
            error_message="" if turn else scenario.error_message,
            # How long records are kept is not published; the list shows 90 days.
            record_life=WINDOW,
            cancelled_life=WINDOW,
        )

    def _run(self, call: Call, argument: str) -> Any:
        # Documented as open to models with synchronous execution only; that Seedance, which takes
        # minutes, is none of them is this sandbox's guess, and so is the text.
        read_order(_load(call.body))
        raise EachLabsError(400, "synchronous execution is not enabled for this model")

    # -- get, cancel, list --

    def _get(self, call: Call, task_id: str) -> dict[str, Any]:
        task = self._find(task_id)
        url = f"{self._core.base}{BASE}/v1/prediction/{task.id}"
        return prediction(task, self._core.clock.now(), url, lambda: self._link(task), call.spelling)

    def _cancel(self, call: Call, task_id: str) -> dict[str, Any]:
        task = self._find(task_id)
        if task.status not in ENDED:
            self._core.store.cancel(task)
        elif task.status != "cancelled":
            # Documented is only that a task which cannot be interrupted ends as it would have.
            raise EachLabsError(400, "Prediction has already completed")
        status = "canceled" if call.spelling == "american" else "cancelled"
        return {"status": status, "message": "Prediction canceled successfully", "predictionID": task.id}

    def _list(self, call: Call, argument: str) -> dict[str, Any]:
        tasks = list(self._core.store.newest_first(self.name))
        return executions(tasks, call.query, self._core.clock.now(), self._link)

    def _find(self, task_id: str) -> SandboxTask:
        task = self._core.store.get(task_id, self.name)
        if task is None:
            raise EachLabsError(404, PREDICTION_NOT_FOUND)
        return task

    def _link(self, task: SandboxTask) -> str:
        # How long outputs live is not published; here as long as any clip of the sandbox, 24 hours.
        life = self._core.scenario.url_life
        return self._core.links.url(task, "clip", folder=task.facts.order.model.slug, suffix="mp4", life=life)

    # -- webhooks --

    def _list_webhooks(self, call: Call, argument: str) -> dict[str, Any]:
        wanted = dict(call.query)
        limit, offset = number(wanted, "limit", 50, 1, 100), number(wanted, "offset", 0, 0)
        found = self._webhooks.newest_first()
        page = [delivery.to_json() for delivery in found[offset : offset + limit]]
        return {"webhooks": page, "limit": limit, "offset": offset, "total_count": len(found)}

    def _webhook(self, call: Call, execution_id: str) -> dict[str, Any]:
        if not _is_uuid(execution_id):
            raise EachLabsError(400, "invalid execution_id")
        self._core.store.settle()
        delivery = self._webhooks.get(execution_id)
        if delivery is None:
            raise EachLabsError(404, "webhook not found")
        return delivery.with_attempts()

    def _changed(self, task: SandboxTask) -> None:
        if task.status not in ENDED:
            self._open.add(task.id)
            if task.status == "running":
                task.scratch["started_at"] = task.updated_at
            return
        self._open.discard(task.id)
        if task.status == "succeeded":
            self._bill(task)
        facts: Facts = task.facts
        if facts.order.webhook_url and task.status != "cancelled":
            failure = failure_of(task)
            reason = failure.message if failure else ""
            output = None if failure else output_of(task, lambda: self._link(task), facts.spelling)
            body = payload(task.id, output, reason, facts.spelling)
            self._webhooks.send(task.id, facts.order.webhook_url, facts.order.webhook_secret, body)

    def _bill(self, task: SandboxTask) -> None:
        facts: Facts = task.facts
        self._core.bills.add(
            Bill(
                task_id=task.id,
                provider=self.name,
                model=facts.order.model.slug,
                tokens=None,
                seconds=facts.seconds,
                amount=facts.cost,
                currency="USD",
                at=task.updated_at,
            )
        )

    # -- models and files --

    def _model(self, call: Call, argument: str) -> dict[str, Any]:
        slug = dict(call.query).get("slug", "")
        if not slug:
            raise EachLabsError(400, "slug parameter is required")
        if slug not in MODELS:
            raise EachLabsError(404, "Failed to fetch model: model not found")
        return MODELS[slug].to_json()

    def _models(self, call: Call, argument: str) -> list[dict[str, Any]]:
        wanted = dict(call.query)
        limit, offset = number(wanted, "limit", 50, 1, 500), number(wanted, "offset", 0, 0)
        name = wanted.get("name", "").lower()
        found = [model for model in MODELS.values() if name in model.slug or name in model.title.lower()]
        return [model.to_json() for model in found[offset : offset + limit]]

    def _presign(self, call: Call, argument: str) -> dict[str, Any]:
        return self._storage.presign(_load(call.body), self._uuid(call))

    def _put(self, call: Call, name: str) -> Reply:
        tag = self._storage.put(name, call.query, call.headers, call.body)
        return self._reply(call, 200, b"", etag=tag)

    def _read(self, call: Call, name: str) -> Reply:
        file = self._storage.read(name)
        data = file.data or b""
        headers = {
            "content-type": file.content_type,
            "etag": etag(data),
            # Somebody's page, shown from the address of the sandbox, shall not act in its name.
            "content-security-policy": "sandbox",
            "x-content-type-options": "nosniff",
        }
        return self._reply(call, 200, data, **headers)

    def _delete(self, call: Call, file_id: str) -> None:
        if not _is_uuid(file_id):
            raise EachLabsError(400, "invalid argument")
        self._storage.delete(file_id)

    # -- the rest --

    def _uuid(self, call: Call) -> str:
        digest = hashlib.sha256(f"{self._core.base}/eachlabs/{call.serial}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def _reply(self, call: Call, status: int, body: Any, **headers: str) -> Reply:
        request_id = call.headers.get("x-request-id") or self._uuid(call)
        return Reply(status, body, {"x-request-id": request_id} | headers)

    def _xml(self, call: Call, refused: LinkRefused) -> Reply:
        body = error_xml(refused, f"{call.serial:016X}")
        return self._reply(call, refused.status, body, **{"content-type": "application/xml"})


def _authenticate(headers: Mapping[str, str]) -> None:
    # X-API-Key is what the skill page says; the reference has left it out since July 2026, and it still works.
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    key = bearer.strip() if scheme.lower() == "bearer" else ""
    key = key or headers.get("x-api-key", "").strip()
    if not key or key.startswith("invalid"):
        raise unauthorized()


def _load(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise EachLabsError(400, "invalid request body") from None


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
