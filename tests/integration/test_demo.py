"""`seedance-nb demo` as a newcomer runs it."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import av

from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskStatus

# Source: the billed formula, floor(W·H·(24·seconds+1)/1024), on real bodies read 2026-11-20.
TOKENS = {5: 108_900, 4: 87_300}
PRICES = {"seedance-2.0": 46, "seedance-2.0-fast": 37}


def test_the_demo_makes_four_clips_and_explains_them(tmp_path: Path) -> None:
    """Exit code 0, four playable clips as requested, usage and cost as published, a page beside them."""
    command = [sys.executable, "-m", "seedance_nb.cli", "demo", "--home", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    with Ledger.open(tmp_path / "ledger.sqlite3", home=tmp_path) as ledger:
        records = ledger.records()
    assert len(records) == 4
    for record in records:
        assert record.status is TaskStatus.KEPT
        assert record.is_sandbox
        assert record.duration is not None
        assert record.usage is not None
        assert record.usage.completion_tokens == record.usage.total_tokens == TOKENS[record.duration]
        assert record.cost is not None
        assert record.cost.amount == Decimal(TOKENS[record.duration]) * PRICES[record.model] / 1_000_000
        clip = record.artifact("clip")
        assert clip is not None
        assert clip.path is not None
        with av.open(str(clip.path)) as file:
            video = file.streams.video[0]
            frames = sum(1 for _ in file.decode(video))
            assert (video.width, video.height, frames) == (1280, 720, 24 * record.duration + 1)
            assert video.average_rate == 24
            assert video.codec_context.name == "h264"
            [audio] = file.streams.audio
            assert audio.codec_context.name == "aac"
        assert (record.mode == "first_frame") == (record.artifact("last_frame") is not None)
        assert str(clip.path) in done.stdout
    page = (tmp_path / "side-by-side.html").read_text("utf-8")
    assert page.count('<script type="text/plain" id="clip-') == 4
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    for said in ("1280×720 × (24×5+1) / 1024 = 108,900 tokens × ¥46/1M = ¥5.01", "Nothing leaves this machine"):
        assert said in done.stdout


def test_tasks_are_listed_from_the_command_line(tmp_path: Path) -> None:
    """Without a ledger the command says how to get one."""
    command = [sys.executable, "-m", "seedance_nb.cli", "tasks", "--home", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0
    assert "no ledger" in done.stdout


def test_a_wrong_call_is_explained() -> None:
    """No command prints the help, an unknown one what there is; both with exit code 2."""
    for arguments in ([], ["nonsense"]):
        done = subprocess.run(
            [sys.executable, "-m", "seedance_nb.cli", *arguments], capture_output=True, text=True, timeout=180
        )
        assert done.returncode == 2
        assert "demo" in done.stdout + done.stderr
