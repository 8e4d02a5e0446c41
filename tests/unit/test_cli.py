"""The command line without a ledger: help, prices, quotes, completion, and what goes wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seedance_nb.cli import COMMANDS, main
from seedance_nb.cli._notebooks import copied
from seedance_nb.cli._telling import fitted, table, width
from seedance_nb.cli.command_line_doc import command_line_doc
from seedance_nb.media import TAG_KEY
from seedance_nb.sandbox import picture

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
SECRET = "planted-4f7a9c1e5b"


def answered(capsys: pytest.CaptureFixture[str]) -> Any:
    """The one JSON object on stdout."""
    return json.loads(capsys.readouterr().out)


def test_the_page_is_that_of_the_commands() -> None:
    """`python -m seedance_nb.cli.command_line_doc > docs/command-line.md` writes it again."""
    assert PAGE.read_text("utf-8") == command_line_doc()


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_helps_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The help of each has examples that begin with the program's name, and ends well."""
    assert main([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"  seedance-nb {name}" in said or f"seedance-nb {name} -" in said
    assert "Examples:" in said


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["tasks", "--status", "nonsense"], ["prices", "nobody"], ["quote", "no-such.json"]]
)
def test_a_wrong_call_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """And says what there is instead."""
    assert main(arguments) == 2
    assert {"tasks", "kept", "ark", "does"} & {*capsys.readouterr().err.replace("'", " ").replace(",", "").split()}


def test_price_rows_have_dates_and_sources(capsys: pytest.CaptureFixture[str]) -> None:
    """Those of a day, as decimals; a row that a later one replaces is shown with `--all` only."""
    assert main(["prices", "ark", "--on", "2026-11-26", "--model", "seedance-2.0", "--json"]) == 0
    prices = answered(capsys)["prices"]
    [row] = [one for one in prices if "720p" in one["resolutions"] and not one["video_input"]]
    assert (row["amount"], row["currency"], row["per"], row["unit"]) == ("46", "CNY", 1_000_000, "tokens")
    assert row["source"].startswith("https://")
    assert row["checked"] == "2026-11-20"

    assert main(["prices", "atlas", "--all", "--json"]) == 0
    every = {one["id"] for one in answered(capsys)["prices"]}
    assert main(["prices", "atlas", "--on", "2026-04-15", "--json"]) == 0
    then = answered(capsys)["prices"]
    assert {one["id"] for one in then} < every
    assert all(one["start_date"] <= "2026-04-15" for one in then)

    assert main(["prices", "ark"]) == 0
    said = capsys.readouterr().out
    assert "¥46/1M tokens" in said
    assert "[1] https://" in said


