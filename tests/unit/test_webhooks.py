"""The receiver of webhooks: who is believed, and what a stranger gets."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedance_nb import webhooks
from seedance_nb.errors import ConfigurationError, ResponseFormatError, TransportError
from seedance_nb.providers import atlas, client, eachlabs
from seedance_nb.providers.protocol import SendsSecret, SignsWebhooks
from seedance_nb.request import Request
from seedance_nb.task import TaskStatus
from seedance_nb.webhooks import Heard, Trigger
from seedance_nb.webhooks.keys import KEYS_LIFE, REFETCH_INTERVAL
from seedance_nb.webhooks.receiver import LARGEST_BODY

NOW = 1_790_000_000.0
ID = "8ba2926c6bd642049f4d17dd68ea6785"
SECRET = "planted-secret-5d0e91"
CLIP = "https://storage.example/outputs/result.mp4?sig=planted-signature"
DONE: dict[str, Any] = {
    "session_id": ID,
    "event_type": "video.task.terminal",
    "status": "OK",
    "created_at": 1_790_000_000_000,
    "payload": {"model": "bytedance/seedance-2.0/text-to-video", "status": "completed", "outputs": [CLIP]},
}
ENDED: dict[str, Any] = {"exec_id": "abc-1", "flow_id": None, "status": "succeeded", "output": CLIP, "error": ""}
ARK = {"id": "cgt-1", "status": "succeeded", "content": {"video_url": CLIP}, "usage": {"completion_tokens": 1}}


class Signer:
    """A provider that signs, with a real key."""

    def __init__(self, kid: str = "k1") -> None:
        self.kid = kid
        self._key = Ed25519PrivateKey.generate()

    @property
    def public(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def headers(self, body: bytes, *, at: float = NOW, webhook_id: str = ID) -> dict[str, str]:
        stamp = str(int(at))
        signed = self._key.sign(stamp.encode() + b"." + body)
        return {
            "X-AtlasCloud-Webhook-Id": webhook_id,
            "X-AtlasCloud-Webhook-Timestamp": stamp,
            "X-AtlasCloud-Webhook-Key-Id": self.kid,
            "X-AtlasCloud-Webhook-Signature-Ed25519": base64.urlsafe_b64encode(signed).rstrip(b"=").decode(),
        }


class Desk:
    """An application whose clock and keys the test holds, and what it handed on."""

    def __init__(self, *signers: Signer, secret: str = SECRET) -> None:
        self.now = NOW
        self.published: Mapping[str, bytes] = {signer.kid: signer.public for signer in signers}
        self.fetches = 0
        self.trouble: Exception | None = None
        self.words: list[Heard | Trigger] = []
        self.app = webhooks.app(
            self.words.append, secrets={"eachlabs": secret}, fetch_keys=self._fetch, clock=lambda: self.now
        )

    async def _fetch(self) -> Mapping[str, bytes]:
        self.fetches += 1
        if self.trouble is not None:
            raise self.trouble
        return self.published

    def send(
        self, path: str, body: bytes | dict[str, Any], headers: Mapping[str, str] | None = None, method: str = "POST"
    ) -> httpx.Response:
        return asyncio.run(self._send(path, body, headers, method))

    async def _send(
        self, path: str, body: bytes | dict[str, Any], headers: Mapping[str, str] | None, method: str = "POST"
    ) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://hook") as sender:
            return await sender.request(method, path, content=content, headers=headers)

    def atlas(self, signer: Signer, body: dict[str, Any] = DONE, **changes: str) -> int:
        """Send a signed body, with some headers replaced; the empty text leaves one out."""
        raw = json.dumps(body).encode()
        headers = signer.headers(raw, webhook_id=body["session_id"]) | {
            f"X-AtlasCloud-Webhook-{name.replace('_', '-')}": value for name, value in changes.items()
        }
        return self.send("/atlas", raw, {name: value for name, value in headers.items() if value}).status_code

    def warm(self, signer: Signer) -> None:
        """Let the keys be fetched, and forget what came of it."""
        assert self.atlas(signer, DONE | {"session_id": "first"}) == 202
        self.words.clear()


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
def desk(signer: Signer) -> Desk:
    """One that has the key already, so that a verdict is in the answer."""
    made = Desk(signer)
    made.warm(signer)
    return made


# -- Ark: no proof --


@pytest.mark.parametrize("provider", ["ark", "byteplus"])
def test_ark_is_a_reason_to_look_and_no_more(provider: str) -> None:
    """Whatever Ark's body claims, only the id of the task is taken from it."""
    desk = Desk()
    assert desk.send(f"/{provider}", ARK).status_code == 200
    assert desk.words == [Trigger(provider, "cgt-1")]


