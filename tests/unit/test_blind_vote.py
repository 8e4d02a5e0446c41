"""The place to vote, without a browser: what goes down to it tells nothing, and what comes up is written once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from ipywidgets.widgets import widget as ipywidget

from seedance_nb import words
from seedance_nb.compare._ballot import Ballot
from seedance_nb.compare._sitting import in_order
from seedance_nb.errors import ConfigurationError, SeedanceError
from seedance_nb.ledger import Ledger
from seedance_nb.widgets import blind_vote
from seedance_nb.widgets.blind_vote import BlindVote, vote_words

from .ballot_samples import KEY, MODELS, PROMPT, SIGNED, TELLING, RecordedComm, a_ballot, candidates
from .ledger_samples import a_ledger

Sent = list[tuple[Any, list[bytes]]]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger(tmp_path) as opened:
        yield opened


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Every message that goes down to the browser."""
    kept: Sent = []
    monkeypatch.setattr(ipywidget.comm, "create_comm", lambda **options: RecordedComm(kept, **options))
    return kept


class Hand:
    """Somebody at a browser."""

    def __init__(self, ballot: Ballot) -> None:
        self.widget: BlindVote = ballot.widget
        self.answers: Queue[Any] = Queue()
        send = self.widget.send
        self.widget.send = lambda content, buffers=None: (send(content, buffers), self.answers.put((content, buffers)))

    def ask(self, **content: object) -> dict[str, Any]:
        self.widget._handle_msg(
            {"content": {"data": {"method": "custom", "content": {"id": "m", **content}}}, "buffers": []}
        )
        answer: dict[str, Any] = self.answers.get(timeout=180)[0]
        return answer

    def vote(self, verdict: str, **more: object) -> dict[str, Any]:
        return self.ask(kind="vote", round=self.widget.view["round"]["id"], verdict=verdict, **more)

    def watch(self) -> None:
        """Ask for all bytes of both clips, as a browser does."""
        for side in ("left", "right"):
            answer = self.ask(kind="clip_chunk", token=self.widget.view["round"][side]["token"], start=0)
            assert answer["ok"], answer


def told(sent: Sent, ledger: Ledger) -> list[str]:
    """What stands anywhere in what was sent, in words and in bytes, of what must not."""
    text = json.dumps([without_code(data) for data, _ in sent], ensure_ascii=False).casefold()
    # By chance, three letters stand in any long enough token or picture.
    text = re.sub(r'"data:image/jpeg;base64,[^"]*"|"(?:token|id)": "[^"]*"', "", text)
    raw = b"".join(buffer for _, buffers in sent for buffer in buffers).lower()
    ids = [*TELLING, str(ledger.home).casefold(), *(f"{number:064x}" for number in range(30))]
    return [word for word in ids if word in text or (len(word) > 4 and word.encode() in raw)]


def without_code(data: Any) -> Any:
    """A message without the widget's own module and style sheet, which are the same for every vote."""
    if not isinstance(data, dict) or "state" not in data:
        return data
    return {**data, "state": {name: value for name, value in data["state"].items() if not name.startswith("_")}}


def test_nothing_tells_which_is_which(tmp_path: Path, ledger: Ledger, sent: Sent) -> None:
    """Before the last vote: no trait, no message, no byte of a clip has a model, an id, a cost, a name or a path."""
    ballot = a_ballot(tmp_path, ledger)
    hand = Hand(ballot)
    assert all(KEY.encode() in path.read_bytes() for path in (tmp_path / "clips").iterdir())
    for pair in range(ballot.pairs):
        hand.watch()
        assert told(sent, ledger) == []
        view = hand.widget.view
        assert view["round"]["asked"] == PROMPT
        assert [view["round"][side]["bytes"] for side in ("left", "right")] == [0, 0]
        shown = [hand.widget.picture(), hand.widget.text(), repr(hand.widget), repr(ballot)]
        assert not [word for word in TELLING for text in shown if word in text.casefold()]
        if pair < ballot.pairs - 1:
            assert hand.vote("left")["ok"]
    assert sum(len(buffer) for _, buffers in sent for buffer in buffers) > 5_000
    assert hand.vote("right")["ok"]
    assert {row["name"] for row in hand.widget.view["result"]["rows"]} == set(MODELS)
    assert "seedance-2.0-fast" in hand.widget.picture()
    assert {"seedance", "fast", "4.03"} & set(told(sent, ledger))


