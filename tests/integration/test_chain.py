"""Chains against a real server, a real ledger and real clips, small ones."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

import seedance_nb as sd
from seedance_nb import media, sandbox
from seedance_nb.chain import Chain, ChainState
from seedance_nb.errors import BudgetError, ConfigurationError, InvalidRequestError
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec, render
from seedance_nb.studio import Studio
from seedance_nb.task import TaskStatus

from ..patience import eventually
from .conftest import BY_HAND

QUICK = Scenario(queue=0.02, run=0.05)
STORY = ("A cat on a hill", "It looks up", "It runs", "It sleeps")


def small(spec: ClipSpec) -> Clip:
    """What was asked for, small and short; it begins with the picture it was given."""
    return render(replace(spec, width=544, height=304, frames=9, audio=False))


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox.start(scenario=QUICK, render=small) as started:
        yield started


@pytest.fixture
def studio(box: Sandbox, tmp_path: Path) -> Iterator[Studio]:
    with studio_at(box, tmp_path) as made:
        yield made


def studio_at(box: Sandbox, folder: Path, provider: str = "ark", **options: Any) -> Studio:
    return Studio(f"sandbox:{provider}", base_url=box.url(provider), home=folder / "out", **options)


def story(*prompts: str, **changes: Any) -> list[sd.Request]:
    short = {"ratio": "16:9", "resolution": "480p", "duration": 4}
    return [sd.Request(prompt, **{**short, **changes}) for prompt in prompts]


def ids(chain: Chain) -> list[str]:
    return [task.local_id for task in chain.tasks if task is not None]


def test_four_shots_are_linked_and_one_that_is_changed_takes_those_with_it_that_follow(
    box: Sandbox, studio: Studio, tmp_path: Path
) -> None:
    """Four creates, each with the picture that the shot before it gave; shot 3 changed: exactly two more."""
    chain = studio.chain(story(*STORY))
    assert box.created == 0
    assert chain.state is ChainState.PLANNED
    assert "quoted" in repr(chain)
    assert str(chain.quote) == str(chain.to_pay)
    chain.run().wait(180)
    assert (chain.state, chain.why) == (ChainState.DONE, "")
    assert box.created == 4
    tasks = [task for task in chain.tasks if task is not None]
    for before, after in pairwise(tasks):
        assert after.record().mode == "first_frame"
        assert after.record().follows == before.local_id
        (frame,) = [item for item in after.record().request["content"] if item.get("role")]  # type: ignore[attr-defined]
        picture = before.record().artifact("last_frame")
        assert picture is not None
        assert frame["sha256"] == picture.sha256
    assert chain.cost["CNY"] == chain.quote.high["CNY"]
    assert studio._store.reservations() == []
    one_shot_changed(box, studio, chain, tmp_path)


def one_shot_changed(box: Sandbox, studio: Studio, first: Chain, tmp_path: Path) -> None:
    """Shot 3 of four: exactly two creates; nothing where nothing was changed; also in another notebook."""
    again = studio.chain(story(*STORY))
    assert again.missing == ()
    assert again.run().wait(180).state is ChainState.DONE
    assert ids(again) == ids(first)
    assert box.created == 4
    with studio_at(box, tmp_path) as other:
        changed = other.chain(story("A cat on a hill", "It looks up", "It jumps", "It sleeps"))
        assert changed.missing == (2, 3)
        assert str(changed.to_pay) != str(changed.quote)
        changed.run().wait(180)
        assert box.created == 6
        assert ids(changed)[:2] == ids(first)[:2]
        assert not set(ids(changed)[2:]) & set(ids(first))
    assert studio.chain(story(*STORY)).missing == ()


@pytest.mark.parametrize("provider", ["ark", "eachlabs"])
def test_a_last_frame_that_is_gone_is_taken_from_the_clip_and_nothing_is_paid_again(
    box: Sandbox, tmp_path: Path, provider: str
) -> None:
    """Its bytes are others then, and the shots that follow are the same; also where a provider gives no picture."""
    much = {"resolution": "720p"}  # EachLabs has no price for less
    with studio_at(box, tmp_path, provider) as studio:
        first = studio.chain(story("A boat", "It turns", **much)).run().wait(180)
        assert first.state is ChainState.DONE, first.why
        created = box.created
        frame = first.tasks[0].last_frame  # type: ignore[union-attr]
        assert frame is not None
        frame.unlink()
        again = studio.chain(story("A boat", "It turns", **much))
        assert again.missing == ()
        again.run().wait(180)
        assert box.created == created
        changed = studio.chain(story("A boat", "It waits", **much))
        assert changed.missing == (1,)
        assert changed.run().wait(180).state is ChainState.DONE, changed.why
        assert frame.is_file()
        assert box.created == created + 1


KILLED = """
import os, sys
from pathlib import Path
from seedance_nb import sandbox
from seedance_nb.studio import Studio
from tests.integration.test_chain import STORY, story
studio = Studio("sandbox:ark", base_url=sys.argv[1], home=Path(sys.argv[2]) / "out", budget=sys.argv[3])
chain = studio.chain(story(*STORY)).run()
while len([task for task in chain.tasks if task is not None and task.task_id]) < 2:
    chain._course.join(0.01)
