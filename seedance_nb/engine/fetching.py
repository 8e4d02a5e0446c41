"""Files: from an address or from memory to a name on this disk, whole or not at all.

A file under its final name is whole. What a provider names as the address of a clip is not trusted:
https only (plain http on loopback, from the sandbox), no private hosts, no redirect that leaves these
rules, and a limit on the size.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx

from seedance_nb.errors import ArtifactExpiredError, NotKeptError, TransportError
from seedance_nb.providers.public import refusal
from seedance_nb.redaction import bare_url, redact

MAX_FILE = 4 * 1024**3
CHUNK = 256 * 1024
REDIRECTS = 3
GONE = frozenset({401, 403, 404, 410})


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is whole and under its final name."""

    path: Path
    sha256: str
    bytes: int


def checked_address(url: str, *, loopback: bool) -> None:
    """Refuse an address that a provider's answer must not send us to.

    Raises:
        NotKeptError: It is not https, or names a host that is not public.
        TransportError: The host could not be found.
    """
    reason = refusal(url, loopback=loopback)
    if reason is not None:
        raise NotKeptError(
            f"The provider named {reason}, as the place of the clip. It was not fetched. "
            "The clip is made and billed; ask the provider where it is."
        )


async def download(
    client: httpx.AsyncClient, url: str, target: Path, *, loopback: bool, verify: Callable[[Path], object]
) -> Kept:
    """Fetch a file whole, or not at all.

    Args:
        client: What carries the request; it must not follow redirects by itself.
        url: The address that the provider named.
        target: Where the file lies when it is whole.
        loopback: Whether this machine itself may be named, as by the sandbox.
        verify: Called with the part file before it gets its name; raises where it is not what it should be.

    Raises:
        ArtifactExpiredError: The address no longer works; a new one is needed.
        TransportError: The connection broke; trying again may help.
        NotKeptError: This disk refused it, or the address is not one we go to.
    """
    part = _part(target)
    try:
        await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
        digest, size = await _fetch(client, url, part, loopback=loopback)
        await asyncio.to_thread(verify, part)
        await asyncio.to_thread(_publish, part, target)
    except OSError as exc:
        raise _disk(exc, target) from exc
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return Kept(target, digest, size)


def _part(target: Path) -> Path:
    # Two studios may keep the same clip at the same time; each writes a part of its own.
    return target.with_name(f"{target.stem}.{secrets.token_hex(6)}.part")


def _disk(exc: OSError, target: Path) -> NotKeptError:
    return NotKeptError(
        f"{target.name} could not be written to {target.parent}: {exc.strerror or exc}. The clip is made and billed, "
        "and waits at the provider for 24 hours. Make room or allow writing there, then call studio.tasks()."
    )


async def _fetch(client: httpx.AsyncClient, url: str, part: Path, *, loopback: bool) -> tuple[str, int]:
    for _ in range(REDIRECTS + 1):
        await asyncio.to_thread(checked_address, url, loopback=loopback)
        try:
            async with client.stream("GET", url) as response:
                if response.is_redirect:
                    url = urljoin(url, response.headers.get("location", ""))
                    continue
                _expect_ok(response, url)
                return await _write(response, part)
        except httpx.HTTPError as exc:
            said = redact(str(exc)) or type(exc).__name__
            raise TransportError(
                f"Fetching {bare_url(url)} broke off: {said}.", provider="", may_have_been_created=True
            ) from None
    raise NotKeptError(f"The clip's address led through more than {REDIRECTS} redirects. It was not fetched.")


def _expect_ok(response: httpx.Response, url: str) -> None:
    if response.status_code in GONE:
        raise ArtifactExpiredError(
            f"{bare_url(url)} answered {response.status_code}: the address has expired or was withdrawn."
        )
    if response.status_code != 200:
        raise TransportError(f"{bare_url(url)} answered {response.status_code}.", provider="")


async def _write(response: httpx.Response, part: Path) -> tuple[str, int]:
    declared = response.headers.get("content-length", "")
    expected = int(declared) if declared.isdigit() and "content-encoding" not in response.headers else None
    if expected is not None and expected > MAX_FILE:
        raise NotKeptError(f"The clip says it has {expected:,} bytes, more than any clip. It was not fetched.")
    digest, size = hashlib.sha256(), 0
    with part.open("wb") as file:
        async for chunk in response.aiter_bytes(CHUNK):
            size += len(chunk)
            if size > MAX_FILE:
                raise NotKeptError(f"The clip has more than {MAX_FILE:,} bytes, more than any clip. It was not kept.")
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
    if expected is not None and size != expected:
        raise TransportError(f"The clip came short: {size:,} of {expected:,} bytes.", provider="")
    return digest.hexdigest(), size


def _publish(part: Path, target: Path) -> None:
    os.replace(part, target)
    _sync(target.parent)


def _sync(folder: Path) -> None:
    """Make a rename in this folder outlive a power cut, where the system has a way to."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(data: bytes, target: Path) -> Kept:
    """Write bytes that are already here under the same promise: whole, or not at all."""
    part = _part(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _publish(part, target)
    except OSError as exc:
        raise _disk(exc, target) from exc
    return Kept(target, hashlib.sha256(data).hexdigest(), len(data))