def test_what_goes_wrong_is_told_without_a_name(
    tmp_path: Path, ledger: Ledger, sent: Sent, caplog: pytest.LogCaptureFixture
) -> None:
    """A clip that is gone, damaged or changed meanwhile is a sentence that tells nothing."""
    ballot = a_ballot(tmp_path, ledger, groups=1)
    for path in (tmp_path / "clips").iterdir():
        path.write_bytes(b"broken")
    hand = Hand(ballot)
    for side in ("left", "right"):
        assert hand.widget.view["round"][side]["problem"]
        hand.ask(kind="clip_chunk", token=hand.widget.view["round"][side]["token"], start=0)
        hand.ask(kind="clip_twin", token=hand.widget.view["round"][side]["token"], kinds=["h264"])
    for path in (tmp_path / "clips").iterdir():
        path.unlink()
    hand.ask(kind="clip_chunk", token=hand.widget.view["round"]["left"]["token"], start=0)
    assert told(sent, ledger) == []
    assert not [word for word in TELLING if word in caplog.text.casefold().replace("seedance_nb", "")]


def test_state_holds_no_secret(tmp_path: Path, ledger: Ledger, sent: Sent, caplog: pytest.LogCaptureFixture) -> None:
    """A key in a tag, a note, a message: nowhere in what is published, kept or logged, also after the result."""
    hand = Hand(a_ballot(tmp_path, ledger, groups=1))
    planted = f"Authorization: Bearer {KEY} {SIGNED}"
    for kind in ("vote", "rater", planted):
        hand.ask(kind=kind, round=planted, verdict=planted, name=planted if kind != "rater" else "Ana")
    hand.watch()
    assert hand.vote("left", note=planted)["ok"]
    # A name that the ledger folds is still that rater's.
    assert hand.ask(kind="rater", name=planted[:80])["ok"]
    assert hand.vote("left")["ok"]
    assert hand.widget.view["done"] == 1
    shown = [str(sent), hand.widget.picture(), caplog.text, str(ledger.votes()), str(hand.widget.get_state())]
    assert not [secret for secret in (KEY, "5ecre7", "AKLT1") for text in shown if secret in text]


def test_a_vote_is_a_row_with_sides_order_and_time(tmp_path: Path, ledger: Ledger) -> None:
    """As they lay, with what the order was drawn from; the next pair lies there, under other tokens."""
    ballot = a_ballot(tmp_path, ledger, rater="Ana")
    hand = Hand(ballot)
    before = hand.widget.view
    sitting = ballot.sitting("Ana")
    assert hand.vote("tie", seconds=4.256, note="  the\npaw ")["ok"]
    (vote,) = ledger.votes(ballot.comparison)
    assert (vote.verdict, vote.rater, vote.place, vote.seconds, vote.note) == ("tie", "Ana", 0, 4.26, "the paw")
    assert vote.left_id.startswith("t-00")
    assert ballot.sitting("Ana").seed == vote.seed
    assert [sitting.total, hand.widget.view["done"]] == [2, 1]
    tokens = {view["round"][side]["token"] for view in (before, hand.widget.view) for side in ("left", "right")}
    assert len(tokens) == 4
    refused = hand.ask(kind="clip_chunk", token=before["round"]["left"]["token"], start=0)
    assert not refused["ok"]


def test_a_pair_whose_clip_is_gone_is_not_asked(tmp_path: Path, ledger: Ledger) -> None:
    """What cannot be seen cannot be judged: the vote goes on without it, and ends."""
    ballot = a_ballot(tmp_path, ledger, groups=3)
    hand = Hand(ballot)
    ballot.sitting("").left()[1].right.path.unlink()
    assert hand.vote("left")["ok"]
    assert (hand.widget.view["total"], hand.widget.view["done"]) == (2, 1)
    assert hand.vote("left")["ok"]
    assert hand.widget.view["result"]


