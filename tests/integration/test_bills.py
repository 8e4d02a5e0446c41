"""The quote before, and the bill after: the same, to the token and to the cent.

The sandbox bills by tables of its own, written from the same pages; prices are spelled out here a second
time, from the price pages, so that a slip in one data file does not confirm itself.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import http.server
import random
import threading
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from seedance_nb import prices, sandbox
from seedance_nb.content import Audio, Content, Image, Item, Video
from seedance_nb.engine.preparing import Preparer
from seedance_nb.errors import ConfigurationError
from seedance_nb.media import seconds
from seedance_nb.money import Money
from seedance_nb.providers import client
from seedance_nb.request import Request
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip
from seedance_nb.sandbox.dialects._ark_tables import RATIOS, SIZES, billed_tokens
from seedance_nb.studio import Studio
from seedance_nb.task import TaskStatus

from ..unit import media_samples as samples

DAY = dt.date(2026, 11, 20)
SEED = 20_261_120
CASES = 5_000
LIVE = 60
OFFERED = {
    "seedance-2.0": ("480p", "720p", "1080p", "4k"),
    "seedance-2.0-fast": ("480p", "720p"),
    "seedance-2.0-mini": ("480p", "720p"),
}
LISTED: dict[str, dict[tuple[str, str], tuple[str, str]]] = {
    "ark": {  # 82379/1544106: CNY per million tokens, without and with video input
        ("seedance-2.0", "480p"): ("46", "28"),
        ("seedance-2.0", "720p"): ("46", "28"),
        ("seedance-2.0", "1080p"): ("51", "31"),
        ("seedance-2.0", "4k"): ("26", "16"),
        ("seedance-2.0-fast", "480p"): ("37", "22"),
        ("seedance-2.0-fast", "720p"): ("37", "22"),
        ("seedance-2.0-mini", "480p"): ("23", "14"),
        ("seedance-2.0-mini", "720p"): ("23", "14"),
    },
    "byteplus": {  # ModelArk/1544106: USD
        ("seedance-2.0", "480p"): ("7.00", "4.30"),
        ("seedance-2.0", "720p"): ("7.00", "4.30"),
        ("seedance-2.0", "1080p"): ("7.70", "4.70"),
        ("seedance-2.0", "4k"): ("4.00", "2.40"),
        ("seedance-2.0-fast", "480p"): ("5.60", "3.30"),
        ("seedance-2.0-fast", "720p"): ("5.60", "3.30"),
        ("seedance-2.0-mini", "480p"): ("3.50", "2.10"),
        ("seedance-2.0-mini", "720p"): ("3.50", "2.10"),
    },
}
CURRENCY = {"ark": "CNY", "byteplus": "USD"}


AS_THE_SANDBOX = {
    "id": "seedance-2.0/as-the-sandbox",
    "provider": "atlas",
    "model": "seedance-2.0",
    "when": {"resolution": ["720p"], "video_input": False},
    "amount": "0.24192",
    "currency": "USD",
    "per": {"seconds": 1},
    "start_date": dt.date(2026, 1, 1),
}


def listed(provider: str, model: str, resolution: str, *, video: bool) -> Decimal:
    return Decimal(LISTED[provider][model, resolution][video])


def money(provider: str, tokens: int, price: Decimal) -> Money:
    return Money(tokens * price / 1_000_000, CURRENCY[provider])


def any_request(chance: random.Random, clips: list[Video]) -> Request:
    model = chance.choice(list(OFFERED))
    items: list[Item] = list(clips)
    if not clips and chance.random() < 0.3:
        items.append(Image("https://example.com/a.png", "first_frame"))
    elif clips and chance.random() < 0.5:
        items += [Image("https://example.com/a.png", "reference_image"), Audio("https://example.com/a.mp3")]
    return Request(
        Content("A cat yawns", *items),
        model=model,
        ratio=chance.choice(RATIOS),
        resolution=chance.choice(OFFERED[model]),
        duration=chance.randint(4, 15),
        generate_audio=chance.random() < 0.5,
    )


def any_clips(chance: random.Random) -> list[Video]:
    """No clip, or up to three of whole seconds, together at most 15."""
    lengths = chance.choice([(), (), (chance.randint(2, 15),), (chance.randint(2, 7), chance.randint(2, 8)), (5, 5, 5)])
    ways = ("asset://asset-20260224200602-qn7wr", "https://example.com/a.mp4")
    return [Video(chance.choice(ways), duration=length) for length in lengths]


@pytest.mark.parametrize("provider", ["ark", "byteplus"])
def test_five_thousand_quotes_are_the_bill(provider: str) -> None:
    """Model × resolution × ratio × duration × clips: tokens by the sandbox's own formula, money by the page."""
    chance = random.Random(f"{SEED}/{provider}")
    with_clips = at_minimum = 0
    for _ in range(CASES):
        clips = any_clips(chance)
        request = any_request(chance, clips)
        into = sum(int(clip.duration or 0) for clip in clips)
        size = SIZES[request.resolution][request.ratio]
        billed = billed_tokens(*size, request.duration, into)
        quote = prices.quote(request, provider, on=DAY)
        assert quote.tokens == billed, request
        price = listed(provider, request.model, request.resolution, video=bool(clips))
        assert quote.amount == money(provider, billed, price), request
        with_clips += bool(clips)
        at_minimum += bool(clips) and billed > size[0] * size[1] * (24 * (into + request.duration) + 1) // 1024
    assert with_clips > CASES / 3
    assert at_minimum > CASES / 20


