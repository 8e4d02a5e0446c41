"""Clips of the sandbox: real files that honour their spec."""

from __future__ import annotations

import io
import itertools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from seedance_nb import media, sandbox
from seedance_nb.sandbox import clip as clips
from seedance_nb.sandbox.clip import Clip, ClipSpec, render
from seedance_nb.sandbox.clip.director import USUAL, _picture
from seedance_nb.sandbox.clip.matrix import BT601, BT709, Matrix, matrix_for
from seedance_nb.sandbox.clip.plan import plan
from seedance_nb.sandbox.clip.planes import Planes, from_frame, from_image, to_image, to_yuv
from seedance_nb.sandbox.clip.scene import scene
from seedance_nb.sandbox.clip.text import clean, length, wrap

STANDARD = "doubao-seedance-2-0-260128"
FAST = "doubao-seedance-2-0-fast-260128"
SPEC = ClipSpec(320, 180, 25, "A cat on a hill at sunset", 42, STANDARD, "text", audio=True, watermark=False)


def encoded(colour: tuple[int, int, int], size: tuple[int, int] = (400, 300), **options: object) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, **{"format": "PNG", **options})
    return data.getvalue()


def gradient(width: int, height: int, turned: bool = False) -> Image.Image:
    across, down = np.meshgrid(np.linspace(40, 210, width), np.linspace(40, 210, height))
    first, second = (down, across) if turned else (across, down)
    return Image.fromarray(np.stack([first, second, 250 - second], axis=-1).astype(np.uint8))


def png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image).astype(int)


def pictures(clip: Clip, *places: int) -> list[np.ndarray]:
    """Every frame, or those at some places, in the colours in which a browser shows it."""
    with av.open(io.BytesIO(clip.mp4)) as container:
        frames = list(container.decode(video=0))
    name = "ITU709" if frames[0].height >= 720 else "ITU601"
    chosen = [frames[place] for place in places] if places else frames
    return [frame.to_ndarray(format="rgb24", src_colorspace=name).astype(np.int16) for frame in chosen]


def sound(clip: Clip) -> np.ndarray:
    with av.open(io.BytesIO(clip.mp4)) as container:
        return np.concatenate([frame.to_ndarray().ravel() for frame in container.decode(audio=0)])