# -- Atlas Cloud: a signature --


def test_a_signed_word_is_heard(desk: Desk, signer: Signer) -> None:
    """With a good signature, a success is decoded with its clip."""
    assert desk.atlas(signer) == 200
    (word,) = desk.words
    assert isinstance(word, Heard)
    assert (word.provider, word.snapshot.task_id, word.snapshot.status) == ("atlas", ID, TaskStatus.SUCCEEDED)
    assert word.snapshot.video_url == CLIP
    assert "planted-signature" not in repr(word)


def test_the_key_is_fetched_after_the_answer_and_once(signer: Signer) -> None:
    """Where the key is not here yet, the sender does not wait for it; the next ones need no fetch."""
    desk = Desk(signer)
    assert desk.atlas(signer) == 202
    assert isinstance(desk.words[0], Heard)
    assert desk.atlas(signer, DONE | {"session_id": "other"}) == 200
    assert (len(desk.words), desk.fetches) == (2, 1)


def test_webhooks_at_once_share_a_fetch(signer: Signer) -> None:
    """Five that arrive before the keys do are all judged by one answer."""
    desk = Desk(signer)
    arrived = asyncio.Event()

    async def slow() -> Mapping[str, bytes]:
        desk.fetches += 1
        await arrived.wait()
        return desk.published

    desk.app = webhooks.app(desk.words.append, fetch_keys=slow, clock=lambda: NOW)

    async def scenario() -> list[int]:
        bodies = [json.dumps(DONE | {"session_id": f"task-{n}"}).encode() for n in range(5)]
        sends = [
            asyncio.ensure_future(desk._send("/atlas", raw, signer.headers(raw, webhook_id=f"task-{n}")))
            for n, raw in enumerate(bodies)
        ]
        while not desk.fetches:
            await asyncio.sleep(0)
        arrived.set()
        return [answer.status_code for answer in await asyncio.gather(*sends)]

    assert asyncio.run(scenario()) == [202] * 5
    assert desk.fetches == 1
    assert sorted(word.snapshot.task_id for word in desk.words if isinstance(word, Heard)) == [
        f"task-{n}" for n in range(5)
    ]


def test_another_key_of_the_same_name_is_refused(desk: Desk) -> None:
    """A signature by somebody else's key does not hold."""
    assert desk.atlas(Signer("k1")) == 401
    assert desk.words == []


def test_a_changed_body_is_refused(desk: Desk, signer: Signer) -> None:
    """One blank more is another body."""
    raw = json.dumps(DONE).encode()
    assert desk.send("/atlas", raw + b" ", signer.headers(raw)).status_code == 401
    assert desk.words == []


@pytest.mark.parametrize(("apart", "status"), [(-300, 200), (300, 200), (-301, 401), (301, 401), (-(10**6), 401)])
def test_the_timestamp_has_to_be_near(desk: Desk, signer: Signer, apart: int, status: int) -> None:
    """Five minutes either way, and no second more."""
    raw = json.dumps(DONE).encode()
    assert desk.send("/atlas", raw, signer.headers(raw, at=NOW + apart)).status_code == status
    assert len(desk.words) == (status == 200)


def test_a_changed_timestamp_is_refused(desk: Desk, signer: Signer) -> None:
    """It is part of what is signed."""
    assert desk.atlas(signer, Timestamp=str(int(NOW) + 1)) == 401


