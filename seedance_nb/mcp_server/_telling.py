"""How a tool answers: data, the same as text, links to files, and a poster to look at; no secret in any of it."""

from __future__ import annotations

import functools
import json
import mimetypes
from base64 import b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import anyio.to_thread
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, ContentBlock, ImageContent, ResourceLink, TextContent

from seedance_nb.answer import plain
from seedance_nb.engine import copies
from seedance_nb.errors import SeedanceError
from seedance_nb.mcp_server._desk import Desk
from seedance_nb.redaction import redact, redact_value
from seedance_nb.task import TaskRecord

POSTER_BYTES = 100_000
"""A poster that is larger is not shown; a clip's own is a few kilobytes."""

P = ParamSpec("P")
T = TypeVar("T")


def result(desk: Desk, answer: object, *more: ContentBlock) -> CallToolResult:
    """An answer as data and as text, and what else there is to show."""
    data = redact_value(plain(answer), keys=desk.secrets)
    text = TextContent(text=json.dumps(data, ensure_ascii=False))
    return CallToolResult(content=[text, *more], structured_content=data)


def files_of(record: TaskRecord) -> list[ContentBlock]:
    """Links to the files of a task, here or in an object store, and its poster to look at; blocks."""
    found: list[ContentBlock] = []
    copies.bring([record.artifact("poster")])
    for artifact in record.artifacts:
        title = f"{artifact.kind} of task {record.task_id or record.local_id}"
        if artifact.path is None or not copies.is_here(artifact):
            if artifact.original:
                found.append(
                    ResourceLink(uri=artifact.original, name=artifact.original.rpartition("/")[2], title=title)
                )
            continue
        if artifact.kind != "poster":
            found.append(link_to(artifact.path, title))
        elif artifact.path.stat().st_size <= POSTER_BYTES:
            data = b64encode(artifact.path.read_bytes()).decode()
            found.append(ImageContent(data=data, mime_type="image/jpeg"))
    return found


def link_to(path: Path, title: str) -> ResourceLink:
    """A link to a file on this disk; its bytes are not sent."""
    kind, _ = mimetypes.guess_type(path.name)
    return ResourceLink(
        uri=path.resolve().as_uri(), name=path.name, title=title, mime_type=kind, size=path.stat().st_size
    )


def explained(tool: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """A tool whose errors reach the assistant in the package's words; others stay on the server's side."""

    @functools.wraps(tool)
    async def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await tool(*args, **kwargs)
        except (SeedanceError, ValueError) as exc:
            raise ToolError(redact(str(exc))) from None

    return told


async def apart(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do something that blocks in a thread, so that the assistant goes on being heard."""
    return await anyio.to_thread.run_sync(functools.partial(work, *args, **kwargs))
