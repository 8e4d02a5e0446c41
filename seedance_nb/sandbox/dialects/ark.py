"""Ark's dialect: create, get, list and delete of content generation tasks.

BytePlus ModelArk speaks the same one with other model ids. Source: Ark, video generation API
(82379/1520757 and the pages beside it) and answers recorded from the live API, read 2026-11-20.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from seedance_nb.sandbox._bills import Bill
from seedance_nb.sandbox._core import Core, letters
from seedance_nb.sandbox._media import Medium
from seedance_nb.sandbox._tasks import Plan, SandboxTask
from seedance_nb.sandbox.dialects import Call, Reply
from seedance_nb.sandbox.dialects._ark_errors import (
    ArkError,
    invalid,
    not_found,
    request_id,
    signed,
    text_of,
)
from seedance_nb.sandbox.dialects._ark_media import bring_media, resolve_duration, resolve_ratio
from seedance_nb.sandbox.dialects._ark_rules import ArkOrder, read_order
from seedance_nb.sandbox.dialects._ark_tables import billed_tokens, short_name
from seedance_nb.sandbox.scenario import Fault, turn_of

if TYPE_CHECKING:
    from seedance_nb.sandbox.clip import ClipSpec

TASKS = "/contents/generations/tasks"
STATUSES = ("queued", "running", "cancelled", "succeeded", "failed", "expired")
LARGE_BODY = 1024 * 1024

_FAULTS = {
    "unauthorized": (401, "AuthenticationError"),
    "overdue": (403, "AccountOverdueError"),
    "rate_limit": (429, "ModelAccountRpmRateLimitExceeded"),
    "quota": (429, "QuotaExceeded"),
    "server_error": (500, "InternalServiceError"),
    "moderation": (400, "InputTextSensitiveContentDetected"),
    "not_found": (404, "ResourceNotFound"),
    "error": (400, "InvalidParameter"),
}


@dataclass(frozen=True, slots=True)
class _Facts:
    order: ArkOrder
    request_id: str
    seed: int
    ratio: str
    duration: int
    tokens: int


class ArkDialect:
    """Answers as `https://ark.cn-beijing.volces.com/api/v3` does."""

    name = "ark"
    prefixes = ("/api/v3",)
    base_path = "/api/v3"

    def __init__(self, core: Core) -> None:
        self._core = core
        core.store.listeners[self.name] = self._changed

    def operation(self, method: str, path: str) -> str:
        """The operation of a path, `""` for none."""
        rest = path.removeprefix(self.base_path)
        if rest.rstrip("/") == TASKS:
            return {"POST": "create", "GET": "list"}.get(method, "")
        if not rest.startswith(f"{TASKS}/"):
            return ""
        if method == "POST":
            # Ark has no such route; a POST below the collection reaches the create handler.
            return "create"
        if "/" in rest.removeprefix(f"{TASKS}/"):
            return ""
        return {"GET": "get", "DELETE": "delete"}.get(method, "")

    async def handle(self, call: Call) -> Reply:
        """Answer a request."""
        try:
            if not call.operation:
                raise ArkError(404, "InvalidAction", f"The specified action is invalid: {call.path}")
            _authenticate(call.headers.get("authorization"))
            if call.operation == "create":
                return self._reply(call, 200, await self._create(call))
            self._limit(call.operation)
            if call.operation == "list":
                return self._reply(call, 200, self._list(call))
            task = self._find(call.path.rpartition("/")[2])
            return self._reply(call, 200, self._delete(task) if call.operation == "delete" else self.body_of(task))
        except ArkError as error:
            return self._error(call, error)

    def refuse(self, call: Call, fault: Fault) -> Reply:
        """The refusal a fault asks for."""
        status, code = _FAULTS[fault.kind]
        status, code = fault.status or status, fault.code or code
        reply = self._error(call, ArkError(status, code, fault.message or text_of(code)))
        if fault.retry_after is None:
            return reply
        return replace(reply, headers=dict(reply.headers) | {"retry-after": f"{fault.retry_after:g}"})

    def too_large(self, call: Call) -> Reply:
        """A body above 64 MB. The limit is Ark's, the code is not published."""
        return self._error(call, ArkError(413, "InvalidParameter", "The request body must not exceed 64 MB."))

    # -- create --

    async def _create(self, call: Call) -> dict[str, Any]:
        order = read_order(await _load(call.body))
        scenario = self._core.scenario
        pool = "4k" if order.resolution == "4k" else ""
        limit = scenario.create_rpm_4k if pool else scenario.create_rpm
        if not self._core.within(f"ark/create/{pool}", limit, 60.0):
            raise _too_many("ModelAccountRpmRateLimitExceeded")
        turn = turn_of(order.prompt)
        if turn is not None and turn.at == "submit":
            raise ArkError(400, turn.error_code, text_of(turn.error_code), "content")
        media = await bring_media(self._core.desk, order)
        if scenario.queue_cap is not None and self._core.store.queued >= scenario.queue_cap:
            raise _too_many("QuotaExceeded")
        scenario = self._core.scenario
        task_id = f"cgt-{self._core.china_stamp()}-{letters(f'{self._core.base}/{call.serial}')}"
        plan = Plan(
            queue=scenario.queue,
            run=scenario.run_of(task_id),
            then=turn.then if turn else scenario.then,
            error_code=turn.error_code if turn else scenario.error_code,
            error_message="" if turn else scenario.error_message,
            expires_after=order.expires_after,
            priority=order.priority,
            pool="4k" if pool else "",
        )
        facts, spec = self._settle(call, order, media, task_id)
        self._core.store.add(task_id, self.name, spec, plan, facts)
        return {"id": task_id}

    def _settle(self, call: Call, order: ArkOrder, media: list[Medium], task_id: str) -> tuple[_Facts, ClipSpec]:
        from seedance_nb.sandbox.clip import ClipSpec

        seed = order.seed if order.seed != -1 else int(letters(f"seed/{task_id}", 4), 36)
        ratio = resolve_ratio(order, media)
        duration = resolve_duration(order, seed)
        width, height = order.model.sizes[order.resolution][ratio]
        seconds_in = float(sum(medium.duration for medium in media if medium.kind == "video"))
        by_role = {named.role or "first_frame": medium for named, medium in zip(order.media, media, strict=True)}
        framed = order.mode in ("first_frame", "first_last_frame")
        data = {
            kind: tuple(medium.data for medium in media if medium.kind == kind) if not framed else ()
            for kind in ("image", "video", "audio")
        }
        ten_bit = order.resolution == "4k" or (order.model.family == "2.5" and order.resolution == "1080p")
        spec = ClipSpec(
            width=width,
            height=height,
            frames=order.frames or 24 * duration + 1,
            prompt=order.prompt,
            seed=seed,
            model=order.model_id,
            mode=order.mode,
            audio=order.generate_audio,
            watermark=order.watermark,
            first_frame=by_role["first_frame"].data if framed else None,
            last_frame=by_role["last_frame"].data if order.mode == "first_last_frame" else None,
            images=data["image"],
            videos=data["video"],
            audios=data["audio"],
            codec="hevc" if ten_bit else "h264",
        )
        facts = _Facts(
            # Without the media: a data URI is megabytes of text.
            order=replace(order, media=()),
            request_id=self._request_id(call),
            seed=seed,
            ratio=ratio,
            duration=duration,
            tokens=billed_tokens(width, height, duration, seconds_in),
        )
        return facts, spec

    # -- get, list, delete --

    def body_of(self, task: SandboxTask) -> dict[str, Any]:
        """A task as `get` answers it; which fields, and in which order, depends on its status."""
        facts: _Facts = task.facts
        order = facts.order
        body: dict[str, Any] = {"id": task.id, "model": order.model_id, "status": task.status}
        succeeded = task.status == "succeeded"
        if succeeded:
            body["content"] = self._content(task, order)
            body["usage"] = {"completion_tokens": facts.tokens, "total_tokens": facts.tokens}
            if "tools" in order.echo:
                body["usage"]["tool_usage"] = {"web_search": 1}
        elif task.status == "failed" or (task.status == "expired" and task.error_code):
            code = task.error_code or "InternalServiceError"
            body["error"] = {"code": code, "message": signed(task.error_message or text_of(code), facts.request_id)}
        body |= {"created_at": int(task.created_at), "updated_at": int(task.updated_at)}
        if succeeded:
            body |= {
                "seed": facts.seed,
                "resolution": order.resolution,
                "ratio": facts.ratio,
                "duration": facts.duration,
                "framespersecond": 24,
            }
        body |= {"service_tier": order.service_tier, "execution_expires_after": order.expires_after}
        if order.model.echoes_audio:
            body["generate_audio"] = order.generate_audio
        return body | {"draft": order.draft, "priority": order.priority} | dict(order.echo)

    def _content(self, task: SandboxTask, order: ArkOrder) -> dict[str, str]:
        links, life = self._core.links, self._core.scenario.url_life
        folder = short_name(order.model_id)
        suffix = str(order.echo.get("output_format", "mp4"))
        content = {"video_url": links.url(task, "clip", folder=folder, suffix=suffix, life=life)}
        if order.return_last_frame:
            content["last_frame_url"] = links.url(task, "last_frame", folder=folder, suffix="png", life=life)
        return content

    def _list(self, call: Call) -> dict[str, Any]:
        wanted: dict[str, list[str]] = {}
        for name, value in call.query:
            wanted.setdefault(name, []).append(value)
        page, size = _page(wanted, "page_num", 1), _page(wanted, "page_size", 20)
        status = wanted.get("filter.status", [""])[-1]
        if status and status not in STATUSES:
            raise invalid("filter.status", f"one of {', '.join(STATUSES)} is expected")
        tier = wanted.get("filter.service_tier", ["default"])[-1]
        if tier not in ("default", "flex"):
            raise invalid("filter.service_tier", "one of default, flex is expected")
        model = wanted.get("filter.model", [""])[-1]
        store = self._core.store
        if ids := dict.fromkeys(wanted.get("filter.task_ids", [])):
            found = (store.get(task_id, self.name) for task_id in ids)
            tasks = sorted((task for task in found if task is not None), key=lambda task: -task.order)
        else:
            tasks = list(store.newest_first(self.name))
        tasks = [
            task
            for task in tasks
            if (not status or task.status == status)
            and task.facts.order.service_tier == tier
            and (not model or model in (task.facts.order.model_id, task.facts.order.endpoint))
        ]
        items = tasks[(page - 1) * size : page * size]
        return {"total": len(tasks), "items": [self.body_of(task) for task in items]}

    def _delete(self, task: SandboxTask) -> dict[str, Any]:
        store = self._core.store
        if task.status == "queued":
            store.cancel(task)
        elif task.status == "running":
            raise ArkError(
                409,
                "InvalidAction.RunningTaskDeletion",
                f"Cannot delete task `{task.id}` because it is currently running.",
            )
        elif task.status == "cancelled":
            # Documented as not supported; its code was never seen.
            raise ArkError(400, "InvalidAction", f"Cannot delete task `{task.id}` because it is cancelled.")
        else:
            store.delete(task)
        return {}

    def _find(self, task_id: str) -> SandboxTask:
        task = self._core.store.get(task_id, self.name)
        if task is None:
            raise not_found(task_id)
        return task

    # -- the rest --

    def _limit(self, operation: str) -> None:
        limit = getattr(self._core.scenario, f"{operation}_qps")
        if not self._core.within(f"ark/{operation}", limit, 1.0):
            raise _too_many("AccountRateLimitExceeded")

    def _changed(self, task: SandboxTask) -> None:
        if task.status == "succeeded":
            self._bill(task)
        url = task.facts.order.callback_url
        if not url or task.status == "cancelled":
            return
        body = _dump(self.body_of(task))
        self._core.callbacks.send(task.id, url, body, tries=3 if task.status in ("succeeded", "failed") else 1)

    def _bill(self, task: SandboxTask) -> None:
        facts: _Facts = task.facts
        self._core.bills.add(
            Bill(
                task_id=task.id,
                provider=self.name,
                model=facts.order.model_id,
                tokens=facts.tokens,
                seconds=facts.duration,
                at=task.updated_at,
            )
        )

    def _request_id(self, call: Call) -> str:
        return request_id(call.at, f"{self._core.base}/{call.serial}")

    def _reply(self, call: Call, status: int, body: dict[str, Any]) -> Reply:
        return Reply(status, body, {"x-request-id": self._request_id(call)})

    def _error(self, call: Call, error: ArkError) -> Reply:
        name = self._request_id(call)
        return Reply(error.status, error.body(name), {"x-request-id": name})


def _authenticate(header: str | None) -> None:
    if not header:
        raise ArkError(401, "AuthenticationError", text_of("AuthenticationError"))
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise ArkError(401, "AuthenticationError", "The API key format is incorrect.")
    if key.strip().startswith("invalid"):
        raise ArkError(401, "AuthenticationError", text_of("AuthenticationError"))


def _too_many(code: str) -> ArkError:
    return ArkError(429, code, text_of(code))


def _page(wanted: dict[str, list[str]], name: str, default: int) -> int:
    text = wanted.get(name, [str(default)])[-1]
    if not text.isdecimal() or not 1 <= int(text) <= 500:
        raise invalid(name, "an integer from 1 to 500 is expected")
    return int(text)


async def _load(body: bytes) -> Any:
    try:
        if len(body) < LARGE_BODY:
            return json.loads(body)
        return await asyncio.get_running_loop().run_in_executor(None, json.loads, body)
    except ValueError:
        raise ArkError(400, "InvalidParameter", "The request body is not valid JSON.") from None


def _dump(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
