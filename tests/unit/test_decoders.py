"""Decoders under answers that no page describes: recorded bodies, damaged fifty thousand times each."""

from __future__ import annotations

import contextlib
import copy
import json
import marshal
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedance_nb.errors import SeedanceError, StatusError
from seedance_nb.providers import ark, atlas, eachlabs
from seedance_nb.providers._http import Answer
from seedance_nb.providers.protocol import Page
from seedance_nb.task import Snapshot, TaskStatus

from .test_contract import KEY, names, recorded, task_names

CASES = 50_000
SEED = 20_261_120

Words = Mapping[TaskStatus, frozenset[str]]

# As the pages have them, and not as the decoders do.
ARK_ENDS: Words = {
    TaskStatus.SUCCEEDED: frozenset({"succeeded"}),
    TaskStatus.FAILED: frozenset({"failed"}),
    TaskStatus.EXPIRED: frozenset({"expired"}),
    TaskStatus.CANCELLED: frozenset({"cancelled"}),
}
ATLAS_ENDS: Words = {
    TaskStatus.SUCCEEDED: frozenset({"completed", "succeeded"}),
    TaskStatus.FAILED: frozenset({"failed"}),
    TaskStatus.EXPIRED: frozenset({"timeout"}),
    TaskStatus.CANCELLED: frozenset({"cancelled", "canceled"}),
}
EACHLABS_ENDS: Words = {
    TaskStatus.SUCCEEDED: frozenset({"success", "succeeded"}),
    TaskStatus.FAILED: frozenset({"error", "failed"}),
    TaskStatus.CANCELLED: frozenset({"cancelled", "canceled"}),
}
UNDER_WAY = {TaskStatus.QUEUED, TaskStatus.RUNNING}
LARGEST = 2**63


def status_word(payload: Any) -> object:
    """The status as it was sent, in the envelope or without."""
    inner = payload.get("data")
    return (inner if isinstance(inner, dict) else payload).get("status")


# -- what must hold --


def sound(task: Snapshot, word: object, ends: Words) -> None:
    """No end without its documented word, and nothing that the ledger could not hold."""
    assert task.task_id
    if task.status is not None and task.status not in UNDER_WAY:
        assert isinstance(word, str)
        assert word.lower() in ends[task.status]
    if task.status is TaskStatus.SUCCEEDED:
        assert task.raw_status == word
    assert len(task.raw_status) <= 80
    for number in (task.seed, task.duration):
        assert number is None or -LARGEST < number < LARGEST
    if task.usage is not None:
        assert 0 <= task.usage.completion_tokens < LARGEST
    for moment in (task.created_at, task.updated_at):
        assert moment is None or moment.utcoffset() is not None
    assert task.failure is None or len(task.failure.code) <= 200
    assert task.failure is None or len(task.failure.message) <= 2000
    if task.cost is not None:
        assert 0 <= task.cost.amount < 10**9
    for url in (task.video_url, task.last_frame_url):
        assert url is None or isinstance(url, str)


def ark_task(payload: Any) -> None:
    sound(ark.decode_task(payload), payload.get("status"), ARK_ENDS)


def ark_page(payload: Any) -> None:
    page = ark.decode_page(payload)
    assert isinstance(page, Page)
    assert -LARGEST < page.total < LARGEST
    words: dict[str, set[object]] = {}
    for item in payload["items"]:
        if isinstance(item, dict) and isinstance(item.get("id"), str):
            word = item.get("status")
            words.setdefault(item["id"], set()).add(word if isinstance(word, str) else None)
    for task in page.tasks:
        word = next((word for word in words[task.task_id] if word == task.raw_status), None)
        sound(task, word, ARK_ENDS)


def atlas_task(payload: Any) -> None:
    sound(atlas.decode_task(payload), status_word(payload), ATLAS_ENDS)


def atlas_webhook(payload: Any) -> None:
    task = atlas.decode_webhook(payload)
    inner = payload.get("payload")
    sound(task, inner.get("status") if isinstance(inner, dict) else None, ATLAS_ENDS)


def eachlabs_task(payload: Any) -> None:
    sound(eachlabs.decode_task(payload), payload.get("status"), EACHLABS_ENDS)


def eachlabs_webhook(payload: Any) -> None:
    sound(eachlabs.decode_webhook(payload), payload.get("status"), EACHLABS_ENDS)