print(*[task.local_id for task in chain.tasks if task is not None], flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_kernel_killed_in_the_middle_pays_nothing_twice(box: Sandbox, tmp_path: Path) -> None:
    """What was made is found, what was under way is followed, and what the dead had reserved is free."""
    box.scenario = BY_HAND
    budget = f"{sd.quote(story('x')[0], 'ark').high.amount * 4} CNY/day"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, box.url("ark"), str(tmp_path), budget],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: box.created or process.poll() is not None)
    box.clock.advance(7200)
    said, complaint = process.communicate(timeout=180)
    before = said.split()
    assert (process.returncode, len(before), box.created) == (-9, 2, 2), complaint
    box.scenario = QUICK
    box.clock.advance(7200)
    with studio_at(box, tmp_path, budget=budget) as studio:
        chain = studio.chain(story(*STORY))
        assert chain.missing == (2, 3)
        assert [held.part for held in studio._store.reservations()] == []
        assert chain.run().wait(180).state is ChainState.DONE
        assert ids(chain)[:2] == before
    assert box.created == 4


def test_a_studio_that_is_closed_lets_go(box: Sandbox, tmp_path: Path) -> None:
    """A chain at its gate ends with it, and nothing is reserved any more; a new one waits at the same gate."""
    with studio_at(box, tmp_path) as studio:
        chain = studio.chain(story(*STORY[:2])).run(gate=True).wait(180)
        assert len(studio._store.reservations()) == 1
    assert chain.state is ChainState.STOPPED
    with studio_at(box, tmp_path) as studio:
        assert studio._store.reservations() == []
        assert studio.chain(story(*STORY[:2])).run(gate=True).wait(180).state is ChainState.WAITING
    assert box.created == 1


def test_a_gate_waits_after_each_shot(box: Sandbox, studio: Studio) -> None:
    """Approved, the next one is sent; again, another take with another seed; stopped, nothing more is."""
    chain = studio.chain(story(*STORY[:3])).run(gate=True)
    assert chain.wait(180).state is ChainState.WAITING
    assert box.created == 1
    assert "chain" not in str(chain.why)
    first = chain[0]
    assert first is not None
    price = chain.again_quote()
    assert price.high["CNY"] == first.quote.high  # type: ignore[union-attr]
    chain.again()
    chain.wait(180)
    assert (chain.state, box.created) == (ChainState.WAITING, 2)
    second = chain[0]
    assert second is not None
    assert second.local_id != first.local_id
    assert second.seed != first.seed
    assert first.status is TaskStatus.KEPT  # the take that was replaced stays
    chain.approve().wait(180)
    assert (chain.state, box.created) == (ChainState.WAITING, 3)
    assert len(studio._store.reservations(chain.id)) == 1
    chain.stop().wait(180)
    eventually_over(chain)
    assert (chain.state, box.created) == (ChainState.STOPPED, 3)
    assert studio._store.reservations() == []
    with pytest.raises(ConfigurationError, match="does not wait"):
        chain.approve()
    later = studio.chain(story(*STORY[:3]))
    assert later.missing == (2,)
    assert ids(later) == [second.local_id, chain[1].local_id]  # type: ignore[union-attr]
    assert later.run(gate=True).wait(180).state is ChainState.WAITING  # also after a restart nothing passes unasked
    assert later.run().wait(180).state is ChainState.DONE
    assert box.created == 4


def eventually_over(chain: Chain) -> None:
    chain._course.join(180)


