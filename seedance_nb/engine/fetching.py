"""Fetching a file from an address that a provider named: checked, in one go or in several, and never for ever.

What a provider names as the address of a clip is not trusted: https only (plain http on loopback, from the
sandbox), no private hosts, no redirect that leaves these rules, and a limit on the size. A connection that breaks
leaves what came; the next one asks for the rest of the very same file, and takes the whole where it gets that.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urljoin

import httpx

from seedance_nb.engine.parts import Part
from seedance_nb.errors import ArtifactExpiredError, NotKeptError, TransportError
from seedance_nb.providers.public import refusal
from seedance_nb.redaction import bare_url, redact

MAX_FILE = 4 * 1024**3
REDIRECTS = 3
GONE = frozenset({401, 403, 404, 410})
STEP = 256 * 1024
"""Bytes that count as getting on."""
PATIENCE = 60.0
"""Seconds in which the next `STEP` has to come: a sender that is slower is left, and asked again for the rest."""

OffLoop = Callable[..., Awaitable[Any]]
"""Runs a function and its arguments in a thread."""

_RANGE = re.compile(r"bytes (?P<first>\d+)-(?P<last>\d+)/(?P<total>\d+)")


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


async def fetch(
    client: httpx.AsyncClient,
    url: str,
    part: Part,
    *,
    loopback: bool,
    off_loop: OffLoop = asyncio.to_thread,
    patience: float = PATIENCE,
) -> None:
    """Bring a part to its whole length, from wherever it stands. What has come stays in it when this raises.

    Args:
        client: What carries the request; it must not follow redirects by itself.
        url: The address that the provider named.
        part: What is here already, perhaps nothing.
        loopback: Whether this machine itself may be named, as by the sandbox.
        off_loop: Where a host is looked up.
        patience: Seconds in which each `STEP`, or the rest of a smaller file, has to come.

    Raises:
        ArtifactExpiredError: The address no longer works; a new one is needed.
        TransportError: The connection broke, or was too slow; trying again may help.
        NotKeptError: The address is not one we go to, or the file is larger than any clip.
        OSError: This disk refused it.
    """
    for _ in range(REDIRECTS + 1):
        await off_loop(checked_address, url, loopback=loopback)
        try:
            async with asyncio.timeout(patience) as limit, client.stream("GET", url, headers=_asked(part)) as answer:
                if answer.is_redirect:
                    url = urljoin(url, answer.headers.get("location", ""))
                    continue
                if answer.status_code == 416 and part.size:
                    part.start_anew()  # it no longer has what we have the beginning of
                    continue
                _accept(answer, part, url)
                await _take(answer, part, limit, patience)
                return
        except TimeoutError:
            raise TransportError(
                f"{bare_url(url)} sent less than {STEP:,} bytes in {patience:g} s and was left.", provider=""
            ) from None
        except httpx.HTTPError as exc:
            said = redact(str(exc)) or type(exc).__name__
            raise TransportError(
                f"Fetching {bare_url(url)} broke off: {said}.", provider="", may_have_been_created=True
            ) from None
        finally:
            part.rest()
    raise NotKeptError(f"The clip's address led through more than {REDIRECTS} redirects. It was not fetched.")


def _asked(part: Part) -> dict[str, str]:
    """Which piece is asked for, and of which version of the file: without the second a mixture could come."""
    headers = {"accept-encoding": "identity"}  # pieces of a packed file do not fit together
    if part.size and part.etag:
        headers |= {"range": f"bytes={part.size}-", "if-range": part.etag}
    return headers


def _accept(answer: httpx.Response, part: Part, url: str) -> None:
    """See what an answer brings: the rest of what is here, or all of it anew."""
    if answer.status_code in GONE:
        raise ArtifactExpiredError(
            f"{bare_url(url)} answered {answer.status_code}: the address has expired or was withdrawn."
        )
    etag = _strong(answer.headers.get("etag", ""))
    if answer.status_code == 200:
        # The whole: there was nothing to go on from, or the file is another one by now, or it knows no pieces.
        is_packed = "content-encoding" in answer.headers
        declared = answer.headers.get("content-length", "")
        total = int(declared) if declared.isdigit() and not is_packed else None
        part.start_anew(etag="" if is_packed else etag, total=total)
    elif answer.status_code == 206 and part.size:
        piece = _RANGE.fullmatch(answer.headers.get("content-range", ""))
        is_ours = etag in {"", part.etag} and "content-encoding" not in answer.headers
        if piece is None or not is_ours or not _fits(piece, part):
            part.start_anew()
            raise TransportError(f"{bare_url(url)} sent another piece than was asked for.", provider="")
        part.total = int(piece["total"])
    else:
        raise TransportError(f"{bare_url(url)} answered {answer.status_code}.", provider="")
    if part.total is not None:
        if part.total > MAX_FILE:
            raise NotKeptError(f"The clip says it has {part.total:,} bytes, more than any clip. It was not fetched.")
        part.require_room()


def _strong(etag: str) -> str:
    """An ETag that stands for the same bytes; a weak one only stands for the same meaning."""
    return etag if etag.startswith('"') else ""


def _fits(piece: re.Match[str], part: Part) -> bool:
    first, last, total = (int(piece[name]) for name in ("first", "last", "total"))
    return first == part.size and first <= last < total and part.total in {None, total}


async def _take(answer: httpx.Response, part: Part, limit: asyncio.Timeout, patience: float) -> None:
    loop = asyncio.get_running_loop()
    mark = part.size
    async for piece in answer.aiter_bytes():
        if part.size + len(piece) > MAX_FILE:
            raise NotKeptError(f"The clip has more than {MAX_FILE:,} bytes, more than any clip. It was not kept.")
        part.write(piece)
        if part.size - mark >= STEP:
            mark = part.size
            limit.reschedule(loop.time() + patience)
    if part.total is not None and part.size != part.total:
        odd = TransportError(f"The clip came with {part.size:,} of {part.total:,} bytes.", provider="")
        if part.size > part.total:
            part.start_anew()
        raise odd
