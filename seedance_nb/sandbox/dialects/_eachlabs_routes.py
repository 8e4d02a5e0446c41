"""EachLabs' paths, and the operation each of them is.

The service has hosts of its own for uploads and for files; here they are folders beside `/v1`.
Source: EachLabs, OpenAPI file of the API documentation, 2026-08-21, read 2026-11-20.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BASE = "/eachlabs"
UPLOADS = f"{BASE}/eachlabs-storage"
"""Where presigned URLs point; at EachLabs, a bucket of S3."""
FILES = f"{BASE}/cdn-us"
"""Where public URLs point; at EachLabs, `https://cdn-us.eachlabs.ai`."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method and path."""

    method: str
    path: re.Pattern[str]
    name: str
    operation: str = ""
    """What faults and the log of requests call it; empty for a request that is no operation."""
    public: bool = False
    """Whether it asks for no key."""


def _at(path: str) -> re.Pattern[str]:
    return re.compile(path.replace("{id}", "([^/]+)").replace("{rest}", "(.+)"))


ROUTES = (
    Route("POST", _at(f"{BASE}/v1/prediction"), "create", "create"),
    Route("POST", _at(f"{BASE}/v1/prediction/run"), "run", "create"),
    Route("POST", _at(f"{BASE}/v1/prediction/{{id}}/cancel"), "cancel", "cancel"),
    Route("GET", _at(f"{BASE}/v1/prediction/{{id}}"), "get", "get"),
    Route("GET", _at(f"{BASE}/v1/executions"), "list", "list"),
    Route("POST", _at(f"{BASE}/v1/upload/presign"), "presign", "upload"),
    Route("DELETE", _at(f"{BASE}/v1/files/{{id}}"), "delete", "delete"),
    Route("PUT", _at(f"{UPLOADS}/{{rest}}"), "put", "upload", public=True),
    Route("GET", _at(f"{BASE}/v1/webhooks"), "webhooks"),
    Route("GET", _at(f"{BASE}/v1/webhooks/{{id}}"), "webhook"),
    Route("GET", _at(f"{BASE}/v1/model"), "model", public=True),
    Route("GET", _at(f"{BASE}/v1/models"), "models", public=True),
    Route("GET", _at(f"{FILES}/{{rest}}"), "read", public=True),
    Route("HEAD", _at(f"{FILES}/{{rest}}"), "read", public=True),
)


def find_route(method: str, path: str) -> tuple[Route | None, str]:
    """The route of a request, and what its path names."""
    for route in ROUTES:
        if route.method == method and (match := route.path.fullmatch(path)) is not None:
            return route, match[1] if match.groups() else ""
    return None, ""
