"""The code of a request: its forms, its text, and what hostile values do to it."""

from __future__ import annotations

import ast
import json
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_nb import export, providers
from seedance_nb.content import Audio, Content, Image, Video
from seedance_nb.errors import ConfigurationError, InvalidRequestError, UnknownProviderError
from seedance_nb.export import Code, Form
from seedance_nb.export._dialects import dialect
from seedance_nb.export._json_text import pieces
from seedance_nb.export._plan import Slot
from seedance_nb.export._python_text import comment, literal
from seedance_nb.providers import ark, atlas, eachlabs
from seedance_nb.request import Request
from seedance_nb.task import TaskStatus

from . import media_samples as samples

ALL: list[tuple[str, Form]] = [
    (provider, form)
    for provider in providers.known()
    for form in export.FORMS
    if form != "sdk" or provider in {"ark", "byteplus"}
]
HOSTILE = [
    'It\'s a "cat" \\ and a \\"dog\\"',
    "'''triple''' and \"\"\"triple\"\"\"",
    "first\nJSON\nEOF\nlast\r\n\tend",
    "$(rm -rf ~) `reboot` $HOME ${IFS} !! %s %n \\n",
    "\u202eabc\u2066 العربية עברית",
    "猫在雪地里 👨\u200d👩\u200d👧 🐈",
    "«once» «reason» {braces} {{x}} #{y}",
    "</pre><script>alert(1)</script>",
    "a\x01b\x7f\u2028c",
]