def test_a_replay_is_acknowledged_and_has_no_effect(desk: Desk, signer: Signer) -> None:
    """The same webhook again is answered well, so that an honest sender stops; when it is too old, it is refused."""
    raw = json.dumps(DONE).encode()
    headers = signer.headers(raw, at=NOW + 200)
    assert [desk.send("/atlas", raw, headers).status_code for _ in range(3)] == [200] * 3
    desk.now += 499
    assert desk.send("/atlas", raw, headers).status_code == 200
    assert len(desk.words) == 1
    desk.now += 2
    assert desk.send("/atlas", raw, headers).status_code == 401
    assert len(desk.words) == 1


def test_a_replay_under_another_id_is_refused(desk: Desk, signer: Signer) -> None:
    """The id in the header is not signed; it counts only if it is the one in the body."""
    assert desk.atlas(signer) == 200
    assert desk.atlas(signer, Id="another") == 401
    assert len(desk.words) == 1


def test_a_new_key_is_fetched_when_it_is_first_named(desk: Desk, signer: Signer) -> None:
    """After the provider has changed its key, the first webhook brings the new one here."""
    desk.now += REFETCH_INTERVAL
    new = Signer("k2")
    desk.published = {"k1": signer.public, "k2": new.public}
    raw = json.dumps(DONE).encode()
    assert desk.send("/atlas", raw, new.headers(raw, at=desk.now)).status_code == 202
    assert desk.fetches == 2
    assert isinstance(desk.words[0], Heard)


def test_unknown_keys_do_not_make_us_fetch_again_and_again(desk: Desk) -> None:
    """Many unknown names within the interval cost one fetch in all, and none is believed."""
    desk.now += REFETCH_INTERVAL
    raw = json.dumps(DONE).encode()
    answers = [desk.send("/atlas", raw, Signer(f"x{n}").headers(raw, at=desk.now)).status_code for n in range(20)]
    assert answers == [202] + [401] * 19
    assert desk.fetches == 2
    assert desk.words == []


def test_a_withdrawn_key_is_not_trusted_for_ever(desk: Desk, signer: Signer) -> None:
    """After an hour what is published counts again."""
    desk.now += KEYS_LIFE + 1
    desk.published = {}
    raw = json.dumps(DONE).encode()
    assert desk.send("/atlas", raw, signer.headers(raw, at=desk.now)).status_code == 202
    assert desk.send("/atlas", raw, signer.headers(raw, at=desk.now)).status_code == 401
    assert desk.words == []


@pytest.mark.parametrize("trouble", [TransportError("no", provider="atlas"), RuntimeError("bug")])
def test_without_keys_a_webhook_is_a_reason_to_look(signer: Signer, trouble: Exception) -> None:
    """Keys that cannot be read take the word from a webhook, not the hint in it; they are not read at each one."""
    desk = Desk(signer)
    desk.trouble = trouble
    assert [desk.atlas(signer) for _ in range(2)] == [202, 200]
    assert desk.words == [Trigger("atlas", ID)] * 2
    assert desk.fetches == 1
    desk.trouble = None
    desk.now += REFETCH_INTERVAL
    assert desk.atlas(signer) == 202
    assert isinstance(desk.words[-1], Heard)


@pytest.mark.parametrize(
    "changes",
    [
        {"Signature_Ed25519": "not base64!"},
        {"Signature_Ed25519": "c2hvcnQ"},
        {"Signature_Ed25519": "A"},
        {"Signature_Ed25519": "A" * 88},
        {"Signature_Ed25519": "A" * 86},
        {"Signature_Ed25519": "+/" * 43},
        {"Timestamp": ""},
        {"Timestamp": "soon"},
        {"Timestamp": "-1"},
        {"Timestamp": "1e9"},
        {"Timestamp": "9" * 40},
        {"Timestamp": f"{NOW}"},
        {"Key_Id": ""},
        {"Id": ""},
    ],
)
def test_a_malformed_proof_is_refused(desk: Desk, signer: Signer, changes: dict[str, str]) -> None:
    """Half a signature is a wrong one."""
    assert desk.atlas(signer, **changes) == 401
    assert desk.words == []


def test_without_a_signature_it_is_a_reason_to_look(desk: Desk, signer: Signer) -> None:
    """No proof at all is worth as much as Ark's: a look."""
    assert desk.atlas(signer, Signature_Ed25519="") == 200
    assert desk.words == [Trigger("atlas", ID)]


