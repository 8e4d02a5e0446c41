"""The moments at which a process is killed: around each write, each request and each file.

Nothing of the package is changed: SQLAlchemy's commits, httpcore's trace and Python's audit events say
where the work is, and three functions of `os` are wrapped. A moment has a name and comes any number of
times; the third commit of a life is `("ledger.commit", 3)`.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

Moment = tuple[str, int]
_HTTP = {
    "connection.connect_tcp.complete": "connected",
    "http11.send_request_headers.started": "sends",
    "http11.send_request_body.complete": "sent",
    "http11.receive_response_headers.complete": "answered",
    "http11.receive_response_body.complete": "read",
}
_WRITE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)")


class Boundaries:
    """Counts the moments of this process, and calls `at` at each.

    Args:
        at: Gets the moment; may never return.
    """

    def __init__(self, at: Callable[[Moment], None]) -> None:
        self._at = at
        self._lock = threading.Lock()
        self._seen: Counter[str] = Counter()

    def pass_(self, name: str) -> None:
        """A moment has come."""
        with self._lock:
            self._seen[name] += 1
            count = self._seen[name]
        self._at((name, count))  # without the lock: what is done there may wait for a thread that is about to pass here

    def watch(self) -> None:
        """Put the watchers in place, for the rest of this process."""
        self._watch_ledger()
        self._watch_network()
        self._watch_files()
        if "AWS_ENDPOINT_URL" in os.environ:
            self._watch_store()

    def _watch_ledger(self) -> None:
        from sqlalchemy import Engine, event
        from sqlalchemy.engine import Connection

        def statement(connection: Any, cursor: Any, text: str, *_: Any) -> None:
            if found := _WRITE.match(text):
                self.pass_(f"write.{found[1]}")

        event.listen(Engine, "before_cursor_execute", statement)
        commit: Callable[[Connection], None] = Connection._commit_impl

        def around(connection: Connection) -> None:
            self.pass_("ledger.commit")
            commit(connection)
            self.pass_("ledger.committed")

        Connection._commit_impl = around  # type: ignore[method-assign]

    def _watch_network(self) -> None:
        import httpx

        send = httpx.AsyncHTTPTransport.handle_async_request

        async def traced(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
            kind = operation(request.method, str(request.url))

            async def trace(event: str, info: dict[str, Any]) -> None:
                if event in _HTTP:
                    self.pass_(f"{kind}.{_HTTP[event]}")

            request.extensions = {**request.extensions, "trace": trace}
            return await send(transport, request)

        httpx.AsyncHTTPTransport.handle_async_request = traced  # type: ignore[method-assign]

    def _watch_store(self) -> None:
        import obstore

        put = obstore.put

        def around(*args: Any, **kwargs: Any) -> Any:
            self.pass_("store.put")
            done = put(*args, **kwargs)
            self.pass_("store.put.done")
            return done

        obstore.put = around

    def _watch_files(self) -> None:
        def around(name: str) -> None:
            plain = getattr(os, name)

            def watched(*args: Any, **kwargs: Any) -> Any:
                self.pass_(f"file.{name}")
                done = plain(*args, **kwargs)
                self.pass_(f"file.{name}.done")
                return done

            setattr(os, name, watched)

        around("replace")
        around("fsync")

        def heard(event: str, args: tuple[Any, ...]) -> None:
            if event == "open" and isinstance(args[0], str | os.PathLike) and os.fspath(args[0]).endswith(".part"):
                self.pass_("file.open")
            elif event == "os.remove" and str(args[0]).endswith(".part"):
                self.pass_("file.remove")

        sys.addaudithook(heard)


def operation(method: str, url: str) -> str:
    """What a request is, in the sandbox's words."""
    path = urlsplit(url).path
    if path.startswith("/tos/"):
        return "download"
    if method == "POST":
        return "create"
    if method == "GET":
        return "list" if path.endswith("/tasks") else "get"
    return method.lower()
