"""A composer whose slow work is done when the test says so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from seedance_nb.composing import Draft
from seedance_nb.content import Audio, Content, Image, Video
from seedance_nb.request import Request
from seedance_nb.widgets.composer import Composer

T = TypeVar("T")


class Clock:
    """Seconds that go up when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class HandWorker:
    """Does things when asked, in the thread that asks."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.waiting: list[Callable[[], object]] = []
        self.due: dict[str, tuple[float, Callable[[], object]]] = {}
        self.is_closed = False

    def run(self, function: Callable[[], T]) -> Future[T]:
        outcome: Future[T] = Future()

        def call() -> None:
            try:
                outcome.set_result(function())
            except BaseException as exc:  # noqa: BLE001
                outcome.set_exception(exc)

        self.waiting.append(call)
        return outcome

    def later(self, name: str, seconds: float, function: Callable[[], object]) -> None:
        self.due[name] = (self.clock() + seconds, function)

    def close(self) -> None:
        self.is_closed = True

    def work(self, seconds: float = 0.0) -> None:
        """Let time pass, and do what is waiting or due by then."""
        self.clock.now += seconds
        while True:
            ready = [name for name, (moment, _) in self.due.items() if moment <= self.clock()]
            if self.waiting:
                self.waiting.pop(0)()
            elif ready:
                self.due.pop(ready[0])[1]()
            else:
                return


class Bench(Composer):
    """A composer that keeps what it would have sent."""

    def __init__(self, request: Any = None, *, home: Path, provider: str = "ark", **options: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.buffers: list[Any] = []
        self.clock = Clock()
        self.hands = HandWorker(self.clock)
        self.views: list[dict[str, Any]] = []
        super().__init__(
            request,
            home=home,
            provider=provider,
            worker=self.hands,
            sender=options.pop("sender", self.hands),
            clock=self.clock,
            **options,
        )
        self.observe(lambda change: self.views.append(change["new"]), "view")

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append(content)
        self.buffers.append(buffers)

    def post(self, kind: str, buffers: Any = (), **content: Any) -> None:
        """A message as the browser sends it; slow work waits."""
        message = {"kind": kind, "id": f"m{len(self.sent)}", **content}
        self._handle_msg({"content": {"data": {"method": "custom", "content": message}}, "buffers": list(buffers)})

    def tell(self, kind: str, buffers: Any = (), **content: Any) -> dict[str, Any]:
        """A message and its answer."""
        self.post(kind, buffers, **content)
        self.hands.work(1.0)
        return next(answer for answer in reversed(self.sent) if "ok" in answer)

    def type(self, text: str, at: int | None = None) -> None:
        """Type at a place, the end if None."""
        start = len(self.request.prompt) if at is None else at
        rev = self.prompt["rev"]
        answer = self.tell("prompt_edit", rev=rev, start=start, removed=0, inserted=text)
        assert answer["ok"], answer


def images(count: int, role: Any = "reference_image") -> list[Image]:
    """Pictures behind addresses."""
    return [Image(f"https://media.example/{n}.png", role) for n in range(1, count + 1)]


def clips(count: int, seconds: float | None = 3) -> list[Video]:
    """Clips behind addresses."""
    return [Video(f"https://media.example/{n}.mp4", duration=seconds) for n in range(1, count + 1)]


def sounds(count: int) -> list[Audio]:
    """Sounds behind addresses."""
    return [Audio(f"https://media.example/{n}.mp3", duration=3) for n in range(1, count + 1)]


def draft(prompt: str, *items: Any, provider: str = "ark", **parameters: Any) -> Draft:
    """A draft of a request."""
    return Draft.of(Request(Content(*([prompt] if prompt else []), *items), **parameters), provider)