def test_two_signatures_are_none(desk: Desk, signer: Signer) -> None:
    """A header that comes twice is not a matter of taste."""
    raw = json.dumps(DONE).encode()
    headers = [*signer.headers(raw).items(), ("x-atlascloud-webhook-signature-ed25519", "A" * 86)]
    answer = asyncio.run(_raw(desk.app, raw, [(k.lower().encode(), v.encode()) for k, v in headers]))
    assert answer == 401


async def _raw(app: Any, body: bytes, headers: list[tuple[bytes, bytes]], path: str = "/atlas") -> int:
    status = 0
    sent = False

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    return status


# -- EachLabs: a secret --


def test_the_secret_is_believed(desk: Desk) -> None:
    """A webhook that says our secret back is heard."""
    assert desk.send("/eachlabs", ENDED, {"X-Webhook-Secret": SECRET}).status_code == 200
    (word,) = desk.words
    assert isinstance(word, Heard)
    assert (word.snapshot.task_id, word.snapshot.status) == ("abc-1", TaskStatus.SUCCEEDED)
    assert word.snapshot.video_url == CLIP


@pytest.mark.parametrize("wrong", [SECRET[:-1], SECRET + "x", SECRET.upper(), "", f"{SECRET}, {SECRET}", "ünlikely"])
def test_a_wrong_secret_is_refused(desk: Desk, wrong: str) -> None:
    """Near is not ours."""
    answer = asyncio.run(
        _raw(desk.app, json.dumps(ENDED).encode(), [(b"x-webhook-secret", wrong.encode("latin-1"))], path="/eachlabs")
    )
    assert answer == 401
    assert desk.words == []


def test_without_a_secret_it_is_a_reason_to_look(desk: Desk) -> None:
    """As for a task that was created before there was a secret."""
    assert desk.send("/eachlabs", ENDED).status_code == 200
    assert desk.words == [Trigger("eachlabs", "abc-1")]


def test_an_empty_secret_proves_nothing() -> None:
    """A studio without a secret believes nobody, least of all who sends an empty one."""
    desk = Desk(secret="")
    assert desk.send("/eachlabs", ENDED, {"X-Webhook-Secret": ""}).status_code == 200
    assert desk.words == [Trigger("eachlabs", "abc-1")]


def test_the_secret_goes_along_only_with_a_callback() -> None:
    """EachLabs is told it in the create that names an address, and in no other."""
    bare = Request("A cat")
    called = Request("A cat", callback_url="https://hook.example/eachlabs")
    sender = client("eachlabs", base_url="https://api.example", key="k" * 20)
    assert isinstance(sender, SendsSecret)
    assert "webhook_secret" not in sender.encode(called, "m", str)
    sender.webhook_secret = SECRET
    assert "webhook_secret" not in sender.encode(bare, "m", str)
    assert sender.encode(called, "m", str)["webhook_secret"] == SECRET


# -- what is read of them --


@pytest.mark.parametrize(
    ("word", "status"),
    [("completed", "succeeded"), ("failed", "failed"), ("timeout", "expired"), ("cancelled", "cancelled")],
)
def test_atlas_ends_are_ours(word: str, status: str) -> None:
    """Each end that Atlas Cloud documents for its webhook has its place."""
    payload = DONE | {"payload": {"status": word, "outputs": None}, "status": "ERROR", "error": "no GPU"}
    snapshot = atlas.decode_webhook(payload)
    assert snapshot.status == status
    assert snapshot.failure is not None
    assert snapshot.failure.message == "no GPU"


def test_atlas_words_that_are_not_documented_end_nothing() -> None:
    """Without a status of the task, OK and ERROR are not taken for one."""
    assert atlas.decode_webhook(DONE | {"payload": {}}).status is None
    assert atlas.decode_webhook(DONE | {"payload": {"status": "dreaming"}}).status is None
    inner = {"data": {"id": "x", "status": "failed"}, "id": "y", "status": "completed"}
    assert (atlas.decode_webhook(DONE | {"payload": inner}).task_id) == ID