def test_a_shot_made_again_takes_those_that_follow_it_with_it(box: Sandbox, studio: Studio) -> None:
    """And leaves alone what stands before it, and behind a cut; a given seed is given up for it, and found again."""
    shots = [*story(*STORY[:3], seed=7), sd.Shot(story("Another place", seed=7)[0], follows=False)]
    chain = studio.chain(shots).run().wait(180)
    before = ids(chain)
    assert box.created == 4
    assert chain.again_quote(2).quoted == 2
    chain.again(2).wait(180)
    assert chain.state is ChainState.DONE
    after = ids(chain)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, False, True]
    assert chain[1].seed != 7  # type: ignore[union-attr]
    assert chain[2].seed == 7  # type: ignore[union-attr]
    assert ids(studio.chain(shots)) == after
    assert box.created == 6
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a batch that asks for seed 7 holds no take with another one
        first = story(STORY[0], seed=7)[0].replace(return_last_frame=True)
        assert studio.chain([first]).run().wait(180)[0].seed == 7  # type: ignore[union-attr]


def test_a_budget_holds_the_whole_chain_or_nothing_is_sent(box: Sandbox, tmp_path: Path) -> None:
    """One shot too many: not even the first is sent; and what is reserved is not to be had by others."""
    each = sd.quote(story("x")[0], "ark").high.amount
    with studio_at(box, tmp_path, budget=f"{each * 3} CNY/day") as studio:
        with pytest.raises(BudgetError, match="These 4 tasks"):
            studio.chain(story(*STORY)).run()
        assert (box.created, len(studio.tasks()), studio._store.reservations()) == (0, 0, [])
        chain = studio.chain(story(*STORY[:3])).run(gate=True)
        assert chain.wait(180).state is ChainState.WAITING
        with studio_at(box, tmp_path, budget=f"{each * 3} CNY/day") as other, pytest.raises(BudgetError):
            other.submit(story("Something else")[0])
        chain.again().wait(180)  # a take more than is reserved: refused, and the chain still waits
        assert (chain.state, box.created) == (ChainState.WAITING, 1)
        assert "budget" in chain.why
        chain.run().wait(180)
        assert (chain.state, box.created) == (ChainState.DONE, 3)


def test_a_shot_that_fails_stops_the_chain(box: Sandbox, studio: Studio) -> None:
    """Those before it stay, nothing is reserved any more, and the sentence says which it was."""
    chain = studio.chain(story(STORY[0], "[sandbox:moderation] no", STORY[2])).run().wait(180)
    assert chain.state is ChainState.STOPPED
    assert "Shot 2 failed" in chain.why
    assert chain[0].status is TaskStatus.KEPT  # type: ignore[union-attr]
    assert chain[2] is None
    assert studio._store.reservations() == []
    assert "Shot 2 failed" in chain._repr_html_()
    with pytest.raises(ConfigurationError, match=r"shot 2 is rejected.*partial"):
        chain.join("film.mp4")


def test_what_cannot_be_linked_is_refused_before_anything_is_sent(box: Sandbox, studio: Studio, tmp_path: Path) -> None:
    """References in a shot that follows, a first frame of its own, none to follow: all are named at once."""
    picture = sd.Image(sandbox.clip.picture("x", 640, 360, 1), role="reference_image")
    frame = sd.Image(sandbox.clip.picture("x", 640, 360, 1), role="first_frame")
    one = story("x")[0]
    with pytest.raises(
        InvalidRequestError, match=r"(?s)3 of 4 shots.*shot 1: .*shot 3: .*follows=False.*shot 4: .*cut"
    ):
        studio.chain(
            [
                sd.Shot(one, follows=True),
                one,
                one.replace(content=sd.Content("with [image 1]", picture)),
                sd.Shot(one.replace(content=sd.Content("x", frame)), follows=True),
            ]
        )
    fine = studio.chain([one, one.replace(content=sd.Content("x", frame))])
    assert [row["follows"] for row in fine.rows()] == [False, False]
    assert (box.created, len(studio.tasks())) == (0, 0)


