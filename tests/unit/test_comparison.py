"""A comparison without a browser: what is compared, what is known of it, what is said and what never is."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from seedance_nb import media, words
from seedance_nb.compare import Candidate, Comparison, candidates_of, facts_of
from seedance_nb.compare._fact_rows import fact_rows
from seedance_nb.errors import ConfigurationError, SeedanceError
from seedance_nb.media import MEASURES_VERSION, Measures
from seedance_nb.money import Money
from seedance_nb.recipe import written
from seedance_nb.task import Artifact, TaskRecord, TaskStatus
from seedance_nb.widgets._comparison_view import FactRow, Shown, comparison_view
from seedance_nb.widgets.comparison import Comparison as Widget

from .ledger_samples import a_ledger
from .media_samples import clip
from .widget_samples import kept, record

KEY = "0f3c9a1e-77aa-4bd2-9c55-1a2b3c4d5e6f"
SIGNED = "https://tos.example/clip.mp4?X-Tos-Signature=5ecre7&X-Tos-Credential=AKLT1"
BASE64 = "iVBORw0KGgo" + "Qk1BAAAAAAAAADYA" * 20
SECRETS = (KEY, BASE64[20:], "5ecre7", "AKLT1")
MEASURES = Measures(
    duration=5.0, frames=120, fps=24.0, width=1280, height=720, video_codec="h264", audio_codec="aac", has_audio=True,
    sharpness=244.3, motion=6.73, flicker=0.5, cuts=(48,), black_frames=0, loudness=-17.7, silence=0.25,
)  # fmt: skip


class Task:
    """A task, as far as a comparison needs it."""

    def __init__(self, of: TaskRecord) -> None:
        self._record = of

    def record(self) -> TaskRecord:
        return self._record


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two small clips, of two and three seconds."""
    paths = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for path, seconds in zip(paths, (2, 3), strict=True):
        path.write_bytes(clip(seconds, 320, 180, sound=seconds == 3))
    return paths