def test_a_request_is_priced_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Parameters, a body with a content array and the file beside it: the same amounts as `sd.quotes`, as decimals."""
    (tmp_path / "boat.png").write_bytes(picture("a boat", 1280, 720, seed=7))
    body = {
        "model": "doubao-seedance-2-0-260128",
        "content": [
            {"type": "text", "text": "The boat"},
            {"type": "image_url", "image_url": {"url": "boat.png"}, "role": "first_frame"},
        ],
        "ratio": "16:9",
        "resolution": "720p",
        "duration": 5,
    }
    row = {"prompt": "The boat", "first_frame": "boat.png", "ratio": "16:9", "resolution": "720p", "duration": 5}
    offers = []
    for name, data in (("body.json", body), ("row.json", row)):
        (tmp_path / name).write_text(json.dumps(data))
        assert main(["quote", str(tmp_path / name), "--json"]) == 0
        found = answered(capsys)["offers"]
        offers.append([one for one in found if one["provider"] == "ark" and one["model"] == "seedance-2.0"])
    assert offers[0] == offers[1]
    # 1280×720 × (24×5+1) / 1024 tokens at 46 yuan a million
    assert offers[0][0]["high"] == {"amount": "5.0094", "currency": "CNY"}
    assert offers[0][0]["sum"] == "1280×720 × (24×5+1) / 1024 = 108,900 tokens × ¥46/1M = ¥5.01"

    assert main(["quote", str(tmp_path / "row.json"), "--provider", "ark"]) == 0
    assert "¥5.01" in capsys.readouterr().out


def test_what_nobody_can_do_is_left_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3, with what is wrong and how to mend it; in the language that is spoken."""
    (tmp_path / "long.json").write_text('{"prompt": "x", "duration": 90}')
    assert main(["quote", str(tmp_path / "long.json"), "--provider", "ark", "--json"]) == 3
    [problem] = answered(capsys)["problems"]
    assert problem["code"] == "duration.range"
    assert problem["fix"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON"),
        ("[]", "no object"),
        ('{"prompt": "x", "duraton": 4}', "Did you mean 'duration'"),
        ('{"content": [{"type": "film"}]}', "Item 1"),
        ('{"content": [{"type": "image_url", "image_url": {"url": "http://nowhere.example/a.png"}}]}', "https://"),
        (f'{{"{TAG_KEY}": 99}}', "newer version"),
    ],
)
def test_what_is_no_request_is_explained(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1: a sentence on stderr, and the same as JSON for a program."""
    (tmp_path / "request.json").write_text(text)
    assert main(["quote", str(tmp_path / "request.json"), "--json"]) == 1
    out = capsys.readouterr()
    assert said in out.err
    assert said in json.loads(out.out)["error"]["message"]


def test_no_key_and_no_signed_address_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key in the environment and a signed address in the request stay where they are."""
    monkeypatch.setenv("ARK_API_KEY", SECRET)
    row = {"prompt": "x", "first_frame": f"https://media.example/a.png?X-Sig={SECRET}", "duration": 90}
    (tmp_path / "request.json").write_text(json.dumps(row))
    for call in (["quote", str(tmp_path / "request.json"), "--provider", "ark"], ["prices"], ["tasks"], ["doctor"]):
        for form in ([], ["--json"]):
            main([*call, *form])
            out = capsys.readouterr()
            assert SECRET not in out.out + out.err


def test_help_loads_nothing_heavy() -> None:
    """`seedance-nb --help` takes tens of milliseconds: neither database nor network is loaded."""
    code = (
        "import sys; from seedance_nb.cli import main; main(['--help']); main(['tasks', '--help']); "
        "assert not {'pandas', 'httpx', 'sqlalchemy', 'av', 'uvicorn', 'mcp', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr


def test_columns_are_as_wide_as_they_look() -> None:
    """Chinese takes two columns a character; a cut line is not wider than the terminal; nothing moves its cursor."""
    lines = table([["镜头", "x"], ["a\x1b[31m", "y"]], ["提示词", "z"]).splitlines()
    assert len({width(line) for line in lines}) == 1
    assert "\x1b" not in "".join(lines)
    for most in range(3, 12):
        assert width(fitted("ab镜头缓缓推近", most)) <= most
    assert fitted("ab镜头", 6) == "ab镜头"


BASH = """
source <(seedance-nb completion bash)
complete -p seedance-nb
ask() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _seedance_nb_completion seedance-nb
    echo "$@: ${COMPREPLY[*]}"
}
ask seedance-nb ta
ask seedance-nb tasks --sta
ask seedance-nb tasks --status ke
ask seedance-nb prices e
"""


def test_bash_completes_commands_options_providers_and_statuses(tmp_path: Path) -> None:
    """The script, sourced in bash, answers what `complete` asks."""
    program = tmp_path / "seedance-nb"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seedance_nb.cli "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--norc", "-c", BASH], capture_output=True, text=True, timeout=180, env=environment, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0].startswith("complete ")
    assert said[1:] == [
        "seedance-nb ta: tasks",
        "seedance-nb tasks --sta: --status",
        "seedance-nb tasks --status ke: kept",
        "seedance-nb prices e: eachlabs",
    ]


def test_zsh_and_fish_get_what_they_ask_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their scripts name the program, and the program answers in their form."""
    for shell, begins in (("zsh", "#compdef seedance-nb"), ("fish", "function _seedance_nb_completion")):
        assert main(["completion", shell]) == 0
        assert capsys.readouterr().out.startswith(begins)
    monkeypatch.setenv("_SEEDANCE_NB_COMPLETE", "fish_complete")
    monkeypatch.setenv("COMP_WORDS", "seedance-nb ")
    monkeypatch.setenv("COMP_CWORD", "do")
    with pytest.raises(SystemExit):
        main([])
    assert "plain,doctor" in capsys.readouterr().out


@pytest.mark.parametrize(("missing", "call"), [("mcp", ["mcp"]), ("jupyterlab", ["lab", "--folder", "mine"])])
def test_what_is_in_an_extra_says_how_to_get_it(
    missing: str, call: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the package the command is there, and explains itself."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, missing, None)
    assert main(call) == 1
    assert 'pip install "seedance-nb[' in capsys.readouterr().err


def test_a_notebook_is_copied_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """JupyterLab is started on a copy in the user's folder, which is left as it is the next time."""
    assert main(["lab", "--folder", str(tmp_path / "mine"), "--version"]) == 0
    [copy] = (tmp_path / "mine").iterdir()
    assert copy.name == "01-first-clip.ipynb"
    assert capfd.readouterr().out.splitlines()[-1][0].isdigit()  # the version that JupyterLab says
    copy.write_text("changed")
    assert copied("01", tmp_path / "mine").read_text() == "changed"
    assert main(["lab", "--notebook", "nonsense", "--folder", str(tmp_path)]) == 1
    assert "01-first-clip" in capfd.readouterr().err
