"""Every problem that `check` finds, provoked by a request and said in three languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from seedance_nb import catalog, words
from seedance_nb.content import Audio, Content, Image, Media, Video
from seedance_nb.errors import MediaError
from seedance_nb.request import Problem, Request
from seedance_nb.words._gather import messages
from seedance_nb.words._language import catalog as translations

from .check_samples import CASES, CLIP, FIRST, REFERENCE, SOUND, asked, provoked

FOREIGN = ("zh", "fr")


def texts(problem: Problem) -> tuple[str, str, str, str]:
    return problem.where, problem.what, problem.why, problem.fix


def ids(text: object) -> Iterator[tuple[str, str]]:
    """Context and id of every message that a text is made of."""
    if isinstance(text, tuple):
        for one in text:
            yield from ids(one)
    elif isinstance(text, words.Said):
        _, (cls, args, values) = text.__reduce__()  # type: ignore[misc]
        if cls is words.Word:
            yield args[1], args[0]
        elif cls in (words.Sentence, words.Plural):
            yield "", args[0]
        for value in (*args, *values.values()):
            yield from ids(value)


@pytest.mark.parametrize(("code", "made"), CASES, ids=[f"{number}-{code}" for number, (code, _) in enumerate(CASES)])
def test_a_problem_in_three_languages(code: str, made: Callable[[], Any]) -> None:
    """Each problem is made of messages that both other languages have, and keeps its English."""
    problem = next(one for one in provoked(made) if one.code == code)
    assert problem.said("en") == problem
    for text in texts(problem):
        assert isinstance(text, words.Said), f"{text!r} can be said in English only"
        assert list(ids(text))
    for language in FOREIGN:
        known = entries(language)
        for context, message in {one for text in texts(problem) for one in ids(text)}:
            assert (f"{context}\x04{message}" if context else message) in known, message
        said = problem.said(language)
        assert (said.code, said.severity) == (problem.code, problem.severity)
        for text, english in zip(texts(said)[1:], texts(problem)[1:], strict=True):
            assert text != english
            assert not set("{}") & set(text)
        assert any("\u4e00" <= character <= "\u9fff" for character in said.fix) == (language == "zh")


def entries(language: str) -> set[str]:
    """The ids that a catalog has, the first of each pair of a plural."""
    of: Any = translations(language)  # type: ignore[arg-type]
    return {key if isinstance(key, str) else key[0] for key in of._catalog}


def test_every_code_and_every_sentence_is_provoked() -> None:
    """The table above has every code, and every message of the rules stands in one of its problems."""
    assert len(CASES) >= 50
    assert {code for code, _ in CASES} == set(catalog.CODES)
    problems = [problem for _, made in CASES for problem in provoked(made)]
    seen = {one for problem in problems for text in texts(problem) for one in ids(text)}
    written = {(one.context, one.id) for one in messages() if one.file.startswith("catalog/")}
    # The frame around a reason has a test of its own.
    seen.add(("", "{reason}"))
    # What every provider takes is never refused, and pictures have no length.
    assert written - seen == {("place", "generate_audio"), ("place", "return_last_frame"), ("", "pictures")}


def test_where_is_said_too() -> None:
    """An ordinal and a parameter read as people of the language call them."""
    listed = catalog.check(
        Request(Content("x", CLIP, Video("https://example.com/a.mp4", duration=99)), duration=3), "ark"
    )
    assert [problem.where for problem in listed] == ["content", "video 2", "duration"]
    assert [problem.said("zh").where for problem in listed] == ["内容", "视频 2", "时长"]
    assert [problem.said("fr").where for problem in listed] == ["contenu", "vidéo 2", "durée"]


def test_a_problem_reads_well() -> None:
    """One problem, whole, in each language, with the figures of each."""
    (problem,) = catalog.check(Request("cat " * 1234), "ark")
    assert problem.what == "The prompt has 1,234 words."
    assert problem.said("zh").what == "提示词有 1,234 个单词。"
    assert problem.said("fr").what == "Le prompt compte 1\u202f234 mots."
    assert problem.said("zh").why == (
        "建议中文不超过 500 字，英文不超过 1,000 词。更长的提示词也会被接受。"
        '来源：Ark, "Create a video generation task", https://www.volcengine.com/docs/82379/1520757'
        "，查阅于 2026-11-20。"
    )


@pytest.mark.parametrize(
    ("items", "english", "french", "chinese"),
    [
        ((), "there is no audio", "aucun fichier audio", "没有音频"),
        ((SOUND,), "there is only one audio", "qu’un seul fichier audio", "只有 1 个音频"),
        ((SOUND, SOUND), "there are only 2 audio items", "que 2 sons", "只有 2 个音频"),
    ],
)
def test_what_is_there_is_counted_as_people_count(
    items: tuple[Audio, ...], english: str, french: str, chinese: str
) -> None:
    """None, one and several, each with its verb."""
    problem = next(
        one for one in catalog.check(*asked("audio 3 plays", REFERENCE, *items)) if one.code == "prompt.ordinal"
    )
    assert f"names 'audio 3', and {english} in the content." in problem.what
    assert french in problem.said("fr").what
    assert chinese in problem.said("zh").what


def test_one_medium_is_one() -> None:
    """A singular, where there is one."""
    found = [
        next(one for one in catalog.check(*asked("x", *items, web_search=True)) if one.code == "web_search.text_only")
        for items in ((FIRST,), (REFERENCE, REFERENCE))
    ]
    assert [one.what for one in found] == [
        "web_search=True comes with 1 media item.",
        "web_search=True comes with 2 media items.",
    ]


def test_a_problem_is_said_in_the_language_that_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a language it is the spoken one; the problem itself stays English, for exceptions and logs."""
    monkeypatch.setenv("SEEDANCE_NB_LANG", "fr")
    (problem,) = catalog.check(Request("x", duration=20), "ark")
    assert problem.what == "duration=20 is not offered by 'seedance-2.0' at ark."
    assert problem.said().fix == "Prenez 15\u00a0s, ou répartissez l’histoire sur plusieurs plans."


def test_a_problem_of_plain_text_stays_as_it_is() -> None:
    """What another package says in English only is shown in English."""
    problem = Problem("x.y", "content", "It is so.", "For a reason.", "Change it.")
    assert problem.said("zh") == problem


def test_a_reason_in_english_only_gets_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """What reading a file says in English alone is shown as its message, behind words of the language."""

    def refuse(item: Media) -> None:
        raise MediaError("The disk said no.")

    monkeypatch.setattr("seedance_nb.catalog._media.probe", refuse)
    problem = next(one for one in catalog.check(*asked("x", FIRST)) if one.code == "media.unreadable")
    assert problem.what == "The disk said no."
    assert problem.said("zh").what == "无法读取该文件。原始信息\uff1aThe disk said no."
    assert problem.said("fr").what == "Lecture impossible. Message d’origine\u00a0: The disk said no."


def test_a_hostile_name_breaks_no_sentence() -> None:
    """Braces and line ends of a file name are text in every language."""
    (problem,) = (
        one
        for one in catalog.check(Request(Content("x", Image("{0.__class__}\n{x}.png"))), "ark")
        if one.code == "media.unreadable"
    )
    for language in FOREIGN:
        assert "{0.__class__}" in problem.said(language).what
    (other,) = catalog.check(Request("{a} --dur {b!r}"), "ark")
    assert "'--dur {b!r}'" in other.said("zh").what
