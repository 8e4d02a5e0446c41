"""What is known of the candidates in words: one row a fact, one text a clip."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from seedance_nb import words
from seedance_nb.compare._facts import ClipFacts
from seedance_nb.media import Measures
from seedance_nb.money import Money
from seedance_nb.widgets._comparison_view import FactRow
from seedance_nb.widgets._view_model import called
from seedance_nb.words import Amount, Language, Sentence, Word, say

PROMPT_CHARS = 160


def fact_rows(facts: Sequence[ClipFacts], language: Language, *, waiting: Collection[int] = ()) -> list[FactRow]:
    """What is known of the clips, as rows; what is known of none is left out.

    Args:
        facts: Of each clip.
        language: What to say it in.
        waiting: The places of those that are being measured.
    """
    made = _Rows(facts, language, frozenset(waiting))
    made.text(Word("Prompt"), lambda one: _short(one.prompt))
    made.text(Word("Model"), lambda one: one.model)
    made.text(Word("Provider"), lambda one: _provider(one, language))
    made.text(Word("Seed"), lambda one: "" if one.seed is None else str(one.seed))
    made.figure(Word("Cost"), lambda one: one.cost, lambda cost, one: _price(cost, one, language))
    made.figure(
        Word("Cost a second"),
        lambda one: one.cost_per_second,
        lambda cost, _: words.money(cost, language, places=3),
    )
    made.figure(Word("Tokens"), lambda one: one.tokens, lambda count, _: words.number(count, language))
    made.figure(Word("Time to make"), lambda one: one.time_to_make, lambda seconds, _: words.seconds(seconds, language))
    _measures(made, language)
    return made.rows


def _measures(made: _Rows, language: Language) -> None:
    def number(value: float) -> str:
        places = next((places for least, places in ((100, 0), (10, 1), (0.1, 2)) if value >= least), 3)
        return words.number(float(value), language, places=places if value else 0)

    made.measure(
        Word("Picture"), lambda m: f"{m.width}×{m.height}, {words.number(m.fps, language)} fps, {m.video_codec}"
    )
    made.measure(Word("Length"), lambda m: _length(m, language))
    made.measured(Word("Sharpness"), lambda m: m.sharpness, number)
    made.measured(Word("Motion"), lambda m: m.motion, number)
    made.measured(Word("Flicker"), lambda m: m.flicker, number)
    made.measure(Word("Scene cuts"), lambda m: _cuts(m, language))
    made.measure(Word("Black frames"), lambda m: words.number(m.black_frames, language))
    made.measure(Word("Loudness"), lambda m: _loudness(m, language))
    made.measure(Word("Silence"), lambda m: "–" if m.silence is None else words.seconds(m.silence, language, places=2))


class _Rows:
    """Collects rows; one in which nothing is known is left out."""

    def __init__(self, facts: Sequence[ClipFacts], language: Language, waiting: frozenset[int]) -> None:
        self.rows: list[FactRow] = []
        self._facts = tuple(facts)
        self._language = language
        self._waiting = waiting

    def text(self, label: Word, text: Callable[[ClipFacts], str]) -> None:
        self._add(label, [text(one) for one in self._facts])

    def figure(self, label: Word, value: Callable[[ClipFacts], object], text: Callable[..., str]) -> None:
        values = [value(one) for one in self._facts]
        texts = ["" if one is None else text(one, fact) for one, fact in zip(values, self._facts, strict=True)]
        self._add(label, texts, _shares(values))

    def measure(self, label: Word, text: Callable[[Measures], str]) -> None:
        self._add(label, [self._of(place, fact, text) for place, fact in enumerate(self._facts)])

    def measured(self, label: Word, value: Callable[[Measures], float], text: Callable[[float], str]) -> None:
        shares = _shares([None if one.measures is None else value(one.measures) for one in self._facts])
        texts = [self._of(place, fact, lambda m: text(value(m))) for place, fact in enumerate(self._facts)]
        self._add(label, texts, shares)

    def _of(self, place: int, fact: ClipFacts, text: Callable[[Measures], str]) -> str:
        if fact.measures is not None:
            return text(fact.measures)
        return say("measuring …", language=self._language) if place in self._waiting else ""

    def _add(self, label: Word, texts: Sequence[str], shares: Sequence[float | None] = ()) -> None:
        if any(texts):
            self.rows.append(FactRow(say(label, language=self._language), tuple(texts), tuple(shares)))


def _shares(values: Sequence[object]) -> tuple[float | None, ...]:
    """How much each is of the most; none where they do not compare."""
    known = [one for one in values if one is not None]
    if len({one.currency for one in known if isinstance(one, Money)}) > 1:
        return ()
    amounts = [None if one is None else float(one.amount if isinstance(one, Money) else one) for one in values]  # type: ignore[arg-type]
    most = max((one for one in amounts if one is not None), default=0.0)
    if most <= 0 or len(known) < 2:
        return ()
    return tuple(None if one is None else round(max(one, 0.0) / most, 3) for one in amounts)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= PROMPT_CHARS else line[: PROMPT_CHARS - 1].rstrip() + "…"


def _provider(fact: ClipFacts, language: Language) -> str:
    if not fact.provider:
        return ""
    if fact.is_sandbox:
        return f"{say('sandbox', language=language)} · {fact.provider}"
    return say(called(fact.provider, is_sandbox=False), language=language)


def _price(cost: Money, fact: ClipFacts, language: Language) -> str:
    said = Sentence("would be {price}", price=Amount(cost)) if fact.is_sandbox else Amount(cost)
    return say(said, language=language)


def _length(found: Measures, language: Language) -> str:
    return say(
        "{seconds}, {count} frames",
        language=language,
        seconds=words.seconds(found.duration, language, places=2),
        count=words.number(found.frames, language),
    )


def _cuts(found: Measures, language: Language) -> str:
    if not found.cuts:
        return say(Word("none", "scene cuts"), language=language)
    return say("at frames {frames}", language=language, frames=", ".join(str(cut) for cut in found.cuts[:12]))


def _loudness(found: Measures, language: Language) -> str:
    if not found.has_audio:
        return say("no sound track", language=language)
    if found.loudness is None:
        return say("silent", language=language)
    return f"{words.number(found.loudness, language, places=1)} LUFS"
