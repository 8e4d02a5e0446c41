"""The keys that a provider signs with: fetched when one is missing, not as often as a stranger likes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

log = logging.getLogger("seedance_nb.webhooks")

FetchKeys = Callable[[], Awaitable[Mapping[str, bytes]]]
"""Gives public keys by their ids; may raise."""
REFETCH_INTERVAL = 60.0
"""Seconds between two fetches, however many unknown keys are named meanwhile."""
KEYS_LIFE = 3600.0
"""Seconds for which a key is trusted without being published anew. The provider names no period."""
FETCH_TIMEOUT = 30.0


class KeyRing:
    """A provider's public keys.

    Args:
        fetch: Reads them.
        clock: Seconds; any clock that does not jump.
    """

    def __init__(self, fetch: FetchKeys, *, clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: Mapping[str, bytes] = {}
        self._fetched_at = float("-inf")
        self._asked_at = float("-inf")
        self._fetching = asyncio.Lock()

    @property
    def is_fresh(self) -> bool:
        """Whether what is here is what the provider published lately."""
        return abs(self._clock() - self._fetched_at) <= KEYS_LIFE

    def get(self, key_id: str) -> bytes | None:
        """The key of this id, if it is here and fresh."""
        return self._keys.get(key_id) if self.is_fresh else None

    def must_fetch(self, key_id: str) -> bool:
        """Whether a fetch may bring this key: it is not here, and none was made just now."""
        return self.get(key_id) is None and (self._is_due or self._fetching.locked())

    @property
    def _is_due(self) -> bool:
        return abs(self._clock() - self._asked_at) >= REFETCH_INTERVAL

    async def fetch(self) -> None:
        """Read the keys again; those who ask while that is done share the answer. Never raises."""
        async with self._fetching:
            if not self._is_due:
                return
            self._asked_at = self._clock()
            try:
                self._keys = dict(await asyncio.wait_for(self._fetch(), FETCH_TIMEOUT))
            except Exception:
                log.exception("The keys of webhooks could not be read; until then each one is only a reason to look.")
            else:
                self._fetched_at = self._asked_at
