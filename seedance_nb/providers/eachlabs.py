"""EachLabs.

Sources: eachlabs/mintlify-docs of 2026-08-21 and eachlabs/skills, read 2026-11-20.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar
from urllib.parse import quote

from seedance_nb.errors import (
    ConfigurationError,
    ResponseFormatError,
    StatusError,
)
from seedance_nb.money import Money
from seedance_nb.providers._fields import amount, count, folded, identity, moment, text, word
from seedance_nb.providers._http import Answer, Http, retry_after
from seedance_nb.providers._refusals import refusal_of
from seedance_nb.providers.protocol import Page, Upload, UrlOf
from seedance_nb.redaction import redact
from seedance_nb.request import AUTO_DURATION, Request
from seedance_nb.task import Failure, Snapshot, TaskStatus

if TYPE_CHECKING:
    import httpx

VERSION = "0.0.1"
"""Named as required, and ignored. Source: EachLabs, "Create prediction", read 2026-11-20."""

# What a poll emits today, what the OpenAPI file says, and what a webhook says.
_STATUSES = {
    "created": TaskStatus.QUEUED,
    "queued": TaskStatus.QUEUED,
    "starting": TaskStatus.QUEUED,
    "processing": TaskStatus.RUNNING,
    "running": TaskStatus.RUNNING,
    "success": TaskStatus.SUCCEEDED,
    "succeeded": TaskStatus.SUCCEEDED,
    "error": TaskStatus.FAILED,
    "failed": TaskStatus.FAILED,
    "cancelled": TaskStatus.CANCELLED,
    "canceled": TaskStatus.CANCELLED,
}
_REFERENCES = {"image": "image_urls", "video": "video_urls", "audio": "audio_urls"}
_IDS = ("id", "predictionID", "predictionId", "prediction_id", "exec_id")


def encode(request: Request, model_id: str, url_of: UrlOf, *, webhook_secret: str = "") -> dict[str, object]:
    """The body of a create. Duration and seed are text there."""
    inputs: dict[str, object] = {
        "prompt": request.prompt,
        "resolution": request.resolution,
        "duration": "auto" if request.duration == AUTO_DURATION else str(request.duration),
        "aspect_ratio": "auto" if request.ratio == "adaptive" else request.ratio,
        "generate_audio": request.generate_audio,
    }
    for item in request.content.media:
        role = request.content.role_of(item)
        if role == "first_frame":
            inputs["image_url"] = url_of(item)
        elif role == "last_frame":
            inputs["end_image_url"] = url_of(item)
        else:
            urls = inputs.setdefault(_REFERENCES[item.kind], [])
            assert isinstance(urls, list)
            urls.append(url_of(item))
    if request.seed is not None:
        inputs["seed"] = str(request.seed)
    if request.safety_identifier is not None:
        inputs["end_user_id"] = request.safety_identifier
    body: dict[str, object] = {"model": model_id, "version": VERSION, "input": inputs}
    if request.callback_url is not None:
        body["webhook_url"] = request.callback_url
        if webhook_secret:
            body["webhook_secret"] = webhook_secret
    return body


def decode_created(payload: object) -> str:
    """The id in the answer to a create, whose "success" means accepted.

    Raises:
        ResponseFormatError: There is none.
    """
    task_id = _id(payload)
    if task_id is None:
        raise ResponseFormatError("EachLabs accepted the request and named no prediction.", provider="eachlabs")
    return task_id


def decode_task(payload: object) -> Snapshot:
    """What a prediction says, in today's words or the older ones.

    Raises:
        ResponseFormatError: There is no prediction in it.
    """
    task_id = _id(payload)
    if task_id is None or not isinstance(payload, Mapping):
        raise ResponseFormatError(
            "EachLabs answered with something that is not a prediction. The task, if there is one, goes on.",
            provider="eachlabs",
        )
    raw = payload.get("status")
    metrics = payload.get("metrics")
    cost = amount(metrics.get("cost")) if isinstance(metrics, Mapping) else None
    status = _STATUSES.get(raw.lower()) if isinstance(raw, str) else None
    given = payload.get("input")
    given = given if isinstance(given, Mapping) else {}
    return Snapshot(
        task_id=task_id,
        status=status,
        raw_status=word(raw),
        model_id=text(payload.get("model")) or "",
        created_at=moment(payload.get("created_at")),
        updated_at=moment(payload.get("updated_at")),
        video_url=_url(payload.get("output")) if status is TaskStatus.SUCCEEDED else None,
        failure=_failure(payload) if status is TaskStatus.FAILED else None,
        seed=count(given.get("seed")),
        resolution=text(given.get("resolution")),
        cost=None if cost is None else Money(cost, "USD"),
    )


def webhook_task_id(payload: object) -> str | None:
    """Which prediction a webhook is about."""
    return text(payload.get("exec_id")) if isinstance(payload, Mapping) else None


def decode_webhook(payload: object) -> Snapshot:
    """What a webhook says, once its secret is known to be ours.

    It does not say what the prediction cost; a poll does.
    Source: EachLabs, webhook payload reference of 2026-08-21, read 2026-11-20.

    Raises:
        ResponseFormatError: There is no prediction in it.
    """
    said = payload if isinstance(payload, Mapping) else {}
    names = ("status", "output", "error", "error_code", "message", "details")
    return decode_task({"id": webhook_task_id(payload), **{name: said.get(name) for name in names}})


def _id(payload: object) -> str | None:
    if not isinstance(payload, Mapping):
        return None
    return next((found for name in _IDS if (found := identity(payload.get(name)))), None)


def _url(output: object, depth: int = 3) -> str | None:
    """The clip's address: the output itself, its first entry, or a field of it."""
    if isinstance(output, str):
        return output or None
    inner: list[object] = []
    if isinstance(output, list):
        inner = output
    elif isinstance(output, Mapping):
        inner = [output.get(name) for name in ("video", "url", "video_url", "output")]
    return next((found for entry in inner if (found := _url(entry, depth - 1))), None) if depth else None


