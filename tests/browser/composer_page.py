"""A composer in a cell of a real JupyterLab, and words for what hands do with it."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ..patience import PATIENCE, eventually
from .conftest import Lab, LabServer

HERE = Path(__file__).parent
SETUP = "from composer_samples import *\nimport seedance_nb as sd\nfrom pathlib import Path"
ROOT = ".sdnb-composer"

# What a kernel says to a line of Python, as JSON, also while the page is busy.
_ASK_KERNEL = """async (code) => {
    const kernel = window.bench.sessionContext.session.kernel;
    const future = kernel.requestExecute({ code, store_history: false });
    let said = "";
    future.onIOPub = (message) => {
        if (message.header.msg_type === "stream") said += message.content.text;
        if (message.header.msg_type === "error") said = "!" + message.content.traceback.join("\\n");
    };
    await future.done;
    return said;
}"""
_SHOW = """async (code) => {
    for (const widget of [...window.jupyterapp.shell.widgets("main")]) if (widget !== window.bench) widget.close();
    window.jupyterapp.shell.activateById(window.bench.id);
    const notebook = window.bench.content;
    notebook.activeCellIndex = 1;
    notebook.activeCell.model.sharedModel.setSource(code);
    await window.jupyterapp.commands.execute("notebook:run-cell");
}"""


class Bench:
    """One page with one notebook, whose second cell shows a composer."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.page: Page = lab.page
        self.folder = lab.folder
        self.frames: list[int] = []
        """Bytes of each message to the kernel."""
        self.errors: list[str] = []
        """What the page threw."""
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self._said: list[bytes] = []
        self.page.on("websocket", lambda socket: socket.on("framesent", self._on_frame))

    def _on_frame(self, data: bytes | str) -> None:
        whole = data.encode() if isinstance(data, str) else data
        self.frames.append(len(whole))
        self._said.append(whole[:4096])

    def forget(self) -> None:
        """Count messages to the kernel from here on."""
        self.frames.clear()
        self._said.clear()

    def said(self, kind: str) -> int:
        """How many messages of a kind went to the kernel."""
        return sum(f'"kind":"{kind}"'.encode() in message for message in self._said)

    def open(self) -> None:
        """The notebook with its samples, and a kernel that has imported them."""
        shutil.copy(HERE / "composer_samples.py", self.folder)
        self.lab.open(self.lab.write(SETUP, "None", name="composer.ipynb"))
        self.lab.run_all()
        self.page.evaluate("() => { window.bench = window.jupyterapp.shell.currentWidget; }")

    def show(self, code: str = "c = composer()") -> Locator:
        """Show a composer called `c`, and wait until it is drawn."""
        self.python("submitted.clear(); submitted.wait_for = None")
        self.page.evaluate(_SHOW, f"{code}\nc")
        root = self.page.locator(ROOT)
        expect(root).to_have_count(1)
        expect(root.locator(f"{ROOT}__shell")).to_be_visible()
        return root

    def python(self, code: str) -> None:
        """Run a line in the kernel."""
        said = self.page.evaluate(_ASK_KERNEL, code)
        assert not said.startswith("!"), said

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """The kernel is busy, and answers nothing, until this is over."""
        asleep, awake = self.folder / "asleep", self.folder / "awake"
        for mark in (asleep, awake):
            mark.unlink(missing_ok=True)
        self.page.evaluate(
            """() => { window.bench.sessionContext.session.kernel.requestExecute(
                { code: "import time; Path('asleep').touch()\\n"
                    + "while not Path('awake').exists(): time.sleep(0.02)" }); }"""
        )
        eventually(asleep.exists)
        try:
            yield
        finally:
            awake.touch()

    def value(self, expression: str) -> Any:
        """What an expression is in the kernel."""
        said = self.page.evaluate(_ASK_KERNEL, f"import json; print(json.dumps({expression}))")
        assert not said.startswith("!"), said
        return json.loads(said)

    def wait_until(self, expression: str, wanted: Any = True) -> None:
        """Ask the kernel until it says what is wanted."""
        end = time.monotonic() + PATIENCE
        while (last := self.value(expression)) != wanted:
            assert time.monotonic() < end, f"{expression} is {last!r}, not {wanted!r}"
            self.page.wait_for_timeout(50)


@pytest.fixture(scope="session")
def composer_bench(
    lab_server: LabServer, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Bench]]:
    """Makes the one page that all tests of the composer use; it is opened when the first one needs it."""
    folder = lab_server.root / "composer"
    folder.mkdir(exist_ok=True)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    made: list[Bench] = []

    def get() -> Bench:
        if not made:
            made.append(Bench(Lab(lab_server, context.new_page(), folder)))
            made[0].open()
        # Another test may have ended all kernels of the server.
        elif not lab_server.rest("kernels"):
            made[0].open()
        return made[0]

    yield get
    context.close()


