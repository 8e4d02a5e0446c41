"""What is written down and sent for a request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seedance_nb import media
from seedance_nb.content import Content, Image, Media
from seedance_nb.engine import owner, preparing
from seedance_nb.engine.preparing import Prepared, Preparer, retaken
from seedance_nb.request import Request

from . import media_samples
from .batch_samples import Ark


def made(request: Request, provider: Any = None, **options: Any) -> Prepared:
    return Preparer(provider or Ark(), is_sandbox=False, **options).prepare(request, quote=None)


def test_the_same_request_is_asked_for_with_the_same_hash() -> None:
    """A seed that was drawn is in the body and not in what was asked for."""
    one, other = made(Request("x")).record, made(Request("x")).record
    assert one.seed != other.seed
    assert one.body_sha256 != other.body_sha256
    assert one.asked_sha256 == other.asked_sha256 != one.body_sha256
    assert made(Request("x", seed=-1)).record.asked_sha256 == one.asked_sha256
    assert made(Request("y")).record.asked_sha256 != one.asked_sha256


def test_a_given_seed_is_asked_for() -> None:
    """Then both hashes are of one body."""
    record = made(Request("x", seed=7)).record
    assert record.asked_sha256 == record.body_sha256
    assert record.asked_sha256 != made(Request("x", seed=8)).record.asked_sha256


def test_a_webhook_secret_is_not_asked_for() -> None:
    """It is another one in each notebook, and the request is the same."""

    class Secretive(Ark):
        def __init__(self, secret: str) -> None:
            self.webhook_secret = secret

        def encode(self, request: Request, model_id: str, url_of: Callable[[Media], str]) -> dict[str, object]:
            body = super().encode(request, model_id, url_of)
            return {**body, "webhook_secret": self.webhook_secret} if self.webhook_secret else body

    request = Request("x", seed=7)
    records = [made(request, Secretive(secret)).record for secret in ("one", "other", "")]
    assert len({record.body_sha256 for record in records}) == 3
    assert len({record.asked_sha256 for record in records}) == 1


def test_a_record_says_who_pays_and_what_it_belongs_to() -> None:
    """Account, project, batch and the process that has it."""
    record = made(Request("x"), project="spring", batch="b-1").record
    assert (record.account, record.project, record.batch) == ("0123456789ab", "spring", "b-1")
    assert record.follower == record.owner == owner.me()


@pytest.mark.parametrize(
    ("request_", "seconds"),
    [
        (Request("x", duration=6), 6),
        (Request("x", duration=-1), 15),
        (Request("x", duration=8, model="ep-2026-own"), 8),
    ],
)
def test_the_longest_clip_is_known(request_: Request, seconds: int) -> None:
    """As asked for, or what the model makes at most."""
    assert made(request_).record.seconds_high == seconds


def test_a_file_of_a_whole_batch_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the second encoding nor the next row opens it again, and the bodies share one text."""
    path = tmp_path / "a.png"
    path.write_bytes(media_samples.picture())
    reads: list[str] = []
    for name in ("data_uri", "sha256"):
        real = getattr(media, name)
        monkeypatch.setattr(
            preparing.media, name, lambda item, real=real, name=name: (reads.append(name), real(item))[1]
        )
    preparer = Preparer(Ark(), is_sandbox=False)  # type: ignore[arg-type]
    requests = [Request(Content(f"x {number}", Image(path, "reference_image"))) for number in range(20)]
    bodies = [preparer.prepare(request, quote=None).body for request in requests]
    assert sorted(reads) == ["data_uri", "sha256"]
    assert len({id(body["content"][1]) for body in bodies}) == 1  # type: ignore[index]


def test_no_two_tasks_of_a_batch_have_one_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six random letters meet now and then among the thousands of one second."""
    drawn = iter(["t-1", "t-1", "t-1", "t-2"])
    monkeypatch.setattr(preparing, "new_local_id", lambda moment, random: next(drawn))
    preparer = Preparer(Ark(), is_sandbox=False)  # type: ignore[arg-type]
    assert [preparer.prepare(Request("x"), quote=None).record.local_id for _ in range(2)] == ["t-1", "t-2"]


def test_what_follows_a_task_is_asked_for_by_its_id() -> None:
    """Whatever bytes its first frame has; another task before it is another request."""
    frames = [Content("x", Image(media_samples.picture(width=width), role="first_frame")) for width in (300, 320)]
    one, other = (made_after("t-1", Request(content)).record for content in frames)
    assert one.body_sha256 != other.body_sha256
    assert one.asked_sha256 == other.asked_sha256
    assert one.follows == other.follows == "t-1"
    assert made_after("t-2", Request(frames[0])).record.asked_sha256 != one.asked_sha256
    assert made(Request(frames[0])).record.asked_sha256 != one.asked_sha256
    assert made(Request(frames[0])).record.follows == ""
    assert Preparer(Ark(), is_sandbox=False).asked(Request(frames[1]), follows="t-1") == one.asked_sha256  # type: ignore[arg-type]


def test_another_take_is_the_same_request_unless_a_seed_was_given() -> None:
    """Who asks for seed 7 does not want the take that was made with another one."""
    preparer = Preparer(Ark(), is_sandbox=False)  # type: ignore[arg-type]
    drawn = preparer.prepare(Request("x"), quote=None, new_seed=True).record
    assert drawn.asked_sha256 == preparer.asked(Request("x"))
    given = preparer.prepare(Request("x", seed=7), quote=None, new_seed=True).record
    assert given.seed != 7
    asked = preparer.asked(Request("x", seed=7))
    assert given.asked_sha256 == retaken(asked) != asked


def made_after(follows: str, request: Request) -> Prepared:
    return Preparer(Ark(), is_sandbox=False).prepare(request, quote=None, follows=follows)  # type: ignore[arg-type]