def task(path: Path, **changes: Any) -> Task:
    artifact = Artifact("clip", path=path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    return Task(kept(artifacts=(replace(artifact, bytes=path.stat().st_size),), **changes))


# -- what is compared --


def test_tasks_files_and_lists_of_them_are_candidates_in_their_order(files: list[Path]) -> None:
    """Whatever is given, in the order in which it stands."""
    given = [task(files[0], seed=7), [str(files[1]), Candidate("by hand", None)], files[0]]
    found = candidates_of(given)
    assert [one.path for one in found] == [files[0], files[1], None, files[0]]
    assert [one.title for one in found] == ["seedance-2.0 · seed 7", "two.mp4", "by hand", "one.mp4"]


@pytest.mark.parametrize(
    ("changes", "titles"),
    [
        (({"model": "fast"}, {"model": "slow"}), ["fast", "slow"]),
        (({"seed": 1}, {"seed": 2}), ["seedance-2.0 · seed 1", "seedance-2.0 · seed 2"]),
        (({"prompt": "A fox"}, {"prompt": "A  cat"}), ["A fox", "A cat"]),
        (({"model": "fast", "seed": 1}, {"model": "slow", "seed": 2}), ["fast · seed 1", "slow · seed 2"]),
    ],
)
def test_a_title_says_what_tells_a_task_from_the_others(
    changes: tuple[dict[str, Any], ...], titles: list[str], files: list[Path]
) -> None:
    """What is the same in all is not in the titles."""
    found = candidates_of([task(files[0], **one) for one in changes])
    assert [one.title for one in found] == titles


def test_votes_compare_what_was_asked_for_alike(files: list[Path]) -> None:
    """One prompt and one seed are a group, whichever model made the clip."""
    tasks = [task(files[0], model="fast"), task(files[1], model="slow"), task(files[1], seed=9)]
    one, two, other = (candidate.group for candidate in candidates_of(tasks))
    assert one == two != other


@pytest.mark.parametrize("given", [[], [[]], [7]])
def test_nothing_to_compare_is_said(given: list[Any]) -> None:
    """At once, with what to name."""
    with pytest.raises(ConfigurationError, match="compare"):
        candidates_of(given)


# -- what is known --


def test_a_cost_a_second_is_exact() -> None:
    """Of what was billed, over the seconds that were billed; on nobody's word for a file."""
    found = facts_of(Candidate("a", None, kept(cost=Money(Decimal("5.01"), "CNY"), duration=5)))
    assert found.cost_per_second == Money(Decimal("1.002"), "CNY")
    assert found.time_to_make == 72
    assert found.tokens == 108_900
    counted = facts_of(Candidate("a", None, kept(duration=None)), replace(MEASURES, duration=4.0))
    assert counted.cost_per_second == Money(Decimal("5.0094") / 4, "CNY")
    assert facts_of(Candidate("file", None)).cost_per_second is None


def test_a_file_that_says_what_made_it_is_believed(files: list[Path]) -> None:
    """The recipe in a clip of another machine names its model, its seed and its cost."""
    made = kept(model="seedance-2.0-fast", seed=11, request={"model": "seedance-2.0-fast", "content": []})
    tagged = files[0].with_name("tagged.mp4")
    tagged.write_bytes(b"".join(media.tagged(files[0], written(made))))
    found, plain = Comparison(candidates_of([tagged, files[1]])).facts
    assert (found.model, found.seed, found.cost) == ("seedance-2.0-fast", 11, made.cost)
    assert (plain.model, plain.seed, plain.cost) == ("", None, None)


def test_a_clip_is_measured_once_and_found_in_the_ledger(files: list[Path], tmp_path: Path) -> None:
    """Another comparison takes the figures from the ledger, by the checksum of the file and not by its name."""
    with a_ledger(tmp_path) as ledger:
        digest = hashlib.sha256(files[0].read_bytes()).hexdigest()
        first = Comparison(candidates_of(files), ledger=ledger).facts[0].measures
        assert first is not None
        assert first.frames == 48
        assert Measures.of(ledger.measures([digest], MEASURES_VERSION)[digest]) == first
        ledger.add_measures(digest, MEASURES_VERSION, replace(first, sharpness=1.25).values())
        renamed = files[0].rename(tmp_path / "another.mp4")
        again = Comparison(candidates_of([renamed]), ledger=ledger).facts[0].measures
        assert again == replace(first, sharpness=1.25)


def test_a_frame_has_a_row_a_clip_also_of_those_that_are_gone(files: list[Path], tmp_path: Path) -> None:
    """Documented columns and dtypes; what is not known is missing."""
    tasks = [task(files[0], model="fast"), tmp_path / "gone.mp4"]
    frame = Comparison(candidates_of(tasks)).frame()
    assert frame["cost_per_second"][0] == Decimal("5.0094") / 5
    assert str(frame["seed"].dtype) == "Int64"
    assert frame["frames"].isna().tolist() == [False, True]
    assert frame["clip"].tolist() == [str(files[0]), str(tmp_path / "gone.mp4")]


def test_rows_name_money_and_measures_in_each_language() -> None:
    """The same facts, in the words of each language; on the sandbox a cost is what it would be."""
    facts = [facts_of(Candidate("a", None, kept(is_sandbox=True)), MEASURES), facts_of(Candidate("b", None, kept()))]
    english = {row.label: row.texts for row in fact_rows(facts, "en", waiting={1})}
    assert english["Cost"] == ("would be ¥5.01", "¥5.01")
    assert english["Cost a second"] == ("¥1.002", "¥1.002")
    assert english["Scene cuts"] == ("at frames 48", "measuring …")
    assert english["Loudness"][0] == "-17.7 LUFS"
    french = {row.label: row.texts for row in fact_rows(facts, "fr")}
    assert french["Coût par seconde"][0] == "1,002\u00a0¥"
    assert "清晰度" in {row.label for row in fact_rows(facts, "zh")}


def test_bars_compare_only_what_compares() -> None:
    """Yuan and dollars are no lengths of one measure."""
    both = [kept(), kept(cost=Money(Decimal("0.70"), "USD"))]
    rows = {row.label: row for row in fact_rows([facts_of(Candidate("x", None, one)) for one in both], "en")}
    assert rows["Cost"].shares == ()
    assert rows["Tokens"].shares == (1.0, 1.0)


# -- what is shown --


def view(*rows: FactRow, clips: int = 2, **changes: Any) -> dict[str, Any]:
    known = {"width": 1280, "height": 720, "duration_s": 5.0, "problem": "", "href": None, "poster": "", **changes}
    return comparison_view([Shown(f"clip {n}", known) for n in range(clips)], rows, language="en")


def test_what_differs_is_beside_the_clips_and_the_rest_is_said_once() -> None:
    """Eyes look for what differs."""
    made = view(FactRow("Seed", ("7", "7")), FactRow("Model", ("fast", "slow"), (0.5, 1.0)))
    assert [clip["facts"] for clip in made["clips"]] == [
        [{"label": "Model", "text": "fast", "share": 0.5}],
        [{"label": "Model", "text": "slow", "share": 1.0}],
    ]
    assert made["same"] == [{"label": "Seed", "text": "7"}]


def test_a_clip_of_which_nothing_is_known_differs_in_nothing() -> None:
    """It makes no difference of what the others have in common."""
    shown = [Shown("a", {"problem": ""}), Shown("b", {"problem": ""}), Shown("c", {"problem": "gone"}, "gone")]
    made = comparison_view(shown, [FactRow("Seed", ("7", "7", ""))], language="en")
    assert made["same"] == [{"label": "Seed", "text": "7"}]
    assert [clip["facts"] for clip in made["clips"]] == [[], [], []]


@pytest.mark.parametrize(("size", "ratio"), [((1280, 720), 1.7778), ((720, 1280), 0.5625), ((4000, 500), 2.4)])
def test_the_screens_have_the_shape_of_the_clips(size: tuple[int, int], ratio: float) -> None:
    """Within reason: what is very long gets a margin."""
    assert view(width=size[0], height=size[1])["ratio"] == ratio


def test_a_task_without_a_clip_says_how_it_stands(files: list[Path]) -> None:
    """Nothing to see is said with its reason, and the facts of the task stay."""
    compared = Comparison(candidates_of([task(files[0]), Task(record(TaskStatus.FAILED, model="slow"))]))
    html = compared._repr_html_()
    assert "There is no clip: the task is failed." in html
    assert "slow" in html


def test_a_picture_of_it_reads_without_a_kernel(files: list[Path]) -> None:
    """Posters, facts and the browser's own player; a few kilobytes, and nothing that runs."""
    html = Comparison(candidates_of(files))._repr_html_()
    assert html.count("<video") == 2
    assert html.count("data:image/jpeg;base64,") >= 2
    assert "<script" not in html
    assert len(html) < 30_000


def test_it_speaks_the_language_of_its_cell(files: list[Path]) -> None:
    """Also what is measured later, when another one is spoken."""
    compared = Comparison(candidates_of(files))
    words.use("fr")
    try:
        cell = compared._widget()
    finally:
        words.use(None)
    compared._cells.append(cell)
    assert compared.facts
    assert "Netteté" in cell.picture()
    assert 'lang="fr"' in cell.picture()
    cell.close()


# -- the page --


def saved(compared: Comparison, path: Path, **options: Any) -> str:
    return compared.save(path, **options).read_text("utf-8")


def test_a_page_may_do_only_what_stands_in_it(files: list[Path], tmp_path: Path) -> None:
    """Its policy has the checksums of its script and its style, and no address to go to."""
    page = saved(Comparison(candidates_of(files)), tmp_path / "a.html")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    assert rules["default-src"] == "'none'"
    assert "http" not in policy[1]
    script = re.search(r'<script type="module">(.*?)</script>', page, re.DOTALL)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    for found, rule in ((script, "script-src"), (style, "style-src")):
        assert found
        assert rules[rule] == f"'sha256-{base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()}'"
    inside = re.search(r'<script type="text/plain" id="clip-1">([^<]*)</script>', page)
    assert inside
    assert base64.b64decode(inside[1]) == files[1].read_bytes()


def test_a_page_says_nothing_of_this_disk(files: list[Path], tmp_path: Path) -> None:
    """Neither folders nor tokens; only what is to be seen."""
    state = re.search(r'id="state">(.*?)</script>', saved(Comparison(candidates_of(files)), tmp_path / "a.html"))
    assert state
    assert str(tmp_path) not in state[1]
    assert tmp_path.name not in state[1]
    for shown in json.loads(state[1])["view"]["clips"]:
        assert not {"token", "href", "path"} & set(shown["clip"])


def test_words_of_strangers_end_no_script(files: list[Path], tmp_path: Path) -> None:
    """Whatever a title says, the page has as many elements as without it."""
    hostile = "</script><script>alert(1)</script><!--<b>&\u2028"
    plain = saved(Comparison([Candidate("plain", files[0])]), tmp_path / "plain.html", clips="none")
    page = saved(Comparison([Candidate(hostile, files[0])], title=hostile), tmp_path / "page.html", clips="none")
    assert page.count("<script") == plain.count("<script")
    assert page.count("</script") == plain.count("</script")
    assert "<b>" not in page


def test_a_page_that_cannot_be_written_leaves_nothing_half_done(files: list[Path], tmp_path: Path) -> None:
    """It says what happened and what to do; an older page stays as it was."""
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(SeedanceError, match="another place"):
        Comparison(candidates_of(files)).save(tmp_path / "folder.html")
    assert not list(tmp_path.glob(".*part"))
    with pytest.raises(ConfigurationError, match="inside"):
        Comparison(candidates_of(files)).save(tmp_path / "a.html", clips="outside")  # type: ignore[arg-type]


# -- what is never said --


def test_state_holds_no_secret(files: list[Path], tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Keys, signed queries and media bytes planted everywhere are nowhere in what is published."""
    planted = f"Bearer {KEY} api_key={KEY} {SIGNED} data:image/png;base64,{BASE64}"
    made = task(files[0], prompt=planted, model=planted, task_id=planted, base_url=SIGNED, owner=KEY, account=KEY[:12])
    others = [task(files[1], prompt="A fox"), Task(record(TaskStatus.FAILED, prompt=planted))]
    compared = Comparison(candidates_of([made, *others]), title=planted, home=tmp_path)
    widget = compared._widget()
    published = (
        str(widget.get_state()),
        repr(widget),
        widget.picture(),
        widget.text(),
        compared._repr_html_(),
        saved(compared, tmp_path / "page.html"),
        caplog.text,
    )
    widget.close()
    for text in published:
        assert not [secret for secret in SECRETS if secret in text]


def test_the_state_is_small(files: list[Path]) -> None:
    """Three traits of our own, a few kilobytes a clip, and no bytes of a clip."""
    compared = Comparison(candidates_of(files * 4))
    widget = compared._widget()
    own = {name for name in widget.keys if not name.startswith("_")} - {"layout", "tabbable", "tooltip"}
    assert own == {"view", "place", "error"}
    assert len(json.dumps(widget.view)) < 8 * 8_000
    widget.close()


def test_what_is_measured_comes_into_a_cell_that_is_there(files: list[Path]) -> None:
    """A cell begins with "measuring …" and has the figures when they are known."""
    compared = Comparison(candidates_of(files))
    cell = compared._widget()
    assert isinstance(cell, Widget)
    compared._cells.append(cell)
    assert "measuring …" in str(cell.view)
    assert compared.facts
    assert "measuring …" not in str(cell.view)
    cell.close()