def sound(code: Code) -> None:
    """The code can be read by its language."""
    if code.form == "curl":
        checked = subprocess.run(["sh", "-n"], input=code.text, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
    else:
        ast.parse(code.text, feature_version=(3, 11))


@pytest.mark.parametrize(("provider", "form"), ALL)
def test_code_is_complete_and_has_no_key(provider: str, form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every form creates, waits, downloads and prints the usage; the key stays in the environment."""
    for name in ("ARK_API_KEY", "ATLASCLOUD_API_KEY", "EACHLABS_API_KEY"):
        monkeypatch.setenv(name, "sk-planted-0123456789")
    for prompt in HOSTILE:
        code = Request(prompt, seed=7).code(provider, form)
        sound(code)
        assert "planted" not in code.text
    facts = {"ark": "ARK_API_KEY", "byteplus": "ARK_API_KEY", "atlas": "ATLASCLOUD_API_KEY"}
    for wanted in (
        facts.get(provider, "EACHLABS_API_KEY"),
        f"SEEDANCE_NB_{provider.upper()}_URL",
        "Sent once",
        "usage",
        "download",
        *dialect(provider).ended,
        *dialect(provider).succeeded,
    ):
        assert wanted in code.text
    assert "asyncio" not in code.text
    assert max(map(len, code.text.splitlines())) <= 120


@pytest.mark.parametrize("provider", ["atlas", "eachlabs"])
def test_forms_that_are_not_there(provider: str) -> None:
    """A provider without an SDK says which forms there are; so does a form that nobody knows."""
    with pytest.raises(ConfigurationError, match="'httpx' and 'curl'"):
        Request("x").code(provider, "sdk")
    with pytest.raises(ConfigurationError, match="'httpx' and 'curl'"):
        Request("x").code(provider, cast("Any", "java"))
    with pytest.raises(UnknownProviderError):
        Request("x").code("nobody", "curl")


@pytest.mark.parametrize("provider", providers.known())
def test_words_for_the_end_are_those_of_the_client(provider: str) -> None:
    """The code stops at every status that the client takes for an end, and at no other."""
    module = {"atlas": atlas, "eachlabs": eachlabs}.get(provider, ark)
    statuses: dict[str, TaskStatus] = module._STATUSES
    speech = dialect(provider)
    assert set(speech.succeeded) == {word for word, status in statuses.items() if status is TaskStatus.SUCCEEDED}
    ends = {word for word, status in statuses.items() if status.is_terminal}
    assert set(speech.ended) == ends - set(speech.succeeded)
    client = getattr(module, {"ark": "Ark", "byteplus": "BytePlus", "atlas": "Atlas", "eachlabs": "EachLabs"}[provider])
    assert (speech.poll_interval, speech.warm_up) == (client.poll_interval, client.warm_up)


@pytest.mark.parametrize("form", export.FORMS)
def test_files_are_named_and_not_inlined(form: Form, tmp_path: Path) -> None:
    """A file is read when the code runs; bytes get a name to be saved under; an address stays whole."""
    path = tmp_path / "it's a cat.png"
    path.write_bytes(samples.picture())
    address = "https://x.example/a.mp4?X-Sig=abc%2Fd&e=1"
    request = Request(
        Content(
            "[image 1] beside [image 2]",
            Image(path, "reference_image"),
            Image(samples.picture(800, 600, "JPEG"), "reference_image"),
            Image(path, "reference_image"),
            Video(address),
        )
    )
    code = request.code("ark", form)
    sound(code)
    assert address in code.text
    assert "base64," in code.text
    assert "iVBOR" not in code.text
    assert code.text.count("cat.png") == 1  # twice in the content, read once
    assert "image_2.jpeg" in code.text
    assert "save the image under this name first" in code.text
    assert "image/jpeg" in code.text
    assert "problem" not in code.text


@pytest.mark.parametrize(("provider", "form"), ALL)
def test_problems_stand_at_the_top(provider: str, form: Form) -> None:
    """What `check` refuses does not keep the code from being written; each problem is one comment."""
    content = Content("x", Image("no\nsuch\u202e$(x).png'", "first_frame"), Audio("https://x.example/a.mp3"))
    code = Request(content, duration=99, model="seedance-2.0").code(provider, form)
    sound(code)
    head = code.text.split("\n\n")[0].splitlines()
    assert all(line.startswith("#") for line in head)
    problems = [line for line in head if line.startswith("# This request has a problem: ")]
    assert any("duration" in line for line in problems)
    assert any("There is no file" in line for line in problems)
    assert len(problems) >= 3
    sound(Request("x", model="seedance-9").code(provider, form))


def test_a_seed_that_would_be_drawn_is_left_out() -> None:
    """None and -1 mean that one is drawn; the code says so. A chosen seed is sent."""
    for seed in (None, -1):
        text = Request("x", seed=seed).code("ark", "sdk").text
        assert "seed=" not in text
        assert "# No seed is sent" in text
    text = Request("x", seed=0).code("ark", "sdk").text
    assert "seed=0," in text
    assert "No seed" not in text


def test_prompts_are_readable() -> None:
    """Chinese and emoji stay as they are; a prompt of several lines is one literal a line."""
    request = Request("猫打哈欠\n然后睡着 🐈")
    for form in export.FORMS:
        assert "猫打哈欠" in request.code("ark", form).text
    assert '"猫打哈欠\\n"\n' in request.code("ark", "httpx").text


@pytest.mark.parametrize("form", export.FORMS)
def test_what_nothing_can_send_is_refused(form: Form) -> None:
    """A null byte and half a surrogate pair."""
    for prompt in ("a\0b", "a\ud83d"):
        with pytest.raises(InvalidRequestError, match="No code was written"):
            Request(prompt).code("ark", form)


def test_code_as_a_value() -> None:
    """It prints as source, compares by value, and is escaped in HTML."""
    request = Request("</pre><b>&", seed=1)
    code = request.code("eachlabs", "curl")
    assert code == request.code("eachlabs", "curl")
    assert (code.provider, code.form, str(code)) == ("eachlabs", "curl", code.text)
    assert repr(code) + "\n" == code.text
    bundle = code._repr_mimebundle_(include=None, exclude=None)
    assert bundle["text/plain"] == code.text
    assert "</pre><b>" not in bundle["text/html"]
    assert bundle["text/html"].startswith("<pre")


_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_BODY = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_TEXT, _BODY, max_size=4))
def test_any_value_survives_both_notations(value: dict[str, object]) -> None:
    """What the source says, evaluated, is what it was written from."""
    assert ast.literal_eval(literal(value)) == value
    (text,) = pieces(value)
    assert json.loads(text) == value
    assert all(character.isprintable() or character in "\n\u200d" for character in text + literal(value))


@given(st.text())
def test_a_comment_is_one_line(text: str) -> None:
    """Nothing gets out of a comment."""
    made = comment(text)
    assert made.startswith("#")
    assert made.isprintable()


def test_slots_stand_between_pieces() -> None:
    """Wherever media stand in a body, the pieces around them and the media together are the body."""
    body: dict[str, object] = {
        "a": Slot("image_1"),
        "b": ["x", Slot("image_2"), Slot("image_3"), {"url": Slot("video_1")}],
        "c": "image_1",
    }
    text = "\n".join(json.dumps(f"<{part}>") if isinstance(part, Slot) else part for part in pieces(body))
    assert json.loads(text) == {
        "a": "<image_1>",
        "b": ["x", "<image_2>", "<image_3>", {"url": "<video_1>"}],
        "c": "image_1",
    }
    assert '"url": video_1' in literal(body)
    assert '"c": "image_1"' in literal(body)
