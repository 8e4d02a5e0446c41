"""What the pages say, held against what there is: blocks run, links lead somewhere, commands exist."""

from __future__ import annotations

import ast
import functools
import inspect
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest

import seedance_nb as sd
from seedance_nb import catalog, sandbox
from seedance_nb.magics import _options as magics
from seedance_nb.providers import KEYRING_SERVICE
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox.clip import ClipSpec, render

from .pages import PAGES, ROOT, Block, anchors, blocks, links, run, tokens

RUNNING = [page for page in PAGES if any(block.language == "python" for block in blocks(page))]
ENDING = {"tasks", "--help", "--version"}
"""Commands of `seedance-nb` that end by themselves, and so are run."""
MADE_BY_THE_SITE = ("docs/reference/",)
"""Pages that only the built site has."""


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def _quick() -> Iterator[None]:
    """The sandbox of this process, on which a task takes a blink."""
    spec = ClipSpec(
        width=864, height=496, frames=25, prompt="x", seed=1, model="m", mode="text", audio=True, watermark=False
    )
    clip = render(spec)
    quick = Scenario(queue=0.02, run=0.05)
    with pytest.MonkeyPatch.context() as patch, sandbox.start(scenario=quick, render=lambda _: clip) as box:
        patch.setattr(sandbox, "_shared", (os.getpid(), box))
        yield


@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("page", RUNNING, ids=name)
def test_the_code_on_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of Python run as they stand, one after the other, and values are what the comments say."""
    monkeypatch.delenv("SEEDANCE_NB_HOME")
    monkeypatch.chdir(tmp_path)
    sd.sandbox.picture("a sailing boat on a calm ocean", 640, 360, path=tmp_path / "boat.png")
    (tmp_path / "bill.csv").write_text("task_id,amount\ncgt-1,5.01\n")
    namespace: dict[str, object] = {"pd": pd}
    for block in blocks(page):
        if block.language != "python":
            continue
        if "no-run" in block.flags:
            would_run(block.code)
            continue
        # What asks a provider for its prices asks the sandbox here.
        if "live_prices" in block.code:
            monkeypatch.setenv("SEEDANCE_NB_ATLAS_URL", sandbox.shared().url("atlas"))
        run(block, namespace)
        monkeypatch.delenv("SEEDANCE_NB_ATLAS_URL", raising=False)
    for value in list(namespace.values()):
        if isinstance(value, sd.Studio):
            value.close()


def would_run(code: str) -> None:
    """It is Python, and what it calls of the package takes these arguments."""
    for call in ast.walk(ast.parse(re.sub(r"^%.*", "", code, flags=re.MULTILINE))):
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("sd."):
            called = functools.reduce(getattr, ast.unparse(call.func).split(".")[1:], sd)
            given = {word.arg: None for word in call.keywords if word.arg}
            inspect.signature(called).bind(*call.args, **given)  # type: ignore[arg-type]


def test_what_is_no_code_can_be_read() -> None:
    """Data is well formed, price rows are such, and a cell of `%%seedance` has options that there are."""
    seen = set()
    for page in PAGES:
        for block in blocks(page):
            if block.language == "json":
                seen.add(type(json.loads(block.code)).__name__)
            elif block.language == "toml":
                rows = tomllib.loads(block.code).get("price", [])
                sd.prices.override(rows)
                seen.add(f"toml, {len(rows)} prices")
            elif block.code.startswith("%%seedance "):
                line, _, body = block.code.removeprefix("%%seedance ").partition("\n")
                asked = magics.read(line, body, {})
                assert asked is not None
                seen.add(f"a cell of {asked.request.model}")
    sd.prices.override()
    assert {"dict", "toml, 1 prices", "toml, 0 prices", "a cell of seedance-2.0-fast"} <= seen


# -- links --


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_a_page_points_to_is_there(page: Path) -> None:
    """Every relative link leads to a file, every anchor to a heading, and every address is one."""
    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme == "https", f"{link} is no https address"
            assert "." in (parts.hostname or ""), f"{link} is no public address"
            continue
        target = (page.parent / parts.path).resolve() if parts.path else page
        if any(str(target).startswith(str(ROOT / made)) for made in MADE_BY_THE_SITE):
            continue
        assert target.exists(), f"{link} leads nowhere"
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        if parts.fragment and target.suffix in {".md", ".ipynb"}:
            assert parts.fragment in anchors(target), f"{link}: there is no such heading"


# -- commands --


def commands(page: Path) -> Iterator[str]:
    """What the page tells people to type: lines of shell blocks, and such words in a sentence."""
    for block in blocks(page):
        if block.language in {"bash", "sh", "console"}:
            yield from (line for line in block.code.replace("\\\n", " ").splitlines() if line.split("#")[0].strip())
    for token in tokens(page):
        if token.type == "code_inline" and re.match(r"(make|seedance-nb|python -m) [a-z]", token.content):
            yield token.content


TYPED = sorted({(command, name(page)) for page in PAGES for command in commands(page)})


@pytest.mark.parametrize(("command", "page"), TYPED, ids=lambda value: value)
def test_a_command_on_a_page_exists(command: str, page: str) -> None:
    """Its program, its command and each of its options are there."""
    words = shlex.split(command, comments=True)
    while words and (words[0] == "export" or re.match(r"[A-Z_]+=", words[0])):
        words.pop(0)
    match words:
        case []:
            pass
        case ["make", *targets]:
            for target in targets:
                assert "=" in target or re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        case ["seedance-nb", *given]:
            known = usage(tuple(word for word in given[:1] if not word.startswith("-")))
            for option in given:
                if option.startswith("-"):
                    assert re.search(rf"{re.escape(option.partition('=')[0])}\b", known), option
        case ["python", "-m", module, *_]:
            place = ROOT.joinpath(*module.split("."))
            assert place.with_suffix(".py").exists() or (place / "__main__.py").exists()
        case ["pip", "install", package]:
            extra = re.search(r"\[(\w+)\]", package)
            extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
            assert package.startswith("seedance-nb")
            assert extra is None or extra[1] in extras
        case ["papermill", notebook, _, *given]:
            text = (ROOT / notebook).read_text("utf-8")
            assert given[::3] == ["-p"] * len(given[::3])
            assert all(f'"{parameter} = ' in text for parameter in given[1::3])
        case ["keyring", "set", service, key]:
            assert service == KEYRING_SERVICE
            assert key in {catalog.provider(one).key_env for one in catalog.providers()}
        case _:
            pytest.fail(f"{page}: {command!r} is a command that nothing here checks.")


@cache
def usage(command: tuple[str, ...]) -> str:
    """What `--help` of a command says."""
    shown = subprocess.run(
        [sys.executable, "-m", "seedance_nb.cli", *command, "--help"], capture_output=True, text=True, timeout=180
    )
    assert shown.returncode == 0, shown.stderr
    return shown.stdout


SHELL = [(page, block) for page in PAGES for block in blocks(page) if block.language == "bash"]


@pytest.mark.parametrize(("page", "block"), SHELL, ids=lambda value: name(value) if isinstance(value, Path) else "")
def test_a_block_of_shell_runs(page: Path, block: Block, tmp_path: Path) -> None:
    """It is well formed; and where all of its commands end by themselves, it runs in an empty home."""
    lines = [shlex.split(line, comments=True) for line in block.code.splitlines()]
    ends = all(line[0] == "seedance-nb" and line[1] in ENDING for line in lines if line)
    env = {**os.environ, "HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    script = block.code if ends else f"set -n\n{block.code}"
    done = subprocess.run(
        ["bash", "-e"], input=script, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
