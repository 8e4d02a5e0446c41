"""What arrives at a provider when a request is put together by hand, in Notebook 7 and in JupyterLab.

The bodies are those of Ark's examples, April 2026, as they are printed: "Seedance 2.0 API" (the template in Python, and
the content array of each mode) and the skill page "seedance-api" (whole requests).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from ..patience import eventually
from .composer_page import HERE, ROOT, Bench, Hands
from .conftest import Lab, LabServer

STUDIO = "from composer_samples import *\narrived = []\nstudio, provider = studio_on_a_sandbox(arrived)"
COMPOSER = "c = studio.composer()\nc"

MODEL = "doubao-seedance-2-0-260128"
TEMPLATE = {"model": MODEL, "generate_audio": True, "ratio": "16:9", "duration": 10, "watermark": True}
"""What the tutorial's template has beside the content."""
DOC = "https://ark-project.tos-cn-beijing.volces.com"

EXAMPLES: dict[str, dict[str, Any]] = {
    "text": {
        "model": MODEL,
        "content": [{"type": "text", "text": "A cat yawning at the camera, soft lighting, close-up shot"}],
        "generate_audio": True,
        "ratio": "16:9",
        "duration": 5,
        "watermark": False,
    },
    "first frame": {
        "model": MODEL,
        "content": [
            {"type": "text", "text": "The girl opens her eyes and looks at the camera gently"},
            {"type": "image_url", "image_url": {"url": "https://example.com/first-frame.png"}},
        ],
        "generate_audio": True,
        "ratio": "adaptive",
        "duration": 5,
        "watermark": False,
    },
    "first and last frame": TEMPLATE
    | {
        "content": [
            {"type": "text", "text": '图中女孩对着镜头说"茄子",360度环绕运镜'},
            {
                "type": "image_url",
                "image_url": {"url": f"{DOC}/doc_image/seepro_first_frame.jpeg"},
                "role": "first_frame",
            },
            {
                "type": "image_url",
                "image_url": {"url": f"{DOC}/doc_image/seepro_last_frame.jpeg"},
                "role": "last_frame",
            },
        ]
    },
    "references": {
        "model": MODEL,
        "content": [
            {
                "type": "text",
                "text": "Use video 1's first-person perspective, use audio 1 as background music. "
                "A fruit tea commercial...",
            },
            {"type": "image_url", "image_url": {"url": "https://example.com/tea1.jpg"}, "role": "reference_image"},
            {"type": "image_url", "image_url": {"url": "https://example.com/tea2.jpg"}, "role": "reference_image"},
            {"type": "video_url", "video_url": {"url": "https://example.com/reference.mp4"}, "role": "reference_video"},
            {"type": "audio_url", "audio_url": {"url": "https://example.com/bgm.mp3"}, "role": "reference_audio"},
        ],
        "generate_audio": True,
        "ratio": "16:9",
        "duration": 11,
        "watermark": False,
    },
    "edit": TEMPLATE
    | {
        "content": [
            {"type": "text", "text": "将视频1礼盒中的香水替换成图片1中的面霜,运镜不变"},
            {
                "type": "image_url",
                "image_url": {"url": f"{DOC}/doc_image/r2v_edit_pic1.jpg"},
                "role": "reference_image",
            },
            {
                "type": "video_url",
                "video_url": {"url": f"{DOC}/doc_video/r2v_edit_video1.mp4"},
                "role": "reference_video",
            },
        ]
    },
    "extend": TEMPLATE
    | {
        "content": [
            {"type": "text", "text": "视频1中的拱形窗户打开,进入美术馆室内,接视频2,之后镜头进入画内,接视频3"},
            {
                "type": "video_url",
                "video_url": {"url": f"{DOC}/doc_video/r2v_extend_video1.mp4"},
                "role": "reference_video",
            },
            {
                "type": "video_url",
                "video_url": {"url": f"{DOC}/doc_video/r2v_extend_video2.mp4"},
                "role": "reference_video",
            },
            {
                "type": "video_url",
                "video_url": {"url": f"{DOC}/doc_video/r2v_extend_video3.mp4"},
                "role": "reference_video",
            },
        ]
    },
}

SAID_BY_US = {"resolution": "720p", "return_last_frame": False}
"""Parameters that the examples leave out: what the skill page names as their defaults. The seed, -1 there, is drawn."""

# What a kernel says to a line of Python, over a connection of our own: Notebook 7 does not lend out its own.
_ASK_KERNEL = """([address, code]) => new Promise((done, fail) => {
    const socket = new WebSocket(address);
    const id = crypto.randomUUID();
    const header = { msg_id: id, msg_type: "execute_request", session: id, username: "", version: "5.3" };
    const content = { code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false };
    let said = "";
    socket.onerror = () => fail(new Error("The kernel cannot be asked."));
    socket.onopen = () => socket.send(JSON.stringify(
        { header, parent_header: {}, metadata: {}, content, channel: "shell", buffers: [] }));
    socket.onmessage = ({ data }) => {
        const message = typeof data === "string" ? JSON.parse(data) : {};
        if (message.channel !== "iopub" || message.parent_header.msg_id !== id) return;
        if (message.msg_type === "stream") said += message.content.text;
        if (message.msg_type === "error") said = "!" + message.content.traceback.join("\\n");
        if (message.msg_type === "status" && message.content.execution_state === "idle") {
            socket.close();
            done(said);
        }
    };
})"""


