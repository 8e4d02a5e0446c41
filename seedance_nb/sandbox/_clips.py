"""Clips of the sandbox: rendered in a small pool, kept in memory up to a number of bytes.

Rendering is deterministic, so a clip that was dropped is rendered again when somebody downloads it.
Nothing is written to disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from seedance_nb.sandbox.clip import Clip, ClipSpec

log = logging.getLogger(__name__)

Renderer: TypeAlias = "Callable[[ClipSpec], Clip]"

KEPT_BYTES = 256 * 1024 * 1024


def _render(spec: ClipSpec) -> Clip:
    from seedance_nb.sandbox.clip import render

    return render(spec)


class ClipShelf:
    """The clips of all tasks, by their spec. Equal specs share one clip.

    Used on the event loop of the server; only the rendering itself runs in threads.
    """

    def __init__(self, *, render: Renderer = _render, kept_bytes: int = KEPT_BYTES, workers: int = 2) -> None:
        self._render = render
        self._kept_bytes = kept_bytes
        self._workers = workers
        self._pool: ThreadPoolExecutor | None = None
        self._clips: OrderedDict[ClipSpec, Clip] = OrderedDict()
        self._size = 0
        self._pending: dict[ClipSpec, Future[Clip]] = {}
        self.renders = 0
        """How many clips were rendered so far."""

    def want(self, spec: ClipSpec, done: Callable[[BaseException | None], None]) -> None:
        """Have the clip rendered; `done` is called on this loop, with what went wrong if something did."""
        if spec in self._clips:
            done(None)
            return
        loop = asyncio.get_running_loop()

        def tell(future: Future[Clip]) -> None:
            error = None if future.cancelled() else future.exception()
            if not loop.is_closed():
                loop.call_soon_threadsafe(done, error)

        self._submit(spec).add_done_callback(tell)

    async def get(self, spec: ClipSpec) -> Clip:
        """The clip, from memory or rendered now."""
        if (clip := self._clips.get(spec)) is not None:
            self._clips.move_to_end(spec)
            return clip
        return await asyncio.wrap_future(self._submit(spec))

    def close(self) -> None:
        """Drop what waits to be rendered; what is being rendered ends by itself."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self, spec: ClipSpec) -> Future[Clip]:
        if (future := self._pending.get(spec)) is not None:
            return future
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="sandbox-clip")
        loop = asyncio.get_running_loop()
        future = self._pool.submit(self._render, spec)
        self._pending[spec] = future
        self.renders += 1

        def arrived(done: Future[Clip]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._keep, spec, done)

        future.add_done_callback(arrived)
        return future

    def _keep(self, spec: ClipSpec, future: Future[Clip]) -> None:
        self._pending.pop(spec, None)
        if future.cancelled() or future.exception() is not None:
            return
        clip = future.result()
        self._clips[spec] = clip
        self._size += len(clip.mp4) + len(clip.last_frame)
        while self._size > self._kept_bytes and len(self._clips) > 1:
            _, old = self._clips.popitem(last=False)
            self._size -= len(old.mp4) + len(old.last_frame)
