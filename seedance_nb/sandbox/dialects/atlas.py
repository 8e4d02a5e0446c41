"""Atlas Cloud's dialect: generate a video, read a prediction, upload a medium.

Beside them what the same host offers: the models, the key that signs webhooks, and billing.
There is no list and no cancel. Sources: Atlas Cloud, model page of Seedance 2.0 and docs (errors,
webhooks, public API); AtlasCloudAI/mcp-server and atlascloud_comfyui; answers recorded by users; read 2026-11-20.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from seedance_nb.sandbox._bills import Bill
from seedance_nb.sandbox._core import Core
from seedance_nb.sandbox._media import Medium
from seedance_nb.sandbox._tasks import ENDED, Plan, SandboxTask
from seedance_nb.sandbox.dialects import Call, Reply
from seedance_nb.sandbox.dialects._ark_errors import ArkError, text_of
from seedance_nb.sandbox.dialects._ark_media import bring_media, resolve_duration, resolve_ratio
from seedance_nb.sandbox.dialects._atlas_billing import balance, model_costs, model_usage
from seedance_nb.sandbox.dialects._atlas_catalogue import input_schema, model_list
from seedance_nb.sandbox.dialects._atlas_errors import INPUT_MODERATION, AtlasError
from seedance_nb.sandbox.dialects._atlas_rules import AtlasOrder, read_order
from seedance_nb.sandbox.dialects._atlas_tables import MODELS, billed_tokens, price_of, size_of
from seedance_nb.sandbox.dialects._atlas_uploads import UploadShelf, read_upload
from seedance_nb.sandbox.dialects._atlas_webhooks import Signer, webhook_body
from seedance_nb.sandbox.scenario import Fault, turn_of

if TYPE_CHECKING:
    from seedance_nb.sandbox.clip import ClipSpec

API = "/api/v1"
PUBLIC = "/public/v1"
STORAGE = "/atlas-storage"
"""Where uploads and schemas are handed out; the service has other hosts for it."""
CREATE = f"{API}/model/generateVideo"
GET = f"{API}/model/prediction/"
UPLOAD = f"{API}/model/uploadMedia"
LARGE_BODY = 1024 * 1024

_WORDS = {"queued": "starting", "running": "processing", "succeeded": "completed", "expired": "timeout"}
_FAULTS = {
    "unauthorized": 401,
    "overdue": 402,
    "rate_limit": 429,
    "quota": 429,
    "server_error": 500,
    "moderation": 400,
    "not_found": 404,
    "error": 400,
}


@dataclass(frozen=True, slots=True)
class _Facts:
    order: AtlasOrder
    duration: int
    resolution: str
    tokens: int
    with_video: bool


class AtlasDialect:
    """Answers as `https://api.atlascloud.ai/api/v1` does, and as `/public/v1` beside it."""

    name = "atlas"
    prefixes = (API, PUBLIC, STORAGE)
    base_path = API
    largest_body = 50 * 1024 * 1024

    def __init__(self, core: Core) -> None:
        self._core = core
        self._uploads = UploadShelf()
        self._signer = Signer()
        core.store.listeners[self.name] = self._changed

    def operation(self, method: str, path: str) -> str:
        """The operation of a path, `""` for none."""
        if method == "POST":
            return {CREATE: "create", UPLOAD: "upload"}.get(path, "")
        if method == "GET" and path.startswith(GET) and path != GET and "/" not in path.removeprefix(GET):
            return "get"
        return ""

    async def handle(self, call: Call) -> Reply:
        """Answer a request."""
        try:
            if call.method in ("GET", "HEAD") and (reply := self._open(call)) is not None:
                return reply
            account = _account(call.headers.get("authorization"))
            if call.operation == "create":
                return self._reply(call, await self._create(call, account))
            if call.operation == "upload":
                return self._reply(call, self._upload(call))
            if call.operation == "get":
                return self._reply(call, self._get(call, account))
            if call.method == "GET" and call.path.startswith(f"{PUBLIC}/"):
                return self._reply(call, self._billing(call) | {"request_id": self._request_id(call)})
            raise AtlasError(401)
        except AtlasError as error:
            return self._error(call, error)
        except ArkError as error:
            # What the service behind says comes through as it is.
            return self._error(call, AtlasError(error.status, error.message))

    def refuse(self, call: Call, fault: Fault) -> Reply:
        """The refusal a fault asks for; a `code` in figures is the body's code, in words one of Ark's."""
        status = fault.status or _FAULTS[fault.kind]
        code = int(fault.code) if fault.code.isdecimal() else None
        message = fault.message or ("" if code is not None or not fault.code else text_of(fault.code))
        if fault.kind == "moderation":
            message = message or text_of("InputTextSensitiveContentDetected")
        reply = self._error(call, AtlasError(status, message, code=code))
        if fault.retry_after is None:
            return reply
        return replace(reply, headers=dict(reply.headers) | {"retry-after": f"{fault.retry_after:g}"})

    def too_large(self, call: Call) -> Reply:
        """A body above 50 MB."""
        return self._error(call, AtlasError(413))

    # -- without a key --

    def _open(self, call: Call) -> Reply | None:
        if call.path == f"{API}/models":
            return self._reply(call, model_list(f"{self._core.base}{STORAGE}/schemas"))
        if call.path == f"{API}/webhooks/jwks.json":
            return self._reply(call, self._signer.jwks())
        if not call.path.startswith(f"{STORAGE}/"):
            return None
        folder, _, name = call.path.removeprefix(f"{STORAGE}/").partition("/")
        if folder == "schemas" and (model := MODELS.get(name.removesuffix(".json"))) is not None:
            return self._reply(call, input_schema(model))
        upload = self._uploads.get(name) if folder == "media" else None
        if upload is None:
            raise AtlasError(404)
        return Reply(200, upload.data, {"content-type": upload.content_type, "x-content-type-options": "nosniff"})

    # -- create --

    async def _create(self, call: Call, account: str) -> dict[str, Any]:
        order = read_order(await _load(call.body))
        if order.webhook_url:
            self._signer.check()
        scenario = self._core.scenario
        if not self._core.within(f"atlas/create/{account}/{order.model.id}", scenario.create_rpm, 60.0):
            raise AtlasError(429)
        media = await bring_media(self._core.desk, order.upstream)
        if scenario.queue_cap is not None and self._core.store.queued >= scenario.queue_cap:
            raise AtlasError(429, "Too many predictions of your account are waiting.")
        task_id = self._name("prediction", call)
        facts, spec = self._settle(order, media, task_id)
        self._core.store.add(task_id, self.name, spec, self._plan(order, task_id), facts)
        task = self._core.store.get(task_id, self.name)
        return _enveloped(
            {
                "id": task_id,
                "model": order.model.id,
                "outputs": None,
                "urls": {"get": f"{self._core.base}{GET}{task_id}"},
                "status": "starting" if task is None else self._word(task),
            }
        )

    def _plan(self, order: AtlasOrder, task_id: str) -> Plan:
        # Moderation is never an answer to the create here: the task is made, and fails.
        scenario, turn = self._core.scenario, turn_of(order.upstream.prompt)
        return Plan(
            queue=scenario.queue,
            run=scenario.run_of(task_id),
            then=turn.then if turn else scenario.then,
            error_code=turn.error_code if turn else scenario.error_code,
            error_message="" if turn else scenario.error_message,
            expires_after=order.upstream.expires_after,
            pool="4k" if order.upstream.resolution == "4k" else "",
        )

    def _settle(self, order: AtlasOrder, media: list[Medium], task_id: str) -> tuple[_Facts, ClipSpec]:
        from seedance_nb.sandbox.clip import ClipSpec

        wish = order.upstream
        seed = wish.seed if wish.seed != -1 else int(task_id[:6], 16)
        duration = resolve_duration(wish, seed)
        width, height = size_of(wish.resolution, resolve_ratio(wish, media))
        by_role = {named.role: medium.data for named, medium in zip(wish.media, media, strict=True)}
        references = media if wish.mode == "reference" else []
        data = {
            kind: tuple(medium.data for medium in references if medium.kind == kind)
            for kind in ("image", "video", "audio")
        }
        spec = ClipSpec(
            width=width,
            height=height,
            frames=24 * duration + 1,
            prompt=wish.prompt,
            seed=seed,
            model=order.model.id,
            mode=wish.mode,
            audio=wish.generate_audio,
            watermark=wish.watermark,
            first_frame=by_role.get("first_frame"),
            last_frame=by_role.get("last_frame"),
            images=data["image"],
            videos=data["video"],
            audios=data["audio"],
            codec="hevc" if wish.resolution == "4k" else "h264",
        )
        seconds_in = float(sum(medium.duration for medium in media if medium.kind == "video"))
        facts = _Facts(
            # Without the media: a data URI is megabytes of text.
            order=replace(order, upstream=replace(wish, media=())),
            duration=duration,
            resolution=wish.resolution,
            tokens=billed_tokens(width, height, duration, seconds_in),
            with_video=bool(seconds_in),
        )
        return facts, spec

    # -- get --

    def _get(self, call: Call, account: str) -> dict[str, Any]:
        scenario = self._core.scenario
        if not self._core.within(f"atlas/get/{account}", scenario.get_qps, 1.0):
            raise AtlasError(429)
        task = self._core.store.get(call.path.removeprefix(GET), self.name)
        if task is None:
            raise AtlasError(404, "Prediction not found.")
        if call.at < task.created_at + scenario.warm_up:
            raise AtlasError(scenario.warm_up_status, "Prediction not found.")
        return _enveloped(self.body_of(task))

    def body_of(self, task: SandboxTask) -> dict[str, Any]:
        """A task as `get` answers it, inside the envelope."""
        text, code = _failure(task)
        body: dict[str, Any] = {
            "id": task.id,
            "model": task.facts.order.model.id,
            "status": self._word(task),
            "outputs": self._outputs(task),
            "error": text,
        }
        if code is not None:
            body["error_code"] = code
        if task.status == "succeeded":
            body["metrics"] = {"predict_time": round(task.updated_at - task.scratch["started_at"], 3)}
        body["created_at"] = _iso(task.created_at)
        if task.ended_at is not None:
            body["completed_at"] = _iso(task.ended_at)
        return body

    def _word(self, task: SandboxTask) -> str:
        if task.status == "succeeded" and self._core.scenario.success_word:
            return self._core.scenario.success_word
        return _WORDS.get(task.status, task.status)

    def _outputs(self, task: SandboxTask) -> list[str] | None:
        if task.status != "succeeded":
            return None
        links, life = self._core.links, self._core.scenario.url_life
        outputs = [links.url(task, "clip", folder="outputs", suffix="mp4", life=life)]
        if task.facts.order.upstream.return_last_frame:
            outputs.append(links.url(task, "last_frame", folder="outputs", suffix="png", life=life))
        return outputs

    # -- upload, billing --

    def _upload(self, call: Call) -> dict[str, Any]:
        upload = read_upload(call.headers.get("content-type", ""), call.body)
        name = self._uploads.add(upload, self._name("upload", call))
        return _enveloped(
            {
                "type": upload.kind,
                "download_url": f"{self._core.base}{STORAGE}/media/{name}",
                "filename": upload.filename,
                "size": len(upload.data),
            }
        )

    def _billing(self, call: Call) -> dict[str, Any]:
        self._core.store.settle()
        bills = list(self._core.bills.of(self.name))
        what = call.path.removeprefix(f"{PUBLIC}/")
        if what == "balance":
            return balance(bills)
        if what == "model-costs":
            return model_costs(bills, call.query, call.at)
        if what == "model-usage":
            return model_usage(bills, call.query, call.at)
        raise AtlasError(401)

    # -- when a task changes --

    def _changed(self, task: SandboxTask) -> None:
        if task.status == "running":
            task.scratch["started_at"] = task.updated_at
        if task.status == "succeeded":
            self._bill(task)
        if task.status in ENDED and task.facts.order.webhook_url:
            self._call_back(task)

    def _bill(self, task: SandboxTask) -> None:
        facts: _Facts = task.facts
        price = price_of(facts.order.model.family, facts.resolution, with_video=facts.with_video)
        self._core.bills.add(
            Bill(
                task_id=task.id,
                provider=self.name,
                model=facts.order.model.id,
                tokens=facts.tokens,
                seconds=facts.duration,
                amount=None if price is None else price * facts.tokens / 1_000_000,
                currency="" if price is None else "USD",
                at=task.updated_at,
            )
        )

    def _call_back(self, task: SandboxTask) -> None:
        order: AtlasOrder = task.facts.order
        body = webhook_body(
            task.id,
            task.updated_at,
            model=order.model.id,
            status=_WORDS.get(task.status, task.status),
            outputs=self._outputs(task),
            error=_failure(task)[0],
        )
        self._core.callbacks.send(task.id, order.webhook_url, body, headers=self._signer.headers(task.id, body))

    # -- answers --

    def _reply(self, call: Call, body: dict[str, Any]) -> Reply:
        return Reply(200, body, {"x-request-id": self._request_id(call)})

    def _error(self, call: Call, error: AtlasError) -> Reply:
        name = self._request_id(call)
        body = error.public_body(name) if call.path.startswith(PUBLIC) else error.body(name)
        return Reply(error.status, body, {"x-request-id": name})

    def _request_id(self, call: Call) -> str:
        return self._name("request", call)

    def _name(self, what: str, call: Call) -> str:
        return hashlib.sha256(f"{what}/{self._core.base}/{call.serial}".encode()).hexdigest()[:32]


def _account(header: str | None) -> str:
    scheme, _, key = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip() or key.strip().startswith("invalid"):
        raise AtlasError(401)
    return hashlib.sha256(key.strip().encode()).hexdigest()[:16]


def _failure(task: SandboxTask) -> tuple[str | None, int | None]:
    if task.status == "expired":
        return "The prediction timed out.", None
    if task.status != "failed":
        return None, None
    name = task.error_code
    if name.isdecimal():
        return task.error_message or text_of("SensitiveContentDetected"), int(name)
    text = task.error_message or text_of(name or "InternalServiceError")
    return text, INPUT_MODERATION if name.startswith("Input") else None


def _enveloped(data: dict[str, Any]) -> dict[str, Any]:
    return {"code": 200, "message": "", "data": data}


def _iso(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def _load(body: bytes) -> Any:
    try:
        if len(body) < LARGE_BODY:
            return json.loads(body)
        return await asyncio.get_running_loop().run_in_executor(None, json.loads, body)
    except ValueError:
        raise AtlasError(400, "The request body is not valid JSON.") from None
