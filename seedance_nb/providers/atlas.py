"""Atlas Cloud.

Sources: AtlasCloudAI's MCP server, skills and ComfyUI nodes; atlascloud.ai/docs/errors, read 2026-11-20.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar
from urllib.parse import quote, urlsplit

from seedance_nb import catalog
from seedance_nb.errors import (
    ConfigurationError,
    ResponseFormatError,
    StatusError,
)
from seedance_nb.providers._atlas_costs import MOST_PAGES, ROWS, billing_url, decode_costs, stretches
from seedance_nb.providers._atlas_prices import decode_prices
from seedance_nb.providers._fields import count, folded, identity, moment, text, word
from seedance_nb.providers._http import Answer, Http, retry_after
from seedance_nb.providers._refusals import refusal_of
from seedance_nb.providers.protocol import Billed, BilledDay, Page, Upload, UrlOf
from seedance_nb.redaction import bare_url, redact
from seedance_nb.request import Request
from seedance_nb.task import Failure, Snapshot, TaskStatus

if TYPE_CHECKING:
    import httpx

# Words of today's client, of older pages and of the webhook.
_STATUSES = {
    "created": TaskStatus.QUEUED,
    "queued": TaskStatus.QUEUED,
    "starting": TaskStatus.QUEUED,
    "processing": TaskStatus.RUNNING,
    "running": TaskStatus.RUNNING,
    "completed": TaskStatus.SUCCEEDED,
    "succeeded": TaskStatus.SUCCEEDED,
    "failed": TaskStatus.FAILED,
    "timeout": TaskStatus.EXPIRED,
    "cancelled": TaskStatus.CANCELLED,
    "canceled": TaskStatus.CANCELLED,
}
_PICTURES = (".png", ".jpg", ".jpeg", ".webp")
_REFERENCES = {"image": "reference_images", "video": "reference_videos", "audio": "reference_audios"}


def encode(request: Request, model_id: str, url_of: UrlOf) -> dict[str, object]:
    """The flat body of a submit; fields that this kind of model does not know are left out."""
    body: dict[str, object] = {"model": model_id, "prompt": request.prompt, **_media(request, url_of)}
    body.update(
        duration=request.duration,
        resolution=request.resolution,
        ratio=request.ratio,
        generate_audio=request.generate_audio,
        watermark=request.watermark,
        return_last_frame=request.return_last_frame,
    )
    if request.seed is not None:
        body["seed"] = request.seed
    if request.web_search:
        body["web_search"] = True
    if request.callback_url is not None:
        body["webhook_url"] = request.callback_url
    return body


def _media(request: Request, url_of: UrlOf) -> dict[str, object]:
    found: dict[str, object] = {}
    lists: dict[str, list[str]] = {}
    for item in request.content.media:
        role = request.content.role_of(item)
        if role == "first_frame":
            found["image"] = url_of(item)
        elif role == "last_frame":
            found["last_image"] = url_of(item)
        else:
            lists.setdefault(_REFERENCES[item.kind], []).append(url_of(item))
    return {**found, **lists}


def decode_task(payload: object) -> Snapshot:
    """What a prediction says, in its envelope or without.

    Raises:
        ResponseFormatError: There is no prediction in it.
    """
    data = _inside(payload)
    task_id = identity(data.get("id"))
    if task_id is None:
        raise ResponseFormatError(
            "Atlas Cloud answered with something that is not a prediction. The task, if there is one, goes on.",
            provider="atlas",
        )
    raw = data.get("status")
    outputs = _outputs(data)
    video = next((url for url in outputs if not _is_picture(url)), None)
    return Snapshot(
        task_id=task_id,
        status=_STATUSES.get(raw.lower()) if isinstance(raw, str) else None,
        raw_status=word(raw),
        model_id=text(data.get("model")) or "",
        created_at=moment(data.get("created_at")),
        updated_at=moment(data.get("completed_at")),
        video_url=video,
        last_frame_url=next((url for url in outputs if _is_picture(url)), None),
        failure=_failure(data),
        seed=count(data.get("seed")),
    )


def webhook_task_id(payload: object) -> str | None:
    """Which prediction a webhook is about."""
    return text(payload.get("session_id")) if isinstance(payload, Mapping) else None


def decode_webhook(payload: object) -> Snapshot:
    """What a webhook says, once its signature is known to be good.

    Source: Atlas Cloud, "Webhooks" (atlascloud.ai/docs/en/webhooks), read 2026-11-20.

    Raises:
        ResponseFormatError: There is no prediction in it.
    """
    outer = payload if isinstance(payload, Mapping) else {}
    said = outer.get("payload")
    said = said if isinstance(said, Mapping) else {}
    inner = {name: said.get(name) for name in ("model", "status", "outputs", "output", "error_code", "seed")}
    return decode_task({**inner, "id": outer.get("session_id"), "error": outer.get("error") or said.get("error")})


def decode_keys(payload: object) -> dict[str, bytes]:
    """The Ed25519 keys of a JWKS, by their ids; other kinds of keys are left out.

    Raises:
        ResponseFormatError: It is no JWKS.
    """
    listed = payload.get("keys") if isinstance(payload, Mapping) else None
    if not isinstance(listed, list):
        raise ResponseFormatError(
            "Atlas Cloud published something else than its webhook keys. Webhooks cannot be trusted until it does; "
            "tasks are asked about as before.",
            provider="atlas",
        )
    found: dict[str, bytes] = {}
    for key in listed:
        if not isinstance(key, Mapping) or (key.get("kty"), key.get("crv")) != ("OKP", "Ed25519"):
            continue
        name, point = text(key.get("kid")), _base64url(key.get("x"))
        if name is not None and point is not None and len(point) == KEY_BYTES:
            found[name] = point
    return found


KEY_BYTES = 32
"""Of an Ed25519 public key. Source: RFC 8032, section 5.1.5."""


def _base64url(value: object) -> bytes | None:
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None


def _inside(payload: object) -> Mapping[str, Any]:
    if not isinstance(payload, Mapping):
        return {}
    data = payload.get("data")
    return data if isinstance(data, Mapping) else payload


def _outputs(data: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for name in ("outputs", "output"):
        value = data.get(name)
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, str) and entry and entry not in found:
                found.append(entry)
    return found


def _is_picture(url: str) -> bool:
    try:
        return urlsplit(url).path.lower().endswith(_PICTURES)
    except ValueError:
        return False


def _failure(data: Mapping[str, Any]) -> Failure | None:
    said, code = data.get("error"), data.get("error_code")
    if isinstance(said, Mapping):
        code, said = said.get("code", code), said.get("message")
    if not said and not code:
        return None
    name = "moderation" if code == _MODERATION else ""
    return Failure(f"{word(code or '', most=180)} {name}".strip(), word(said or "", most=2000))


_MODERATION = 1039
"""Input moderation. Source: AtlasCloudAI's clients, read 2026-11-20."""