def _failure(payload: Mapping[str, Any]) -> Failure:
    output = payload.get("output")
    if isinstance(output, list) and output and isinstance(output[0], Mapping):
        output = output[0]
    inner: Mapping[str, Any] = output if isinstance(output, Mapping) else {}
    code = inner.get("error_code") or payload.get("error_code") or ""
    said = (
        text(inner.get("error_message"))
        or text(inner.get("error"))
        or text(payload.get("error"))
        or text(payload.get("message"))
        or text(payload.get("logs"))
        or "EachLabs gave no reason."
    )
    details = text(payload.get("details"))
    return Failure(word(code, most=200), redact(f"{said} {details}" if details else said)[:2000])


def decode_error(answer: Answer, *, key: str = "") -> StatusError:
    """The error that an answer with 4xx or 5xx stands for, in either spelling."""
    try:
        payload = answer.json()
    except (ValueError, RecursionError):
        payload = None
    body = payload if isinstance(payload, Mapping) else {}
    said = text(body.get("error")) or text(body.get("message")) or "no reason given"
    details = text(body.get("details"))
    kind, meaning = refusal_of(answer.status_code, name="EachLabs", key_env="EACHLABS_API_KEY")
    whole = redact(f"{said}: {details}" if details else said, keys=(key,))[:2000].rstrip(".")
    return kind(
        f"eachlabs said {answer.status_code}: {whole}. {meaning}",
        provider="eachlabs",
        status_code=answer.status_code,
        code=f"HTTP {answer.status_code}",
        request_id=answer.headers.get("x-request-id"),
        retry_after=retry_after(answer.headers),
        body=folded(body, keys=(key,)),
    )


class EachLabs:
    """EachLabs' predictions."""

    id: ClassVar[str] = "eachlabs"
    can_list: ClassVar[bool] = False
    """Its list of executions shows no seed, so that a lost prediction cannot be told from another."""
    cancellable: ClassVar[frozenset[TaskStatus]] = frozenset({TaskStatus.QUEUED, TaskStatus.RUNNING})
    warm_up: ClassVar[float] = 0.0
    list_limit: ClassVar[int] = 100
    page_limit: ClassVar[int] = 100
    poll_interval: ClassVar[float] = 3.0

    def __init__(self, *, base_url: str, key: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = Http(
            self.id,
            base_url,
            key,
            error_of=lambda answer: decode_error(answer, key=key),
            headers={"X-API-Key": key},  # the older header still works, and older installations know no other
            transport=transport,
        )
        self.base_url = self._http.base_url
        self.account = self._http.account
        self.webhook_secret = ""
        """Sent with a create that names a callback; each webhook then carries it as its only proof."""

    def __repr__(self) -> str:
        return f"EachLabs({self.base_url})"

    def encode(self, request: Request, model_id: str, url_of: UrlOf) -> dict[str, object]:
        """The body of a create; see `encode`."""
        return encode(request, model_id, url_of, webhook_secret=self.webhook_secret)

    async def create(self, body: dict[str, object]) -> str:
        """Create a prediction and return its id; sent once."""
        return decode_created(self._http.json(await self._http.create("/v1/prediction", body)))

    async def get(self, task_id: str) -> Snapshot:
        """What EachLabs says of one prediction now."""
        answer = await self._http.read("GET", f"/v1/prediction/{quote(task_id, safe='')}", task_id=task_id)
        return decode_task(self._http.json(answer, task_id=task_id))

    async def list(
        self,
        *,
        task_ids: Sequence[str] = (),
        status: str | None = None,
        model_id: str | None = None,
        page: int = 1,
        page_size: int = 100,
    ) -> Page:
        """Not used: see `can_list`."""
        raise ConfigurationError("EachLabs' executions cannot be matched to tasks; each is asked for by its id.")

    async def cancel(self, task_id: str) -> None:
        """Cancel a prediction that has not ended, as far as EachLabs still can."""
        await self._http.once("POST", f"/v1/prediction/{quote(task_id, safe='')}/cancel", task_id=task_id)

    async def upload(self, file: BinaryIO, *, name: str, mime: str) -> Upload:
        """Put a file into EachLabs' storage: ask for an address, then send the bytes there."""
        kind = mime.partition("/")[0]
        asked = {"content_type": mime, "file_type": kind, "expires_in_seconds": UPLOAD_LIFE}
        said = self._http.json(await self._http.post("/v1/upload/presign", asked))
        place = said if isinstance(said, Mapping) else {}
        target, public = text(place.get("presigned_url")), text(place.get("public_url"))
        if target is None or public is None:
            raise ResponseFormatError(
                f"EachLabs gave no address to put {name} to. Nothing was created.", provider=self.id
            )
        required = place.get("required_headers")
        headers = {str(k): str(v) for k, v in required.items()} if isinstance(required, Mapping) else {}
        await self._http.put(target, file, headers={"Content-Type": mime, **headers})
        return Upload(public, moment(place.get("expires_at")) or dt.datetime.now(dt.UTC) + dt.timedelta(days=1))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


UPLOAD_LIFE = 7 * 24 * 3600
"""Seconds for which an uploaded reference is kept; a retry within the week needs no second upload."""