@pytest.mark.parametrize(
    "changes",
    [
        {"output": [{"id": "", "status": "", "output": "", "error": "the reason"}], "error": ""},
        {"output": None, "error": "the reason"},
    ],
)
def test_eachlabs_failures_give_their_reason(changes: dict[str, Any]) -> None:
    """From the first output as its reference says, or from the top as its skill page does."""
    snapshot = eachlabs.decode_webhook(ENDED | {"status": "failed"} | changes)
    assert snapshot.status is TaskStatus.FAILED
    assert snapshot.failure is not None
    assert snapshot.failure.message == "the reason"
    assert snapshot.video_url is None


@pytest.mark.parametrize("decode", [atlas.decode_webhook, eachlabs.decode_webhook])
@pytest.mark.parametrize("payload", [None, [], {}, {"id": "x"}, {"session_id": 1}, {"exec_id": ""}])
def test_what_is_no_webhook_is_not_decoded(decode: Callable[[object], object], payload: object) -> None:
    """It has the error of an unreadable answer."""
    with pytest.raises(ResponseFormatError):
        decode(payload)


def test_keys_are_read_from_a_jwks() -> None:
    """Ed25519 keys of the right length, by name; anything else beside them is left out."""
    signer = Signer()
    x = base64.urlsafe_b64encode(signer.public).rstrip(b"=").decode()
    good = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "k1"}
    others = [good | {"crv": "X25519", "kid": "a"}, good | {"x": "c2hvcnQ", "kid": "b"}, good | {"x": 7, "kid": "c"}]
    others += [good | {"kid": ""}, {"kty": "RSA"}, "text", good | {"x": "ü" * 43, "kid": "d"}]  # type: ignore[list-item]
    assert atlas.decode_keys({"keys": [good, *others]}) == {"k1": signer.public}
    for wrong in (None, [], {}, {"keys": None}):
        with pytest.raises(ResponseFormatError, match="tasks are asked about as before"):
            atlas.decode_keys(wrong)


def test_the_client_reads_the_keys_where_they_are_published() -> None:
    """Under the provider's own address."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={"keys": []})

    reader = client("atlas", base_url="https://a.example/api/v1", key="k", transport=httpx.MockTransport(answer))
    assert isinstance(reader, SignsWebhooks)
    assert asyncio.run(reader.webhook_keys()) == {}
    assert seen == ["https://a.example/api/v1/webhooks/jwks.json"]


# -- strangers --


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("provider", ["ark", "byteplus", "atlas", "eachlabs"])
def test_only_post_is_answered(provider: str, method: str) -> None:
    """Everything else is 405."""
    assert Desk().send(f"/{provider}", b"", method=method).status_code == 405


@pytest.mark.parametrize("path", ["/", "/ark/", "/other", "/ark/../eachlabs2"])
def test_other_addresses_are_not_there(path: str) -> None:
    """404, and no redirect."""
    assert Desk().send(path, ARK).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"id": 7}',
        b'{"id": ""}',
        b'{"id": "two\\nlines"}',
        b'{"id": "\\ud800"}',
        b'{"id": "' + b"x" * 201 + b'"}',
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 5000,
    ],
)
def test_what_is_no_webhook_is_refused(body: bytes) -> None:
    """400, and nothing is handed on."""
    desk = Desk()
    assert desk.send("/ark", body).status_code == 400
    assert desk.words == []


def test_too_much_is_refused() -> None:
    """Above a megabyte it is 413, whether the length was declared or not; below, the id counts."""
    desk = Desk()
    large = json.dumps({"id": "cgt-1", "x": "y" * LARGEST_BODY}).encode()
    assert desk.send("/ark", large).status_code == 413

    async def pieces() -> Any:
        for start in range(0, len(large), 65_536):
            yield large[start : start + 65_536]

    async def undeclared() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(desk.app), base_url="http://hook") as sender:
            return (await sender.post("/ark", content=pieces())).status_code

    assert asyncio.run(undeclared()) == 413
    assert desk.words == []
    assert desk.send("/ark", large[: LARGEST_BODY - 100] + b'"}').status_code == 200


def test_a_sender_that_leaves_harms_nobody() -> None:
    """A connection that ends in the middle of a body is no error of ours."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None: ...

    desk = Desk()
    scope = {"type": "http", "method": "POST", "path": "/ark", "query_string": b"", "headers": []}
    asyncio.run(desk.app(scope, receive, send))  # type: ignore[arg-type]
    assert desk.words == []


