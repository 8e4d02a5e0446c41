"""`%%seedance` on the sandbox: in a shell, and in a real kernel as a notebook has one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from jupyter_client import BlockingKernelClient, KernelManager
from PIL import Image as Picture
from traitlets.config import Config

from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio

KEY = "sk-planted-2b7d5f19aa"
SMALL = "--ratio 16:9 --resolution 480p --duration 4"


# -- in a shell --


@pytest.fixture
def shell(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A shell with the extension and a planted key, connected to the sandbox."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("ARK_API_KEY", KEY)
    monkeypatch.setenv("SEEDANCE_NB_ARK_URL", box.url("ark"))
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    made = InteractiveShell.instance(config=config)
    made.run_line_magic("load_ext", "seedance_nb")
    yield made
    for value in list(made.user_ns.values()):
        if isinstance(value, Studio):
            value.close()
    InteractiveShell.clear_instance()


def run(shell: InteractiveShell, cell: str) -> tuple[str, str, list[Any]]:
    with capture_output() as said:
        shell.run_cell(cell)
    return said.stdout, said.stderr, said.outputs


def test_a_cell_becomes_a_task(shell: InteractiveShell, box: Sandbox) -> None:
    """Submitted once, shown, bound to a name; the studio that was made for it is there for the next cell."""
    shell.user_ns["animal"] = "cat"
    written, complained, outputs = run(shell, f"%%seedance {SMALL} --seed 7 --to clip\nA $animal yawns")
    assert complained == ""
    assert "There was no studio in this notebook; now there is: studio = Studio(sandbox of ark" in written
    assert "A cat yawns" in outputs[0].data["text/html"]
    task = shell.user_ns["clip"].wait(180)
    assert task.video.exists()
    assert (task.record().prompt, task.seed, box.creates) == ("A cat yawns", 7, 1)
    assert run(shell, f"%%seedance {SMALL}\nAgain")[0] == ""
    assert shell.user_ns["_task"].wait(180).record().prompt == "Again"
    assert len(shell.user_ns["studio"].tasks()) == 2


def test_the_studio_that_is_there_is_used(shell: InteractiveShell, box: Sandbox, tmp_path: Path) -> None:
    """By its usual name or the one that is given, its budget included; never one at another provider."""
    shell.user_ns["studio"] = Studio(home=tmp_path / "a", budget="1 CNY/session")
    shell.user_ns["other"] = Studio(home=tmp_path / "b")
    _, complained, _ = run(shell, f"%%seedance {SMALL}\nA cat")
    assert complained.startswith("UsageError: This task may take up to ¥1.867")
    assert run(shell, f"%%seedance {SMALL} --studio other --provider ark\nA cat")[1] == ""
    shell.user_ns["_task"].wait(180)
    _, complained, _ = run(shell, f"%%seedance {SMALL} --provider atlas\nA cat")
    assert "studio works at the sandbox of ark, not at atlas. Nothing was sent." in complained
    assert box.creates == 1


def test_a_variable_of_that_name_is_left_alone(shell: InteractiveShell) -> None:
    """A `studio` that is something else stays what it is."""
    shell.user_ns["studio"] = "mine"
    assert run(shell, f"%%seedance {SMALL}\nA cat")[0] == ""
    shell.user_ns["_task"].wait(180)
    assert shell.user_ns["studio"] == "mine"
    run(shell, f"%%seedance {SMALL}\nA cat")
    assert shell.user_ns["_task"].wait(180)._ledger is shell.magics_manager.registry["SeedanceMagics"]._own._store
    shell.magics_manager.registry["SeedanceMagics"]._own.close()


def test_what_is_wrong_keeps_it_from_being_sent(shell: InteractiveShell, box: Sandbox) -> None:
    """Every problem in a sentence; no task and no name."""
    _, complained, _ = run(shell, "%%seedance --duration 3 --ratio 16:9\nA cat")
    assert "It makes clips of 4 to 15 s" in complained
    assert "Traceback" not in complained
    assert "_task" not in shell.user_ns
    assert box.creates == 0


def test_warnings_are_said_in_a_line(shell: InteractiveShell, tmp_path: Path) -> None:
    """A thing to know keeps nothing from being sent, and is no warning of Python's."""
    for name, size in (("first", (640, 360)), ("last", (640, 640))):
        path = tmp_path / f"{name}.png"
        Picture.effect_noise(size, 60).convert("RGB").save(path)
        shell.user_ns[name] = path
    line = f"%%seedance {SMALL} --image $first:first_frame --image $last:last_frame"
    written, complained, _ = run(shell, f"{line}\nA cat")
    assert complained == ""
    assert "image 2: The last frame has other proportions than the first." in written
    shell.user_ns["_task"].wait(180)


def test_a_planted_secret_is_in_no_output(shell: InteractiveShell) -> None:
    """Key, signature and base64, in a prompt, an address and a file: dry, sent, or refused."""
    shell.user_ns["key"] = KEY
    shell.user_ns["data"] = "data:image/png;base64," + "iVBORw0KGgo" * 40
    signed = "https://m.example/a.png?X-Tos-Signature=planted-signature:reference_image"
    cells = [
        f"%%seedance --dry-run {SMALL}\nx $key Authorization: Bearer $key",
        f"%%seedance --dry-run {SMALL} --image '{signed}' --image $data\nx $key image 1",
        f"%%seedance {SMALL} --image '{signed}:bad_role'\nx $key",
        "%%seedance --duration $key\nx",
        "%%seedance --studio $key\nx",
        f"%%seedance {SMALL}\nx $key",
        "_task.wait(180)",
        "studio",
        "studio.tasks()",
    ]
    for cell in cells:
        written, complained, outputs = run(shell, cell)
        assert written or complained or outputs, cell
        for text in (written, complained, json.dumps([output.data for output in outputs], default=str)):
            assert KEY not in text, cell
            assert "planted-signature" not in text, cell
            assert "iVBORw0KGgoiVBORw0KGgo" not in text, cell


