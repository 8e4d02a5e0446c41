"""Volcengine Ark, and whatever speaks the same wire.

Source: Ark, "Create a video generation task" (82379/1520757) and its neighbours, read 2026-11-20.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, ClassVar
from urllib.parse import quote

from seedance_nb.content import Media, Text
from seedance_nb.errors import (
    AuthenticationError,
    ConfigurationError,
    PermissionDeniedError,
    ProviderUnavailableError,
    QuotaError,
    RateLimitError,
    RequestRejectedError,
    ResponseFormatError,
    StatusError,
    TaskNotFoundError,
)
from seedance_nb.money import Usage
from seedance_nb.providers._fields import count, folded, identity, moment, text, word
from seedance_nb.providers._http import Answer, Http, retry_after
from seedance_nb.providers.protocol import Page, Upload, UrlOf
from seedance_nb.redaction import redact
from seedance_nb.request import Request
from seedance_nb.task import Failure, Snapshot, TaskStatus

if TYPE_CHECKING:
    import httpx

TASKS = "/contents/generations/tasks"

_STATUSES = {
    "queued": TaskStatus.QUEUED,
    "running": TaskStatus.RUNNING,
    "succeeded": TaskStatus.SUCCEEDED,
    "failed": TaskStatus.FAILED,
    "expired": TaskStatus.EXPIRED,
    "cancelled": TaskStatus.CANCELLED,
}
_PLAIN = (
    "ratio",
    "resolution",
    "duration",
    "generate_audio",
    "watermark",
    "return_last_frame",
    "seed",
    "camera_fixed",
    "frames",
    "draft",
    "service_tier",
    "execution_expires_after",
    "priority",
    "callback_url",
    "safety_identifier",
    "output_format",
    "omni_reference_task_type",
)
# Codes that name a family wherever they come, whatever the HTTP status beside them.
_QUOTA_CODES = ("AccountOverdueError", "QuotaExceeded", "SetLimitExceeded", "OperationDenied.ServiceOverdue")
_QUEUE_FULL = "QuotaExceeded"
_USED_UP = ("free trial", "usage quota")
"""One code, three rows of the table: a trial that is used up, a plan's quota of hours or weeks, and else too many
queued tasks, "please try again later". Source: Ark, "Error codes" (82379/1299023), read 2026-11-21."""


def encode(request: Request, model_id: str, url_of: UrlOf) -> dict[str, object]:
    """The body of a create: what is None is left out, what is set is sent as it is."""
    content: list[dict[str, object]] = []
    for item in request.content:
        if isinstance(item, Text):
            if item.text.strip():  # beside media a text may be missing, and not be empty
                content.append({"type": "text", "text": item.text})
        else:
            content.append(_media_item(item, request, url_of))
    body: dict[str, object] = {"model": model_id, "content": content}
    parameters = request.parameters()
    body.update({name: parameters[name] for name in _PLAIN if name in parameters})
    if request.web_search:
        body["tools"] = [{"type": "web_search"}]
    return body


def _media_item(item: Media, request: Request, url_of: UrlOf) -> dict[str, object]:
    kind = f"{item.kind}_url"
    made: dict[str, object] = {"type": kind, kind: {"url": url_of(item)}}
    role = request.content.role_of(item)
    if role is not None:
        made["role"] = role
    return made


def decode_task(payload: object) -> Snapshot:
    """What a task object says; whatever is missing, null or of another type is None.

    Raises:
        ResponseFormatError: There is no task in it.
    """
    task_id = identity(payload.get("id")) if isinstance(payload, Mapping) else None
    if task_id is None or not isinstance(payload, Mapping):
        raise ResponseFormatError(
            "Ark answered with something that is not a task. The task, if there is one, goes on.", provider="ark"
        )
    raw = payload.get("status")
    content = payload.get("content")
    content = content if isinstance(content, Mapping) else {}
    return Snapshot(
        task_id=task_id,
        status=_STATUSES.get(raw) if isinstance(raw, str) else None,
        raw_status=word(raw),
        model_id=text(payload.get("model")) or "",
        created_at=moment(payload.get("created_at")),
        updated_at=moment(payload.get("updated_at")),
        usage=_usage(payload.get("usage")),
        video_url=text(content.get("video_url")),
        last_frame_url=text(content.get("last_frame_url")),
        failure=_failure(payload.get("error")),
        seed=count(payload.get("seed")),
        resolution=text(payload.get("resolution")),
        ratio=text(payload.get("ratio")),
        duration=count(payload.get("duration")),
    )


def webhook_task_id(payload: object) -> str | None:
    """Which task a callback is about.

    Its body is that of a get, and is not read further: nothing in it proves that Ark has sent it.
    Source: Ark, "Create a video generation task" (82379/1520757), `callback_url`, read 2026-11-20.
    """
    return text(payload.get("id")) if isinstance(payload, Mapping) else None


def decode_page(payload: object) -> Page:
    """What a list says; an item that is no task is left out."""
    items = payload.get("items") if isinstance(payload, Mapping) else None
    if not isinstance(payload, Mapping) or not isinstance(items, list):
        raise ResponseFormatError("Ark answered a list with something that is not one.", provider="ark")
    tasks = []
    for item in items:
        try:
            tasks.append(decode_task(item))
        except ResponseFormatError:
            continue
    total = count(payload.get("total"))
    return Page(total=len(tasks) if total is None else total, tasks=tuple(tasks))


def decode_error(answer: Answer, *, key: str = "", provider: str = "ark") -> StatusError:
    """The error that an answer with 4xx or 5xx stands for.

    Source: Ark, "Error codes" (82379/1299023), read 2026-11-20.
    """
    try:
        payload = answer.json()
    except (ValueError, RecursionError):
        payload = None
    error = payload.get("error") if isinstance(payload, Mapping) else None
    error = error if isinstance(error, Mapping) else {}
    code = word(text(error.get("code")) or f"HTTP {answer.status_code}", most=200, keys=(key,))
    said = redact(text(error.get("message")) or "", keys=(key,))[:2000]
    kind, meaning = _meaning(answer.status_code, code, said)
    return kind(
        f"{provider} said {answer.status_code} {code}: {said or 'no reason given'} {meaning}",
        provider=provider,
        status_code=answer.status_code,
        code=code,
        param=word(text(error.get("param")) or "", most=200, keys=(key,)),
        request_id=answer.headers.get("x-request-id"),
        retry_after=retry_after(answer.headers),
        body=folded(error, keys=(key,)),
    )


def _meaning(status: int, code: str, said: str) -> tuple[type[StatusError], str]:
    if code == _QUEUE_FULL and status == 429 and not any(words in said.lower() for words in _USED_UP):
        return RateLimitError, "Nothing was created. Wait until queued tasks have run."
    if code.startswith(_QUOTA_CODES):
        return QuotaError, "Nothing was created. Top up the account, or raise its limit in the Ark console."
    if code == "InvalidAccountStatus":
        return AuthenticationError, "Nothing was created. The account is not in order; see the Ark console."
    if status == 401:
        return AuthenticationError, "Nothing was created. Check ARK_API_KEY; keys are made in the Ark console."
    if status == 403:
        return PermissionDeniedError, "Nothing was created. This key may not do it; see the Ark console."
    if status == 404 and code in {"ModelNotOpen", "InvalidEndpointOrModel.ModelIDAccessDisabled"}:
        return PermissionDeniedError, (
            "Nothing was created. Activate the model in the Ark console; it asks for a balance of ¥200."
        )
    if status == 404:
        return TaskNotFoundError, "Ark keeps tasks for 7 days, cancelled ones for 24 hours."
    if status == 429:
        return RateLimitError, "Nothing was created. Wait a moment."
    if status >= 500:
        return ProviderUnavailableError, "Ark is in trouble; try again later."
    return RequestRejectedError, "Nothing was created and nothing is billed."


def _usage(value: object) -> Usage | None:
    if not isinstance(value, Mapping):
        return None
    completion, total = count(value.get("completion_tokens")), count(value.get("total_tokens"))
    completion = total if completion is None else completion
    if completion is None or completion < 0:
        return None
    tools = value.get("tool_usage")
    searches = count(tools.get("web_search")) if isinstance(tools, Mapping) else None
    return Usage(completion, completion if total is None else total, searches)


def _failure(value: object) -> Failure | None:
    if isinstance(value, str) and value:
        return Failure("", redact(value)[:2000])
    if not isinstance(value, Mapping) or not (value.get("code") or value.get("message")):
        return None
    return Failure(word(value.get("code") or "", most=200), word(value.get("message") or "", most=2000))


class Ark:
    """Volcengine Ark's video tasks."""

    id: ClassVar[str] = "ark"
    can_list: ClassVar[bool] = True
    cancellable: ClassVar[frozenset[TaskStatus]] = frozenset({TaskStatus.QUEUED})
    """A running task cannot be stopped. Source: Ark, "Cancel or delete a video task", read 2026-11-20."""
    warm_up: ClassVar[float] = 0.0
    list_limit: ClassVar[int] = 100
    """A hundred ids make an address of 4 KB; Ark's own limit is a page of 500."""
    page_limit: ClassVar[int] = 500
    """Source: Ark, "List video generation tasks" (82379/1521675), read 2026-11-20."""
    poll_interval: ClassVar[float] = 2.0
    """Ark allows one list a second for an account. Source: 82379/1520757, read 2026-11-20."""

    def __init__(self, *, base_url: str, key: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = Http(
            self.id,
            base_url,
            key,
            error_of=lambda answer: decode_error(answer, key=key, provider=self.id),
            transport=transport,
        )
        self.base_url = self._http.base_url
        self.account = self._http.account

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url})"

    def encode(self, request: Request, model_id: str, url_of: UrlOf) -> dict[str, object]:
        """The body of a create; see `encode`."""
        return encode(request, model_id, url_of)

    async def create(self, body: dict[str, object]) -> str:
        """Create a task and return its id; sent once."""
        payload = self._http.json(await self._http.create(TASKS, body))
        task_id = payload.get("id") if isinstance(payload, Mapping) else None
        if not isinstance(task_id, str) or not task_id:
            raise ResponseFormatError("Ark accepted the request and named no task.", provider=self.id)
        return task_id

    async def get(self, task_id: str) -> Snapshot:
        """What Ark says of one task now."""
        answer = await self._http.read("GET", f"{TASKS}/{_quoted(task_id)}", task_id=task_id)
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
        """Tasks of the last seven days; the ids are asked for with a repeated key."""
        params = [("page_num", str(page)), ("page_size", str(page_size))]
        params += [("filter.task_ids", task_id) for task_id in task_ids]
        if status:
            params.append(("filter.status", status))
        if model_id:
            params.append(("filter.model", model_id))
        return decode_page(self._http.json(await self._http.read("GET", TASKS, params=params)))

    async def cancel(self, task_id: str) -> None:
        """Cancel a queued task. The same call on an ended one would destroy Ark's record of it."""
        await self._http.once("DELETE", f"{TASKS}/{_quoted(task_id)}", task_id=task_id)

    async def upload(self, file: BinaryIO, *, name: str, mime: str) -> Upload:
        """Ark has no door for files: pictures and sounds go along in the request, clips need an address."""
        raise ConfigurationError(f"{name} cannot be uploaded to {self.id}: it has no upload. Nothing was sent.")

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def _quoted(task_id: str) -> str:
    return quote(task_id, safe="")


class BytePlus(Ark):
    """BytePlus ModelArk: Ark's second region, with its own address, model names and prices.

    Source: BytePlus, ModelArk/1520757, read 2026-11-20.
    """

    id: ClassVar[str] = "byteplus"