def test_an_adaptive_ratio_is_priced_before_by_what_it_will_be(studio: Studio) -> None:
    """The stand-in has the size of the clip before it; where that is open, so is the price."""
    exact = studio.chain([story("x")[0], story("y")[0].replace(ratio="adaptive")])
    assert exact.quote.low == exact.quote.high
    opened = studio.chain([story("x")[0].replace(ratio="adaptive"), story("y")[0].replace(ratio="adaptive")])
    assert opened.quote.low["CNY"].amount < opened.quote.high["CNY"].amount


def test_two_notebooks_that_run_the_same_chain_pay_once(box: Sandbox, tmp_path: Path) -> None:
    """Each finds what the other has sent."""
    with studio_at(box, tmp_path) as one, studio_at(box, tmp_path) as other:
        chains = [studio.chain(story(*STORY[:3])).run() for studio in (one, other)]
        assert [chain.wait(180).state for chain in chains] == [ChainState.DONE, ChainState.DONE]
        assert ids(chains[0]) == ids(chains[1])
    assert box.created == 3


def test_the_film_has_all_frames_and_its_joins_show_the_same_picture(studio: Studio, tmp_path: Path) -> None:
    """Its length is the sum, and the cut list says where each shot begins; across a link the picture stays."""
    cut = sd.Shot(story("Night: a city in the rain")[0], follows=False)
    chain = studio.chain([*story(*STORY[:2]), cut])
    with pytest.raises(ConfigurationError, match="Join the shots first"):
        chain.cuts()
    with pytest.raises(ConfigurationError, match="shot 1 is not sent yet"):
        chain.join(tmp_path / "film.mp4")
    chain.run().wait(180)
    film = chain.join(tmp_path / "film.mp4")
    cuts = chain.cuts()
    assert list(cuts["frames"]) == [9, 9, 9]
    assert list(cuts["start_frame"]) == [0, 9, 18]
    assert list(cuts["shot"]) == [1, 2, 3]
    assert media.probe_file(film).frames == 27
    at = [difference(media.frame(film, n - 1), media.frame(film, n)) for n in (9, 18)]
    assert at[0] < 4 < 20 < at[1]  # of 255, on average: what coding twice costs, and another place
    clips = [task.video for task in chain.tasks if task is not None and task.video is not None]
    assert difference(media.frame(clips[0], -1), media.frame(clips[1], 0)) < 4


def difference(one: bytes, other: bytes) -> float:
    """How far two pictures of a size are apart, of 255, on average."""
    pixels = [np.asarray(PIL.Image.open(io.BytesIO(each)).convert("RGB"), dtype=float) for each in (one, other)]
    return float(np.abs(pixels[0] - pixels[1]).mean())


def test_what_is_lost_is_said_and_not_paid_again_by_itself(box: Sandbox, studio: Studio) -> None:
    """Gone at the provider, or gone from this disk: the chain stops with a sentence; a person may pay for another."""
    first = studio.chain(story(*STORY[:2])).run().wait(180)
    clip = first[0].record().artifact("clip")  # type: ignore[union-attr]
    assert clip is not None
    for path in (clip.path, first[0].last_frame):  # type: ignore[union-attr]
        assert path is not None
        path.unlink()
    assert studio.chain(story(*STORY[:2])).run().wait(180).state is ChainState.DONE  # no picture of it is needed
    changed = studio.chain(story(STORY[0], "It waits")).run().wait(180)
    assert changed.state is ChainState.STOPPED
    assert "rescue()" in changed.why
    for status in (TaskStatus.SUCCEEDED, TaskStatus.LOST):
        studio._store.transition(ids(first)[1], status, at=dt.datetime.now(dt.UTC))
    lost = studio.chain(story(*STORY[:2])).run().wait(180)
    assert lost.state is ChainState.STOPPED
    assert "Shot 2 was made and is not on this disk" in lost.why
    assert box.created == 2
    with pytest.raises(ConfigurationError, match=r"shot 1 is not on this disk|shot 2 is lost"):
        lost.join("film.mp4")


def test_shots_that_ask_for_the_same_find_their_own_again(box: Sandbox, studio: Studio) -> None:
    """The same place twice, each with a shot that follows it: a second run holds all four, in their order."""
    place, then = story("The same hill", "Somebody comes")
    shots = [place, then, sd.Shot(place, follows=False), then]
    chain = studio.chain(shots).run().wait(180)
    assert (chain.state, box.created) == (ChainState.DONE, 4)
    again = studio.chain(shots)
    assert again.missing == ()
    assert ids(again) == ids(chain)
