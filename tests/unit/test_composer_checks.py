"""Every problem that `check` finds, brought about in the composer by hand, and read there in three languages.

73 cases of 50 codes, each with a sentence of its own, all of them by messages that the browser sends: 47 (35 codes)
piece by piece, with files, addresses, roles, parameters and keys; 26 only by pasting a request as JSON, since the
composer itself offers no such value, gives each item a role that fits, or refuses the file. None needs code.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seedance_nb import catalog
from seedance_nb.composing import uploads
from seedance_nb.composing.parameters import SHOWN
from seedance_nb.composing.shown import shown
from seedance_nb.composing.switches import DEFAULTS
from seedance_nb.content import Image, Media, Role
from seedance_nb.providers import ark
from seedance_nb.request import Problem, Request

from .check_samples import A_PICTURE, lone_mode, provoked
from .composing_samples import Bench
from .test_check_languages import CASES as ALL
from .test_check_languages import ids, texts

CASES = [(code, made) for code, made in ALL if made is not lone_mode]  # not of a provider that there is
NAMES = [f"{code} {[one for one, _ in CASES[: number + 1]].count(code)}" for number, (code, _) in enumerate(CASES)]

ONLY_PASTED = frozenset(
    {
        "model.unknown 1",
        "model.unknown 2",
        "model.unlisted 1",
        "model.mode 2",
        "model.mode 3",
        "role.missing 1",
        "role.missing 2",
        "role.missing 3",
        "role.mixed 1",
        "role.mixed 2",
        "role.count 1",
        "media.unreadable 2",
        "media.unreadable 3",
        "resolution.offered 1",
        "ratio.offered 1",
        "parameter.not_offered 1",
        "parameter.not_offered 2",
        "parameter.not_offered 3",
        "priority.range 1",
        "execution_expires_after.range 1",
        "safety_identifier.length 1",
        "callback_url.length 1",
        "callback_url.https 1",
        "callback_url.private 1",
        "callback_url.credentials 1",
        "callback_url.loopback 1",
    }
)
"""What piece by piece is refused or set right: the composer has no such choice, a role that fits, no such file."""

FOR_A_WHILE: dict[str, Role] = {"model.mode 1": "reference_image", "role.last_frame_alone 1": "first_frame"}
"""A picture of this role goes in first and is taken away in the end."""

TYPES = {"image": "image/png", "video": "video/mp4", "audio": "audio/mpeg"}
_QUOTED = re.compile(r"来源\uff1a.*?查阅于|'[^']*'|\"[^\"]*\"|“[^”]*”|https?://\S+|\S*[=(]\S*")
_ENGLISH = re.compile(r"(?:\b[a-z]+\b[ ,.]+){3}", re.IGNORECASE)


def template(problem: Problem) -> list[tuple[str, str]]:
    """The messages of its sentences without what is put into them, which tell the variants of a code apart."""
    return [next(ids(text)) for text in texts(problem)[1:]]


def wanted(code: str, made: Callable[[], Any]) -> Problem:
    return next(one for one in provoked(made) if one.code == code)


class Refused(Exception):
    """The composer did not let the hands do it."""


class Hands:
    """Do to a composer what makes a request, with messages of the kind that a browser sends."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def make(self, request: Request, provider: str, for_a_while: Role | None = None) -> None:
        """Put the request together.

        Raises:
            Refused: A step is not offered.
        """
        if provider != self.bench.provider:
            self.tell("choose_provider", provider=provider)
        first = [Image(A_PICTURE, for_a_while)] if for_a_while else []
        for item in first:
            self.add(item, "")
            self.role(0, for_a_while)
        for name in ("model", *(one for one in DEFAULTS if one != "model")):
            if getattr(request, name) != DEFAULTS[name]:
                self.param(name, getattr(request, name))
        for number, item in enumerate(request.content.media):
            self.add(item, f"file {number}.{item.kind}")
        for place, item in enumerate(request.content.media):
            self.role(place + len(first), item.role)
        if request.prompt:
            self.tell("prompt_edit", rev=self.bench.prompt["rev"], start=0, removed=0, inserted=request.prompt)
        if first:
            self.tell("remove", item=self.bench.view["items"][0]["id"])

    def paste(self, text: str, provider: str) -> None:
        """Put the request in as JSON, at the provider that is chosen.

        Raises:
            Refused: It is not taken.
        """
        if provider != self.bench.provider:
            self.tell("choose_provider", provider=provider)
        self.tell("paste", text=text)

    def role(self, place: int, role: Role | None) -> None:
        seen = self.bench.view["items"][place]
        if role is None or seen["role"] == role:
            return
        if not any(one["value"] == role and one["possible"] for one in seen["roles"]):
            raise Refused(role)
        self.tell("set_role", item=seen["id"], role=role)

    def tell(self, kind: str, buffers: Any = (), **content: Any) -> None:
        answer = self.bench.tell(kind, buffers, **content)
        if not answer["ok"]:
            raise Refused(answer["error"])

    def param(self, name: str, value: object) -> None:
        seen = next((one for one in self.bench.view["params"] if one["name"] == name), None)
        if seen is None or name not in (*SHOWN, "model"):
            raise Refused(name)
        if seen["value"] == value:
            return
        offered = [one["value"] for one in seen["options"] if one["possible"]]
        if seen["kind"] in {"choice", "bool"} and value not in offered:
            raise Refused(name)
        self.tell("param", name=name, value=value)

    def add(self, item: Media, name: str) -> None:
        if isinstance(item.source.value, str):
            self.tell("add_source", text=item.source.value, media=item.kind, duration=item.duration)
            return
        content = item.source.value
        self.tell("upload_begin", upload_id=name, name=name, size=len(content), mime="")
        for start in range(0, len(content), uploads.CHUNK_BYTES):
            piece = memoryview(content)[start : start + uploads.CHUNK_BYTES]
            self.tell("upload_chunk", [piece], upload_id=name, offset=start)
        self.tell("upload_end", upload_id=name)


