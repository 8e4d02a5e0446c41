"""What `check` says and what a provider's dialect says of the same request, at random.

Both know the rules on their own: the catalog from its data files, the sandbox from its tables. Where
they disagree, one of them has misread the provider.
"""

from __future__ import annotations

import asyncio
import base64
import http.server
import io
import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedance_nb import catalog, media, sandbox
from seedance_nb.content import Audio, Content, Image, Item, Video
from seedance_nb.engine.preparing import Preparer
from seedance_nb.errors import MediaError, RequestRejectedError, UnknownModelError
from seedance_nb.providers import Provider, client
from seedance_nb.request import Request
from seedance_nb.sandbox import Scenario, _fetch
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip
from seedance_nb.task import TaskStatus

from ..unit import media_samples as samples

PROVIDERS = ("ark", "byteplus", "atlas", "eachlabs")
EXAMPLES = 200
STILL = Scenario(
    queue=0, run=0, concurrency=None, concurrency_4k=None, create_rpm=None, create_rpm_4k=None, in_flight_cap=None
)

# -- what `check` refuses and the sandbox takes --

EVERYWHERE = {
    "prompt.ordinal": "a provider does not count the names in a prompt; the clip would be another than the one meant",
    "seed.range": "for a seed below zero one is drawn before anything is sent",
    "callback_url.https": "an empty address is no callback there; here it is a mistake",
    "callback_url.private": "Ark and EachLabs take it and never get through to it",
}
ARK = EVERYWHERE | {
    "parameter.not_offered": "switched off (`camera_fixed=False`) it passes with some models and not with others",
    "resolution.offered": "`4K` passes, and is written `4k` in every answer",
}
RESELLER = EVERYWHERE | {
    "parameter.not_offered": "a field that a reseller does not know is ignored, and does nothing",
    "model.mode": "what an id is not made for is ignored: the clip would be made of the prompt alone",
    "role.missing": "a picture that has no field is not sent",
    "role.count": "where there is one field for a frame, one frame is sent",
    "role.mixed": "frames or references, as the id has it; the others are ignored",
    "role.last_frame_alone": "ignored by an id that knows no frames",
    "role.audio_alone": "ignored by an id that knows no references",
}
KNOWN: Mapping[str, Mapping[str, str]] = {
    "ark": ARK,
    "byteplus": ARK,
    "atlas": RESELLER
    | {
        "resolution.offered": "the models behind it make 4k; no page of Atlas Cloud says that it sells it",
        "web_search.text_only": "it exists with a text and is ignored with media",
    },
    "eachlabs": RESELLER
    | {
        "media.side": "limits are those of the model at Ark; a create is taken, and the task fails there",
        "media.ratio": "the same",
        "media.pixels": "the same",
        "media.duration": "the same",
    },
}
UNSEEN = frozenset(
    {"model.mode", "role.missing", "role.count", "role.mixed", "role.last_frame_alone", "role.audio_alone"}
)
"""With one of these a reseller does not look at all media, whatever else is wrong with them."""


def unexplained(codes: Collection[str], provider: str) -> set[str]:
    """What `check` names of a request that was accepted, without a reason that is known."""
    left = set(codes) - set(KNOWN[provider])
    if provider in {"atlas", "eachlabs"} and UNSEEN & set(codes):
        left = {code for code in left if not code.startswith(("media.", "source."))}
    return left


# -- media --


@dataclass(frozen=True)
class Shelf:
    """The same files as bytes, as `data:`, behind an address, and as assets."""

    base: str
    assets: Mapping[str, str]

    def url(self, name: str) -> str:
        return f"{self.base}/{name}"


def _files() -> dict[str, bytes]:
    return {
        "good.png": samples.picture(640, 480),
        "tall.jpg": samples.picture(600, 900, "JPEG"),
        "good.webp": samples.picture(800, 800, "WEBP"),
        "good.gif": samples.picture(400, 400, "GIF"),
        "small.png": samples.picture(200, 400),
        "wide.png": samples.picture(3000, 600),
        "broken.png": b"\x89PNG\r\n\x1a\nand nothing more",
        "two.mp4": samples.clip(2),
        "six.mp4": samples.clip(6),
        "tiny.mp4": samples.clip(2, 320, 320),
        "three.wav": samples.sound(3),
        "eight.mp3": samples.compressed_sound(8),
        "short.wav": samples.sound(1),
        "three.flac": samples.compressed_sound(3, container="flac", codec="flac"),
    }


FILES = _files()
PICTURES = ("good.png", "tall.jpg", "good.webp", "good.gif", "small.png", "wide.png", "broken.png")
CLIPS = {"two.mp4": 2.0, "six.mp4": 6.0, "tiny.mp4": 2.0}
SOUNDS = {"three.wav": 3.0, "eight.mp3": 8.0, "short.wav": 1.0, "three.flac": 3.0}
GOOD = ("good.png", "tall.jpg", "good.webp", "two.mp4", "six.mp4", "three.wav", "eight.mp3")
"""What may stand behind an address: nobody on this side can look there."""
MIMES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "gif": "image/gif", "wav": "audio/wav"}