@pytest.mark.parametrize("verdict", ["better", None, 1, ["left"], {"left": 1}])
def test_what_is_no_vote_is_not_written(tmp_path: Path, ledger: Ledger, verdict: object) -> None:
    """It is refused, and the pair stays."""
    hand = Hand(a_ballot(tmp_path, ledger, groups=1))
    answer = hand.ask(kind="vote", round=hand.widget.view["round"]["id"], verdict=verdict)
    assert (answer["ok"], ledger.votes()) == (False, [])
    assert "nothing was written" in hand.widget.error


def test_a_second_click_does_not_vote_on_the_next_pair(tmp_path: Path, ledger: Ledger) -> None:
    """Two messages about one pair are one vote; also from another window on the same votes."""
    ballot = a_ballot(tmp_path, ledger)
    hand, other = Hand(ballot), Hand(Ballot(candidates(tmp_path), ledger))
    first = hand.widget.view["round"]["id"]
    assert hand.vote("left")["ok"]
    assert not hand.ask(kind="vote", round=first, verdict="left")["ok"]
    assert len(ledger.votes()) == 1
    answers = [other.vote("right")["ok"] for _ in range(2) if other.widget.view["round"]]
    assert sorted(answers) in ([False, True], [True])  # it may have had the same pair before it
    assert not hand.vote("left")["ok"]
    assert hand.widget.view["result"]
    pairs = [frozenset((vote.left_id, vote.right_id)) for vote in ledger.votes()]
    assert len(pairs) == len(set(pairs)) == 2


def test_undo_takes_the_last_vote_back_by_a_row(tmp_path: Path, ledger: Ledger) -> None:
    """The pair lies there again, also from the result; nothing is deleted; with nothing to take back it says so."""
    hand = Hand(a_ballot(tmp_path, ledger, groups=1))
    assert "no vote to take back" in hand.ask(kind="undo")["error"]
    assert hand.vote("left")["ok"]
    assert hand.widget.view["result"]
    assert hand.ask(kind="undo")["ok"]
    assert hand.widget.view["round"]
    assert hand.widget.view["result"] is None
    assert ledger.votes() == []
    assert len(ledger.votes(withdrawn=True)) == 1
    assert hand.vote("right")["ok"]
    assert [vote.verdict for vote in ledger.votes()] == ["right"]


def test_each_rater_has_an_order_of_their_own_and_goes_on_where_they_were(tmp_path: Path, ledger: Ledger) -> None:
    """In another kernel too: the same order, without what was voted on; another rater begins at the beginning."""
    ballot = a_ballot(tmp_path, ledger, groups=3)
    hand = Hand(ballot)
    assert hand.ask(kind="rater", name="  Ana  ")["ok"]
    order = [(round_.left.clip_id, round_.right.clip_id) for round_ in ballot.sitting("Ana").rounds]
    hand.vote("left")
    again = Ballot(list(reversed(candidates(tmp_path, 3))), ledger)
    assert again.comparison == ballot.comparison
    sitting = again.sitting("Ana")
    known = ledger.votes()[0]
    assert [round_.place for round_ in sitting.left()] == [1, 2]
    assert (sitting.rounds[0].left.clip_id, sitting.rounds[0].right.clip_id) == (known.left_id, known.right_id)
    assert set(map(frozenset, order)) == {frozenset((r.left.clip_id, r.right.clip_id)) for r in sitting.rounds}
    hand.ask(kind="rater", name="Ben")
    assert (hand.widget.view["rater"], hand.widget.view["done"], hand.widget.view["result"]) == ("Ben", 0, None)
    hand.ask(kind="rater", name="Ana")
    assert hand.widget.view["done"] == 1


def test_order_and_sides_are_drawn(tmp_path: Path, ledger: Ledger) -> None:
    """Over many seeds each clip lies left as often as right, each pair comes first as often; a seed repeats itself."""
    pairs = a_ballot(tmp_path, ledger, groups=3)._pairs
    drawn = [in_order(pairs, seed) for seed in range(2_000)]
    assert in_order(list(reversed(pairs)), 7) == drawn[7]
    left = [rounds[0].left.contestant for rounds in drawn]
    assert 900 < left.count(MODELS[0]) < 1_100
    first = [rounds[0].left.group for rounds in drawn]
    assert all(570 < first.count(group) < 770 for group in set(first))


