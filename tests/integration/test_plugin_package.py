"""A provider in a package of its own, built and installed as anybody would, and providers taken away."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "tests" / "plugins" / "toy_provider"


def run(code: str, *paths: Path, cwd: Path) -> dict[str, Any]:
    """What a script prints as JSON, run in a fresh interpreter that finds packages in `paths` first."""
    head = f"import json, sys\nsys.path[:0] = {[str(path) for path in paths]!r}\n"
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", head + code],
        capture_output=True,
        text=True,
        timeout=180,
        cwd=cwd,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the toy provider is installed from its wheel."""
    folder = tmp_path_factory.mktemp("toy")
    source = shutil.copytree(SOURCE, folder / "source")
    options = ["--no-deps", "--no-build-isolation", "-q", "-w", str(folder)]
    command = [sys.executable, "-m", "pip", "wheel", *options, str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    [built] = folder.glob("*.whl")
    zipfile.ZipFile(built).extractall(folder / "site")
    return folder / "site"


def recipe() -> str:
    """What CONTRIBUTING says of a new provider."""
    return (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## A provider\n")[2].partition("\n## ")[0]


def own_files() -> list[str]:
    """The files of a provider in this package, as patterns, from the recipe."""
    return re.findall(r"`(seedance_nb/[\w/]*<provider>[\w*]*\.\w+)`", recipe())


def test_the_recipe_is_what_the_package_does() -> None:
    """Every file that the recipe names is there for the providers of the package."""
    patterns = own_files()
    assert len(patterns) == 7
    for provider in ("ark", "atlas", "eachlabs"):
        for pattern in patterns:
            found = list(ROOT.glob(pattern.replace("<provider>", provider)))
            assert found or "*" in pattern, f"{provider} has no {pattern}"


def test_the_recipe_is_what_the_toy_does() -> None:
    """The tree and the entry point of the recipe are those of the package that is built here."""
    tree = recipe().partition("```text\n")[2].partition("```")[0]
    files = [line.split()[-1] for line in tree.splitlines() if not line.endswith("/")]
    assert sorted(files) == ["__init__.py", "catalog.toml", "client.py", "prices.toml", "pyproject.toml"]
    for file in files:
        assert list(SOURCE.rglob(file)), file
    block = textwrap.dedent(recipe().partition("```toml\n")[2].partition("```")[0])
    entry = tomllib.loads(block)["project"]
    assert entry.items() <= tomllib.loads((SOURCE / "pyproject.toml").read_text("utf-8"))["project"].items()


SMALL_CLIP = """
from seedance_nb.sandbox.clip import ClipSpec, render
def small(frames):
    return render(ClipSpec(width=160, height=96, frames=frames, prompt="x", seed=1, model="m", mode="text",
                           audio=False, watermark=False))
"""

KNOWN = """
import seedance_nb as sd
request = sd.Request("A cat yawns", model="seedance-2.0-fast", ratio="16:9", resolution="480p", duration=4)
early = sorted(name for name in sys.modules if name.startswith(("toy_provider", "seedance_nb.plugins")))
frame = sd.quotes(request)
row = frame[frame.provider == "toy"].iloc[0]
quote = sd.quote(request, "toy")
print(json.dumps({
    "providers": sd.catalog.providers(),
    "clients": sd.providers.known(),
    "row": [row.model, row.model_id, bool(row.can), str(row.high), row.currency, row.price_id],
    "quote": [str(quote.amount), quote.sum],
    "check": [[problem.code for problem in sd.check(one, "toy")] for one in (request, request.replace(duration=99))],
    "early": early,
    "client": "toy_provider.client" in sys.modules,
}))
"""


def test_an_installed_provider_is_known_with_its_prices(toy: Path, tmp_path: Path) -> None:
    """Catalog, checks, quotes and the table of all quotes have it, before its client was imported."""
    found = run(KNOWN, toy, cwd=tmp_path)
    assert found["providers"] == ["ark", "atlas", "byteplus", "eachlabs", "toy"]
    assert found["clients"][-1] == "toy"
    assert found["row"] == ["seedance-2.0-fast", "toy-fast-1", True, "0.20", "USD", "toy/seedance-2.0-fast/2026-11"]
    assert found["quote"] == ["$0.20", "4 s × $0.05/s = $0.20"]
    assert found["check"] == [[], ["duration.range"]]
    assert (found["early"], found["client"]) == ([], False)


WORKS = (
    SMALL_CLIP
    + """
import os, time
import seedance_nb as sd
from toy_provider.server import KEY, serving
with serving(small(97).mp4) as (url, bodies):
    os.environ["SEEDANCE_NB_TOY_URL"] = url
    os.environ["TOY_API_KEY"] = KEY
    request = sd.Request("A cat yawns", model="seedance-2.0-fast", ratio="16:9", resolution="480p", duration=4)
    with sd.Studio("toy", home="out") as studio:
        task = studio.submit(request).wait(180)
        row = studio.ledger.frame().iloc[0]
    with sd.Studio(home="other") as first:
        chosen = first.provider
    with sd.Studio("toy", home="out") as studio:
        slow = studio.submit(request.replace(content=sd.Content("slow")))
        while slow.task_id is None:
            time.sleep(0.01)
    os.environ["TOY_API_KEY"] = "another"
    with sd.Studio("toy", home="out") as studio:
        refused = studio.submit(request)
        try:
            refused.wait(180)
        except sd.errors.TaskError as exc:
            why = str(exc)
        statuses = [str(task.status) for task in studio.tasks()]
print(json.dumps({
    "status": task.status, "cost": str(task.cost), "id": task.task_id, "bytes": task.video.stat().st_size > 1000,
    "row": [row.provider, row.model, bool(row.is_sandbox)], "bodies": bodies, "chosen": chosen,
    "refused": why, "end": refused.status, "statuses": statuses,
}))
"""
)

LEFT = """
import warnings
import seedance_nb as sd
with sd.Studio("sandbox", home="out") as studio, warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    tasks = studio.tasks()
    print(json.dumps({
        "statuses": [str(task.status) for task in tasks],
        "costs": [str(task.cost) for task in tasks],
        "warned": [str(entry.message) for entry in warned],
        "shown": [repr(task) for task in tasks],
    }))
"""


def test_an_installed_provider_makes_a_clip(toy: Path, tmp_path: Path) -> None:
    """A studio at it submits, follows, keeps and charges, with its own key and address, and says when it refuses."""
    found = run(WORKS, toy, cwd=tmp_path)
    left = run(LEFT, cwd=tmp_path)
    assert (found["status"], found["cost"], found["id"], found["bytes"]) == ("kept", "$0.20", "toy-1", True)
    assert found["row"] == ["toy", "seedance-2.0-fast", True]
    assert found["bodies"][0] == {
        "model": "toy-fast-1",
        "text": "A cat yawns",
        "seconds": 4,
        "shape": "16:9",
        "size": "480p",
    }
    assert len(found["bodies"]) == 2
    assert found["chosen"] == "toy"
    assert "401" in found["refused"]
    assert found["end"] == "rejected"
    # Without the package its tasks are still in the ledger, and whoever looks at them is told.
    assert (left["statuses"], left["costs"]) == (found["statuses"], ["None", "None", "$0.20"])
    assert left["statuses"][1] in {"queued", "running"}
    assert [("toy-2" in said, "cannot be followed" in said) for said in left["warned"]] == [(True, True)]
    assert all("toy" in shown for shown in left["shown"])


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A copy of the package, to take files away from."""
    target = tmp_path / "bare"
    shutil.copytree(ROOT / "seedance_nb", target / "seedance_nb", ignore=shutil.ignore_patterns("__pycache__"))
    return target


WITHOUT = (
    SMALL_CLIP
    + """
import seedance_nb as sd
from seedance_nb.sandbox import Scenario
request = sd.Request("A cat yawns", model="seedance-2.0-fast", ratio="16:9", resolution="480p", duration=4)
said = {}
for name, ask in (("studio", lambda: sd.Studio(gone)), ("sandbox", lambda: sd.Studio(f"sandbox:{gone}")),
                  ("check", lambda: sd.check(request, gone)), ("quote", lambda: sd.quote(request, gone)),
                  ("code", lambda: request.code(gone, "curl")),
                  ("client", lambda: sd.providers.client(gone, base_url="https://a.example", key="k"))):
    try:
        ask()
    except sd.errors.UnknownProviderError as exc:
        said[name] = str(exc)
with sd.sandbox.start(scenario=Scenario(queue=0.01, run=0.02), render=lambda spec: small(25)) as box:
    with sd.Studio("sandbox", base_url=box.url("ark"), home="out") as studio:
        status = studio.submit(request).wait(180).status
        studio.webhooks()
    spoken = box.providers
print(json.dumps({
    "file": sd.__file__, "quotes": sorted(set(sd.quotes(request).provider)), "said": said, "status": status,
    "code": [len(request.code(name, "curl").text) > 1000 for name in sd.providers.known()],
    "spoken": spoken, "clients": sd.providers.known(),
}))
"""
)


@pytest.mark.parametrize("gone", ["eachlabs", "atlas"])
def test_deleting_its_files_removes_a_provider_and_nothing_else(bare: Path, tmp_path: Path, gone: str) -> None:
    """Without its files nobody knows it, and quotes, studio and sandbox go on with the others."""
    for pattern in own_files():
        for file in bare.glob(pattern.replace("<provider>", gone)):
            file.unlink()
    assert not list(bare.rglob(f"*{gone}*"))
    left = sorted({"ark", "atlas", "byteplus", "eachlabs"} - {gone})
    found = run(f"gone = {gone!r}\n{WITHOUT}", bare, cwd=tmp_path)
    assert found["file"].startswith(str(bare))
    assert found["quotes"] == left
    assert sorted(found["clients"]) == left
    assert found["status"] == "kept"
    assert found["spoken"] == [name for name in ("ark", "atlas", "eachlabs") if name != gone]
    assert found["code"] == [True] * 3
    assert set(found["said"]) == {"studio", "sandbox", "check", "quote", "code", "client"}
    for text in found["said"].values():
        assert f"There is no provider {gone!r}" in text
