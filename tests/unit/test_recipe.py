"""The recipe of a clip: what goes in, what comes back, and what a stranger's may not do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import seedance_nb as sd
from seedance_nb.engine.preparing import Preparer
from seedance_nb.errors import MediaError
from seedance_nb.media import LONGEST_TAG, TAG_KEY, tagged
from seedance_nb.money import Money, Usage
from seedance_nb.providers import client
from seedance_nb.recipe import again, sidecar, written
from seedance_nb.task import TaskRecord, TaskStatus

from . import media_samples as samples
from .ledger_samples import QUOTE

KEY = "sk-planted-4f9c2e7b1d"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the notebook runs, with a picture, a clip and a sound."""
    monkeypatch.chdir(tmp_path)
    samples.kept(tmp_path, "cat.png", samples.picture())
    (tmp_path / "clips").mkdir()
    return tmp_path


def made(request: sd.Request, **changes: Any) -> TaskRecord:
    """The record of a task that succeeded, as its request was prepared for Ark."""
    ark = client("ark", base_url="https://ark.example.com/api/v3", key=KEY)
    record = Preparer(ark, is_sandbox=False).prepare(request, quote=QUOTE).record
    return replace(
        record,
        status=TaskStatus.SUCCEEDED,
        task_id="cgt-1",
        usage=Usage(108_900, 108_900),
        cost=Money(Decimal("5.0094"), "CNY"),
        cost_basis="usage",
        **changes,
    )


def kept(folder: Path, record: TaskRecord, **options: Any) -> Path:
    """The clip of a record with its recipe in it."""
    plain = samples.kept(folder, "plain.mp4", samples.clip(1, 64, 64))
    clip = folder / "clips" / f"{record.local_id}.mp4"
    clip.write_bytes(b"".join(tagged(plain, written(record, **options))))
    return clip


CAT = sd.Image("cat.png", role="first_frame")


@pytest.mark.parametrize(
    "content",
    [
        sd.Content("A fox in the snow\n雪中的狐狸"),
        sd.Content("The cat yawns", CAT),
        sd.Content(
            "The cat in [image 1] beside [image 2]",
            sd.Image("cat.png", role="reference_image"),
            sd.Image("https://example.com/dog.png", role="reference_image"),
            sd.Video("asset://clip-1", role="reference_video", duration=3.5),
        ),
    ],
    ids=["text", "first frame", "references"],
)
def test_a_request_comes_back(folder: Path, content: sd.Content) -> None:
    """It is the one that was sent, with the seed that was drawn for it; media are found again by their hash."""
    request = sd.Request(content, model="seedance-2.0-fast", ratio="9:16", duration=7, generate_audio=False)
    record = made(request)
    recipe = sd.open(kept(folder, record))
    assert recipe.request == request.replace(seed=record.seed)
    assert recipe.missing == ()
    assert recipe.origin == "file"
    anew = Preparer(client("ark", base_url=record.base_url, key=KEY), is_sandbox=False).prepare(
        recipe.request, quote=None
    )
    assert anew.record.body_sha256 == record.body_sha256