def eachlabs_created(payload: Any) -> None:
    task_id = eachlabs.decode_created(payload)
    assert task_id
    assert task_id.encode()


def error_of(module: Any) -> Callable[[str, int], None]:
    def decode(text: str, status: int) -> None:
        error = module.decode_error(Answer(status, {"retry-after": text[:8]}, text), key=KEY)
        assert isinstance(error, StatusError)
        assert error.status_code == status
        assert len(str(error)) < 2500
        assert len(error.code) <= 200
        assert len(error.param) <= 200
        assert error.retry_after is None or 0 <= error.retry_after <= 60

    return decode


TASKS: dict[str, tuple[Callable[[Any], None], str, list[str]]] = {
    "ark decode_task": (ark_task, "ark", task_names("ark")),
    "ark decode_page": (ark_page, "ark", ["page"]),
    "atlas decode_task": (atlas_task, "atlas", [*task_names("atlas"), *names("atlas", "created")]),
    "atlas decode_webhook": (atlas_webhook, "atlas", names("atlas", "webhook_")),
    "eachlabs decode_task": (eachlabs_task, "eachlabs", task_names("eachlabs")),
    "eachlabs decode_webhook": (eachlabs_webhook, "eachlabs", names("eachlabs", "webhook_")),
    "eachlabs decode_created": (eachlabs_created, "eachlabs", names("eachlabs", "created")),
}
ERRORS = {"ark": ark, "atlas": atlas, "eachlabs": eachlabs}


# -- damage --

STATUSES = (
    "queued", "running", "succeeded", "failed", "expired", "cancelled", "canceled", "created", "starting",
    "processing", "completed", "success", "error", "timeout", "archiving", "paused", "done", "SUCCEEDED",
    "Completed", "ok", "OK", "deleted", "pending", "in_progress",
)  # fmt: skip
DEEP = '"deep":' + "[" * 300 + "]" * 300
POOL: tuple[object, ...] = (
    None, True, False, 0, -1, 7, 10**30, -(10**30), 1.5, 1e308, float("nan"), float("inf"), 2**63, 2.0**70,
    "", " ", "x", "\ud800", "\x00", "1" * 5000, "9" * 19, "-99999999999999999999", "２０", "2026-13-45T99:99:99Z",
    "2026-01-01T00:00:00", "https://u:p@x.example/a?sig=1", "http://[", "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    [], {}, [[]], [None], {"id": "x"}, {"status": "succeeded"}, {"url": {"url": {"url": {"url": "x"}}}}, ["", "a.mp4"],
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place in a JSON value: the way to what holds it, and its name there."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, entry in entries:
        yield path, name
        yield from places(entry, (*path, name))


class Damage:
    """Damages one recorded body in a reproducible way."""

    def __init__(self, body: Any, chance: random.Random) -> None:
        self._text = json.dumps(body)
        self._body = marshal.dumps(body)
        self._places = list(places(body)) or [((), "id")]
        self._random = chance.random

    def _pick(self, options: Any) -> Any:
        return options[int(self._random() * len(options))]

    def structure(self) -> Any:
        """The body with one to three places changed."""
        body = marshal.loads(self._body)
        for _ in range(1 + int(self._random() * 3)):
            path, name = self._pick(self._places)
            try:
                holder = body
                for step in path:
                    holder = holder[step]
                self._change(holder, name, body)
            except (KeyError, IndexError, TypeError):
                continue  # an earlier change has taken it away
        return {"data": body} if self._random() < 0.03 else body

    def _change(self, holder: Any, name: Any, body: Any) -> None:
        dice = self._random()
        if dice < 0.45:
            chosen = self._pick(POOL)
            holder[name] = copy.deepcopy(chosen) if isinstance(chosen, dict | list) else chosen
        elif dice < 0.65:
            holder["status" if isinstance(holder, dict) else name] = self._pick(STATUSES)
        elif dice < 0.8:
            del holder[name]
        elif dice < 0.9:
            holder[name] = [holder[name]]
        else:
            path, other = self._pick(self._places)
            for step in path:
                body = body[step]
            holder[name] = copy.deepcopy(body[other])

    def text(self) -> str:
        """The body as text: cut, with a piece gone, or with one too many."""
        text, dice = self._text, self._random()
        at = int(self._random() * len(text))
        if dice < 0.3:
            return text[:at]
        if dice < 0.5:
            return text[:at] + text[at + 1 + int(self._random() * 20) :]
        if dice < 0.8:
            return text[:at] + self._pick('{}[],:"0e-\\\x00\ud800 n') + text[at + 1 :]
        if dice < 0.99:
            return text[:at] + text[int(self._random() * len(text)) :]
        return "{" + DEEP + "," + text[1:]


def damages(provider: str, bodies: list[str], salt: str) -> list[Damage]:
    chance = random.Random(f"{SEED}/{salt}")
    return [Damage(recorded(provider, name), chance) for name in bodies]


@pytest.mark.parametrize("name", TASKS)
def test_no_damaged_answer_gets_through_a_decoder(name: str) -> None:
    """It is understood or refused as our own error; an end is never made of a word that is none."""
    decode, provider, bodies = TASKS[name]
    shelf = damages(provider, bodies, name)
    read = 0
    for number in range(CASES):
        damage = shelf[number % len(shelf)]
        if number % 5:
            payload = damage.structure()
        else:
            try:
                payload = json.loads(damage.text())
            except ValueError:
                payload = damage.structure()
        try:
            decode(payload)
        except SeedanceError:
            continue
        read += 1
    assert CASES * 0.2 < read < CASES


@pytest.mark.parametrize("provider", ERRORS)
def test_every_damaged_error_is_still_one(provider: str) -> None:
    """Whatever comes with a 4xx or 5xx is an error with that status and a text of bounded length."""
    decode = error_of(ERRORS[provider])
    shelf = damages(provider, names(provider, "error_"), f"{provider} errors")
    codes = (400, 401, 402, 403, 404, 409, 413, 422, 429, 451, 500, 503)
    for number in range(CASES):
        damage = shelf[number % len(shelf)]
        decode(json.dumps(damage.structure()) if number % 2 else damage.text(), codes[number % len(codes)])


# -- shapes --

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(STATUSES)
FIELDS = st.sampled_from((
    "id", "status", "content", "usage", "error", "data", "outputs", "output", "metrics", "cost", "items",
    "total", "predictionID", "exec_id", "payload", "session_id", "video_url", "completion_tokens",
    "error_code", "message", "created_at", "seed", "input", "url",
))  # fmt: skip
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS | st.text(max_size=4), inner, max_size=6),
    max_leaves=12,
)
OBJECTS = st.dictionaries(FIELDS, JSON, max_size=8)


