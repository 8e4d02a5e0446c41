"""What a file really is."""

from __future__ import annotations

import base64
import contextlib
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import pytest

from seedance_nb.content import Audio, Image, Media, Video
from seedance_nb.errors import MediaError
from seedance_nb.media import Facts, data_uri, poster, probe, probe_file, read, seconds, sha256, shape

from . import media_samples as samples


def facts_of(item: Media) -> Facts:
    found = probe(item)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
def test_a_picture_is_measured(name: str) -> None:
    """Every picture format that Ark names and Pillow reads gives its format and size."""
    content = samples.picture(640, 400, name)
    facts = facts_of(Image(content))
    assert (facts.kind, facts.format, facts.width, facts.height) == ("image", name.lower(), 640, 400)
    assert facts.bytes == len(content)
    assert facts.mime == f"image/{name.lower()}"
    assert facts.pixels == 256_000
    assert facts.duration is None


def test_a_turned_photograph_is_measured_as_shown() -> None:
    """The EXIF orientation of a phone swaps width and height."""
    facts = facts_of(Image(samples.picture(640, 400, "JPEG", orientation=6)))
    assert (facts.width, facts.height) == (400, 640)


@pytest.mark.parametrize(("turns", "size"), [(0, (4000, 3000)), (1, (3000, 4000))])
def test_a_heic_picture_is_measured_from_its_boxes(turns: int, size: tuple[int, int]) -> None:
    """The largest of the tile sizes counts, turned as the file asks."""
    facts = facts_of(Image(samples.heic(quarter_turns=turns)))
    assert facts.format == "heic"
    assert (facts.width, facts.height) == size


def test_a_heic_picture_without_a_size_says_so() -> None:
    """What cannot be read of a HEIC picture is said with a way out."""
    with pytest.raises(MediaError, match="Save it as JPEG or PNG"):
        probe(Image(samples.heic()[:40]))


def test_a_clip_is_measured() -> None:
    """A clip gives pixels, exact length, frames and codecs."""
    facts = facts_of(Video(samples.clip(2, 640, 360, sound=True)))
    assert facts == Facts(
        kind="video",
        format="mp4",
        bytes=len(samples.clip(2, 640, 360, sound=True)),
        width=640,
        height=360,
        duration=Fraction(2),
        fps=Fraction(24),
        frames=48,
        video_codec="h264",
        audio_codec="aac",
    )


def test_a_clip_of_121_frames_is_longer_than_five_seconds() -> None:
    """The length of a clip is exact: 121 frames at 24 a second are 121/24 s."""
    facts = facts_of(Video(samples.clip(Fraction(121, 24), 320, 320)))
    assert facts.frames == 121
    assert facts.duration == Fraction(121, 24)


def test_quicktime_is_told_from_mp4() -> None:
    """A mov file is a mov file, with its own media type."""
    facts = facts_of(Video(samples.clip(1, 320, 320, container="mov")))
    assert facts.format == "mov"
    assert facts.mime == "video/quicktime"


@pytest.mark.parametrize(("container", "codec", "name"), [("matroska", "libx264", "mkv"), ("webm", "libvpx", "webm")])
def test_other_clips_are_recognised(container: str, codec: str, name: str) -> None:
    """A clip of a format that Ark does not take is still named and measured."""
    facts = facts_of(Video(samples.clip(1, 320, 320, container=container, codec=codec)))
    assert (facts.format, facts.width) == (name, 320)


def test_a_clip_in_fragments_has_its_length() -> None:
    """A fragmented mp4, whose header has no length, is measured by its packets."""
    content = samples.clip(2, 320, 320, options=(("movflags", "frag_keyframe+empty_moov"),))
    facts = facts_of(Video(content))
    assert facts.duration == 2
    assert facts.frames == 48


def test_a_wav_sound_is_measured() -> None:
    """A wav file gives its exact length."""
    facts = facts_of(Audio(samples.sound(2.5)))
    assert (facts.kind, facts.format, facts.duration) == ("audio", "wav", Fraction(5, 2))
    assert facts.mime == "audio/wav"


def test_an_mp3_sound_is_measured() -> None:
    """The length of an mp3 is counted, to within the padding of the coder."""
    facts = facts_of(Audio(samples.compressed_sound(3)))
    assert facts.format == "mp3"
    assert facts.duration is not None
    assert abs(facts.duration - 3) < Fraction(1, 10)
    assert facts.mime == "audio/mpeg"