def test_a_task_without_a_clip_is_composed_again(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Out of the ledger alone, with media from wherever they lay; what is not there any more is named."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    picture = samples.kept(elsewhere, "dog.png", samples.picture())
    content = sd.Content("The dog yawns", sd.Image(picture, role="first_frame"))
    record = made(sd.Request(content, duration=4, callback_url="https://x.example.com/cb"))
    recipe = again(record, home=folder)
    assert recipe.request.content == content
    assert (recipe.request.duration, recipe.request.seed) == (4, record.seed)
    assert recipe.missing == ("callback_url is not kept in recipes; set it again if you need it.",)
    picture.write_bytes(b"another")
    assert "image 1 (dog.png" in again(record, home=folder).missing[0]


def test_a_recipe_says_what_it_cost(folder: Path) -> None:
    """Provider, model, task, seed, usage, cost and the frozen price row are values again."""
    record = made(sd.Request("A fox", seed=7))
    recipe = sd.open(kept(folder, record))
    assert (recipe.provider, recipe.model, recipe.task_id) == ("ark", "seedance-2.0", "cgt-1")
    assert (recipe.local_id, recipe.seed) == (record.local_id, 7)
    assert recipe.usage == record.usage
    assert (recipe.cost, recipe.cost_basis) == (record.cost, "usage")
    assert recipe.price == QUOTE.price
    assert recipe.made_with.startswith("seedance-nb ")
    assert not recipe.is_redacted
    assert repr(recipe) == f"Recipe('{record.local_id}.mp4', ark, seedance-2.0, seed 7, ¥5.01)"


def test_what_is_not_known_is_left_out(folder: Path) -> None:
    """A clip whose cost comes later has a recipe without one, or with what the provider has just named."""
    record = replace(made(sd.Request("A fox")), cost=None, cost_basis=None, usage=None, quote=None)
    recipe = sd.open(kept(folder, record))
    assert (recipe.cost, recipe.usage, recipe.price) == (None, None, None)
    named = sd.open(kept(folder, record, cost=Money(Decimal("0.9"), "USD")))
    assert named.cost == Money(Decimal("0.9"), "USD")


def test_a_recipe_holds_no_secret(folder: Path) -> None:
    """No key, no signed query, no bytes, no absolute path, nobody's id and nobody's server."""
    encoded = "iVBORw0KGgo" + "A" * 400
    (folder / "private").mkdir()
    samples.kept(folder / "private", "dog.png", samples.picture(colour=(1, 2, 3)))
    request = sd.Request(
        sd.Content(
            f"image 1, then Authorization: Bearer {KEY} and https://a.example/x.png?X-Tos-Signature=planted",
            sd.Image(folder / "private" / "dog.png", role="reference_image"),
            sd.Image("https://b.example/ref.png?X-Tos-Signature=planted", role="reference_image"),
            sd.Image(samples.picture(), role="reference_image"),
        ),
        callback_url="https://me.example/hook?token=planted",
        safety_identifier="user-planted",
    )
    record = made(request, account="planted-account", owner="planted-host/1/x", project="planted-project")
    for switch in ("full", "redacted"):
        text = written(record, switch=switch)
        for secret in (KEY, "planted", str(folder), "private", encoded, "me.example"):
            assert secret not in text
    recipe = sd.open(kept(folder, record), search="private")
    first, second, third = recipe.request.content.media
    assert first.source.value == str(Path("private/dog.png"))
    assert second.source.value == "https://b.example/ref.png"
    assert [word in note for word, note in zip(("callback_url", "safety_identifier"), recipe.missing[-2:], strict=True)]
    assert "image 2" in recipe.missing[0]
    assert "image 3" in recipe.missing[1]
    assert "missing" in str(third.source.value)


def test_a_redacted_recipe_has_no_words(folder: Path) -> None:
    """Prompt and names are left out, hashes stay, and files are not looked for by a name that is not there."""
    record = made(sd.Request(sd.Content("A secret fox", CAT)))
    clip = kept(folder, record, switch="redacted")
    content = clip.read_bytes()
    assert b"secret fox" not in content
    assert b"cat.png" not in content
    recipe = sd.open(clip)
    assert recipe.is_redacted
    assert recipe.request.prompt == ""
    assert recipe.request.mode == "first_frame"
    item = json.loads(written(record, switch="redacted"))["request"]["content"][1]
    assert item["sha256"] == record.request["content"][1]["sha256"]  # type: ignore[index]
    assert "left out" in recipe.missing[-1]
    assert written(record, switch="none") == ""


def test_media_are_found_where_they_lie_now(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the clip, among the uploads, or in a folder that is named; not where another file has the name."""
    clip = kept(folder, made(sd.Request(sd.Content("The cat yawns", CAT))))
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    samples.kept(elsewhere, "cat.png", samples.picture(colour=(9, 9, 9)))
    assert sd.open(clip).request.content.media[0].source.value == str(folder / "cat.png")
    (folder / "uploads").mkdir()
    (folder / "cat.png").rename(folder / "uploads" / "cat.png")
    assert sd.open(clip).request.content.media[0].source.value == str(folder / "uploads" / "cat.png")
    (folder / "new").mkdir()
    (folder / "uploads" / "cat.png").rename(folder / "new" / "cat.png")
    gone = sd.open(clip)
    assert "image 1 (cat.png" in gone.missing[0]
    assert not Path(str(gone.request.content.media[0].source.value)).exists()
    assert gone.request.content.media[0].role == "first_frame"
    assert [problem.severity for problem in sd.check(gone.request, "ark")] == ["error"]
    found = sd.open(clip, search=folder / "new")
    assert found.missing == ()


def test_the_file_beside_a_clip_serves_as_well(folder: Path) -> None:
    """A clip that lost its tag, or is gone, has its recipe in the `.json` beside it."""
    record = made(sd.Request("A fox"))
    clip = samples.kept(folder, "clip.mp4", samples.clip(1, 64, 64))
    with pytest.raises(MediaError, match=r"no recipe in 'clip\.mp4'"):
        sd.open(clip)
    sidecar(clip).write_text(written(record) + "\n", "utf-8")
    assert sd.open(clip).request.prompt == "A fox"
    assert sd.open(clip).origin == "sidecar"
    clip.unlink()
    assert sd.open(clip).task_id == sd.open(sidecar(clip)).task_id == "cgt-1"
    with pytest.raises(MediaError, match="There is no file"):
        sd.open(folder / "none.mp4")


def test_a_recipe_is_shown_as_text_and_as_html(folder: Path) -> None:
    """Both say what made the clip; a prompt with markup in it is shown, not obeyed."""
    record = made(sd.Request(sd.Content("<img src=x onerror=alert(1)> for $5", CAT)), is_sandbox=True)
    bundle = sd.open(kept(folder, record))._repr_mimebundle_()
    for form in ("text/plain", "text/html"):
        for word in ("seedance-2.0", "108,900", "5.01", "not billed", "cat.png", "cgt-1"):
            assert word in bundle[form]
    assert "<img" not in bundle["text/html"]
    assert "&lt;img" in bundle["text/html"]


def data() -> dict[str, Any]:
    loaded = json.loads(written(made(sd.Request(sd.Content("A fox", CAT)))))
    assert isinstance(loaded, dict)
    return loaded


def changed(**changes: Any) -> Callable[[], str]:
    return lambda: json.dumps(data() | changes)


def asked(**changes: Any) -> Callable[[], str]:
    return lambda: json.dumps(data() | {"request": data()["request"] | changes})


def item(**changes: Any) -> Callable[[], str]:
    return asked(content=[{"type": "image", "role": "first_frame", "source": "file"} | changes])


HOSTILE: dict[str, Callable[[], str]] = {
    "not JSON": lambda: f'{{"{TAG_KEY}":1,',
    "deep": lambda: f'{{"{TAG_KEY}":1,"request":' + "[" * 100_000 + "]" * 100_000 + "}",
    "a list": lambda: json.dumps([TAG_KEY]),
    "somebody else's": lambda: json.dumps({"nodes": [1, 2]}),
    "newer": changed(**{TAG_KEY: 2}),
    "a huge number": lambda: f'{{"{TAG_KEY}":{"9" * 5000}}}',
    "no number": lambda: f'{{"{TAG_KEY}":1,"seed":NaN}}',
    "a seed of words": changed(seed="seven"),
    "a seed that is true": changed(seed=True),
    "a provider of numbers": changed(provider=["ark"]),
    "a long name": changed(model="x" * 1_000),
    "a huge amount": changed(cost={"amount": "1E+999999", "currency": "CNY"}),
    "another money": changed(cost={"amount": "1", "currency": "<b>"}),
    "usage in words": changed(usage={"completion_tokens": "many"}),
    "a price for nothing": changed(price={"amount": "46", "currency": "CNY", "per": 0, "unit": "tokens"}),
    "a day that is none": changed(created_at="yesterday"),
    "too many items": asked(content=[{"type": "text", "text": "x"}] * 1_000),
    "content in words": asked(content="A fox"),
    "an item that is none": asked(content=["A fox"]),
    "a kind that is none": asked(content=[{"type": "program", "text": "x"}]),
    "a long prompt": asked(content=[{"type": "text", "text": "x" * 100_000}]),
    "a role of another": item(role="reference_video"),
    "a role in a list": item(role=["first_frame"]),
    "a hash that is none": item(label="cat.png", sha256="../../etc"),
    "a length in words": item(duration="long"),
    "an address on a disk": item(source="url", label="file:///etc/passwd"),
    "plain http": item(source="url", label="http://evil.example/x.png"),
    "an address with a password": item(source="url", label="https://me:secret@evil.example/x.png"),
    "a length of words": asked(duration="five"),
    "a flag of words": asked(generate_audio="yes"),
    "a list of models": asked(model=["a"]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_strangers_recipe_is_refused(folder: Path, name: str) -> None:
    """Whatever it is, there is a sentence, at once, whether it stands in the file or beside it."""
    text = HOSTILE[name]()
    (folder / "clip.json").write_text(text, "utf-8")
    with pytest.raises(MediaError) as caught:
        sd.open(folder / "clip.json")
    assert "recipe" in str(caught.value)
    assert len(str(caught.value)) < 600


def test_a_huge_recipe_is_not_read(folder: Path) -> None:
    """Not even when it begins like one."""
    (folder / "clip.json").write_bytes(b" " * (LONGEST_TAG + 1))
    with pytest.raises(MediaError, match="too large"):
        sd.open(folder / "clip.json")
    (folder / "clip.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MediaError, match="no recipe"):
        sd.open(folder / "clip.json")


@pytest.mark.parametrize("path", ["/etc/hostname", "../outside.png", "~/x.png", "..\\outside.png", "a\0b"])
def test_a_stranger_names_no_file_of_mine(folder: Path, path: str) -> None:
    """A path out of the folder is not followed, and a file counts only with the hash: what is sent is never a guess."""
    outside = folder / "clips" / "inside"
    outside.mkdir()
    samples.kept(folder / "clips", "outside.png", samples.picture(colour=(5, 5, 5)))
    (folder / "clip.json").write_text(item(label=path, path=path, sha256="0" * 64)(), "utf-8")
    recipe = sd.open(folder / "clip.json")
    source = str(recipe.request.content.media[0].source.value)
    assert source.startswith("missing ")
    assert not Path(source).exists()


def test_what_a_newer_package_adds_is_said(folder: Path) -> None:
    """An unknown parameter is named and left out; the rest is there."""
    (folder / "clip.json").write_text(asked(camera_roll=3)(), "utf-8")
    recipe = sd.open(folder / "clip.json")
    assert recipe.request.prompt == "A fox"
    assert "camera_roll" in recipe.missing[0]