def body(request: Request) -> str:
    """A request as JSON, as somebody finds it in documentation; bytes stand in it as base64."""

    def url(item: Media) -> str:
        if isinstance(item.source.value, str):
            return item.source.value
        return f"data:{TYPES[item.kind]};base64,{base64.b64encode(item.source.value).decode()}"

    return json.dumps(ark.encode(request, request.model, url))


def brought(case: int, home: Path, language: str) -> tuple[Bench, str]:
    """A composer with the problem of a case, and in which way it came there."""
    code, made = CASES[case]
    request, provider, *host = made()
    expected = template(wanted(code, made))

    def is_there() -> bool:
        return any(one.code == code and template(one) == expected for one in bench.problems)

    for way in ("pieces", "pasted"):
        bench = Bench(home=home / way, submit=lambda _: None, host="".join(host))
        assert bench.tell("language", language=language)["ok"]
        hands = Hands(bench)
        try:
            if way == "pieces":
                hands.make(request, provider, FOR_A_WHILE.get(NAMES[case]))
            else:
                hands.paste(body(request), provider)
        except Refused:
            continue
        if is_there():
            return bench, way
    raise AssertionError(f"No hand brings {NAMES[case]} about.")


def beside(view: dict[str, Any], where: str) -> list[dict[str, Any]]:
    """The problems that are drawn at what they are about."""
    kind, _, number = where.partition(" ")
    if kind in {"image", "video", "audio"} and number:
        items: list[dict[str, Any]] = [item for item in view["items"] if item["kind"] == kind]
        return list(items[int(number) - 1]["problems"])
    param = next((one for one in view["params"] if one["name"] == where), None)
    return list(param["problems"] if param is not None else view["problems"])


def everywhere(view: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for part in (*view["items"], *view["params"], view) for one in part["problems"]]


def sentences(bench: Bench, problem: Problem, language: str) -> tuple[str, str, str]:
    """What it says in a language; an uploaded file goes by the name that its person gave it, base64 is left out."""
    said = problem.said(language)
    found = [said.what, said.why, said.fix]
    for mark, item in bench._session.draft.pairs:
        if item.source.kind == "file":
            found = [text.replace(item.source.label, mark.name) for text in found]
    what, why, fix = (shown(text) for text in found)
    return what, why, fix


@pytest.mark.parametrize("language", ["en", "zh", "fr"])
@pytest.mark.parametrize("case", range(len(CASES)), ids=NAMES)
def test_a_problem_is_read_beside_what_it_is_about(case: int, language: str, tmp_path: Path) -> None:
    """With the sentences of its problem, in the language of the hands; its mend ends it, and undo brings it back."""
    code, made = CASES[case]
    bench, way = brought(case, tmp_path, language)
    assert way == ("pasted" if NAMES[case] in ONLY_PASTED else "pieces")
    found = [one for one in bench.problems if one.code == code]
    assert template(wanted(code, made)) in [template(one) for one in found]
    assert len(everywhere(bench.view)) == len(bench.problems)
    for problem in found:
        said = sentences(bench, problem, language)
        drawn = [one for one in beside(bench.view, problem.where) if (one["what"], one["why"], one["fix"]) == said]
        assert [(one["code"], one["where"], one["severity"]) for one in drawn] == [
            (code, str(problem.where), problem.severity)
        ]
        if problem.severity == "error" and bench.problems[0] == problem and bench.provider == "ark":
            assert bench.view["submit"]["reason"] == said[0]
        if language == "zh":
            in_chinese(*said, drawn[0]["mend"]["label"] if drawn[0]["mend"] else said[0])
        elif language == "fr":
            assert not {problem.what, problem.why, problem.fix} & set(said)
        if drawn[0]["mend"]:
            mended_and_undone(bench, drawn[0])


def in_chinese(*said: str) -> None:
    """There is Chinese, and no run of English words but in what is quoted: titles, names, the prompt."""
    for text in said:
        assert re.search("[\u4e00-\u9fff]", text), text
        assert not _ENGLISH.search(_QUOTED.sub("", text)), text


def mended_and_undone(bench: Bench, drawn: dict[str, Any]) -> None:
    """One press and it is gone; one undo and all is as it was."""
    before, request, provider = everywhere(bench.view), bench.request, bench.provider
    assert bench.tell("mend", mend_id=drawn["mend"]["id"])["ok"]
    assert drawn not in everywhere(bench.view)
    assert (bench.request, bench.provider) != (request, provider)
    bench.tell("undo")
    assert (bench.request, bench.provider) == (request, provider)
    assert everywhere(bench.view) == before


def test_more_than_fifty_cases_and_every_code_are_shown() -> None:
    """Enough of them, each with another sentence; every code of `check`; and the count at the top of this file."""
    assert {code for code, _ in CASES} == set(catalog.CODES)
    assert set(NAMES) >= {*ONLY_PASTED, *FOR_A_WHILE}
    assert len({(code, *template(wanted(code, made))) for code, made in CASES}) >= 50
    pieces = [name for name in NAMES if name not in ONLY_PASTED]
    assert (len(NAMES), len(set(catalog.CODES))) == (73, 50)
    assert (len(pieces), len({name.partition(" ")[0] for name in pieces})) == (47, 35)
