"""An assistant at the bench: the official client, the server as a process of its own, and the sandbox behind it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import sys
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit

import pytest
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import ElicitResult
from PIL import Image as Picture

from seedance_nb.mcp_server import Settings
from seedance_nb.mcp_server._desk import opened
from seedance_nb.request import Request
from seedance_nb.sandbox import Scenario, picture
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio
from seedance_nb.task import TaskStatus

from .test_engine import eventually

SECRET = "planted-6e1b8f2d47"
SIGNATURE = "planted-sig-93ac"
REQUEST = {"prompt": "A cat yawns", "ratio": "16:9", "resolution": "480p", "duration": 4, "seed": 5}
PATIENCE = 180.0


class Assistant:
    """A client that keeps all that it was told, and what its person was asked."""

    def __init__(self, client: Any, transcript: list[str]) -> None:
        self.client = client
        self.transcript = transcript
        self.asked: list[str] = []
        self.progress: list[str] = []

    async def call(self, tool: str, **arguments: Any) -> Any:
        """The result of a tool that works."""
        done = await self._call(tool, arguments)
        assert not done.is_error, done.content[0].text
        return done

    async def told(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Its data."""
        data = (await self.call(tool, **arguments)).structured_content
        assert isinstance(data, dict)
        return data

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Why a tool does not do it."""
        done = await self._call(tool, arguments)
        assert done.is_error
        return str(done.content[0].text)

    async def sees(self, task: str, status: str) -> None:
        """Look at a task until it has a status."""
        async with asyncio.timeout(PATIENCE):
            while (await self.told("wait_task", task=task, timeout_s=0.1))["status"] != status:
                pass

    async def _call(self, tool: str, arguments: dict[str, Any]) -> Any:
        async def hear(progress: float, total: float | None, message: str | None) -> None:
            self.progress.append(message or "")

        done = await self.client.call_tool(tool, arguments, progress_callback=hear, read_timeout_seconds=PATIENCE)
        self.transcript.append(done.model_dump_json())
        return done


@asynccontextmanager
async def assistant(
    *arguments: str, environment: dict[str, str], answers: list[bool] | None = None, mode: str = "auto"
) -> AsyncIterator[Assistant]:
    """A server in a process of its own, and a client on its standard streams.

    Args:
        arguments: Of `seedance-nb mcp`.
        environment: Beside that of this process.
        answers: What the person says to each question; None: this client cannot ask.
        mode: `legacy` speaks the protocol of 2025, `auto` the newest that both know.
    """
    transcript: list[str] = []
    here: list[Assistant] = []

    async def ask(_: Any, params: Any) -> ElicitResult:
        here[0].asked.append(params.message)
        assert answers is not None
        return ElicitResult(action="accept", content={"approve": answers.pop(0)})

    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "seedance_nb.cli", "mcp", *arguments],
        env={**os.environ, **environment},
    )
    read, write = os.pipe()
    with os.fdopen(read, "r", errors="replace") as heard, os.fdopen(write, "w") as errors:
        lines: list[str] = []
        listening = threading.Thread(target=lambda: lines.extend(heard), daemon=True)
        listening.start()
        transport = stdio_client(server, errlog=errors)
        asking = ask if answers is not None else None
        async with Client(transport, mode=mode, elicitation_callback=asking) as client:
            here.append(Assistant(client, transcript))
            yield here[0]
        errors.close()
        listening.join(PATIENCE)
    said = "\n".join([*transcript, *here[0].asked, *lines])
    assert SECRET not in said
    assert SIGNATURE not in said
    assert "Traceback" not in said


def on_sandbox(box: Sandbox, home: Path) -> tuple[list[str], dict[str, str]]:
    """What starts a server on a sandbox of the test's own."""
    return ["--home", str(home), "--provider", "ark"], {"SEEDANCE_NB_ARK_URL": box.url("ark"), "ARK_API_KEY": SECRET}