def away_from_lettering(picture: np.ndarray) -> np.ndarray:
    """Everything right of the mark."""
    return picture[:, picture.shape[1] // 4 :]


@pytest.fixture(scope="module")
def clip() -> Clip:
    return render(SPEC)


def test_importing_loads_no_drawing_library() -> None:
    """The server starts before the first clip is asked for."""
    code = (
        "import sys, seedance_nb.sandbox.clip as c; "
        "sys.exit(any(m.startswith('seedance_nb.sandbox.clip.') for m in sys.modules) or 'render' not in dir(c))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("size", [(864, 496), (496, 864), (1470, 630), (834, 1112)])
def test_a_clip_has_exactly_the_pixels_frames_and_rate(size: tuple[int, int]) -> None:
    """24 frames per second, every frame once, at even distances."""
    made = render(replace(SPEC, width=size[0], height=size[1], frames=9, audio=False))
    with av.open(io.BytesIO(made.mp4)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate, stream.frames) == (*size, 24, 9)
        frames = list(container.decode(stream))
        assert [frame.pts * stream.time_base * 24 for frame in frames] == list(range(9))
        assert {(frame.width, frame.height) for frame in frames} == {size}


def test_a_clip_is_h264_high_with_aac_mono(clip: Clip) -> None:
    """The codecs that the provider's files have."""
    with av.open(io.BytesIO(clip.mp4)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.profile) == ("h264", "High")
        assert video.codec_context.pix_fmt == "yuv420p"
        assert (audio.codec_context.name, audio.codec_context.layout.name) == ("aac", "mono")
        assert float(audio.duration * audio.time_base) == pytest.approx(25 / 24, abs=0.05)


def test_a_clip_without_sound_has_no_audio_stream() -> None:
    """Not even a silent one."""
    made = render(replace(SPEC, frames=3, audio=False))
    with av.open(io.BytesIO(made.mp4)) as container:
        assert [stream.type for stream in container.streams] == ["video"]


def test_hevc_is_ten_bit() -> None:
    """As providers do for 4k."""
    made = render(replace(SPEC, frames=3, codec="hevc"))
    with av.open(io.BytesIO(made.mp4)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.profile, context.pix_fmt) == ("hevc", "Main 10", "yuv420p10le")
        assert context.codec_tag == "hvc1"
        assert len(list(container.decode(video=0))) == 3


def test_the_index_comes_before_the_pictures(clip: Clip) -> None:
    """A browser can start to play before the file has arrived."""
    assert 0 < clip.mp4.index(b"moov") < clip.mp4.index(b"mdat")


def test_a_file_says_nothing_about_its_maker(clip: Clip) -> None:
    """Tags are left to a later layer."""
    with av.open(io.BytesIO(clip.mp4)) as container:
        assert not {"comment", "encoder", "creation_time", "title"} & set(container.metadata)


def test_the_same_spec_gives_the_same_bytes(clip: Clip) -> None:
    """File and last frame."""
    assert render(SPEC) == clip


def test_another_seed_is_another_scene_and_another_sound(clip: Clip) -> None:
    """Two seeds differ at a glance."""
    other = render(replace(SPEC, seed=43))
    assert np.abs(pictures(clip, 12)[0] - pictures(other, 12)[0]).mean() > 8
    one, two = sound(clip), sound(other)
    assert np.abs(one - two).mean() > 0.5 * np.abs(one).mean()


def test_a_fast_model_draws_the_same_scene_flatter(clip: Clip) -> None:
    """The sun is where it was, and yet the pictures differ."""
    fine, flat = plan(SPEC.prompt, 42, STANDARD), plan(SPEC.prompt, 42, FAST)
    assert replace(flat, fine=True) == fine
    other = render(replace(SPEC, model=FAST))
    assert 2 < np.abs(pictures(clip, 12)[0] - pictures(other, 12)[0]).mean() < 40


def test_every_frame_differs_from_the_one_before(clip: Clip) -> None:
    """Something always moves."""
    assert all(np.abs(a - b).max() > 8 for a, b in itertools.pairwise(pictures(clip)))


def test_the_sound_is_audible_and_does_not_clip() -> None:
    """About -20 dB below full scale."""
    heard = sound(render(replace(SPEC, width=64, height=64, frames=73)))
    assert 0.05 < np.sqrt(np.mean(heard**2)) < 0.15
    assert np.abs(heard).max() < 1
    assert np.abs(heard[-200:]).max() < 0.02


def test_the_mark_is_on_every_frame() -> None:
    """White letters on a dark plate in the top left corner, whatever is behind."""
    grey = encoded((128, 128, 128))
    made = render(replace(SPEC, mode="first_last_frame", first_frame=grey, last_frame=grey))
    for picture in pictures(made):
        corner = picture[: 180 // 8, : 320 // 4]
        assert corner.max() > 200
        assert corner.min() < 90


def test_the_last_frame_is_the_last_frame(clip: Clip) -> None:
    """At full size, as near as encoding allows."""
    with Image.open(io.BytesIO(clip.last_frame)) as image:
        assert (image.format, image.size) == ("PNG", (320, 180))
        assert np.abs(np.asarray(image).astype(int) - pictures(clip, -1)[0]).mean() < 4


def test_the_watermark_is_in_the_clip_but_not_in_the_last_frame(clip: Clip) -> None:
    """Bottom right."""
    made = render(replace(SPEC, watermark=True))
    assert made.last_frame == clip.last_frame
    corner = (slice(-28, None), slice(-70, None))
    assert np.abs(pictures(made, 5)[0][corner] - pictures(clip, 5)[0][corner]).max() > 90


def test_the_first_frame_is_the_given_picture() -> None:
    """Cut to the ratio of the clip, from the middle."""
    given = gradient(640, 640)
    made = render(replace(SPEC, mode="first_frame", first_frame=png(given)))
    wanted = np.asarray(given.crop((0, 140, 640, 500)).resize((320, 180))).astype(int)
    shown = pictures(made)
    assert np.abs(away_from_lettering(shown[0]) - away_from_lettering(wanted)).mean() < 3
    assert np.abs(away_from_lettering(shown[-1]) - away_from_lettering(wanted)).mean() > 4


def test_the_clip_ends_with_the_given_picture() -> None:
    """And begins with the other one."""
    first, last = gradient(640, 360), gradient(640, 360, turned=True)
    made = render(replace(SPEC, mode="first_last_frame", first_frame=png(first), last_frame=png(last)))
    shown = pictures(made)
    for picture, given in ((shown[0], first), (shown[-1], last)):
        wanted = np.asarray(given.resize((320, 180))).astype(int)
        assert np.abs(away_from_lettering(picture) - away_from_lettering(wanted)).mean() < 3


def test_a_picture_is_turned_as_its_exif_says() -> None:
    """Cameras store the orientation beside the pixels."""
    exif = Image.Exif()
    exif[0x0112] = 6
    half = Image.new("RGB", (300, 400), (230, 30, 30))
    half.paste((30, 30, 230), (0, 200, 300, 400))
    data = io.BytesIO()
    half.save(data, "JPEG", exif=exif)
    shown = pictures(render(replace(SPEC, mode="first_frame", first_frame=data.getvalue(), frames=3)))[0]
    assert shown[90, 40, 2] > 150
    assert shown[90, 280, 0] > 150


def test_references_are_shown_as_cards() -> None:
    """Pictures by their colours, a video by its first frames, a sound by its curve."""
    video = render(replace(SPEC, width=160, height=90, frames=9, mode="first_frame", first_frame=encoded((0, 200, 0))))
    spec = replace(
        SPEC,
        width=640,
        height=360,
        frames=49,
        mode="reference",
        images=(encoded((220, 20, 20)), encoded((20, 20, 220))),
        videos=(video.mp4,),
        audios=(render(replace(SPEC, width=64, height=64, frames=24)).mp4,),
    )
    shown = pictures(render(spec), -1)[0]
    for wanted in ((220, 20, 20), (20, 20, 220), (0, 200, 0)):
        near = np.abs(shown - np.array(wanted)).max(axis=-1) < 30
        assert near.sum() > 2_000


def test_a_reference_sound_is_heard() -> None:
    """Mixed in quietly, at the same loudness."""
    reference = render(replace(SPEC, width=64, height=64, frames=24, seed=5)).mp4
    spec = replace(SPEC, width=64, height=64, mode="reference")
    alone, mixed = sound(render(spec)), sound(render(replace(spec, audios=(reference,))))
    assert np.abs(alone - mixed).mean() > 0.01
    assert 0.05 < np.sqrt(np.mean(mixed**2)) < 0.15


@pytest.mark.parametrize("junk", [b"", b"not a picture", encoded((9, 9, 9))[:-40], encoded((9, 9, 9))[:90]])
def test_unreadable_media_do_no_harm(junk: bytes) -> None:
    """A quiet card or the scene instead."""
    for mode in ("first_frame", "first_last_frame", "reference"):
        spec = replace(
            SPEC, frames=3, mode=mode, first_frame=junk, last_frame=junk, images=(junk,), videos=(junk,), audios=(junk,)
        )
        assert len(pictures(render(spec))) == 3


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "\x00\x07\x1b[31m\u202ertl\u202c\ud800",
        "👩‍👩‍👧 🐈 مرحبا שלום नमस्ते",
        "無" * 100_000,
        "word " * 20_000,
        "x" * 100_000,
        "\n\n\t  ",
        "%s {} <b>",
    ],
)
def test_hostile_prompts_are_harmless(prompt: str) -> None:
    """Any text gives a clip."""
    assert len(pictures(render(replace(SPEC, prompt=prompt, frames=2, audio=False)))) == 2


def test_text_keeps_what_the_font_has() -> None:
    """Chinese, kana and accents stay; emoji and controls go."""
    assert clean("一只橘猫\t看日落 🐈 貓 ねこ × élan\x00…") == "一只橘猫 看日落 貓 ねこ × élan…"


def test_text_is_broken_into_lines_that_fit() -> None:
    """No line starts with a comma; what is too long ends in an ellipsis."""
    lines = wrap("海浪拍打着礁石，" * 20, 20, 210, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(length(line, 20) <= 210 and not line.startswith("，") for line in lines)
    assert wrap("two words", 20, 60, 2) == ["two", "words"]


SIZES = [(864, 496), (1280, 720), (720, 1280)]
COLOURS = [(220, 20, 20), (20, 200, 40), (20, 20, 220), (240, 200, 30), (30, 200, 210), (200, 60, 160), (128, 128, 128)]


@pytest.mark.parametrize("matrix", [BT601, BT709])
@pytest.mark.parametrize("colour", COLOURS)
def test_drawing_and_converting_agree(matrix: Matrix, colour: tuple[int, int, int]) -> None:
    """A colour that is computed and one that is read from a picture become the same."""
    planes = from_image(Image.new("RGB", (16, 16), colour), matrix)
    wanted = to_yuv(tuple(map(float, colour)), matrix)
    for plane, value in zip((planes.y, planes.u, planes.v), wanted, strict=True):
        assert np.abs(plane - value).max() < 1


def test_the_matrix_is_the_one_that_viewers_assume() -> None:
    """Width does not count; a portrait of 720 × 1280 has 1280 lines."""
    assert [matrix_for(lines) for lines in (496, 718, 720, 1280)] == [BT601, BT601, BT709, BT709]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_file_names_no_matrix(size: tuple[int, int], codec: str) -> None:
    """Nor do the providers' files."""
    made = render(replace(SPEC, width=size[0], height=size[1], frames=2, audio=False, codec=codec))
    with av.open(io.BytesIO(made.mp4)) as container:
        assert {int(frame.colorspace) for frame in container.decode(video=0)} == {2}
    assert b"colr" not in made.mp4


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("colour", COLOURS)
def test_a_given_picture_keeps_its_colours(size: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """In a viewer that guesses the matrix from the height."""
    width, height = size
    given = encoded(colour, size)
    made = render(
        replace(SPEC, width=width, height=height, frames=2, audio=False, mode="first_frame", first_frame=given)
    )
    shown = pictures(made, 0)[0][height // 3 : height // 2, width // 3 :]
    assert np.abs(np.median(shown.reshape(-1, 3), axis=0) - colour).max() <= 3


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("of", [(432, 240), (960, 720)])
def test_references_keep_their_colours(size: tuple[int, int], of: tuple[int, int]) -> None:
    """Pictures, and videos whose matrix is another than the clip's."""
    colour = (30, 190, 60)
    video = render(
        replace(SPEC, width=of[0], height=of[1], frames=3, mode="first_frame", first_frame=encoded(colour, of))
    )
    spec = replace(SPEC, width=size[0], height=size[1], frames=20, audio=False, mode="reference")
    for references in ({"images": (encoded(colour),)}, {"videos": (video.mp4,)}):
        shown = pictures(render(replace(spec, **references)), -1)[0]  # type: ignore[arg-type]
        assert (np.abs(shown - colour).max(axis=-1) <= 5).mean() > 0.02


@pytest.mark.parametrize("size", SIZES)
def test_the_last_frame_is_what_is_read_from_the_file(size: tuple[int, int], tmp_path: Path) -> None:
    """The PNG that a provider returns and the one that is cut from the clip."""
    made = render(replace(SPEC, width=size[0], height=size[1], audio=False))
    file = tmp_path / "clip.mp4"
    file.write_bytes(made.mp4)
    apart = pixels(made.last_frame) - pixels(media.last_frame(file))
    assert np.abs(apart).mean() < 1.5
    assert np.abs(apart.mean(axis=(0, 1))).max() < 0.5


@pytest.mark.parametrize("size", [(864, 496), (1280, 720)])
def test_a_picture_is_the_scene_without_lettering(size: tuple[int, int]) -> None:
    """It differs from a clip's first frame only where mark and caption lie, and there it does."""
    width, height = size
    drawn = _picture(replace(SPEC, width=width, height=height, frames=USUAL))
    shown = np.asarray(to_image(drawn.frame(0), drawn.matrix, exact=True)).astype(int)
    apart = np.abs(pixels(clips.picture(SPEC.prompt, width, height, 42)) - shown).max(axis=-1)
    for label, patch in ((drawn.caption, drawn.caption.panel), (drawn.mark, drawn.mark.patch)):
        box = (slice(label.y - 2, label.y + patch.height + 2), slice(label.x - 2, label.x + patch.width + 2))
        assert apart[box].mean() > 20
        apart[box] = 0
    assert not apart.any()


def test_a_picture_is_seen_at_the_beginning_of_its_clip() -> None:
    """In its own colours, as near as encoding allows."""
    given = clips.picture(SPEC.prompt, 1280, 720, 42)
    made = render(replace(SPEC, width=1280, height=720, frames=2, audio=False, mode="first_frame", first_frame=given))
    apart = (pictures(made, 0)[0] - pixels(given))[:, 320:]
    assert np.abs(apart).mean() < 2
    assert np.abs(apart.mean(axis=(0, 1))).max() < 1.5


@pytest.mark.parametrize("matrix", [BT601, BT709])
def test_a_scene_survives_being_a_picture(matrix: Matrix) -> None:
    """A clip that starts from it begins with the same luma, and chroma that differs by rounding."""
    frame = av.VideoFrame(320, 180, "yuv420p")
    drawn = from_frame(frame)
    scene(plan(SPEC.prompt, 42, STANDARD), 320, 180, 30, matrix).draw(drawn, 0)
    back = from_image(to_image(frame, matrix, exact=True), matrix)
    for one, other, most in ((drawn.y, back.y, 0.1), (drawn.u, back.u, 0.5), (drawn.v, back.v, 0.5)):
        assert np.abs(one.astype(int) - other).mean() < most


@pytest.mark.parametrize("size", [(1280, 720), (401, 299), (64, 64), (65, 400)])
def test_a_picture_has_the_size_asked_for(size: tuple[int, int]) -> None:
    """Odd or even, and the same at every call."""
    made = clips.picture("A boat on the sea", *size, 7)
    with Image.open(io.BytesIO(made)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", size)
    assert clips.picture("A boat on the sea", *size, 7) == made
    assert clips.picture("A boat on the sea", *size, 8) != made


def test_an_odd_picture_is_cut_from_an_even_one() -> None:
    """One line and one column less."""
    assert np.array_equal(
        pixels(clips.picture("Snow", 301, 201, 1)), pixels(clips.picture("Snow", 302, 202, 1))[:201, :301]
    )


def test_a_picture_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    """The folder is made."""
    file = tmp_path / "new" / "boat.png"
    assert sandbox.picture("A boat", 320, 180, seed=3, path=file) == file
    assert file.read_bytes() == sandbox.picture("A boat", 320, 180, seed=3) == clips.picture("A boat", 320, 180, 3)


def test_a_picture_refuses_to_be_tiny() -> None:
    """In one sentence."""
    for size in ((63, 64), (64, 0), (-2, 100)):
        with pytest.raises(ValueError, match="A picture is at least 64×64, not"):
            sandbox.picture("A boat", *size)


@pytest.mark.parametrize("land", ["sea cat", "city", "desert", "forest", "mountain snow", "meadow night", "hill rain"])
@pytest.mark.parametrize("model", [STANDARD, FAST])
def test_a_scene_covers_every_pixel(land: str, model: str) -> None:
    """What was in the frame before does not show through."""
    for width, height in ((320, 180), (128, 230), (100, 64)):
        drawn = scene(plan(land, 3, model), width, height, 30, BT601)
        for frame in (0, 29):
            dark, light = Planes.blank(width, height), Planes.blank(width, height)
            light.y[:], light.u[:], light.v[:] = 255, 255, 255
            drawn.draw(dark, frame)
            drawn.draw(light, frame)
            for one, other in ((dark.y, light.y), (dark.u, light.u), (dark.v, light.v)):
                assert np.array_equal(one, other)


def test_a_spec_refuses_what_cannot_be_drawn() -> None:
    """Odd sizes and unknown codecs."""
    for change in ({"width": 321}, {"height": 2}, {"frames": 0}, {"codec": "vp9"}):
        with pytest.raises(ValueError, match="A clip"):
            replace(SPEC, **change)  # type: ignore[arg-type]