@pytest.mark.parametrize("name", TASKS)
@settings(max_examples=150, deadline=None, derandomize=True)
@given(payload=OBJECTS | JSON)
def test_no_shape_breaks_a_decoder(name: str, payload: object) -> None:
    """Not even a body that resembles nothing recorded."""
    with contextlib.suppress(SeedanceError):
        TASKS[name][0](payload)


@pytest.mark.parametrize("provider", ERRORS)
@settings(max_examples=150, deadline=None, derandomize=True)
@given(payload=OBJECTS | JSON, status=st.integers(400, 599))
def test_no_shape_breaks_an_error(provider: str, payload: object, status: int) -> None:
    """Nor an error."""
    error_of(ERRORS[provider])(json.dumps(payload), status)


@pytest.mark.parametrize("decode", [ark.decode_task, atlas.decode_task, eachlabs.decode_task])
@pytest.mark.parametrize(
    "word", ["archiving", "", "Success!", "succeeded ", "ok", "done", 1, True, None, ["succeeded"]]
)
def test_a_word_of_no_page_is_no_end(decode: Callable[[object], Snapshot], word: object) -> None:
    """An undocumented status is kept as it was said, and the task goes on."""
    task = decode({"id": "a", "status": word, "output": "https://example.com/a.mp4"})
    assert task.status is None
    assert isinstance(word, list) or task.raw_status == str(word)


@pytest.mark.parametrize("decode", [ark.decode_task, atlas.decode_task, eachlabs.decode_task])
def test_a_status_that_nests_too_deep_is_no_end(decode: Callable[[object], Snapshot]) -> None:
    """What cannot even be written out is no status."""
    nest: list[Any] = []
    for _ in range(5_000):
        nest = [nest]
    task = decode({"id": "a", "status": nest, "error": {"code": nest, "message": nest}})
    assert task.status is None
    assert "list" in task.raw_status