@pytest.fixture
def bench(composer_bench: Callable[[], Bench]) -> Iterator[Bench]:
    """A bench with a page that has thrown nothing, and throws nothing."""
    bench = composer_bench()
    bench.errors.clear()
    bench.page.set_viewport_size({"width": 1280, "height": 1000})
    yield bench
    assert bench.errors == []


class Hands:
    """What a person does to a composer with pointer and keys."""

    def __init__(self, bench: Bench, root: Locator) -> None:
        self.bench, self.root, self.page = bench, root, bench.page

    def reach(self, target: Locator) -> Locator:
        """Bring the focus to something."""
        return target

    def press(self, target: Locator) -> None:
        self.reach(target).click()

    def button(self, name: str, *, exact: bool = True) -> Locator:
        return self.root.get_by_role("button", name=name, exact=exact)

    @property
    def prompt(self) -> Locator:
        return self.root.get_by_role("textbox", name="Prompt", exact=True)

    def items(self) -> Locator:
        return self.root.locator(f"{ROOT}__tile")

    def write(self, text: str) -> None:
        """Type into the prompt."""
        self.press(self.prompt)
        self.page.keyboard.type(text)
        self.settle()

    def settle(self) -> None:
        """Wait until the kernel has the text that is on the page."""
        end = time.monotonic() + PATIENCE
        while self.bench.value("c.request.prompt") != self.prompt.input_value():
            assert time.monotonic() < end, "The kernel has another prompt than the page."
            self.page.wait_for_timeout(40)

    def add_source(self, text: str, kind: str = "") -> None:
        """A path or address into the field, with an answer to the question what it is where it is asked."""
        count = self.items().count()
        self.press(self.root.get_by_role("textbox", name="Path", exact=False))
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Enter")
        if kind:
            self.press(self.root.get_by_role("group", name="What is it?").get_by_role("button", name=kind))
        expect(self.items()).to_have_count(count + 1)

    def add_files(self, *paths: Path) -> None:
        """Files through the dialogue."""
        count = self.items().count()
        with self.page.expect_file_chooser() as chosen:
            self.press(self.button("Choose files"))
        chosen.value.set_files([str(path) for path in paths])
        expect(self.root.locator(f"{ROOT}__tile[data-state=ready]")).to_have_count(count + len(paths))

    def role(self, place: int, label: str) -> None:
        """Choose a role from the menu of an item."""
        self.press(self.items().nth(place).locator(f"{ROOT}__role"))
        self.press(self.page.get_by_role("menuitemradio").filter(has=self.page.get_by_text(label, exact=True)).first)
        expect(self.items().nth(place).locator(f"{ROOT}__role")).to_contain_text(label, ignore_case=True)

    def pick(self, group: str, label: str) -> None:
        """Choose one of several values of a parameter."""
        self.press(self.root.get_by_role("radiogroup", name=group).get_by_role("radio", name=label, exact=True))
        chosen = self.root.get_by_role("radiogroup", name=group).get_by_role("radio", checked=True)
        expect(chosen).to_contain_text(label)

    def seconds(self, wanted: int) -> None:
        """Move the slider of the duration."""
        slider = self.root.get_by_role("slider")
        expect(slider).to_be_enabled()
        self.reach(slider).focus()
        self.slide(slider, wanted)

    def slide(self, slider: Locator, wanted: int) -> None:
        for _ in range(15):
            now = int(slider.input_value())
            if now == wanted:
                break
            self.page.keyboard.press("ArrowRight" if now < wanted else "ArrowLeft")
        self.bench.wait_until("c.request.duration", wanted)

    def submit(self) -> None:
        button = self.root.locator(f"{ROOT}__submit")
        expect(button).to_be_enabled()
        self.press(button)


class KeyHands(Hands):
    """The same with the keyboard alone: every step begins with the Tab key."""

    def reach(self, target: Locator) -> Locator:
        handle = target.element_handle()
        assert handle is not None
        for _ in range(140):
            if handle.evaluate("(node) => node === document.activeElement"):
                return target
            # Lists have one stop for the Tab key; arrows go on from there.
            inside = handle.evaluate(
                """(node) => { const list = node.closest("[role=radiogroup], [role=menu], [role=tablist]");
                    return !!list && list.contains(document.activeElement); }"""
            )
            self.page.keyboard.press("ArrowRight" if inside else "Tab")
        raise AssertionError(f"The Tab key does not reach {target}.")

    def press(self, target: Locator) -> None:
        self.reach(target)
        is_text = target.evaluate("(node) => node.matches('textarea, input')")
        if not is_text:
            self.page.keyboard.press("Enter")

    def seconds(self, wanted: int) -> None:
        slider = self.root.get_by_role("slider")
        self.reach(slider)
        self.slide(slider, wanted)