class _Files(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = FILES[self.path.rpartition("/")[2]]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server on this machine that has the files."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def still(small_clip: Clip) -> Iterator[Sandbox]:
    """A sandbox in which time stands still, and which calls nobody back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_fetch, "post", lambda *args, **more: _fetch.Posted(200))
        with sandbox.start(scenario=STILL, speed=0, render=lambda spec: small_clip) as box:
            yield box


@pytest.fixture(scope="module")
def shelf(still: Sandbox, address: str) -> Shelf:
    return Shelf(address, {name: still.add_asset(FILES[name]) for name in GOOD})


# -- requests --


@st.composite
def items(draw: st.DrawFn, shelf: Shelf) -> Item:
    """A picture, clip or sound, from anywhere, of any role."""
    kind = draw(st.sampled_from(("image", "image", "image", "video", "audio")))
    lengths: Mapping[str, float] = {"image": {}, "video": CLIPS, "audio": SOUNDS}[kind]
    name = draw(st.sampled_from(tuple(lengths) or PICTURES))
    way = draw(st.sampled_from(("bytes", "data", "url", "asset")))
    source: str | bytes = FILES[name]
    duration: float | None = None
    if way in {"url", "asset"} and name in GOOD:
        source = shelf.url(name) if way == "url" else shelf.assets[name]
        duration = lengths.get(name)
    elif way == "data" and (mime := MIMES.get(name.rpartition(".")[2])):
        source = f"data:{mime};base64,{base64.b64encode(FILES[name]).decode()}"
    if kind == "image":
        return Image(source, draw(st.sampled_from((None, "first_frame", "last_frame", "reference_image"))))
    return Video(source, duration=duration) if kind == "video" else Audio(source, duration=duration)


@st.composite
def orderly(draw: st.DrawFn, shelf: Shelf) -> list[Item]:
    """Media that go together, so that many requests get as far as the parameters."""
    mode = draw(st.sampled_from(("text", "first_frame", "first_last_frame", "reference")))
    picture = st.sampled_from(("good.png", "tall.jpg", "good.webp")).flatmap(
        lambda name: st.sampled_from((FILES[name], shelf.url(name)))
    )
    if mode == "text":
        return []
    if mode == "first_frame":
        return [Image(draw(picture), draw(st.sampled_from((None, "first_frame"))))]
    if mode == "first_last_frame":
        return [Image(draw(picture), "first_frame"), Image(draw(picture), "last_frame")]
    found: list[Item] = [Image(draw(picture), "reference_image") for _ in range(draw(st.integers(0, 4)))]
    found += [Video(shelf.url("two.mp4"), duration=2) for _ in range(draw(st.integers(0, 3)))]
    found += [Audio(FILES["three.wav"]) for _ in range(draw(st.integers(0, 2)))]
    return found


RATIOS = ("adaptive", "16:9", "4:3", "1:1", "3:4", "9:16", "21:9")
PROMPTS = ("A cat yawns", "", "  ", "The cat of [image 1] yawns", "[图2] 打哈欠", "A cat --dur 99 --rs 8k", "猫" * 600)
EXTRAS: dict[str, tuple[object, ...]] = {
    "seed": (-2, -1, 0, 2**31, 2**32 - 1, 2**32),
    "generate_audio": (False,),
    "watermark": (True,),
    "return_last_frame": (True,),
    "web_search": (True,),
    "priority": (-1, 0, 9, 10),
    "execution_expires_after": (0, 3600, 259_200, 259_201),
    "callback_url": (
        "https://example.com/hook", "http://127.0.0.1:9/hook", "http://example.com/", "https://", "not an address",
        "ftp://example.com/", " https://example.com/hook", "https://example.com:99999/",
        "https://example.com/" + "x" * 2000,
        "https://10.0.0.1/hook", "https://receiver.local/hook", "https://[::1", "",
    ),
    "safety_identifier": ("", "user-1", "x" * 64, "x" * 65),
    "service_tier": ("default", "flex"),
    "camera_fixed": (False, True),
    "frames": (29, 121),
    "draft": (False, True),
    "output_format": ("mp4", "mov"),
    "omni_reference_task_type": ("auto", "edit"),
}  # fmt: skip


@st.composite
def requests(draw: st.DrawFn, provider: str, shelf: Shelf) -> Request:
    models = [name for model in catalog.provider(provider).models for name in (model.name, *sorted(model.ids.values()))]
    found = draw(st.one_of(orderly(shelf), orderly(shelf), st.lists(items(shelf), max_size=5)))
    prompt = draw(st.one_of(st.sampled_from(PROMPTS), st.text(max_size=30)))
    extras = draw(st.lists(st.sampled_from((*sorted(EXTRAS), *["callback_url"] * 3)), max_size=2, unique=True))
    return Request(
        Content(prompt, *found),
        model=draw(st.one_of(st.just("seedance-2.0"), st.just("seedance-2.0"), st.sampled_from(models))),
        ratio=draw(st.sampled_from((*RATIOS, *RATIOS, "5:4", ""))),
        resolution=draw(st.sampled_from(("480p", "720p", "480p", "720p", "720p", "1080p", "4k", "4K", "8k"))),
        duration=draw(st.sampled_from((5, -1, *range(4, 16), 3, 16, 0))),
        **{name: draw(st.sampled_from(EXTRAS[name])) for name in extras},  # type: ignore[arg-type]
    )


# -- both opinions --


class Desk:
    """Sends requests as the engine does, without its ledger."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.loop = asyncio.Runner()
        self._uploads: dict[str, str] = {}

    def send(self, request: Request) -> str:
        """The answer to a create: empty for an accepted one, else why not."""
        return self.loop.run(self._send(request))

    async def _send(self, request: Request) -> str:
        try:
            prepared = Preparer(self.provider, is_sandbox=True).prepare(request, quote=None)
        except (MediaError, UnknownModelError) as exc:
            return f"nothing to send: {exc}"
        for placeholder, item in prepared.uploads.items():
            if placeholder not in self._uploads:
                try:
                    facts = media.probe(item)
                except MediaError as exc:
                    return f"nothing to send: {exc}"
                assert facts is not None
                upload = await self.provider.upload(
                    io.BytesIO(media.read(item)), name=f"x.{facts.format}", mime=facts.mime
                )
                self._uploads[placeholder] = upload.url
        body = json.dumps(prepared.body)
        for placeholder in prepared.uploads:
            body = body.replace(placeholder, self._uploads[placeholder])
        try:
            task_id = await self.provider.create(json.loads(body))
        except RequestRejectedError as exc:
            return str(exc)
        task = await self.provider.get(task_id)
        return str(task.failure) if task.status is TaskStatus.FAILED else ""


@pytest.fixture(scope="module")
def desk(still: Sandbox) -> Iterator[Callable[[str], Desk]]:
    made: dict[str, Desk] = {}

    def at(provider: str) -> Desk:
        if provider not in made:
            made[provider] = Desk(client(provider, base_url=still.url(provider), key=sandbox.KEY))
        return made[provider]

    yield at
    for one in made.values():
        one.loop.run(one.provider.close())
        one.loop.close()


@pytest.mark.parametrize("provider", PROVIDERS)
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(data=st.data())
def test_check_and_the_dialect_agree(
    provider: str, desk: Callable[[str], Desk], shelf: Shelf, data: st.DataObject
) -> None:
    """What `check` lets pass is accepted; what is refused, `check` has named; the rest is known, with a reason."""
    request = data.draw(requests(provider, shelf))
    found = [problem for problem in catalog.check(request, provider) if problem.severity == "error"]
    refusal = desk(provider).send(request)
    if refusal:
        assert found, f"refused, and nobody had said so: {refusal}"
    else:
        assert not unexplained({problem.code for problem in found}, provider), f"accepted all the same: {found}"


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "192.168.1.5", "100.64.0.1", "169.254.1.1", "[fd00::1]", "printer.local", "intranet", "10.1"]
)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_address_inside_a_network_is_of_no_use(provider: str, host: str) -> None:
    """A medium or a callback that no provider can reach is named before it is sent."""
    first = Image(f"https://{host}/a.png", "first_frame")
    request = Request(Content("A cat yawns", first), callback_url=f"https://{host}/hook")
    assert {problem.code for problem in catalog.check(request, provider)} == {"source.private", "callback_url.private"}