def test_the_result_is_for_who_has_voted_on_all(tmp_path: Path, ledger: Ledger) -> None:
    """While another rater votes it is not there; it counts all raters; and reads as frame, HTML and text."""
    ballot = a_ballot(tmp_path, ledger)
    hand = Hand(ballot)
    fast = {entry.clip_id for entry, clip in ballot._entries if clip.contestant == MODELS[1]}
    for name in ("Ana", "Ben"):
        hand.ask(kind="rater", name=name)
        for _ in range(2):
            hand.vote("left" if ballot.sitting(name).left()[0].left.clip_id in fast else "right")
    result = hand.widget.view["result"]
    assert [row["name"] for row in result["rows"]] == [MODELS[1], MODELS[0]]
    assert (result["rows"][0]["share"], result["rows"][0]["counts"]) == ("100 %", "4 won · 0 lost")
    assert (result["rows"][0]["cost"], result["rows"][0]["spent"]) == ("¥4.03", "2 clips for ¥8.06")
    assert result["rows"][1]["cost"] == "–"
    assert "Too early to say" in result["verdict"]
    assert "2 votes more" in result["outlook"]
    assert any("not independent" in note for note in result["notes"])
    frame = ballot.result()
    assert list(frame["name"]) == [MODELS[1], MODELS[0]]
    assert str(frame["cost_per_preferred"].iloc[0]) == "4.0293"
    assert str(frame.dtypes["wins"]) == "Int64"
    hand.ask(kind="rater", name="Cy")
    assert hand.widget.view["result"] is None
    assert MODELS[0] not in hand.widget.picture()


def test_a_pair_is_told_at_once_only_where_that_was_chosen(tmp_path: Path, ledger: Ledger) -> None:
    """By default it is not; chosen, the sentence is about the pair before."""
    hand = Hand(a_ballot(tmp_path, ledger, reveal="each"))
    hand.vote("left")
    said = hand.widget.view["told"]
    assert all(model in said for model in MODELS)
    assert "pair before" in said
    quiet = Hand(a_ballot(tmp_path, ledger))
    quiet.vote("left")
    assert quiet.widget.view["told"] == ""


def test_the_cell_keeps_the_result_and_nothing_before(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a sentence first; when all is voted on, the table; for another rater the sentence again."""
    shown: list[tuple[dict[str, Any], str, bool]] = []
    monkeypatch.setattr(blind_vote, "_in_notebook", lambda: True)
    monkeypatch.setattr(blind_vote, "_publish", lambda *output: shown.append(output))
    hand = Hand(a_ballot(tmp_path, ledger, groups=1))
    hand.widget._ipython_display_()
    hand.vote("left")
    hand.ask(kind="rater", name="Ben")
    assert [update for _, _, update in shown] == [False, True, True]
    assert len({display for _, display, _ in shown}) == 1
    texts = [bundle["text/html"] for bundle, _, _ in shown]
    assert [MODELS[0] in text for text in texts] == [False, True, False]
    assert "0 of 1 pairs" in texts[0]
    assert "<table" in texts[1]


def test_a_ballot_needs_a_pair(tmp_path: Path, ledger: Ledger) -> None:
    """One clip, or clips that were asked for differently, are none; it says what it takes."""
    for some in (candidates(tmp_path, 1)[:1], candidates(tmp_path, 2)[::2]):
        with pytest.raises(ConfigurationError, match="no pair to vote on"):
            Ballot(some, ledger)
    with pytest.raises(ConfigurationError, match="neither 'end' nor 'each'"):
        a_ballot(tmp_path, ledger, reveal="never")
    sitting = a_ballot(tmp_path, ledger, groups=1).sitting()
    sitting.cast(sitting.rounds[0], "left")
    with pytest.raises(SeedanceError, match="voted on already"):
        sitting.cast(sitting.rounds[0], "right")


def test_it_speaks_each_language(tmp_path: Path, ledger: Ledger) -> None:
    """The words of the page, the result and the sentence that a cell keeps."""
    english = vote_words("en")
    for language in ("zh", "fr"):
        said = vote_words(language)
        assert said.keys() == english.keys()
        assert {key for key in said if said[key] == english[key]} <= {"pause"}
    words.use("zh")
    try:
        hand = Hand(a_ballot(tmp_path, ledger, groups=1))
        assert "盲评" in hand.widget.picture()
        hand.vote("left")
        assert hand.widget.view["result"]["title"] == "盲评结果"
    finally:
        words.use(None)
