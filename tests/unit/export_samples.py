"""Providers that answer from a list, for running exported code without a network."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from seedance_nb import catalog, providers
from seedance_nb.engine import preparing
from seedance_nb.engine.uploading import _filled
from seedance_nb.request import Request

CLIP = "https://storage.example/clip.mp4?X-Sig=a%2Fb&c=d"
FRAME = "https://storage.example/clip.png?X-Sig=e"
ID = "task/1 ?"
PATHS = {
    "ark": "/contents/generations/tasks",
    "byteplus": "/contents/generations/tasks",
    "atlas": "/model/generateVideo",
    "eachlabs": "/v1/prediction",
}
STATUSES = {
    "ark": ("queued", "archiving", "succeeded"),
    "byteplus": ("running", "succeeded"),
    "atlas": ("starting", "processing", "completed"),
    "eachlabs": ("created", "Processing", "success"),
}


def created(provider: str) -> Any:
    """The answer to a create."""
    if provider == "eachlabs":
        return {"status": "success", "message": "Prediction created successfully", "predictionID": ID}
    return {"code": 200, "data": {"id": ID, "status": "starting"}} if provider == "atlas" else {"id": ID}


def told(provider: str, status: str) -> Any:
    """The answer to a get."""
    ended_well = status in {"succeeded", "completed", "success"}
    if provider == "atlas":
        outputs = [FRAME, CLIP] if ended_well else None
        data = {"id": ID, "status": status, "outputs": outputs, "error": None if ended_well else "no reason"}
        return {"code": 200, "message": "", "data": data | {"metrics": {"predict_time": 45.2}}}
    if provider == "eachlabs":
        output: Any = {"video": {"url": CLIP}} if ended_well else [{"error": "no reason"}]
        return {"id": ID, "status": status, "output": output, "metrics": {"cost": 1.4514}}
    task: dict[str, Any] = {"id": ID, "status": status}
    if ended_well:
        task["content"] = {"video_url": CLIP, "last_frame_url": FRAME}
        task["usage"] = {"completion_tokens": 108_900, "total_tokens": 108_900}
    elif status == "failed":
        task["error"] = {"code": "Bad", "message": "no reason"}
    return task


@dataclass
class Service:
    """One provider, as a transport: it keeps what it was sent."""

    provider: str
    statuses: list[str]
    """What the next looks say; the last one stays."""
    bodies: list[Any] = field(default_factory=list)
    puts: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    unknown: int = 0
    """How many looks meet a 404 first."""
    keys: set[str | None] = field(default_factory=set)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path, content = request.url.path, request.content
        key = request.headers.get("authorization")
        if request.url.host == "storage.example":
            assert key is None
            if request.method == "PUT":
                self.puts[path] = (content, request.headers["content-type"])
                return httpx.Response(200)
            return httpx.Response(200, content=b"png" if "png" in path else b"mp4")
        self.keys.add(key)
        if path.endswith("/uploadMedia"):
            head, _, rest = content.partition(b"\r\n\r\n")
            data = rest.rpartition(b"\r\n--")[0]
            self.puts[hashlib.sha256(data).hexdigest()] = (data, head.decode())
            return httpx.Response(200, json={"code": 200, "data": {"download_url": uploaded(data)}})
        if path.endswith("/presign"):
            return httpx.Response(200, json=self._place(json.loads(content)))
        if request.method == "POST":
            assert path.endswith(PATHS[self.provider])
            self.bodies.append(json.loads(content))
            return httpx.Response(200, json=created(self.provider))
        assert request.url.raw_path.endswith(b"/task%2F1%20%3F")
        if self.unknown:
            self.unknown -= 1
            return httpx.Response(404, json={})
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return httpx.Response(200, json=told(self.provider, status))

    def _place(self, asked: Any) -> Any:
        assert asked["expires_in_seconds"] == 604_800
        number = len(self.puts)
        return {
            "presigned_url": f"https://storage.example/put/{number}?X-Sig=f",
            "public_url": f"https://public.example/{number}",
            "required_headers": {"x-amz-meta-kind": asked["file_type"]},
        }


def uploaded(data: bytes) -> str:
    """Where the service says that a file is."""
    return f"https://public.example/{hashlib.sha256(data).hexdigest()}"


def sent(request: Request, provider: str, address: Callable[[str], str]) -> Any:
    """The body that the engine sends for a request, with `address` for the hash of each upload."""
    client = providers.client(provider, base_url=catalog.provider(provider).base_url, key="k")
    try:
        prepared = preparing.Preparer(client, is_sandbox=False).prepare(request, quote=None)
    finally:
        asyncio.run(client.close())
    found = {placeholder: address(placeholder.rpartition("-")[2]) for placeholder in prepared.uploads}
    return _filled(prepared.body, found)