class Face(Bench):
    """A notebook with a studio on a sandbox, and a composer of that studio in its second cell."""

    def __init__(self, lab: Lab, name: str) -> None:
        super().__init__(lab)
        self.path = f"{lab.folder.relative_to(lab.server.root).as_posix()}/{name}"

    def goto(self, place: str) -> None:
        """Open the notebook in one of the two front ends."""
        self.page.goto(f"{self.lab.server.url}{place}/{self.path}?reset&token={self.lab.server.token}")
        expect(self.page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)
        indicator = self.page.locator(".jp-Notebook-ExecutionIndicator:visible")
        expect(indicator).to_have_attribute("data-status", "idle")
        eventually(self._is_connected)  # before that the page says "idle" too, and a cell that is run is not

    def _is_connected(self) -> bool:
        kernels = [one["kernel"] for one in self.lab.server.rest("sessions") if one["path"] == self.path]
        return any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels)

    def run(self, place: int) -> None:
        """Run a cell with pointer and keys."""
        self.page.locator(".jp-Notebook .jp-Cell").nth(place).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")

    def show(self, code: str = COMPOSER) -> Locator:
        self.page.evaluate(f"document.querySelectorAll('{ROOT}').forEach((old) => old.dataset.old = '')")
        self.run(1)
        root = self.page.locator(f"{ROOT}:not([data-old])")
        expect(root.locator(f"{ROOT}__shell")).to_be_visible()
        expect(self.page.locator(ROOT)).to_have_count(1)
        return root

    def _ask(self, code: str) -> str:
        server = self.lab.server
        kernel = next(one["kernel"]["id"] for one in server.rest("sessions") if one["path"] == self.path)
        address = f"{server.url.replace('http', 'ws', 1)}api/kernels/{kernel}/channels?token={server.token}"
        said = str(self.page.evaluate(_ASK_KERNEL, [address, code]))
        assert not said.startswith("!"), said
        return said

    def python(self, code: str) -> None:
        self._ask(code)

    def value(self, expression: str) -> Any:
        return json.loads(self._ask(f"import json; print(json.dumps({expression}))"))


@pytest.fixture(scope="module")
def notebook(lab_server: LabServer, browser: Browser) -> Iterator[Face]:
    """One page and one kernel for all tests here, with the studio in it."""
    folder = lab_server.root / "arrives"
    folder.mkdir(exist_ok=True)
    shutil.copy(HERE / "composer_samples.py", folder)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    lab = Lab(lab_server, context.new_page(), folder)
    face = Face(lab, lab.write(STUDIO, COMPOSER, name="arrives.ipynb"))
    face.goto("notebooks")
    face.run(0)
    # What is asked over another connection may come to the kernel before what the page was told first.
    expect(face.page.locator(".jp-InputPrompt").first).to_have_text("[1]:")
    yield face
    context.close()
    for session in lab_server.rest("sessions"):
        if session["path"] == face.path:
            lab_server.rest(f"sessions/{session['id']}", method="DELETE")


@pytest.fixture(scope="module", params=["notebooks", "lab/tree"], ids=["notebook-7", "jupyterlab"])
def face(notebook: Face, request: pytest.FixtureRequest) -> Face:
    """The notebook in one of the two; a kernel outlives the page that shows it."""
    if request.param not in notebook.page.url:
        notebook.goto(request.param)
    is_lab = request.param == "lab/tree"
    expect(notebook.page.locator(".jp-LabShell")).to_have_count(1 if is_lab else 0)
    expect(notebook.page.locator("body[data-notebook=notebooks]")).to_have_count(0 if is_lab else 1)
    return notebook


def put_together(face: Face, root: Locator, example: dict[str, Any]) -> Hands:
    """All of a request by hand, in the order in which the composer shows it."""
    hands = Hands(face, root)
    text, *media = example["content"]
    for place, item in enumerate(media):
        hands.add_source(item[item["type"]]["url"])
        if item["type"] != "image_url":
            hands.press(hands.items().nth(place).get_by_role("spinbutton"))
            face.page.keyboard.type("4")
            face.page.keyboard.press("Enter")
            expect(hands.items().nth(place)).to_contain_text("4.0 s")
    hands.write(text["text"])
    if example["ratio"] != "adaptive":
        hands.pick("ratio", example["ratio"])
    if example["duration"] != 5:
        hands.seconds(example["duration"])
    if example["watermark"]:
        hands.press(root.get_by_role("switch", name="watermark"))
        expect(root.get_by_role("switch", name="watermark")).to_be_checked()
    return hands


def arrived_at(face: Face, name: str) -> dict[str, Any]:
    """The body that a press on the button brought to the sandbox, which took it."""
    before = face.value("[provider.creates, provider.created, len(arrived)]")
    put_together(face, face.show(), EXAMPLES[name]).submit()
    face.wait_until("c.task is not None and c.task.status == 'queued' and bool(c.task.task_id)")
    assert face.value("[provider.creates, provider.created, len(arrived)]") == [count + 1 for count in before]
    body: dict[str, Any] = face.value("arrived[-1]")
    return body


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_arrives(face: Face, name: str) -> None:
    """Field by field the body is the example, but for what the examples leave to the provider and we say."""
    face.errors.clear()  # those of the page itself, from before
    body = arrived_at(face, name)

    seed = body.pop("seed")
    assert type(seed) is int
    assert 0 <= seed < 2**32
    content = [
        item | {"role": "first_frame"} if item["type"] != "text" and "role" not in item else item
        for item in EXAMPLES[name]["content"]
    ]
    assert body == EXAMPLES[name] | SAID_BY_US | {"content": content}
    assert face.errors == []
