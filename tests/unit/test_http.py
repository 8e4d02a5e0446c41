"""Requests: what is repeated, what is not, and what each trouble becomes."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable

import httpx
import pytest
import stamina

from seedance_nb.errors import (
    ConfigurationError,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailableError,
    ResponseFormatError,
    TransportError,
)
from seedance_nb.providers import Provider, client
from seedance_nb.providers._http import checked_base_url, retry_after

KEY = "sk-planted-0123456789"


@pytest.fixture(autouse=True)
def _no_waiting() -> object:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def ark(answer: Callable[[httpx.Request], httpx.Response]) -> Provider:
    return client("ark", base_url="https://ark.example/api/v3", key=KEY, transport=httpx.MockTransport(answer))


def test_a_create_is_sent_once_whatever_the_answer() -> None:
    """A 500 after a create is not followed by a second create."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500, json={"error": {"code": "InternalServiceError", "message": "m"}})

    with pytest.raises(ProviderUnavailableError):
        asyncio.run(ark(answer).create({"model": "m"}))
    assert len(seen) == 1


def test_a_create_without_an_answer_may_have_been_created() -> None:
    """A read time-out says that the outcome is open, and is not repeated."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(ProviderTimeout) as caught:
        asyncio.run(ark(answer).create({"model": "m"}))
    assert caught.value.may_have_been_created
    assert len(seen) == 1


def test_a_create_that_never_left_is_tried_again() -> None:
    """A refused connection carried nothing, so that trying again is safe."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) < 3:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200, json={"id": "cgt-1"})

    assert asyncio.run(ark(answer).create({"model": "m"})) == "cgt-1"
    assert len(seen) == 3


def test_a_get_is_repeated_after_a_500() -> None:
    """Reading costs nothing and is asked again."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500) if len(seen) < 2 else httpx.Response(200, json={"id": "a", "status": "running"})

    assert asyncio.run(ark(answer).get("a")).raw_status == "running"
    assert len(seen) == 2


def test_a_delete_is_not_repeated() -> None:
    """A second DELETE could meet a task that has ended, and destroy its record."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500)

    with pytest.raises(ProviderUnavailableError):
        asyncio.run(ark(answer).cancel("a"))
    assert len(seen) == 1


def test_a_list_repeats_its_key_for_each_id() -> None:
    """Several ids are asked for in one request, one parameter each."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={"total": 0, "items": []})

    asyncio.run(ark(answer).list(task_ids=["cgt-a", "cgt-b"], status="running", model_id="ep-1"))
    assert "filter.task_ids=cgt-a&filter.task_ids=cgt-b" in seen[0]
    assert "filter.status=running" in seen[0]
    assert "filter.model=ep-1" in seen[0]


def test_a_task_id_is_never_read_as_a_path() -> None:
    """An id with a slash in it cannot lead elsewhere."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path.decode())
        return httpx.Response(200, json={"id": "x", "status": "running"})

    asyncio.run(ark(answer).get("../../x?y"))
    assert seen == ["/api/v3/contents/generations/tasks/..%2F..%2Fx%3Fy"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"id": 5}', b'{"id": ""}', b"\xff\xfe", b"[" * 100_000])
def test_an_unreadable_answer_to_a_create_is_ours(body: bytes) -> None:
    """A 200 that names no task is an open outcome, said as such."""
    with pytest.raises(ResponseFormatError):
        asyncio.run(ark(lambda request: httpx.Response(200, content=body)).create({"model": "m"}))


def test_a_redirect_is_not_followed() -> None:
    """A key is not carried to another address."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(307, headers={"location": "https://elsewhere.example/"})

    with pytest.raises(ProviderError):
        asyncio.run(ark(answer).create({"model": "m"}))
    assert len(seen) == 1


def _all(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(deeper for sub in kind.__subclasses__() for deeper in _all(sub))]


@pytest.mark.parametrize("kind", [k for k in _all(httpx.HTTPError) if k is not httpx.HTTPStatusError])
def test_every_exception_of_the_http_library_has_a_place(kind: type[Exception]) -> None:
    """Nothing of the HTTP library's own comes out, and nothing of the key."""

    def answer(request: httpx.Request) -> httpx.Response:
        named = inspect.signature(kind.__init__).parameters
        raise kind(f"trouble with Bearer {KEY}", **({"request": request} if "request" in named else {}))

    with pytest.raises(TransportError) as caught:
        asyncio.run(ark(answer).create({"model": "m"}))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("url", ["http://ark.example/api/v3", "ftp://x/y", "ark.example", "https://u:p@ark.example/"])
def test_a_key_goes_only_to_encrypted_addresses(url: str) -> None:
    """A base URL that would carry the key in the open is refused."""
    with pytest.raises(ConfigurationError):
        checked_base_url(url)


def test_plain_http_is_for_this_machine() -> None:
    """The sandbox on loopback needs no TLS."""
    assert checked_base_url("http://127.0.0.1:8765/api/v3/") == "http://127.0.0.1:8765/api/v3"


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7.0), ("", None), ("soon", None), ("-3", 0.0), ("99999", 60.0), ("nan", None)]
)
def test_retry_after_is_read_with_sense(value: str, seconds: float | None) -> None:
    """A waiting time is a number in bounds, or nothing."""
    assert retry_after({"retry-after": value}) == seconds
