"""The client: two pure functions, and a class that chooses paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, ClassVar
from urllib.parse import quote

from seedance_nb.errors import (
    AuthenticationError,
    ConfigurationError,
    ProviderUnavailableError,
    RequestRejectedError,
    ResponseFormatError,
    StatusError,
)
from seedance_nb.providers import Answer, Http, Page, Upload, UrlOf
from seedance_nb.task import Failure, Snapshot, TaskStatus

if TYPE_CHECKING:
    import httpx

    from seedance_nb.request import Request

_STATES = {
    "waiting": TaskStatus.QUEUED,
    "drawing": TaskStatus.RUNNING,
    "done": TaskStatus.SUCCEEDED,
    "broken": TaskStatus.FAILED,
}


def encode(request: Request, model_id: str) -> dict[str, object]:
    """The body of a create."""
    return {
        "model": model_id,
        "text": request.prompt,
        "seconds": request.duration,
        "shape": request.ratio,
        "size": request.resolution,
    }


def decode_task(payload: object) -> Snapshot:
    """What a task object says."""
    if not isinstance(payload, Mapping) or not isinstance(payload.get("number"), str):
        raise ResponseFormatError("Toy Pictures answered with something that is not a task.", provider="toy")
    state, clip, why = str(payload.get("state")), payload.get("clip"), payload.get("why")
    return Snapshot(
        task_id=payload["number"],
        status=_STATES.get(state),
        raw_status=state[:80],
        video_url=clip if isinstance(clip, str) else None,
        failure=Failure("", str(why)[:2000]) if why else None,
    )


def decode_error(answer: Answer) -> StatusError:
    """The error that an answer with 4xx or 5xx stands for."""
    kinds: dict[int, type[StatusError]] = {401: AuthenticationError}
    usual = ProviderUnavailableError if answer.status_code >= 500 else RequestRejectedError
    kind = kinds.get(answer.status_code, usual)
    return kind(f"Toy Pictures said {answer.status_code}.", provider="toy", status_code=answer.status_code)


class Toy:
    """The client of Toy Pictures."""

    id: ClassVar[str] = "toy"
    can_list: ClassVar[bool] = False
    cancellable: ClassVar[frozenset[TaskStatus]] = frozenset()
    warm_up: ClassVar[float] = 0.0
    list_limit: ClassVar[int] = 1
    page_limit: ClassVar[int] = 1
    poll_interval: ClassVar[float] = 0.1

    def __init__(self, *, base_url: str, key: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = Http(self.id, base_url, key, error_of=decode_error, transport=transport)
        self.base_url = self._http.base_url
        self.account = self._http.account

    def encode(self, request: Request, model_id: str, url_of: UrlOf) -> dict[str, object]:
        """The body of a create."""
        return encode(request, model_id)

    async def create(self, body: dict[str, object]) -> str:
        """Create a task and return its number."""
        return decode_task(_json(await self._http.create("/make", body))).task_id

    async def get(self, task_id: str) -> Snapshot:
        """What Toy Pictures says of one task now."""
        return decode_task(_json(await self._http.read("GET", f"/made/{quote(task_id, safe='')}", task_id=task_id)))

    async def list(
        self,
        *,
        task_ids: Sequence[str] = (),
        status: str | None = None,
        model_id: str | None = None,
        page: int = 1,
        page_size: int = 100,
    ) -> Page:
        """There is no list."""
        raise ConfigurationError("Toy Pictures cannot list tasks.")

    async def cancel(self, task_id: str) -> None:
        """There is no cancel."""
        raise ConfigurationError("Toy Pictures cannot cancel a task.")

    async def upload(self, file: BinaryIO, *, name: str, mime: str) -> Upload:
        """There is no upload."""
        raise ConfigurationError("Toy Pictures takes no files.")

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def _json(answer: Answer) -> object:
    try:
        payload: object = answer.json()
    except (ValueError, RecursionError):
        raise ResponseFormatError("Toy Pictures answered with something that is not JSON.", provider="toy") from None
    return payload