def test_an_unproven_body_is_not_searched_with_patterns() -> None:
    """A megabyte made to keep patterns busy is answered at once, since nothing but the id is read of it."""
    hard = "https://" * 40_000
    desk = Desk()
    for path, name in (("/ark", "id"), ("/atlas", "session_id"), ("/eachlabs", "exec_id")):
        assert (
            desk.send(path, {name: "t", "status": hard, "error": hard, "payload": {"status": hard}}).status_code == 200
        )
    assert [type(word) for word in desk.words] == [Trigger] * 3


def test_a_receiver_that_fails_is_not_the_senders_business(caplog: pytest.LogCaptureFixture) -> None:
    """What happens behind the receiver is logged and does not become a 5xx."""
    desk = Desk()

    def fails(word: Heard | Trigger) -> None:
        raise RuntimeError("planted")

    desk.app = webhooks.app(fails)
    assert desk.send("/ark", ARK).status_code == 200
    assert "was not taken in" in caplog.text


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def test_nothing_is_echoed_or_logged(desk: Desk, signer: Signer, logged: pytest.LogCaptureFixture) -> None:
    """Answers have no body, and no log record has a secret, an address or an id of what was posted."""
    answers = [
        desk.send("/eachlabs", ENDED, {"X-Webhook-Secret": SECRET}),
        desk.send("/eachlabs", ENDED, {"X-Webhook-Secret": "wrong-planted"}),
        desk.send("/atlas", DONE),
        desk.send("/atlas", DONE, Signer("k9").headers(b"")),
        desk.send("/ark", ARK),
        desk.send("/ark", b"<planted-signature>"),
    ]
    assert [answer.status_code for answer in answers] == [200, 401, 200, 401, 200, 400]
    assert all(answer.content == b"" for answer in answers)
    own = [record for record in logged.records if record.name.startswith("seedance_nb")]
    for record in own:
        text = f"{record.getMessage()} {record.args!r}"
        assert not any(word in text for word in ("planted", "cgt-1", ID, "abc-1"))
    assert SECRET not in repr(vars(desk.app))


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is mounted, not at the first webhook."""
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.ed25519", None)
    with pytest.raises(ConfigurationError, match=r'pip install "seedance-nb\[webhooks\]"'):
        webhooks.app(print)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_named = st.fixed_dictionaries(
    {},
    optional={
        name: _values | st.just("t-1")
        for name in ("id", "session_id", "exec_id", "status", "output", "error", "payload", "content")
    },
)
_proofs = st.fixed_dictionaries(
    {},
    optional={
        name: st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=90)
        for name in (
            "x-webhook-secret",
            "x-atlascloud-webhook-id",
            "x-atlascloud-webhook-timestamp",
            "x-atlascloud-webhook-key-id",
            "x-atlascloud-webhook-signature-ed25519",
            "content-length",
        )
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    path=st.sampled_from(["/ark", "/byteplus", "/atlas", "/eachlabs"]),
    body=st.binary(max_size=200) | _named.map(lambda value: json.dumps(value).encode()),
    headers=_proofs,
)
def test_nothing_that_is_posted_breaks_it(path: str, body: bytes, headers: dict[str, str]) -> None:
    """Any body with any headers gets an answer below 500, raises nothing, and is never believed."""
    desk = Desk(Signer())
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    assert asyncio.run(_raw(desk.app, body, raw, path)) in {200, 202, 400, 401, 413}
    assert not any(isinstance(word, Heard) for word in desk.words)


@settings(max_examples=60, deadline=None)
@given(inner=_values, said=_named)
def test_nothing_that_is_proven_breaks_it_either(inner: object, said: dict[str, object]) -> None:
    """A provider that sends nonsense under a good proof gets an answer too."""
    signer = Signer()
    desk = Desk(signer)
    desk.warm(signer)
    assert desk.atlas(signer, {**said, "session_id": "t-1", "payload": inner}) in {200, 400}
    body = {**said, "exec_id": "t-1", "output": inner}
    assert desk.send("/eachlabs", body, {"X-Webhook-Secret": SECRET}).status_code in {200, 400}
