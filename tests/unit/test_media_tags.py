"""A text put into a clip: readable everywhere, and nothing else in the file is another."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from seedance_nb.errors import MediaError
from seedance_nb.media import LONGEST_TAG, TAG_KEY, bare_copy, probe_file, same_packets, tag_of, tagged

from . import media_samples as samples

TEXT = f'{{"{TAG_KEY}":1,"prompt":"狐狸 and a fox"}}'
FRONT = (("movflags", "faststart"),)


def put(path: Path, text: str = TEXT) -> Path:
    target = path.with_name("tagged.mp4")
    target.write_bytes(b"".join(tagged(path, text)))
    return target


def boxes(content: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        found.append((content[at + 4 : at + 8], content[at + 8 : at + size]))
        at += size
    return found


def box(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def roomy(content: bytes) -> bytes:
    """The same clip with its index behind the samples, and free room after it."""
    return content + box(b"free", bytes(4_000))


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("options", [(), FRONT], ids=["behind", "in front"])
def test_nothing_but_the_tag_is_another(tmp_path: Path, codec: str, options: tuple[tuple[str, str], ...]) -> None:
    """All packets and moments are the same, and so is every box but the index."""
    path = samples.kept(tmp_path, "clip.mp4", samples.clip(1, 64, 64, codec=codec, sound=True, options=options))
    made = put(path)
    assert same_packets(path, made)
    assert probe_file(made).duration == probe_file(path).duration
    before, after = boxes(path.read_bytes()), boxes(made.read_bytes())
    assert [kind for kind, _ in before] == [kind for kind, _ in after]
    assert [body for kind, body in before if kind != b"moov"] == [body for kind, body in after if kind != b"moov"]
    assert tag_of(made) == TEXT
    assert tag_of(path) is None


def test_any_reader_finds_the_comment(tmp_path: Path) -> None:
    """FFmpeg sees it as the comment and under our own key; a remux by others with nothing but it keeps it."""
    made = put(samples.kept(tmp_path, "clip.mp4", samples.clip(1, 64, 64)))
    other = tmp_path / "other.mkv"
    with av.open(str(made)) as source:
        assert source.metadata["comment"] == source.metadata[TAG_KEY] == TEXT
        with av.open(str(other), "w") as out:
            out.metadata["comment"] = source.metadata["comment"]
            copy = out.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(video=0):
                if packet.size:
                    packet.stream = copy
                    out.mux(packet)
    assert tag_of(other) == TEXT


def test_room_behind_the_index_is_used(tmp_path: Path) -> None:
    """Where a writer has left room for tags, no sample moves and the file does not grow."""
    path = samples.kept(tmp_path, "clip.mp4", roomy(samples.clip(1, 64, 64)))
    made = put(path)
    assert made.stat().st_size == path.stat().st_size
    assert same_packets(path, made)
    assert tag_of(made) == TEXT


def test_a_comment_of_somebody_else_stays(tmp_path: Path) -> None:
    """It is kept, with everything else that was said of the clip; our text stands beside it."""
    path = samples.kept(tmp_path, "clip.mp4", samples.clip(1, 64, 64))
    theirs = tmp_path / "theirs.mp4"
    with av.open(str(path)) as source, av.open(str(theirs), "w") as out:
        out.metadata.update({"comment": "AIGC label of the provider", "title": "A fox"})
        copy = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = copy
                out.mux(packet)
    made = put(theirs)
    with av.open(str(made)) as container:
        assert container.metadata["comment"] == "AIGC label of the provider"
        assert container.metadata["title"] == "A fox"
    assert tag_of(made) == TEXT
    assert same_packets(theirs, made)


def test_a_new_text_takes_the_place_of_the_old(tmp_path: Path) -> None:
    """Tagged twice is tagged once."""
    made = put(samples.kept(tmp_path, "clip.mp4", samples.clip(1, 64, 64)), TEXT.replace("fox", "cat"))
    again = made.rename(tmp_path / "again.mp4")
    once = put(again)
    assert tag_of(once) == TEXT
    assert once.read_bytes() == put(tmp_path / "clip.mp4").read_bytes()


def test_a_bare_copy_has_no_tag(tmp_path: Path) -> None:
    """Who is to judge blindly gets none of it."""
    made = put(samples.kept(tmp_path, "clip.mp4", samples.clip(1, 64, 64)))
    bare_copy(made, tmp_path / "bare.mp4")
    content = (tmp_path / "bare.mp4").read_bytes()
    assert tag_of(tmp_path / "bare.mp4") is None
    for word in (b"fox", "狐狸".encode(), TAG_KEY.encode(), b"seedance"):
        assert word not in content


def fragmented(content: bytes) -> bytes:
    return samples.clip(1, 64, 64, options=(("movflags", "frag_keyframe+empty_moov"),))


def signed(content: bytes) -> bytes:
    return content + box(b"uuid", bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + b"a signature")


def doubled(content: bytes) -> bytes:
    return content + box(b"moov")


def strange(content: bytes) -> bytes:
    return content + box(b"mfra", bytes(8))


def short(content: bytes) -> bytes:
    return content[:-7]


@pytest.mark.parametrize("change", [fragmented, signed, doubled, strange, short])
def test_what_a_tag_could_break_gets_none(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    """A clip in fragments, a signed one, and layouts that are not known: a sentence, and the clip as it was."""
    path = samples.kept(tmp_path, "clip.mp4", change(samples.clip(1, 64, 64)))
    with pytest.raises(MediaError, match="Nothing is put into"):
        list(tagged(path, TEXT))
    for content in (samples.sound(), samples.picture(), b""):
        with pytest.raises(MediaError):
            list(tagged(samples.kept(tmp_path, "thing.mp4", content), TEXT))


def test_a_text_has_a_limit(tmp_path: Path) -> None:
    """What is too long is not put in, and not taken out."""
    path = samples.kept(tmp_path, "clip.mp4", samples.clip(1, 64, 64))
    with pytest.raises(MediaError, match="too long"):
        list(tagged(path, "x" * (LONGEST_TAG + 1)))


def test_a_huge_index_is_not_taken_into_memory(tmp_path: Path) -> None:
    """A stranger's file may announce gigabytes of description; nobody reads them."""
    path = samples.kept(tmp_path, "clip.mp4", samples.clip(1, 64, 64))
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.write(struct.pack(">I4s", 2**31, b"udta"))
        file.truncate(file.tell() + 2**31 - 8)
    with pytest.raises(MediaError, match="too large"):
        tag_of(path)


def test_a_damaged_index_makes_no_noise(tmp_path: Path) -> None:
    """Whatever bytes of an index are changed, there is a sentence or a file, and never another error."""
    chance = random.Random(5)
    content = samples.clip(1, 64, 64, sound=True, options=FRONT)
    end = content.index(b"mdat")
    for _ in range(200):
        changed = bytearray(content)
        for _ in range(3):
            changed[chance.randrange(end)] = chance.randrange(256)
        path = samples.kept(tmp_path, "clip.mp4", bytes(changed))
        try:
            made = put(path)
            if not same_packets(path, made):
                tag_of(made)
        except MediaError:
            continue