# -- in a real kernel --


@pytest.fixture
def kernel(box: Sandbox, tmp_path: Path) -> Iterator[BlockingKernelClient]:
    """A kernel as JupyterLab starts one, in a folder with a picture."""
    (tmp_path / "cat.png").write_bytes(b"")
    manager = KernelManager(kernel_name="python3")
    environment = {"SEEDANCE_NB_ARK_URL": box.url("ark"), "SEEDANCE_NB_HOME": str(tmp_path / "out")}
    manager.start_kernel(cwd=str(tmp_path), env={**os.environ, **environment})
    client: BlockingKernelClient = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=180)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()
    manager.context.destroy(linger=0)


def execute(client: BlockingKernelClient, code: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The reply to a cell, and what it sent meanwhile."""
    heard: list[dict[str, Any]] = []
    reply = client.execute_interactive(code, timeout=180, output_hook=heard.append)
    return reply["content"], heard


def complete(client: BlockingKernelClient, code: str) -> list[str]:
    """What the code becomes, for each completion that the kernel offers."""
    content = client.complete(code, len(code), reply=True, timeout=180)["content"]
    return [code[: content["cursor_start"]] + match + code[content["cursor_end"] :] for match in content["matches"]]


def test_a_kernel_runs_and_completes_it(kernel: BlockingKernelClient, box: Sandbox) -> None:
    """Completion as the front end asks for it, a mistake without a traceback, and a live card that ends as HTML."""
    assert execute(kernel, "%load_ext seedance_nb\nanimal = 'cat'")[0]["status"] == "ok"
    assert complete(kernel, "%%seedance --dry") == ["%%seedance --dry-run"]
    assert complete(kernel, "%%seedance --model f") == ["%%seedance --model fast"]
    assert complete(kernel, "%%seedance --image c") == ["%%seedance --image cat.png"]
    assert complete(kernel, "%%seedance --image cat.png:l") == ["%%seedance --image cat.png:last_frame"]
    assert complete(kernel, "%%seedance --seed 1\nAn old $ani") == ["%%seedance --seed 1\nAn old $animal"]

    reply, heard = execute(kernel, "%%seedance --modle fast\nA cat")
    assert reply["status"] == "error"
    assert reply["ename"] == "UsageError"
    [said] = [message["content"]["text"] for message in heard if message["msg_type"] == "stream"]
    assert said.startswith("UsageError: %%seedance: there is no option --modle. Did you mean --model")

    reply, heard = execute(kernel, f"%%seedance {SMALL} --to clip\nA $animal yawns")
    assert reply["status"] == "ok"
    [card] = [message["content"] for message in heard if message["msg_type"] == "display_data"]
    assert "application/vnd.jupyter.widget-view+json" in card["data"]
    reply, heard = execute(kernel, "assert clip.wait(180).video.exists()")
    assert reply["status"] == "ok"
    updates = [message["content"] for message in heard if message["msg_type"] == "update_display_data"]
    assert updates[-1]["transient"]["display_id"] == card["transient"]["display_id"]
    assert set(updates[-1]["data"]) == {"text/html", "text/plain"}
    assert box.creates == 1


PRESS = """
def press(widget, **content):
    widget._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})

import time
while not composer.view["submit"]["enabled"]:
    time.sleep(0.02)
press(composer, kind="submit", id="1", token=composer.view["rev"])
while composer.task is None:
    time.sleep(0.02)
composer.task.wait(180)
"""


def test_a_composer_s_task_is_shown_in_the_composer_s_cell(kernel: BlockingKernelClient) -> None:
    """Submitted later, from another thread: the output that was left below it gets the card, then the clip."""
    make = "import seedance_nb as sd\nstudio = sd.Studio()\n"
    make += "composer = studio.composer(sd.Request('A cat', ratio='16:9', resolution='480p', duration=4))\ncomposer"
    reply, heard = execute(kernel, make)
    assert reply["status"] == "ok"
    shown = [message["content"] for message in heard if message["msg_type"] == "display_data"]
    still, live, ended = (content["transient"]["display_id"] for content in shown[1:])
    assert "A cat" in shown[1]["data"]["text/html"]
    assert "data-sdnb-place=" in shown[0]["data"]["text/html"]
    assert len({still, live, ended}) == 3
    assert "application/vnd.jupyter.widget-view+json" not in shown[0]["data"]
    reply, heard = execute(kernel, PRESS)
    assert reply["status"] == "ok", reply
    updates = [message["content"] for message in heard if message["msg_type"] == "update_display_data"]
    last = {content["transient"]["display_id"]: content["data"] for content in updates}
    assert last[live]["text/html"] == ""
    assert "sandbox, nothing is billed" in last[ended]["text/html"]
    assert "application/vnd.jupyter.widget-view+json" not in last[ended]


def test_the_bench_is_shown_once_with_its_twins(kernel: BlockingKernelClient) -> None:
    """A place for the widget, HTML for the time without a kernel, and the studio's name as text."""
    reply, heard = execute(kernel, "import seedance_nb as sd\nstudio = sd.Studio()\nstudio")
    assert reply["status"] == "ok"
    shown = [message["content"]["data"] for message in heard if message["msg_type"] == "display_data"]
    assert shown[0]["text/plain"].startswith("Studio(sandbox of ark")
    assert "data-sdnb-place=" in shown[0]["text/html"]
    assert "No tasks yet." in shown[1]["text/html"]
    assert "application/vnd.jupyter.widget-view+json" not in shown[0]
    assert not [message for message in heard if message["msg_type"] == "execute_result"]