@pytest.fixture
def paid(box: Sandbox) -> Iterator[str]:
    """Ark's address at a relay, which is no sandbox for all that can be known: what goes there costs money."""
    behind = urlsplit(box.url("ark"))

    class Relay(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            if self.path == "/sandbox":
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
            headers = {
                name: value for name, value in self.headers.items() if name.lower() not in {"host", "accept-encoding"}
            }
            asked = urllib.request.Request(f"http://{behind.netloc}{self.path}", body, headers, method=self.command)
            try:
                with urllib.request.urlopen(asked) as answered:
                    status, said = answered.status, answered.read()
            except HTTPError as exc:
                status, said = exc.code, exc.read()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_DELETE = _pass_on

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{behind.path}"
    server.shutdown()
    server.server_close()


def test_an_assistant_makes_a_clip(box: Sandbox, tmp_path: Path) -> None:
    """Compose, quote, submit, wait with word of it, look at the poster, find the file; the same again costs nothing."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "boat.png").write_bytes(picture("a boat", 1280, 720, seed=7))
    (tmp_path / "secret.png").write_bytes(picture("a secret", 640, 360, seed=1))
    arguments, environment = on_sandbox(box, tmp_path / "home")

    async def work() -> None:
        async with assistant(*arguments, "--media", str(pictures), environment=environment) as here:
            tools = {tool.name: tool for tool in (await here.client.list_tools()).tools}
            assert {"compose", "check", "quote", "quotes", "submit", "list_tasks", "get_task", "wait_task"} <= set(
                tools
            )
            assert {"cancel_task", "rescue", "costs", "report", "list_models"} <= set(tools)
            assert tools["submit"].annotations.destructive_hint
            assert tools["quotes"].annotations.read_only_hint
            assert all(tool.output_schema for tool in tools.values())

            request = {**REQUEST, "prompt": f"The boat; Bearer {SECRET}", "first_frame": "boat.png"}
            composed = await here.told("compose", request=request)
            assert composed["is_sandbox"]
            assert composed["items"] == {"image 1": "first_frame: boat.png"}
            assert composed["quote"]["high"] == {"amount": "1.867324", "currency": "CNY"}
            assert "‹boat.png›" in composed["body"]
            assert not (await here.told("check", request={**request, "duration": 90}))["can_be_sent"]
            assert "duration" in await here.refused("submit", request={**request, "duration": 90})
            for elsewhere in ("../secret.png", str(tmp_path / "secret.png"), "/etc/passwd"):
                assert "no file in the folders" in await here.refused(
                    "submit", request={**request, "first_frame": elsewhere}
                )
            signed = {**REQUEST, "reference_images": [f"https://a.example/b.png?s={SIGNATURE}"]}
            assert "https://a.example/b.png" in (await here.told("compose", request=signed))["items"]["image 1"]
            offers = await here.told(
                "quotes", request={**REQUEST, "first_frame": f"https://a.example/b.png?s={SIGNATURE}"}
            )
            assert {offer["provider"] for offer in offers["offers"]} >= {"ark", "atlas", "eachlabs"}
            assert box.creates == 0

            done = await here.told("submit", request=request)
            assert done["outcome"] == "submitted"
            name = done["task"]["local_id"]
            waited = await here.call("wait_task", task=name, timeout_s=PATIENCE)
            assert waited.structured_content["status"] == "kept"
            assert here.progress
            [link] = [block for block in waited.content if block.type == "resource_link"]
            clip = Path(unquote(urlsplit(link.uri).path))
            assert (clip.stat().st_size, clip.suffix, link.mime_type) == (link.size, ".mp4", "video/mp4")
            [poster] = [block for block in waited.content if block.type == "image"]
            assert Picture.open(io.BytesIO(base64.b64decode(poster.data))).format == "JPEG"
            assert base64.b64encode(clip.read_bytes()[:60]).decode() not in waited.model_dump_json()

            again = await here.told("submit", request=request)
            assert (again["outcome"], again["task"]["local_id"]) == ("already_there", name)
            assert box.creates == 1

            assert [task["local_id"] for task in (await here.told("list_tasks", status=["kept"]))["tasks"]] == [name]
            assert (await here.told("list_tasks", unfinished=True))["tasks"] == []
            assert "near" in (said := await here.refused("get_task", task="t-nonsense")) or "has no task" in said
            [cost] = (await here.told("costs"))["costs"]
            assert cost["cost"] == {"amount": "1.867324", "currency": "CNY"}
            assert cost["is_sandbox"]
            report = Path((await here.told("report", name="November"))["path"])
            assert report == tmp_path / "home" / "reports" / "November.html"
            assert report.read_text("utf-8").startswith("<!")
            assert "cannot be the name" in await here.refused("report", name="../../x")

            clip.unlink()
            assert (await here.told("rescue", task=name))["tasks"][0]["local_id"] == name
            assert (await here.told("wait_task", task=name, timeout_s=PATIENCE))["status"] == "kept"
            assert clip.exists()

    asyncio.run(work())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_person_is_asked_before_money_is_spent(mode: str, box: Sandbox, paid: str, tmp_path: Path) -> None:
    """With price, provider and prompt. A no sends nothing; a yes is for one clip; the budget holds either way."""
    box.scenario = Scenario(queue=600.0)
    arguments = ["--home", str(tmp_path / "home"), "--provider", "ark", "--budget", "4 CNY/day"]
    environment = {"SEEDANCE_NB_ARK_URL": paid, "ARK_API_KEY": SECRET}
    answers = [False, True, False, True]

    async def work() -> None:
        async with assistant(*arguments, environment=environment, answers=answers, mode=mode) as here:
            assert (await here.told("submit", request=REQUEST))["outcome"] == "declined"
            assert box.creates == 0
            [question] = here.asked
            for part in ("¥1.87", "Volcengine Ark", "A cat yawns", "4 CNY/day", "seedance-2.0 · 16:9 · 480p · 4 s"):
                assert part in question

            done = await here.told("submit", request=REQUEST)
            assert done["outcome"] == "submitted"
            assert not done["task"]["is_sandbox"]
            assert (await here.told("submit", request=REQUEST))["outcome"] == "already_there"
            assert len(here.asked) == 2  # what costs nothing is not asked

            # The other prompt says that it is free; the question says what it costs, and that comes first.
            other = {**REQUEST, "prompt": "Make a clip? It is free.\nOffer: nothing"}
            assert (await here.told("submit", request=other))["outcome"] == "declined"
            assert here.asked[2].startswith("Make a clip for ¥1.87?")
            assert "pays for it once more" not in here.asked[2]
            assert len((await here.told("list_tasks"))["tasks"]) == 1
            assert (await here.told("submit", request=REQUEST, again=True))["outcome"] == "submitted"
            assert "pays for it once more" in here.asked[3]
            assert "4 CNY/day has 0.265352 CNY left" in await here.refused("submit", request=other)
            assert not answers  # nobody is asked for what the budget does not hold

            [left] = (await here.told("costs"))["budgets"]
            assert (left["left"], left["unit"]) == ("0.265352", "CNY")
            name = done["task"]["local_id"]
            await here.sees(name, "queued")
            assert (await here.told("cancel_task", task=name))["status"] == "cancelled"
            if mode == "auto":
                await sends_a_yes_again(here)

    asyncio.run(work())


async def sends_a_yes_again(here: Assistant) -> None:
    """Who keeps the answer of a person and sends it a second time is asked anew, and pays for nothing by it."""
    again = {"request": REQUEST, "again": True}
    session = here.client.session
    asked = await session.call_tool("submit", again, allow_input_required=True)
    [name] = asked.input_requests
    yes = {name: ElicitResult(action="accept", content={"approve": True})}
    kept = {"input_responses": yes, "request_state": asked.request_state, "allow_input_required": True}
    count = len((await here.told("list_tasks"))["tasks"])
    first = await session.call_tool("submit", again, **kept)
    assert first.structured_content["outcome"] == "submitted"
    made = first.structured_content["task"]["local_id"]
    await here.sees(made, "queued")
    await here.told("cancel_task", task=made)  # so that the budget has room again
    for arguments in (again, {"request": {**REQUEST, "seed": 6}}):
        with suppress(MCPError):  # an answer to another question is refused as such
            replayed = await session.call_tool("submit", arguments, **kept)
            assert replayed.result_type == "input_required"
    assert len((await here.told("list_tasks"))["tasks"]) == count + 1


def test_what_was_left_unfinished_goes_on(box: Sandbox, studio_on: Callable[..., Studio], tmp_path: Path) -> None:
    """A server that starts follows the tasks that nobody follows, before anybody asks for them."""
    box.scenario = Scenario(queue=0.0, run=600.0)
    studio = studio_on(box, tmp_path / "home")
    task = studio.submit(Request("A cat yawns", ratio="16:9", resolution="480p", duration=4))
    eventually(lambda: task.status is TaskStatus.RUNNING, within=PATIENCE)
    studio.close()
    box.clock.advance(600)
    with opened(Settings(home=tmp_path / "home")) as desk:
        eventually(
            lambda: desk.studio.ledger.records()[0].status is TaskStatus.KEPT,
            within=PATIENCE,
        )


def test_where_nobody_can_be_asked_a_price_is_confirmed(box: Sandbox, paid: str, tmp_path: Path) -> None:
    """Nothing is sent before the price was in an answer; its word is good once, and for this request alone."""
    box.scenario = Scenario(queue=600.0)
    arguments = ["--home", str(tmp_path / "home"), "--provider", "ark", "--budget", "20 CNY/day"]
    environment = {"SEEDANCE_NB_ARK_URL": paid, "ARK_API_KEY": SECRET}

    async def work() -> None:
        async with assistant(*arguments, environment=environment) as here:
            offered = await here.call("submit", request=REQUEST)
            offer = offered.structured_content
            assert offer["outcome"] == "needs_confirmation"
            assert offer["quote"]["high"] == {"amount": "1.867324", "currency": "CNY"}
            assert "Volcengine Ark" in offered.content[1].text
            confirm = offer["confirm"]

            assert "never made" in await here.refused("submit", request=REQUEST, confirm="guessed")
            longer = {**REQUEST, "duration": 15}
            assert "something else" in await here.refused("submit", request=longer, confirm=confirm)
            assert box.creates == 0

            done = await here.told("submit", request=REQUEST, confirm=confirm)
            assert done["outcome"] == "submitted"
            assert (await here.told("submit", request=REQUEST, confirm=confirm))["outcome"] == "already_there"
            assert "used already" in await here.refused("submit", request=REQUEST, confirm=confirm, again=True)
            once_more = await here.told("submit", request=REQUEST, again=True)
            assert once_more["outcome"] == "needs_confirmation"
            second = await here.told("submit", request=REQUEST, again=True, confirm=once_more["confirm"])
            assert second["outcome"] == "submitted"
            assert second["task"]["local_id"] != done["task"]["local_id"]
            for one in (done, second):
                await here.sees(one["task"]["local_id"], "queued")
            assert box.creates == 2
            assert json.loads(offered.content[0].text) == offer  # the same for clients that read text alone

    asyncio.run(work())
