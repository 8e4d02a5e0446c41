"""The command line on a real ledger of the sandbox: tasks, doctor, rescue, and following what is under way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from seedance_nb.cli import main
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio

from .conftest import hear_ctrl_c
from .test_engine import REQUEST, eventually

StudioOn = Callable[..., Studio]
PATIENCE = 180
SECRET = "planted-8d2c6b0f3a"


def answered(capsys: pytest.CaptureFixture[str]) -> Any:
    """The one JSON object on stdout."""
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def home(box: Sandbox, studio_on: StudioOn, tmp_path: Path) -> str:
    """A folder with two kept clips, whose studio is closed; their prompt has a key in it."""
    studio = studio_on(box)
    studio.project = "film"
    studio.submit(REQUEST.replace(seed=1)).wait(PATIENCE)
    studio.submit(REQUEST.replace(content=f"Bearer {SECRET} \x1b[31m", seed=2)).wait(PATIENCE)
    studio.close()
    return str(tmp_path / "out")


def test_tasks_are_listed_filtered_and_shown(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    """For programs with exact decimals, for people in their language; and no key, nor anything a terminal obeys."""
    assert main(["tasks", "--home", home, "--json"]) == 0
    out = capsys.readouterr().out
    assert SECRET not in out
    tasks = json.loads(out)["tasks"]
    assert [task["seed"] for task in tasks] == [2, 1]
    assert Decimal(tasks[0]["cost"]["amount"]) == Decimal(40_594) * 46 / 1_000_000
    assert tasks[0]["cost"]["currency"] == "CNY"
    assert {file["kind"] for file in tasks[0]["files"]} == {"clip", "poster"}
    assert all(Path(file["path"]).exists() for file in tasks[0]["files"])

    for arguments, count in (
        (["--project", "film", "--status", "kept", "--provider", "ark"], 2),
        (["--project", "other"], 0),
        (["--real"], 0),
        (["--search", "yawns"], 1),
        (["--until", "2020"], None),
        (["--limit", "1"], 1),
    ):
        code = main(["tasks", "--home", home, "--json", *arguments])
        if count is None:
            assert code == 2
            assert "no time" in capsys.readouterr().err
        else:
            assert code == 0
            assert len(answered(capsys)["tasks"]) == count

    assert main(["tasks", "--home", home]) == 0
    said = capsys.readouterr().out
    assert "✓ kept" in said
    assert SECRET not in said
    assert "\x1b" not in said

    assert main(["tasks", "--home", home, tasks[1]["task_id"]]) == 0
    said = capsys.readouterr().out
    for part in ("A cat yawns", "40,594 tokens × ¥46/1M", "nothing is billed", "queued", tasks[1]["local_id"]):
        assert part in said
    assert main(["tasks", "--home", home, "t-nonsense", "--json"]) == 1
    assert answered(capsys)["error"]["type"] == "TaskNotRecordedError"


def test_the_terminal_speaks_the_language(
    home: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Columns are as wide as they look, also in Chinese."""
    monkeypatch.setenv("SEEDANCE_NB_LANG", "zh")
    assert main(["tasks", "--home", home]) == 0
    assert "已保存" in capsys.readouterr().out


def test_the_doctor_finds_and_mends(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3 while something is wrong, 0 when it is mended; a clip that was removed is here again."""
    assert main(["doctor", "--home", home, "--json"]) == 0
    assert answered(capsys)["findings"] == []
    clips = sorted((Path(home) / "clips").glob("*.mp4"))
    for clip in clips:
        clip.unlink()
    assert main(["doctor", "--home", home]) == 3
    assert "[clip missing]" in capsys.readouterr().out

    assert main(["rescue", "--home", home, clips[0].stem, "--json"]) == 0
    assert [task["status"] for task in answered(capsys)["tasks"]] == ["kept"]
    assert clips[0].exists()

    assert main(["doctor", "--home", home, "--repair", "--json"]) == 0
    mended = answered(capsys)
    assert mended["findings"] == []
    assert mended["done"]
    assert clips[1].exists()

    assert main(["rescue", "--home", home]) == 0
    assert "Every clip" in capsys.readouterr().out


def test_what_is_under_way_is_followed(
    box: Sandbox, studio_on: StudioOn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A task whose notebook has ended goes on in a terminal until it is kept; Ctrl-C ends only the watching."""
    box.scenario = Scenario(queue=0.0, run=600.0)
    studio = studio_on(box)
    task = studio.submit(REQUEST)
    eventually(lambda: task.task_id is not None, within=PATIENCE)
    studio.close()
    home = str(tmp_path / "out")
    command = [sys.executable, "-m", "seedance_nb.cli", "tasks", "--home", home]

    unfinished = subprocess.run([*command, "--unfinished"], capture_output=True, text=True, timeout=PATIENCE)
    assert unfinished.returncode == 3
    assert "cgt-" in unfinished.stdout
    assert main(["rescue", "--home", home, task.local_id, "--json"]) == 3
    assert "no clip to fetch" in answered(capsys)["not_fetched"][0]["reason"]

    with subprocess.Popen(
        [*command, "--watch", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,
    ) as watching:
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["kind"] == "task"
        watching.send_signal(signal.SIGINT)
        try:
            _, said = watching.communicate(timeout=PATIENCE)
        finally:
            watching.kill()  # or a failure here would wait for it for ever
        assert watching.returncode == 130
        assert "go on" in said

    box.clock.advance(600)
    watched = subprocess.run([*command, "--watch", "--json"], capture_output=True, text=True, timeout=PATIENCE)
    assert watched.returncode == 0, watched.stderr
    last = json.loads(watched.stdout.splitlines()[-1])["task"]
    assert last["status"] == "kept"
    assert Path(last["files"][0]["path"]).exists()


def test_a_provider_is_asked_for_its_prices(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--live` shows what it says now; where a provider says nothing, that is explained."""
    monkeypatch.setenv("SEEDANCE_NB_ATLAS_URL", box.url("atlas"))
    assert main(["prices", "atlas", "--live", "--json"]) == 0
    prices = answered(capsys)["prices"]
    assert {price["unit"] for price in prices} == {"seconds"}
    assert all(Decimal(price["amount"]) > 0 and price["source"].startswith("Atlas Cloud") for price in prices)
    assert main(["prices", "atlas", "--live"]) == 0
    assert "/s" in capsys.readouterr().out
    assert main(["prices", "ark", "--live"]) == 1
    assert "publishes no prices" in capsys.readouterr().err


def test_the_sandbox_tells_a_program_where_it_is() -> None:
    """One line of JSON with the address of each provider; SIGTERM ends it well."""
    command = [sys.executable, "-m", "seedance_nb.cli", "sandbox", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        told = json.loads(served.stdout.readline())
        assert told["urls"]["ark"].startswith("http://127.0.0.1:")
        served.terminate()
        assert served.wait(PATIENCE) == 0