# -- over the wire --


@pytest.fixture(scope="module")
def box(small_clip: Clip) -> Iterator[Sandbox]:
    """A sandbox in which a task takes no time."""
    scenario = Scenario(queue=0, run=0, concurrency=None, concurrency_4k=None, create_rpm=None, create_rpm_4k=None)
    with sandbox.start(scenario=scenario, render=lambda spec: small_clip) as started:
        yield started


CLIPS = {length: samples.clip(length) for length in (2, 3, 5)}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server on this machine that has a clip of each length."""

    class Clips(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = CLIPS[int(self.path.strip("/").removesuffix(".mp4"))]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is logged."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Clips)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("provider", ["ark", "byteplus"])
def test_the_usage_that_comes_back_is_the_quote(provider: str, box: Sandbox, address: str) -> None:
    """Sixty tasks, from request to usage, each with its quote; and the sandbox's bill says the same."""
    chance = random.Random(f"{SEED}/{provider}/live")
    assets = {length: box.add_asset(data) for length, data in CLIPS.items()}
    picture = samples.picture(960, 540)
    expected: dict[str, int] = {}

    def source(length: int) -> str:
        return chance.choice([f"{address}/{length}.mp4", assets[length]])

    async def all_of_them() -> None:
        made = client(provider, base_url=box.url(provider), key=sandbox.KEY)
        for number in range(LIVE):
            lengths = chance.choice([(), (2,), (3,), (5,), (2, 3), (5, 5, 5)])
            items: list[Item] = [Video(source(length), duration=length) for length in lengths]
            request = any_request(chance, [])
            if number % 5 == 0:
                items, request = [Image(picture, "first_frame")], request.replace(ratio="adaptive")
            request = request.replace(content=Content("A cat yawns", *items))
            quote = prices.quote(request, provider)
            assert quote.is_exact
            prepared = Preparer(made, is_sandbox=True).prepare(request, quote=quote)
            task_id = await made.create(prepared.body)
            expected[task_id] = quote.tokens
            while (task := await made.get(task_id)).status is not TaskStatus.SUCCEEDED:
                assert task.status in {TaskStatus.QUEUED, TaskStatus.RUNNING}
                await asyncio.sleep(0)
            assert task.usage is not None
            assert task.usage.completion_tokens == quote.tokens, request
            price = listed(provider, request.model, request.resolution, video=bool(lengths) and number % 5 != 0)
            assert quote.price.cost(task.usage.completion_tokens) == quote.amount
            assert quote.amount == money(provider, task.usage.completion_tokens, price)
            assert task.duration == request.duration
        await made.close()

    asyncio.run(all_of_them())
    billed = {bill["task_id"]: bill["tokens"] for bill in box.bills}
    assert {task_id: billed[task_id] for task_id in expected} == expected


def test_what_atlas_says_it_billed_is_held_against_the_ledger(
    small_clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read by its billing API with the studio's own key: it agrees where prices do, and else it says by how much."""
    with sandbox.start(scenario=Scenario(queue=0, run=0), render=lambda spec: small_clip) as box:
        studio = Studio("sandbox:atlas", base_url=box.url("atlas"), home=tmp_path)
        request = Request("A cat yawns", ratio="16:9", resolution="720p", duration=5)
        try:
            prices.override([AS_THE_SANDBOX])
            studio.submit(request).wait(180)  # the sandbox bills 108,000 tokens × $11.2 / 1M
            prices.override()
            studio.submit(request.replace(model="seedance-2.0-fast")).wait(180)  # 5 s × $0.101 by the price book
            assert studio.reconcile("atlas").agrees  # a day that is not over is left out
            box.clock.advance(86_400)
            made = studio.reconcile()
            [row] = made.frame().to_dict("records")
            assert (row["kind"], row["model"]) == ("mispriced", "bytedance/seedance-2.0-fast/text-to-video")
            assert (row["billed"], row["booked"]) == (Decimal("0.96768"), Decimal("0.505"))  # 108,000 × $8.96 / 1M
            assert (made.agreed, made.lines) == (1, 2)
            (total,) = made.totals().to_dict("records")
            assert (total["billed"], total["booked"]) == (Decimal("2.17728"), Decimal("1.7146"))
            monkeypatch.setenv("ARK_API_KEY", "not-used")
            with pytest.raises(ConfigurationError, match="Export it from its console"):
                studio.reconcile(provider="ark")
        finally:
            prices.override()
            studio.close()


def test_whole_seconds_are_whole() -> None:
    """The clips of these tests are as long as they say, so that nothing is rounded in secret."""
    for length, data in CLIPS.items():
        assert seconds(Video(data)) == Fraction(length)
