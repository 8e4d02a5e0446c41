"""`%%seedance` in a real shell: what it reads, what it says, what it completes. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from seedance_nb.content import Audio, Image, Video
from seedance_nb.errors import InvalidRequestError
from seedance_nb.magics._options import read
from seedance_nb.request import AUTO_DURATION, Request

from .media_samples import kept, picture

DRY = "%%seedance --dry-run --provider ark --ratio 16:9"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A shell with the extension, in a folder of its own."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.chdir(tmp_path)
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    made = InteractiveShell.instance(config=config)
    made.run_line_magic("load_ext", "seedance_nb")
    yield made
    InteractiveShell.clear_instance()


def run(shell: InteractiveShell, cell: str) -> tuple[str, str, list[Any]]:
    """What a cell writes, what it complains about, and what it displays."""
    with capture_output() as said:
        shell.run_cell(cell)
    return said.stdout, said.stderr, said.outputs


def request_of(line: str, cell: str = "A cat", **variables: object) -> Request:
    asked = read(line, cell, variables)
    assert asked is not None
    return asked.request


# -- what is read --


def test_a_line_makes_a_request() -> None:
    """Each option is a parameter, short names of models are known, and what is left out stays as it is."""
    line = "--model fast --ratio 9:16 --resolution 480p --duration 8 --seed 7 --no-audio --watermark --last-frame"
    assert request_of(line, "\n  A cat \n") == Request(
        "A cat",
        model="seedance-2.0-fast",
        ratio="9:16",
        resolution="480p",
        duration=8,
        seed=7,
        generate_audio=False,
        watermark=True,
        return_last_frame=True,
    )
    assert request_of("") == Request("A cat")
    assert request_of("--duration=auto --model doubao-x --web-search") == Request(
        "A cat", duration=AUTO_DURATION, model="doubao-x", web_search=True
    )


def test_media_keep_the_order_of_the_line() -> None:
    """Whatever their kinds; a role stands behind a colon, and addresses keep theirs."""
    line = '--image "my cat.png:reference_image" --audio a.mp3 --image https://m.example/b.png --video C:\\clips\\v.mp4'
    assert request_of(line).content.items[1:] == (
        Image("my cat.png", "reference_image"),
        Audio("a.mp3"),
        Image("https://m.example/b.png"),
        Video("C:\\clips\\v.mp4"),
    )


def test_variables_are_put_in_and_nothing_is_evaluated() -> None:
    """Names only: braces with an expression stay text in a prompt, and a dollar can be written."""
    made = request_of(
        "--seed $n --ratio ${shape}", "A $animal for $$5, or $5: {1/0} ${animal}s", n=7, shape="1:1", animal="cat"
    )
    assert made == Request("A cat for $5, or $5: {1/0} cats", seed=7, ratio="1:1")


def test_a_variable_may_be_the_media_itself(tmp_path: Path) -> None:
    """A path, bytes, or an item; what it holds is never read as options."""
    line = "--image $path:first_frame --image $bytes --image $item --video $clip"
    made = request_of(
        line, path=tmp_path / "a b.png", bytes=b"\x89PNG", item=Image("i.png", "reference_image"), clip="--dry-run"
    )
    assert made.content.media == (
        Image(tmp_path / "a b.png", "first_frame"),
        Image(b"\x89PNG"),
        Image("i.png", "reference_image"),
        Video("--dry-run"),
    )


@pytest.mark.parametrize(
    ("line", "cell", "said"),
    [
        ("--duraton 5", "x", "no option --duraton. Did you mean --duration"),
        ("--duration five", "x", "--duration 'five' is not a whole number or auto."),
        ("--seed x", "x", "--seed 'x' is not a whole number."),
        ("--model", "x", "argument --model: expected one argument."),
        ("fast", "x", "'fast' is no option; the prompt goes below the first line."),
        ('--image "a.png', "x", "a quote on the first line is not closed."),
        ("--image a.png:first_fram", "x", "is no role. Did you mean first_frame"),
        ("--image a.png:reference_video", "x", "is no role of an image."),
        ("--image $n", "x", "--image $n is int, and not a path, an address, bytes or Image."),
        ("--to 2", "x", "--to '2' is no name of a variable."),
        ("", " \n", "the cell has no prompt"),
        ("", "A $animl", "There is no variable 'animl' in this notebook. Did you mean animal?"),
        ("", "A ${n + 1}", "only names are looked up, and nothing is evaluated"),
        ("--image ftp://a/b.png", "x", "ftp:// is not an address"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(line: str, cell: str, said: str) -> None:
    """With what was perhaps meant."""
    with pytest.raises(InvalidRequestError) as caught:
        read(line, cell, {"n": 5, "animal": "cat"})
    assert said in str(caught.value)
    assert "?." not in str(caught.value)


# -- in a shell --


def test_importing_alone_brings_no_magic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the extension does; and it can be taken away again."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    try:
        assert "not found" in run(shell, "import seedance_nb\nget_ipython().run_cell_magic('seedance', '', 'x')")[1]
        for _ in range(2):
            shell.run_line_magic("load_ext", "seedance_nb")
            shell.run_line_magic("reload_ext", "seedance_nb")
            assert shell.find_cell_magic("seedance")
            shell.run_line_magic("unload_ext", "seedance_nb")
            assert shell.find_cell_magic("seedance") is None
            assert not shell.Completer.custom_matchers
    finally:
        InteractiveShell.clear_instance()


def test_a_dry_run_shows_check_and_price_and_leaves_nothing(shell: InteractiveShell, tmp_path: Path) -> None:
    """The sum, what others would take, and neither a ledger nor a studio afterwards."""
    written, complained, [shown] = run(shell, f"{DRY} --model fast\nA <b>cat</b> $$5")
    assert (written, complained) == ("", "")
    text, html = shown.data["text/plain"], shown.data["text/html"]
    for said in ("Dry run: nothing was sent.", "✓ Nothing stands in the way.", "¥4.03", "108,900 tokens × ¥37/1M"):
        assert said in text
        assert said in html
    assert "eachlabs" in text
    assert "A &lt;b&gt;cat&lt;/b&gt; <span>$</span>5" in html
    assert "studio" not in shell.user_ns
    assert not (tmp_path / "home").exists()


def test_a_dry_run_says_problems_in_words(shell: InteractiveShell) -> None:
    """Each with why and what to do, and no exception."""
    _, complained, [shown] = run(shell, f"{DRY} --duration 3 --resolution 1080p --model fast\nA cat")
    assert complained == ""
    assert "2 things to mend first." in shown.data["text/plain"]
    assert "It makes clips of 4 to 15 s" in shown.data["text/plain"]


def test_a_mistake_is_a_line_and_the_cell_fails(shell: InteractiveShell) -> None:
    """No traceback, no exit, and a run of all cells stops there."""
    with capture_output() as said:
        result = shell.run_cell("%%seedance --modle fast\nA cat")
    assert not result.success
    assert "UsageError: %%seedance: there is no option --modle. Did you mean --model" in said.stderr
    assert "Traceback" not in said.stderr + said.stdout


def test_braces_are_never_evaluated_not_even_by_the_shell(shell: InteractiveShell) -> None:
    """IPython fills lines of magics by evaluating them; not of this one."""
    shell.user_ns["touched"] = touched = []
    _, complained, _ = run(shell, f"{DRY} --seed {{touched.append(1)}}\n{{touched.append(2)}} !touch x")
    assert "is not a whole number" in complained
    _, complained, [shown] = run(shell, f"{DRY}\n{{touched.append(2)}} !touch x")
    assert "{touched.append(2)} !touch x" in shown.data["text/plain"]
    assert touched == []


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%seedance --studio studo\nA cat", "There is no studio 'studo' in this notebook. Make one"),
        ("%%seedance --dry-run --provider nobody\nA cat", "'nobody'"),
    ],
)
def test_unknown_studios_and_providers_are_named(shell: InteractiveShell, cell: str, said: str) -> None:
    """And nothing is made in their place."""
    assert said in run(shell, cell)[1]
    assert "studio" not in shell.user_ns


def test_help_lists_the_options(shell: InteractiveShell) -> None:
    """As text, and as what `%%seedance?` shows."""
    assert "--dry-run" in run(shell, "%%seedance -h\nx")[0]
    assert "--dry-run" in shell.object_inspect("%%seedance")["docstring"]


# -- completion --


def completions(shell: InteractiveShell, text: str) -> list[str]:
    """What the text becomes, for each completion."""
    with provisionalcompleter():
        return [text[: one.start] + one.text for one in shell.Completer.completions(text, len(text))]


def test_options_and_values_are_completed(shell: InteractiveShell, tmp_path: Path) -> None:
    """Options that are left, models, ratios and lengths of the model, files by kind, roles, and variables."""
    kept(tmp_path, "cat.png", picture(64, 64))
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "my cat.jpg").write_bytes(b"")
    (tmp_path / "catalog.txt").write_text("")
    shell.user_ns["animal"] = "cat"
    m = "%%seedance "
    assert completions(shell, f"{m}--dry") == [f"{m}--dry-run"]
    assert f"{m}--seed 1 --seed" not in completions(shell, f"{m}--seed 1 --s")
    assert completions(shell, f"{m}--model f") == [f"{m}--model fast"]
    assert completions(shell, f"{m}--model=mi") == [f"{m}--model=mini"]
    assert completions(shell, f"{m}--ratio 1") == [f"{m}--ratio 16:9", f"{m}--ratio 1:1"]
    assert f"{m}--provider ark --model fast --resolution 1080p" not in completions(
        shell, f"{m}--provider ark --model fast --resolution "
    )
    assert completions(shell, f"{m}--duration a") == [f"{m}--duration auto"]
    assert completions(shell, f"{m}--provider at") == [f"{m}--provider atlas"]
    assert completions(shell, f"{m}--image cat") == [f"{m}--image cats/", f"{m}--image cat.png"]
    assert completions(shell, f"{m}--image cats/m") == [f'{m}--image "cats/my cat.jpg"']
    assert completions(shell, f"{m}--image cat.png:f") == [f"{m}--image cat.png:first_frame"]
    assert completions(shell, f"{m}--seed $ani") == [f"{m}--seed $animal"]
    assert completions(shell, f"{m}--seed 1\nAn old $ani") == [f"{m}--seed 1\nAn old $animal"]
    assert completions(shell, f"{m}\nAn old ${{ani") == [f"{m}\nAn old ${{animal}}"]


def test_other_cells_are_left_alone(shell: InteractiveShell) -> None:
    """Python is completed as ever."""
    shell.user_ns["animal"] = "cat"
    assert "animal" in completions(shell, "anim")
    assert not [one for one in completions(shell, "x --dry") if "--dry-run" in one]
