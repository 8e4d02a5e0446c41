"""The main job in a terminal: from prompts and pictures to kept clips and what they cost."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from seedance_nb import media, sandbox
from seedance_nb.content import Content, Image
from seedance_nb.handle import Task
from seedance_nb.request import Request
from seedance_nb.studio import Studio
from seedance_nb.task import TaskRecord, TaskStatus

MODELS = ("seedance-2.0", "seedance-2.0-fast")
TEXT_PROMPT = "A cat yawning at the camera, soft lighting, close-up shot"
IMAGE_PROMPT = "镜头缓缓推近，晚霞映在海面上，风声渐起"
PICTURE = "a sailing boat on a calm ocean at sunset"
STAGES = {TaskStatus.QUEUED: 1, TaskStatus.RUNNING: 2, TaskStatus.SUCCEEDED: 3}
LAST_STAGE = 4
BAR = "{l_bar}{bar}| {elapsed} {postfix}"
COLUMNS = ["model", "mode", "status", "resolution", "ratio", "duration", "tokens", "quote_tokens", "cost", "currency"]


def demo(home: str | Path) -> int:
    """Make four clips on the sandbox, and say what they are, what they cost and where they are.

    Args:
        home: The folder for clips, ledger, picture and page.

    Returns:
        0 when every clip was kept, else 1.
    """
    home = Path(home).expanduser().resolve()
    say = sys.stdout.write
    with sandbox.shared():
        studio = Studio("sandbox", home=home)
        picture = home / "pictures" / "boat.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(sandbox.picture(PICTURE, 1280, 720, seed=7))
        requests = _requests(picture)

        say("seedance_nb demo: four clips on the sandbox. Nothing leaves this machine, nothing is billed.\n\n")
        for request in requests:
            say(f"  {request.model:<18} {request.mode:<12} {studio.quote(request).sum}\n")
        say("\n")

        tasks = [studio.submit(request) for request in requests]
        _watch(tasks)
        records = [task.record() for task in tasks]
        page = studio.compare(tasks, title="Fast and standard, side by side").save(home / "side-by-side.html")

        say("\nThe clips:\n")
        for record in records:
            say(f"  {_describe(record)}\n")
        say(f"\nThe ledger, {studio.ledger.path}:\n\n")
        frame = studio.ledger.frame().head(len(tasks))
        say(frame[COLUMNS].to_string(index=False) + "\n\n")
        costs = studio.ledger.costs(["model"])
        for row in costs.itertuples():
            say(f"  {row.model}: {row.tasks} clips so far, {row.tokens:,} tokens, {row.cost:.2f} {row.currency}\n")
        say("  On the sandbox this is what Volcengine Ark would have billed; nothing was.\n\n")
        say(f"Look at them side by side: {page}\n")
        say("Next: `make lab` opens the first notebook; where this was installed with pip, `seedance-nb lab`.\n")
    return 0 if all(record.status is TaskStatus.KEPT for record in records) else 1


def _requests(picture: Path) -> list[Request]:
    first_frame = Content(IMAGE_PROMPT, Image(picture, role="first_frame"))
    return [
        *(Request(Content(TEXT_PROMPT), model=model, ratio="16:9", duration=5, seed=7) for model in MODELS),
        *(Request(first_frame, model=model, duration=4, seed=7, return_last_frame=True) for model in MODELS),
    ]


def _watch(tasks: Sequence[Task]) -> None:
    """A progress bar over all tasks, moved by the engine's events."""
    stages = dict.fromkeys((task.local_id for task in tasks), 0)
    over = threading.Event()
    with tqdm(total=LAST_STAGE * len(tasks), desc="Making clips", bar_format=BAR) as bar:
        lock = threading.Lock()

        def moved(record: TaskRecord) -> None:
            with lock:
                stage = LAST_STAGE if record.is_over else STAGES.get(record.status, 0)
                bar.update(max(0, stage - stages[record.local_id]))
                stages[record.local_id] = max(stage, stages[record.local_id])
                kept = sum(stage == LAST_STAGE for stage in stages.values())
                bar.set_postfix_str(f"{kept} of {len(stages)} kept")
                if kept == len(stages):
                    over.set()

        stops = [task.subscribe(moved) for task in tasks]
        for task in tasks:
            moved(task.record())
        while not over.wait(0.2):
            pass
        for stop in stops:
            stop()


def _describe(record: TaskRecord) -> str:
    clip = record.artifact("clip")
    if clip is None or clip.path is None:
        return f"{record.model}: no clip. {record.failure.message if record.failure else record.status}"
    facts = media.probe_file(clip.path)
    sound = f"{facts.audio_codec} sound" if facts.audio_codec else "no sound"
    return f"{clip.path}  {facts.width}×{facts.height}, {facts.frames} frames, {float(facts.fps or 0):g} fps, {sound}"
