"""Who may be believed: one judge for each kind of proof that a provider offers."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Protocol

from seedance_nb.webhooks import signature
from seedance_nb.webhooks.keys import KeyRing
from seedance_nb.webhooks.word import Verdict

SECRET_HEADER = "x-webhook-secret"  # noqa: S105 - the header's name
"""Source: EachLabs, webhook payload reference of 2026-08-21, read 2026-11-20."""


class Judge(Protocol):
    """Says what the proof of a webhook is worth."""

    def judge(self, headers: Mapping[str, str], body: bytes, task_id: str) -> Verdict | None:
        """The verdict, or None where `prepare` has to be awaited before there can be one.

        Args:
            headers: By name in lower case; those that came twice are joined by a comma.
            body: As it was received, byte by byte.
            task_id: The task that the body is about.
        """
        ...

    async def prepare(self) -> None:
        """Fetch what is missing; never raises."""
        ...


class NoProof:
    """For a provider that documents none: whoever knows the address and an id may have sent it."""

    def judge(self, headers: Mapping[str, str], body: bytes, task_id: str) -> Verdict | None:
        """Unproven, always."""
        return Verdict.UNPROVEN

    async def prepare(self) -> None:
        """Nothing is missing."""


class BySecret(NoProof):
    """For a provider that says back, verbatim, a secret that the create named."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def judge(self, headers: Mapping[str, str], body: bytes, task_id: str) -> Verdict | None:
        """Compared in constant time; without the header it is unproven, as of a create that named no secret."""
        given = headers.get(SECRET_HEADER)
        if given is None or not self._secret:
            return Verdict.UNPROVEN
        is_ours = hmac.compare_digest(given.encode("latin-1", "replace"), self._secret)
        return Verdict.PROVEN if is_ours else Verdict.REFUSED


class BySignature:
    """For a provider that signs, with keys that it publishes.

    Args:
        keys: Its keys.
        clock: Seconds since 1970.
    """

    def __init__(self, keys: KeyRing, *, clock: Callable[[], float]) -> None:
        self._keys = keys
        self._clock = clock
        self._received: dict[str, float] = {}

    def judge(self, headers: Mapping[str, str], body: bytes, task_id: str) -> Verdict | None:
        """Signature, time, and whether it came before; without a signature it is unproven."""
        try:
            found = signature.read(headers)
        except ValueError:
            return Verdict.REFUSED
        if found is None:
            return Verdict.UNPROVEN
        # The signature does not cover the id in the header, which is documented to be that in the body.
        if found.webhook_id != task_id or not found.is_timely(self._clock()):
            return Verdict.REFUSED
        key = self._keys.get(found.key_id)
        if key is None:
            if self._keys.must_fetch(found.key_id):
                return None
            return Verdict.REFUSED if self._keys.is_fresh else Verdict.UNPROVEN
        if not found.covers(body, key):
            return Verdict.REFUSED
        return Verdict.PROVEN if self._is_first(found) else Verdict.REPEATED

    async def prepare(self) -> None:
        """Fetch the keys, unless that was done just now."""
        await self._keys.fetch()

    def _is_first(self, found: signature.Signature) -> bool:
        """Remember a webhook for as long as its timestamp would let it through again."""
        now = self._clock()
        self._received = {name: until for name, until in self._received.items() if until >= now}
        if found.webhook_id in self._received:
            return False
        self._received[found.webhook_id] = found.signed_at + signature.WINDOW
        return True