def decode_error(answer: Answer, *, key: str = "") -> StatusError:
    """The error that an answer with 4xx or 5xx stands for, or an envelope that says so."""
    try:
        payload = answer.json()
    except (ValueError, RecursionError):
        payload = None
    body = payload if isinstance(payload, Mapping) else {}
    nested = body.get("error")
    error: Mapping[str, Any] = nested if isinstance(nested, Mapping) else body
    said = next((found for name in ("msg", "message", "error") if (found := text(error.get(name)))), "")
    inner = count(body.get("code"))
    status = inner if answer.status_code < 300 and inner is not None else answer.status_code
    kind, meaning = refusal_of(status, name="Atlas Cloud", key_env="ATLASCLOUD_API_KEY")
    return kind(
        f"atlas said {status}: {redact(said, keys=(key,))[:2000] or 'no reason given'}. {meaning}",
        provider="atlas",
        status_code=status,
        code=word(error.get("code", status), keys=(key,)),
        param=word(text(error.get("param")) or "", most=200, keys=(key,)),
        request_id=word(text(body.get("request_id")) or answer.headers.get("x-request-id") or "", keys=(key,)) or None,
        retry_after=retry_after(answer.headers),
        body=folded(body, keys=(key,)),
    )


class Atlas:
    """Atlas Cloud's predictions."""

    id: ClassVar[str] = "atlas"
    can_list: ClassVar[bool] = False
    cancellable: ClassVar[frozenset[TaskStatus]] = frozenset()
    warm_up: ClassVar[float] = 30.0
    """A fresh id may be denied for so long. Source: atlascloud_comfyui, read 2026-11-20."""
    list_limit: ClassVar[int] = 100
    page_limit: ClassVar[int] = 100
    poll_interval: ClassVar[float] = 3.0

    def __init__(self, *, base_url: str, key: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        def at(url: str) -> Http:
            return Http(self.id, url, key, error_of=lambda answer: decode_error(answer, key=key), transport=transport)

        self._at = at
        self._http = at(base_url)
        self.base_url = self._http.base_url
        self.account = self._http.account
        self._key = key

    def __repr__(self) -> str:
        return f"Atlas({self.base_url})"

    def encode(self, request: Request, model_id: str, url_of: UrlOf) -> dict[str, object]:
        """The body of a submit; see `encode`."""
        return encode(request, model_id, url_of)

    async def create(self, body: dict[str, object]) -> str:
        """Submit and return the prediction's id; sent once."""
        answer = await self._http.create("/model/generateVideo", body)
        return decode_task(self._json(answer, None)).task_id

    async def get(self, task_id: str) -> Snapshot:
        """What Atlas Cloud says of one prediction now."""
        answer = await self._http.read("GET", f"/model/prediction/{quote(task_id, safe='')}", task_id=task_id)
        return decode_task(self._json(answer, task_id))

    async def list(
        self,
        *,
        task_ids: Sequence[str] = (),
        status: str | None = None,
        model_id: str | None = None,
        page: int = 1,
        page_size: int = 100,
    ) -> Page:
        """Atlas Cloud has no list."""
        raise ConfigurationError("Atlas Cloud cannot list predictions; each is asked for by its id.")

    async def cancel(self, task_id: str) -> None:
        """Atlas Cloud has no cancel."""
        raise ConfigurationError("Atlas Cloud cannot cancel a prediction; it goes on and is billed if it succeeds.")

    async def upload(self, file: BinaryIO, *, name: str, mime: str) -> Upload:
        """Put a file into Atlas Cloud's temporary storage for inputs."""
        answer = await self._http.upload("/model/uploadMedia", file, name=name, mime=mime)
        url = text(_inside(self._json(answer, None)).get("download_url"))
        if url is None:
            raise ResponseFormatError(
                f"Atlas Cloud took {name} and gave no address for it. Nothing was created.", provider=self.id
            )
        return Upload(url)

    async def webhook_keys(self) -> Mapping[str, bytes]:
        """The public keys that Atlas Cloud signs webhooks with, by their ids."""
        return decode_keys(self._json(await self._http.read("GET", "/webhooks/jwks.json"), None))

    async def live_prices(self) -> Sequence[dict[str, Any]]:
        """What its list of models says today; see `decode_prices`."""
        payload = self._json(await self._http.read("GET", "/models"), None)
        day = dt.datetime.now(catalog.provider(self.id).zone).date()
        return decode_prices(payload, address=bare_url(f"{self.base_url}/models"), on=day)

    async def billed(self, since: dt.date, until: dt.date) -> Billed:
        """What its billing API says of some days; see `decode_costs`. It needs the key that paid."""
        days: list[BilledDay] = []
        partial: set[dt.date] = set()
        books = self._at(billing_url(self.base_url))
        try:
            for first, end in stretches(since, until):
                asked = [("start_date", first.isoformat()), ("end_date", end.isoformat())]
                asked += [("group_by[]", "model"), ("model_types[]", "video"), ("limit", str(ROWS))]
                more: list[tuple[str, str]] = []
                for _ in range(MOST_PAGES):
                    page = decode_costs(books.json(await books.read("GET", "/model-costs", params=[*asked, *more])))
                    days += page.days
                    partial |= page.partial
                    if page.next_page is None:
                        break
                    more = [("page", page.next_page)]
                else:
                    raise ResponseFormatError(
                        "Atlas Cloud's costs have no end. Nothing was compared.", provider=self.id
                    )
        finally:
            await books.close()
        return Billed(since, until, tuple(days), frozenset(partial))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _json(self, answer: Answer, task_id: str | None) -> Any:
        payload = self._http.json(answer, task_id=task_id)
        inner = count(payload.get("code")) if isinstance(payload, Mapping) else None
        if inner is not None and inner >= 400:
            raise decode_error(answer, key=self._key)
        return payload
