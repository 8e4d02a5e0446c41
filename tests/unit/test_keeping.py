"""Bringing a clip home: whole, in as many goes as it takes, whatever the other side and this disk do."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from seedance_nb import media
from seedance_nb.engine.arriving import ORPHANS
from seedance_nb.engine.fetching import STEP
from seedance_nb.engine.keeping import ATTEMPTS, Home, Keeper
from seedance_nb.errors import NotKeptError, ProviderUnavailableError, RateLimitError, SeedanceError, TaskNotFoundError
from seedance_nb.ledger import Ledger
from seedance_nb.money import Money
from seedance_nb.task import Artifact, Snapshot, TaskRecord, TaskStatus

from .ledger_samples import a_ledger, a_record, after, charge, succeed
from .media_samples import clip, picture

DAY = 86_400
COST = Money(Decimal("0.9"), "USD")


def padded(content: bytes, size: int) -> bytes:
    """The same clip with a box at its end that players skip."""
    return content + struct.pack(">I4s", size, b"free") + bytes(size - 8)


CLIP = clip(1, 64, 64)
FRAME = picture(64, 64)


class Body(httpx.AsyncByteStream):
    """Bytes that come in pieces, and perhaps break off."""

    def __init__(self, content: bytes, *, breaks: bool, hold: asyncio.Event | None) -> None:
        self._content, self._breaks, self._hold = content, breaks, hold

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content), 65_536):
            yield self._content[start : start + 65_536]
        if self._hold is not None:
            await self._hold.wait()
        if self._breaks:
            raise httpx.ReadError("connection reset")


@dataclass
class Store(httpx.AsyncBaseTransport):
    """Where clips lie: every path that is not `/dead…`, with ranges; `/last…` is a picture."""

    content: bytes = CLIP
    breaks: list[int] = field(default_factory=list)
    """How many bytes each of the next answers has before it breaks off."""
    instead: list[bytes | int] = field(default_factory=list)
    """What the next answers are instead: other bytes, or a status."""
    hold: asyncio.Event | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        first = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        self.asked.append((request.url.path, request.headers.get("range", "")))
        if request.url.path.startswith("/dead"):
            return httpx.Response(403)
        content = FRAME if request.url.path.startswith("/last") else self.content
        other = self.instead.pop(0) if self.instead else None
        if isinstance(other, int):
            return httpx.Response(other)
        body = other or content[first:]
        cut = self.breaks.pop(0) if self.breaks else None
        headers = {"etag": '"x"', "content-length": str(len(body))}
        if first:
            headers["content-range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        stream = Body(body[:cut], breaks=cut is not None, hold=self.hold)
        return httpx.Response(206 if first else 200, headers=headers, stream=stream)


@dataclass
class Provider:
    """A provider that says one thing after another, the last one for ever."""

    says: list[Snapshot | Exception] = field(default_factory=list)
    asked: int = 0
    id: str = "ark"

    async def get(self, task_id: str) -> Snapshot:
        self.asked += 1
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, Exception):
            raise said
        return said


def said(path: str = "clip.mp4", *, last: str | None = None, **more: Any) -> Snapshot:
    """The provider's word that a task has succeeded."""
    at = "http://127.0.0.1:9/"
    return Snapshot(
        "cgt-1",
        TaskStatus.SUCCEEDED,
        "succeeded",
        video_url=f"{at}{path}?X-Tos-Signature=planted",
        last_frame_url=at + last if last else None,
        updated_at=after(100),
        **more,
    )


GONE = TaskNotFoundError("It is gone.", provider="ark", status_code=404)
BUSY = ProviderUnavailableError("Busy.", provider="ark", status_code=503)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger(tmp_path) as opened:
        yield opened


def succeeded(ledger: Ledger, number: int = 1, **changes: Any) -> TaskRecord:
    succeed(ledger, a_record(number, is_sandbox=True, **changes))
    return ledger.get(f"t-{number:04}")


def keeping(
    ledger: Ledger,
    store: Store,
    work: Callable[[Keeper], Awaitable[Any]],
    *,
    pauses: list[float] | None = None,
    **options: Any,
) -> Any:
    """What comes of work with a keeper, in a loop whose default threads nobody may use."""

    async def sleep(seconds: float) -> None:
        if pauses is not None:
            pauses.append(seconds)

    async def go() -> Any:
        crowd = ThreadPoolExecutor(1)
        crowd.shutdown()
        asyncio.get_running_loop().set_default_executor(crowd)
        keeper = Keeper(ledger, ledger.home, transport=store, **({"sleep": sleep} | options))
        try:
            return await work(keeper)
        finally:
            await keeper.close()

    return asyncio.run(go())


