"""Files in pieces: whole or not at all, under a safe name, once."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_nb.composing.file_name import safe_name
from seedance_nb.composing.uploads import CHUNK_BYTES, STALE_S, Uploads
from seedance_nb.errors import MediaError

from .composing_samples import Clock

LIMITS = {"image": 1_000, "video": 5_000_000, "audio": 2_000}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def uploads(tmp_path: Path, clock: Clock) -> Uploads:
    return Uploads(tmp_path / "uploads", clock=clock)


def left(uploads: Uploads) -> list[str]:
    return sorted(path.name for path in uploads.folder.iterdir()) if uploads.folder.exists() else []


def send(uploads: Uploads, content: bytes, name: str = "cat.mp4", size: int | None = None) -> None:
    uploads.begin("u", name, len(content) if size is None else size, "video/mp4", LIMITS)
    for start in range(0, len(content), CHUNK_BYTES):
        uploads.chunk("u", start, content[start : start + CHUNK_BYTES])


def test_a_whole_file_is_put_in_its_place(uploads: Uploads) -> None:
    """Named after its content and after itself."""
    content = os.urandom(3 * CHUNK_BYTES + 17)
    send(uploads, content)
    arrived = uploads.end("u")
    assert arrived.sha256 == hashlib.sha256(content).hexdigest()
    assert arrived.path == uploads.folder / f"{arrived.sha256[:16]}-cat.mp4"
    assert arrived.path.read_bytes() == content
    assert left(uploads) == [arrived.path.name]


def test_the_same_content_is_kept_once(uploads: Uploads) -> None:
    """Also under another name; unless somebody changed the file since."""
    send(uploads, b"meow")
    first = uploads.end("u").path
    send(uploads, b"meow", "other.mp4")
    assert uploads.end("u").path == first
    first.write_bytes(b"woof")
    send(uploads, b"meow", "other.mp4")
    second = uploads.end("u").path
    assert second.read_bytes() == b"meow"
    assert second != first


def test_a_cancelled_upload_leaves_nothing(uploads: Uploads) -> None:
    """Half a file is no file."""
    send(uploads, b"half", size=8)
    assert len(left(uploads)) == 1
    uploads.cancel("u")
    uploads.cancel("u")
    assert left(uploads) == []


@pytest.mark.parametrize(
    ("offset", "content"), [(2, b"xx"), (5, b"xx"), (4, b""), (4, b"x" * 5), (4, bytes(CHUNK_BYTES + 1))]
)
def test_a_wrong_piece_ends_the_upload_and_leaves_nothing(uploads: Uploads, offset: int, content: bytes) -> None:
    """Out of order, empty, beyond the announced size, or too large for one message."""
    send(uploads, b"half", size=8)
    with pytest.raises(MediaError, match="Nothing was kept"):
        uploads.chunk("u", offset, content)
    assert left(uploads) == []
    with pytest.raises(MediaError, match="given up"):
        uploads.chunk("u", 4, b"x")


def test_a_file_that_is_not_whole_leaves_nothing(uploads: Uploads) -> None:
    """The end came too early."""
    send(uploads, b"half", size=8)
    with pytest.raises(MediaError, match="4 of 8 bytes"):
        uploads.end("u")
    assert left(uploads) == []


def test_a_browser_that_went_away_leaves_nothing(uploads: Uploads, clock: Clock) -> None:
    """Ten minutes without a piece; one that still sends goes on."""
    send(uploads, b"half", size=8)
    clock.now += STALE_S - 1
    assert uploads.give_up_stale() == []
    uploads.chunk("u", 4, b"x")
    clock.now += STALE_S - 1
    assert uploads.give_up_stale() == []
    clock.now += 1
    assert [upload.name for upload in uploads.give_up_stale()] == ["cat.mp4"]
    assert left(uploads) == []


@pytest.mark.parametrize(
    ("name", "mime", "size"),
    [("a.png", "", 1_001), ("a.png", "image/png", 1_001), ("a.mp3", "", 2_001), ("a", "", 5_000_001), ("a.png", "", 0)],
)
def test_a_size_that_no_provider_takes_is_refused_before_anything_is_sent(
    uploads: Uploads, name: str, mime: str, size: int
) -> None:
    """The limit is that of its kind, else the largest."""
    with pytest.raises(MediaError, match="Nothing was uploaded"):
        uploads.begin("u", name, size, mime, LIMITS)
    assert left(uploads) == []


def test_what_a_dead_kernel_left_is_swept(uploads: Uploads) -> None:
    """Old parts only: another notebook may be writing."""
    uploads.folder.mkdir()
    old, new, kept = (uploads.folder / name for name in ("old.part", "new.part", "a-cat.png"))
    for path in (old, new, kept):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    os.utime(kept, (0, 0))
    uploads.begin("u", "b.mp4", 1, "", LIMITS)
    uploads.cancel("u")
    assert left(uploads) == ["a-cat.png", "new.part"]


def test_a_full_disk_is_a_sentence(uploads: Uploads) -> None:
    """And leaves nothing."""
    uploads.folder.parent.mkdir(exist_ok=True)
    uploads.folder.write_bytes(b"a file where the folder should be")
    with pytest.raises(MediaError, match="cannot be written"):
        uploads.begin("u", "a.mp4", 1, "", LIMITS)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("cat.png", "cat.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\cat.png", "cat.png"),
        ("cat\u202egnp.exe", "catgnp.exe"),
        ("a\0b\x1f.png", "a_b_.png"),
        ("CON", "_CON"),
        ("com1.png", "_com1.png"),
        (" .. ", "file"),
        ("", "file"),
        ("猫.png", "猫.png"),
        ("\ud83d.png", "_.png"),
        ("...hidden", "hidden"),
        ("cat.png. ", "cat.png"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    """Paths, devices and marks that hide or turn text are taken out; letters of every script stay."""
    assert safe_name(name) == safe


@given(st.text(st.characters(codec=None), max_size=400), st.integers(20, 255))
def test_any_name_becomes_one_that_every_file_system_takes(name: str, most: int) -> None:
    """Never empty, never a path, never too long, nothing that cannot be seen."""
    safe = safe_name(name, most_bytes=most)
    assert 0 < len(safe.encode()) <= most
    assert not set(safe) & set('/\\<>:"|?*')
    assert safe not in {".", ".."}
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in safe)
    assert safe == safe.strip(" ")


def test_a_long_name_keeps_its_ending() -> None:
    """255 bytes, not characters."""
    safe = safe_name("猫" * 200 + ".png")
    assert safe.endswith("猫.png")
    assert len(safe.encode()) <= 255