@pytest.mark.parametrize(
    ("container", "codec", "name"), [("flac", "flac", "flac"), ("ipod", "aac", "m4a"), ("adts", "aac", "aac")]
)
def test_other_sounds_are_recognised(container: str, codec: str, name: str) -> None:
    """A sound of a format that Ark does not take is still named."""
    assert facts_of(Audio(samples.compressed_sound(3, container=container, codec=codec))).format == name


def test_an_address_is_not_opened() -> None:
    """Behind https and asset there is nothing to probe here."""
    assert probe(Image("https://example.com/cat.png")) is None
    assert probe(Video("asset://asset-20260224200602-qn7wr")) is None


def test_the_name_of_a_file_does_not_matter(tmp_path: Path) -> None:
    """A JPEG called .png is a JPEG, and is sent as one."""
    path = samples.kept(tmp_path, "cat.png", samples.picture(640, 400, "JPEG"))
    assert probe_file(path).format == "jpeg"
    assert data_uri(Image(path)).startswith("data:image/jpeg;base64,")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cat.png", b"hello, I am a text file", "not a picture, clip or sound of a known format"),
        ("cat.png", b"", "is empty"),
        ("cat.png", samples.picture(64, 64)[:90], "damaged or cut off"),
        ("cat.jpg", samples.picture(64, 64, "JPEG")[:300], "damaged or cut off"),
        ("cat.mp4", samples.clip(1, 64, 64)[:900], "damaged or cut off"),
        ("cat.wav", samples.sound()[:30], "damaged or cut off"),
        ("cat.m3u8", b"#EXTM3U\nhttp://127.0.0.1/secret\n", "not a picture, clip or sound"),
    ],
)
def test_what_is_no_medium_is_said(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """A file that is not what it should be gives a sentence with its name."""
    path = samples.kept(tmp_path, name, content)
    with pytest.raises(MediaError, match=words) as caught:
        probe_file(path)
    assert name in str(caught.value)


def test_a_clip_that_lost_its_end_is_noticed() -> None:
    """A clip whose header announces more than the file holds is cut off."""
    whole = samples.clip(4, 320, 320, options=(("movflags", "+faststart"),))
    with pytest.raises(MediaError, match="cut off"):
        probe(Video(whole[: len(whole) * 3 // 4]))


def test_another_kind_of_medium_is_named() -> None:
    """A clip given as a picture says what it is and where it belongs."""
    with pytest.raises(MediaError, match=r"is a clip \(mp4\), not a picture\. Put it in as Video"):
        probe(Image(samples.clip(1, 320, 320)))
    with pytest.raises(MediaError, match=r"is a sound \(wav\), not a clip"):
        probe(Video(samples.sound()))


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    """A missing file, a folder and a pipe each give a sentence, and none waits."""
    with pytest.raises(MediaError, match="There is no file"):
        probe(Image(str(tmp_path / "none.png")))
    with pytest.raises(MediaError, match="is a folder"):
        probe(Image(tmp_path))
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(MediaError, match="not a regular file"):
        probe(Image(tmp_path / "pipe.png"))


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Not as root, who may read everything."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_file_of_others_is_said() -> None:
    """A file without permission to read gives a sentence."""
    with tempfile.TemporaryDirectory() as folder:  # open to others, unlike pytest's own
        Path(folder).chmod(0o755)
        path = samples.kept(Path(folder), "cat.png", samples.picture())
        path.chmod(0)
        with as_nobody(), pytest.raises(MediaError, match="may not be read"):
            probe(Image(path))


def test_a_changed_file_is_probed_again(tmp_path: Path) -> None:
    """The memory of a file ends when the file changes."""
    path = samples.kept(tmp_path, "cat.png", samples.picture(640, 400))
    assert probe_file(path) is probe_file(path)
    path.write_bytes(samples.picture(800, 600))
    assert probe_file(path).width == 800


def test_many_threads_may_probe_at_once() -> None:
    """Eight threads that probe the same forty pictures, clips and sounds all find the same."""
    items: list[Media] = [Image(samples.picture(300 + number, 300)) for number in range(38)]
    items += [Video(samples.clip(1, 320, 320)), Audio(samples.sound())]
    with ThreadPoolExecutor(8) as pool:
        rounds = list(pool.map(lambda _: [probe(item) for item in items], range(8)))
    assert all(found == rounds[0] for found in rounds)


def test_lengths_and_proportions_come_from_the_file_or_its_owner() -> None:
    """A file is measured, an address has what was told of it, and a broken file has nothing."""
    assert seconds(Video(samples.clip(2, 640, 320), duration=9)) == 2
    assert seconds(Video("https://example.com/a.mp4", duration=4.1)) == Fraction(41, 10)
    assert seconds(Audio("https://example.com/a.mp3")) is None
    assert shape(Video(samples.clip(2, 640, 320))) == 2
    assert shape(Image("https://example.com/a.png")) is None
    assert shape(Image(b"no picture")) is None


def test_read_gives_the_bytes_of_every_local_source(tmp_path: Path) -> None:
    """A path, bytes and a data URI of the same picture give the same bytes and hash."""
    content = samples.picture()
    path = samples.kept(tmp_path, "cat.png", content)
    uri = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    for source in (path, content, uri):
        assert read(Image(source)) == content
    assert len({sha256(Image(source)) for source in (path, content, uri)}) == 1


def test_read_has_a_limit() -> None:
    """More than the limit is refused before it fills the memory."""
    with pytest.raises(MediaError, match="larger than 10 bytes"):
        read(Image(samples.picture()), limit=10)


def test_read_opens_no_address() -> None:
    """An address has no bytes here, and its signature is not repeated."""
    with pytest.raises(MediaError) as caught:
        read(Image("https://example.com/cat.png?X-Signature=secret"))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("uri", ["data:image/png,hello", "data:image/png;base64,@@@@", "data:image/png;base64,"])
def test_a_broken_data_uri_is_said(uri: str) -> None:
    """A data URI without sound base64 gives a sentence."""
    with pytest.raises(MediaError):
        probe(Image(uri))


def test_data_uris_are_written_as_ark_reads_them() -> None:
    """Lower-case format, and mp3 as audio/mp3."""
    content = samples.compressed_sound(3)
    assert data_uri(Audio(content)) == f"data:audio/mp3;base64,{base64.b64encode(content).decode()}"
    assert data_uri(Audio(samples.sound())).startswith("data:audio/wav;base64,UklGR")
    shouted = f"data:IMAGE/JPG;base64,{base64.b64encode(samples.picture()).decode()}"
    assert data_uri(Image(shouted)).startswith("data:image/png;base64,")


def _mutations(content: bytes, count: int) -> list[bytes]:
    dice = random.Random(20261120)
    made = []
    for _ in range(count):
        changed = bytearray(content[: dice.randrange(1, len(content) + 1)])
        for _ in range(dice.randrange(8)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        made.append(bytes(changed))
    return made


SAMPLES: dict[str, Callable[[], bytes]] = {
    "png": lambda: samples.picture(64, 64),
    "jpeg": lambda: samples.picture(64, 64, "JPEG"),
    "webp": lambda: samples.picture(64, 64, "WEBP"),
    "bmp": lambda: samples.picture(64, 64, "BMP"),
    "tiff": lambda: samples.picture(64, 64, "TIFF"),
    "gif": lambda: samples.picture(64, 64, "GIF"),
    "mp4": lambda: samples.clip(1, 64, 64, sound=True),
    "mov": lambda: samples.clip(1, 64, 64, container="mov", options=(("movflags", "+faststart"),)),
    "wav": lambda: samples.sound(0.2),
    "mp3": lambda: samples.compressed_sound(1),
    "heic": samples.heic,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_files_raise_nothing_else(name: str, tmp_path: Path) -> None:
    """However a file is damaged, it is either read or refused with a MediaError."""
    for changed in _mutations(SAMPLES[name](), 60):
        for made in (Image, Video, Audio):
            with contextlib.suppress(MediaError):
                probe(made(changed))
        with contextlib.suppress(MediaError):
            poster(samples.kept(tmp_path, "x", changed))


def test_importing_loads_no_decoder() -> None:
    """Importing media, catalog and prices loads neither PyAV nor Pillow nor numpy."""
    code = (
        "import sys, seedance_nb.media, seedance_nb.catalog, seedance_nb.prices\n"
        "assert not {'av', 'PIL', 'numpy', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