@pytest.mark.parametrize(
    "host", ["example.com", "93.184.215.14", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]", "a.example.co"]
)
def test_a_public_address_is(host: str) -> None:
    """What the internet can reach is no problem."""
    first = Image(f"https://{host}/a.png", "first_frame")
    request = Request(Content("A cat yawns", first), callback_url=f"https://{host}:8443/hook")
    assert catalog.check(request, "ark") == []


@pytest.mark.parametrize(
    "url", [" https://example.com/hook", "https://example.com/hook\n", "https://example.com:99999/"]
)
def test_a_callback_is_taken_to_the_letter(url: str) -> None:
    """What is sent is the address as it stands, so that a blank or an impossible port in it counts."""
    found = catalog.check(Request("A cat yawns", callback_url=url), "ark")
    assert [problem.code for problem in found] == ["callback_url.https"]


@pytest.mark.parametrize("prompt", ["", "  "])
def test_media_without_words_are_accepted(desk: Callable[[str], Desk], shelf: Shelf, prompt: str) -> None:
    """An empty text beside a picture is left out of the body, because Ark has no empty texts."""
    request = Request(Content(prompt, Image(shelf.url("good.png"))))
    assert not [problem for problem in catalog.check(request, "ark") if problem.severity == "error"]
    assert desk("ark").send(request) == ""


@pytest.mark.parametrize("provider", PROVIDERS)
def test_half_a_character_is_named(provider: str) -> None:
    """What cannot be written as UTF-8 is found before the body is made of it."""
    found = catalog.check(Request("A fox \ud83e yawns"), provider)
    assert [(problem.code, problem.severity) for problem in found] == [("prompt.characters", "error")]
