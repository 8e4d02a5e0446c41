"""A sandbox that listens: uvicorn on a loop of its own, in a daemon thread."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import threading
from pathlib import Path
from typing import Any

import uvicorn

from seedance_nb.errors import ConfigurationError, SandboxError, UnknownProviderError
from seedance_nb.sandbox._app import SandboxApp
from seedance_nb.sandbox._clips import ClipShelf, Renderer
from seedance_nb.sandbox._clock import Clock
from seedance_nb.sandbox._core import Arrival, Core
from seedance_nb.sandbox._wire import QuietThread, Wire
from seedance_nb.sandbox.scenario import Scenario

SAME_WIRE = {"byteplus": "ark"}
"""Providers that speak another one's dialect, with model names of their own."""
START_TIMEOUT = 60.0
STOP_TIMEOUT = 5.0


class _Server(uvicorn.Server):
    """uvicorn, told to end by an event instead of by looking ten times a second."""

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event) -> None:
        super().__init__(config)
        self._closing = closing

    async def main_loop(self) -> None:
        counter = 0
        while not await self.on_tick(counter):
            counter += 10
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), 1.0)


class Sandbox:
    """A running sandbox. Made by `seedance_nb.sandbox.start`; a context manager that stops it."""

    def __init__(
        self, *, port: int, scenario: Scenario, clock: Clock, host: str, render: Renderer | None = None
    ) -> None:
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        """The port it listens on."""
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
        self._base = f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}"
        self.clock = clock
        """Its time; `clock.advance(seconds)` jumps ahead."""
        self._scenario = scenario
        self._render = render
        self._core: Core | None = None
        self._base_paths: dict[str, str] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=f"seedance-sandbox-{self.port}", daemon=True)

    # -- life --

    def _start(self) -> Sandbox:
        self._thread.start()
        if not self._ready.wait(START_TIMEOUT) or self._failure is not None:
            self._socket.close()
            raise SandboxError(f"The sandbox did not start on port {self.port}.") from self._failure
        return self

    def stop(self) -> None:
        """End it: connections close, tasks and clips are gone. Harmless when it has ended."""
        self._stopped = True
        loop, server, core = self._loop, self._server, self._core
        if loop is not None and server is not None and core is not None and not loop.is_closed():
            server.should_exit = True
            try:
                loop.call_soon_threadsafe(core.closing.set)
            except RuntimeError:
                return  # the loop ended in between
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(STOP_TIMEOUT)

    @property
    def is_running(self) -> bool:
        """Whether it still answers."""
        return self._thread.is_alive() and not self._stopped

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "" if self.is_running else ", stopped"
        return f"Sandbox({self._base}, {self.clock.speed:g}× speed, nothing is billed{state})"

    # -- what it offers --

    def url(self, provider: str) -> str:
        """The base URL that imitates a provider's, for example `http://127.0.0.1:8765/api/v3` for `"ark"`.

        Raises:
            UnknownProviderError: The sandbox does not speak this provider's dialect.
        """
        provider = SAME_WIRE.get(provider, provider)
        if provider not in self._base_paths:
            raise UnknownProviderError(
                f"The sandbox does not imitate {provider!r}; it speaks {', '.join(sorted(self._base_paths))}."
            )
        return self._base + self._base_paths[provider]

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers it imitates."""
        return tuple(self._base_paths)

    @property
    def scenario(self) -> Scenario:
        """What happens to requests and to new tasks; set another one at any time."""
        return self._ask().scenario

    @scenario.setter
    def scenario(self, scenario: Scenario) -> None:
        if not isinstance(scenario, Scenario):
            raise ConfigurationError(f"scenario={scenario!r} is no Scenario.")
        self._ask().scenario = scenario

    @property
    def requests(self) -> list[Arrival]:
        """What arrived, oldest first: operation, method, path, status and time; never keys or bodies."""
        return list(self._ask().arrivals.copy())

    @property
    def creates(self) -> int:
        """How many create requests arrived, refused ones included."""
        return self._ask().creates

    @property
    def created(self) -> int:
        """How many tasks were made of them."""
        return self._ask().store.created

    @property
    def renders(self) -> int:
        """How many clips were rendered."""
        return self._ask().shelf.renders

    @property
    def bills(self) -> list[dict[str, Any]]:
        """What the tasks that succeeded would have cost: task_id, provider, model, tokens, seconds, amount, at."""
        return self._ask().bills.to_json()

    def add_asset(self, source: bytes | str | Path) -> str:
        """Put a medium into the asset store; the `asset://…` URL that content items may name.

        Args:
            source: The file's bytes, or its path.
        """
        return self._ask().add_asset(source if isinstance(source, bytes) else Path(source).read_bytes())

    def _ask(self) -> Core:
        if self._core is None:
            raise SandboxError("The sandbox has not started.")
        return self._core

    # -- the thread --

    def _run(self) -> None:
        quiet = QuietThread()
        logger = logging.getLogger("uvicorn.error")
        logger.addFilter(quiet)
        try:
            asyncio.run(self._serve())
        except BaseException as exc:  # noqa: BLE001 - shown by start()
            self._failure = exc
        finally:
            logger.removeFilter(quiet)
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        shelf = ClipShelf(render=self._render) if self._render else ClipShelf()
        core, wire = Core(base=self._base, clock=self.clock, scenario=self._scenario, shelf=shelf), Wire()
        app = SandboxApp(core, wire)
        core.open()
        config = uvicorn.Config(
            app,
            http=wire.protocol(),
            ws="none",
            lifespan="off",
            # Left to whoever owns them: uvicorn would change loggers of the whole process.
            log_config=None,
            log_level=None,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=1024 * 1024,
        )
        self._core, self._base_paths, self._server = core, app.base_paths, _Server(config, core.closing)
        serving = asyncio.ensure_future(self._server.serve(sockets=[self._socket]))
        while not self._server.started and not serving.done():
            await asyncio.sleep(0.002)
        self._ready.set()
        try:
            await serving
        finally:
            await core.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, because asyncio switches Nagle's algorithm off only where it reads that.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # on Windows this would share the port with another program
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except OSError as exc:
        listener.close()
        raise SandboxError(
            f"The sandbox cannot listen on {host}:{port} ({exc.strerror}). "
            "Choose another port; port=0 finds a free one."
        ) from exc
    return listener