def kept(
    ledger: Ledger,
    store: Store,
    record: TaskRecord,
    provider: Provider,
    snapshot: Snapshot | None = None,
    **options: Any,
) -> Home:
    home = keeping(ledger, store, lambda keeper: keeper.keep(record, snapshot, provider), **options)
    assert isinstance(home, Home)
    return home


def files(ledger: Ledger) -> set[str]:
    folder = ledger.home / "clips"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def is_home(ledger: Ledger, content: bytes = CLIP, name: str = "t-0001") -> bool:
    """File, hash and row say the same, and its poster lies beside it."""
    record = ledger.get(name)
    found, poster = record.artifact("clip"), record.artifact("poster")
    assert found is not None
    assert found.path == ledger.home / "clips" / f"{name}.mp4"
    assert found.path.read_bytes() == content
    assert (found.sha256, found.bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (found.width, found.height) == (64, 64)
    assert poster is not None
    assert poster.path is not None
    assert poster.path.read_bytes() == media.poster(found.path)
    return not [file for file in files(ledger) if file.endswith(".part")]


def test_a_clip_comes_home_with_its_poster(ledger: Ledger) -> None:
    """File, poster and rows; the provider is not asked again what it has just said."""
    provider = Provider([GONE])
    home = kept(ledger, Store(), succeeded(ledger), provider, said(cost=COST))
    assert (home.seconds, home.cost, provider.asked) == (1, COST, 0)
    assert is_home(ledger)
    artifact = ledger.get("t-0001").artifact("clip")
    assert artifact is not None
    assert artifact.expires_at == after(100 + DAY)


def test_what_the_provider_said_is_handed_back(ledger: Ledger) -> None:
    """A notebook that died before its charge was written learns the amount from the same reading."""
    home = kept(ledger, Store(), succeeded(ledger), Provider([said(cost=COST)]))
    assert home.cost == COST


def test_a_provider_that_does_not_publish_a_life_gets_no_countdown(ledger: Ledger) -> None:
    """What is not known is not made up."""
    kept(ledger, Store(), succeeded(ledger, provider="atlas"), Provider(), said())
    artifact = ledger.get("t-0001").artifact("clip")
    assert artifact is not None
    assert artifact.expires_at is None


@pytest.mark.parametrize("at_once", [1, 4])
def test_several_come_at_once_and_no_more_than_allowed(ledger: Ledger, at_once: int) -> None:
    """One limit for all downloads of a keeper, and all of it is used."""
    records = [succeeded(ledger, number) for number in range(1, 9)]
    most = 0

    class Counting(Store):
        running = 0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal most
            self.running += 1
            most = max(most, self.running)
            await together.wait()
            self.running -= 1
            return await super().handle_async_request(request)

    together = asyncio.Barrier(at_once)

    async def all_of_them(keeper: Keeper) -> None:
        await asyncio.gather(*[keeper.keep(record, said(), Provider()) for record in records])

    keeping(ledger, Counting(), all_of_them, at_once=at_once)
    assert most == at_once
    assert all(is_home(ledger, name=record.local_id) for record in records)


def test_a_download_that_waits_for_another_attempt_stands_in_nobodys_way(ledger: Ledger) -> None:
    """Its place is free meanwhile."""
    first, second = succeeded(ledger, 1), succeeded(ledger, 2)
    came = asyncio.Event()

    async def until_the_other_came(seconds: float) -> None:
        await came.wait()

    async def both(keeper: Keeper) -> None:
        waiting = asyncio.ensure_future(keeper.keep(first, said("dead.mp4"), Provider([said()])))
        await keeper.keep(second, said(), Provider())
        came.set()
        await waiting

    keeping(ledger, Store(), both, at_once=1, sleep=until_the_other_came)
    assert is_home(ledger)


# -- the other side --


def test_a_broken_download_goes_on_where_it_stopped(ledger: Ledger) -> None:
    """Each break costs the rest and not the whole."""
    store, pauses = Store(breaks=[1_000, 500]), list[float]()
    assert kept(ledger, store, succeeded(ledger), Provider([said()]), said(), pauses=pauses).seconds == 1
    assert [asked for _, asked in store.asked] == ["", "bytes=1000-", "bytes=1500-"]
    assert len(pauses) == 2
    assert is_home(ledger)


def test_an_address_that_dies_in_the_middle_is_asked_for_anew(ledger: Ledger) -> None:
    """The rest comes from the new address."""
    store = Store(breaks=[1_000])
    provider = Provider([said("dead.mp4"), said("new.mp4")])
    kept(ledger, store, succeeded(ledger), provider, said("old.mp4"))
    assert store.asked == [("/old.mp4", ""), ("/dead.mp4", "bytes=1000-"), ("/new.mp4", "bytes=1000-")]
    assert is_home(ledger)


def test_a_download_that_gets_on_is_never_given_up(ledger: Ledger) -> None:
    """Breaks are counted only as long as nothing comes between them; the address that works is used again."""
    content = padded(CLIP, STEP * 2 * ATTEMPTS)
    store, provider = Store(content, breaks=[STEP + 1] * (2 * ATTEMPTS - 1)), Provider([GONE])
    kept(ledger, store, succeeded(ledger), provider, said())
    assert len(store.asked) == 2 * ATTEMPTS
    assert provider.asked == 0
    assert is_home(ledger, content)


@pytest.mark.parametrize("trouble", [[1] * 99, [0] * 99], ids=["a byte a time", "nothing"])
def test_a_download_that_does_not_get_on_is_given_up(ledger: Ledger, trouble: list[int]) -> None:
    """It ends, with growing pauses; nothing is left but the word until when the clip can be had."""
    store, pauses = Store(breaks=trouble), list[float]()
    with pytest.raises(SeedanceError, match="broke off") as caught:
        kept(ledger, store, succeeded(ledger), Provider([said()]), said(), pauses=pauses)
    assert "planted" not in str(caught.value)
    assert len(store.asked) == ATTEMPTS
    assert [0.25 <= pauses[0] <= 0.5, 4 <= pauses[-1] <= 8, len(pauses)] == [True, True, ATTEMPTS - 1]
    assert files(ledger) == set()


def test_a_sender_that_falls_silent_is_asked_for_the_rest(ledger: Ledger) -> None:
    """Half a clip and then nothing: it is left after its time, and the other half comes."""

    class Silent(Store):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.hold = None if self.asked else asyncio.Event()
            self.breaks = [] if self.asked else [2_000]
            return await super().handle_async_request(request)

    store = Silent()
    kept(ledger, store, succeeded(ledger), Provider([said()]), said(), patience=0.05)
    assert [asked for _, asked in store.asked] == ["", "bytes=2000-"]
    assert is_home(ledger)


def test_what_is_no_clip_is_asked_for_again_from_the_beginning(ledger: Ledger) -> None:
    """A page of words under the clip's address gets no clip's name."""
    store = Store(instead=[b"this is not the file you are looking for"])
    kept(ledger, store, succeeded(ledger), Provider([said()]), said())
    assert [asked for _, asked in store.asked] == ["", ""]
    assert is_home(ledger)


def test_a_provider_that_asks_for_time_gets_it(ledger: Ledger) -> None:
    """`Retry-After` is heeded, up to two minutes."""
    pauses = list[float]()
    limits = [RateLimitError("Slow.", provider="ark", status_code=429, retry_after=after) for after in (33.0, 9e9)]
    kept(ledger, Store(), succeeded(ledger), Provider([*limits, said()]), pauses=pauses)
    assert pauses == [33.0, 120.0]


def test_a_record_that_is_gone_takes_the_clip_with_it(ledger: Ledger) -> None:
    """Three denials in a row mean that the provider has forgotten the task; there is no fourth question."""
    pauses = list[float]()
    with pytest.raises(TaskNotFoundError):
        kept(ledger, Store(), succeeded(ledger), Provider([GONE, GONE, GONE]), pauses=pauses)
    assert len(pauses) == 2
    assert files(ledger) == set()


def test_a_denial_that_flickers_loses_no_clip(ledger: Ledger) -> None:
    """One that is taken back with the next answer was none."""
    kept(ledger, Store(), succeeded(ledger), Provider([GONE, GONE, said()]))
    assert is_home(ledger)


def test_a_success_without_a_clip_is_said(ledger: Ledger) -> None:
    """An answer that names no address is no address."""
    empty = Snapshot("cgt-1", TaskStatus.SUCCEEDED, "succeeded")
    with pytest.raises(NotKeptError, match="names no clip"):
        kept(ledger, Store(), succeeded(ledger), Provider([empty]))


def test_a_keep_that_is_stopped_leaves_no_part(ledger: Ledger) -> None:
    """A studio that closes in the middle of a download leaves nothing behind."""
    record, store = succeeded(ledger), Store(breaks=[1_000])

    async def stopped(keeper: Keeper) -> None:
        store.hold = asyncio.Event()
        task = asyncio.ensure_future(keeper.keep(record, said(), Provider()))
        while not (files(ledger) if (ledger.home / "clips").exists() else ()):
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    keeping(ledger, store, stopped)
    assert files(ledger) == set()


# -- what is here already --


def lay(ledger: Ledger, content: bytes = CLIP, name: str = "t-0001.mp4") -> None:
    (ledger.home / "clips").mkdir(exist_ok=True)
    (ledger.home / "clips" / name).write_bytes(content)


@pytest.mark.parametrize("words", [[said(cost=COST)], [BUSY, said(cost=COST)]])
def test_a_clip_that_is_here_already_is_not_fetched_again(ledger: Ledger, words: Sequence[Any]) -> None:
    """An earlier process got as far as the name: the provider is asked for the amount, and for nothing else."""
    lay(ledger)
    store = Store()
    assert kept(ledger, store, succeeded(ledger), Provider(list(words))).cost == COST
    assert store.asked == []
    assert is_home(ledger)


@pytest.mark.parametrize("word", [GONE, BUSY])
def test_a_clip_that_is_here_is_kept_whatever_the_provider_says(ledger: Ledger, word: Exception) -> None:
    """Its record may be gone or out of reach; the clip is not."""
    lay(ledger)
    home = kept(ledger, Store(), succeeded(ledger), Provider([word]))
    assert (home.seconds, home.snapshot) == (1, None)
    assert is_home(ledger)


def test_a_clip_that_is_here_and_charged_needs_nobody(ledger: Ledger) -> None:
    """Then there is nothing left to ask."""
    lay(ledger)
    succeeded(ledger)
    charge(ledger, "t-0001", is_sandbox=True)
    provider = Provider([GONE])
    kept(ledger, Store(), ledger.get("t-0001"), provider)
    assert provider.asked == 0


def test_a_file_that_is_not_the_clip_is_moved_aside(ledger: Ledger) -> None:
    """One that the ledger knows otherwise, or that is no clip, may be a person's: it is never overwritten."""
    record = succeeded(ledger)
    kept(ledger, Store(), record, Provider(), said())
    edited = clip(2, 64, 64)
    lay(ledger, edited)
    kept(ledger, Store(), ledger.get("t-0001"), Provider(), said())
    assert is_home(ledger)
    assert (ledger.home / "clips" / ORPHANS / "t-0001.mp4").read_bytes() == edited
    other = succeeded(ledger, 2)
    lay(ledger, b"half a cl", "t-0002.mp4")
    kept(ledger, Store(), other, Provider(), said())
    assert is_home(ledger, name="t-0002")
    assert (ledger.home / "clips" / ORPHANS / "t-0002.mp4").read_bytes() == b"half a cl"


# -- the last frame --


@pytest.mark.parametrize("last", ["last.png", "dead.png", None])
def test_the_last_frame_is_the_providers_or_the_clips_own(ledger: Ledger, last: str | None) -> None:
    """Where the provider has none any more, the clip ends with it."""
    record = succeeded(ledger, request={"return_last_frame": True})
    kept(ledger, Store(), record, Provider(), said(last=last))
    assert is_home(ledger)
    frame = ledger.get("t-0001").artifact("last_frame")
    assert frame is not None
    assert frame.path is not None
    content = frame.path.read_bytes()
    assert content == (FRAME if last == "last.png" else media.last_frame(ledger.home / "clips" / "t-0001.mp4"))
    assert (frame.sha256, frame.width, frame.height) == (hashlib.sha256(content).hexdigest(), 64, 64)


# -- this disk --


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "Make room there"),
        (errno.EDQUOT, "Make room there"),
        (errno.EFBIG, "Make room there"),
        (errno.EROFS, "Allow writing there"),
        (errno.EACCES, "Allow writing there"),
    ],
)
def test_a_disk_that_refuses_loses_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    """It is said at once, for the clip, the bill and what to do; no part is left, and the countdown is known."""

    def refuse(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    record, store = succeeded(ledger), Store()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(NotKeptError, match="made and billed") as caught:
            kept(ledger, store, record, Provider(), said())
    assert os.strerror(number) in str(caught.value)
    assert advice in str(caught.value)
    assert len(store.asked) == 1
    assert files(ledger) == set()
    after_all = ledger.get("t-0001")
    assert after_all.status is TaskStatus.SUCCEEDED
    assert after_all.artifacts == (Artifact("clip", expires_at=after(100 + DAY)),)
    kept(ledger, store, record, Provider(), said())
    assert is_home(ledger)


def test_a_name_that_is_taken_is_said_before_anything_is_fetched(ledger: Ledger) -> None:
    """A folder under the clip's name, or a file where the folder of clips should be."""
    record, store = succeeded(ledger), Store()
    clips = ledger.home / "clips"
    (clips / "t-0001.mp4").mkdir(parents=True)
    with pytest.raises(NotKeptError, match="Move away what has its name"):
        kept(ledger, store, record, Provider(), said())
    (clips / "t-0001.mp4").rmdir()
    clips.rmdir()
    clips.write_text("a file")
    with pytest.raises(NotKeptError, match="Move away what has its name"):
        kept(ledger, store, record, Provider(), said())
    assert store.asked == []


def test_a_poster_that_this_disk_refuses_does_not_cost_the_clip(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said in the log, and can be made again from the clip."""
    (ledger.home / "clips" / "t-0001.jpg").mkdir(parents=True)
    with caplog.at_level(logging.WARNING, "seedance_nb.engine"):
        kept(ledger, Store(), succeeded(ledger), Provider(), said())
    assert [artifact.kind for artifact in ledger.get("t-0001").artifacts] == ["clip"]
    assert "a still of it could not be written" in caplog.text


# -- the recipe --


def recipe_of(path: Path) -> Any:
    import seedance_nb as sd

    return sd.open(path)


def test_a_clip_that_is_kept_says_what_made_it(ledger: Ledger) -> None:
    """Row and hash are those of the file with its recipe in it; its pictures are the ones that came."""
    kept(ledger, Store(), succeeded(ledger), Provider([GONE]), said(cost=COST), recipe="full")
    clip = ledger.get("t-0001").artifact("clip")
    assert clip is not None
    assert clip.path is not None
    assert is_home(ledger, clip.path.read_bytes())
    plain = ledger.home / "plain.mp4"
    plain.write_bytes(CLIP)
    assert media.same_packets(clip.path, plain)
    assert files(ledger) == {"t-0001.mp4", "t-0001.jpg", "t-0001.json"}
    for path in (clip.path, clip.path.with_suffix(".json")):
        assert recipe_of(path).request.prompt == "一只猫 yawns <b>"
        assert recipe_of(path).cost == COST


@pytest.mark.parametrize("content", [padded(CLIP, 4_000), clip(1, 64, 64, options=(("movflags", "frag_keyframe"),))])
def test_a_clip_that_takes_no_recipe_is_kept_as_it_came(ledger: Ledger, content: bytes) -> None:
    """Fragments get none; then it stands beside the clip alone. Room that a clip has is used."""
    kept(ledger, Store(content=content), succeeded(ledger), Provider([GONE]), said(cost=COST), recipe="full")
    path = ledger.home / "clips" / "t-0001.mp4"
    assert is_home(ledger, path.read_bytes())
    assert recipe_of(path).origin == ("file" if path.read_bytes() != content else "sidecar")
    assert path.stat().st_size == len(content)


def test_a_second_copy_that_this_disk_refuses_does_not_cost_the_clip(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is room for one file and not for two, the clip is kept as it came."""

    def refuse(path: Path, text: str) -> Iterator[bytes]:
        yield CLIP[:100]
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(media, "tagged", refuse)
    kept(ledger, Store(), succeeded(ledger), Provider([GONE]), said(cost=COST), recipe="full")
    assert is_home(ledger)
    assert recipe_of(ledger.home / "clips" / "t-0001.mp4").origin == "sidecar"


def test_a_tag_that_would_change_the_clip_is_not_kept(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two are compared packet by packet before either gets the name."""
    monkeypatch.setattr(media, "tagged", lambda path, text: iter([clip(2, 64, 64)]))
    kept(ledger, Store(), succeeded(ledger), Provider([GONE]), said(cost=COST), recipe="full")
    assert is_home(ledger)


def test_a_clip_that_lies_there_gets_its_recipe_beside_it(ledger: Ledger) -> None:
    """The process that kept it was killed before it had written that; the clip itself is not touched."""
    lay(ledger)
    kept(ledger, Store(), succeeded(ledger), Provider([said(cost=COST)]), recipe="redacted")
    assert is_home(ledger)
    assert recipe_of(ledger.home / "clips" / "t-0001.mp4").is_redacted
