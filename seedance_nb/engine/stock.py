"""What lies in the object stores that a ledger names, listed once for an examination, and what is wrong there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from seedance_nb.engine.copies import place_of
from seedance_nb.engine.findings import Finding
from seedance_nb.engine.hosting import FOLDER as REFERENCES
from seedance_nb.engine.hosting import is_left_over
from seedance_nb.engine.shelving import FOLDER as CLIPS
from seedance_nb.errors import ConfigurationError, StoreError
from seedance_nb.task import Artifact
from seedance_nb.words import Number, Said, Sentence, Word

if TYPE_CHECKING:
    from seedance_nb.store import Entry, Store

MISSING = Word("is missing")


class Stock:
    """The stores of a ledger: the one where clips are kept now, and those that rows name.

    Args:
        stores: Those that are known already; others are opened when a row names them.
    """

    def __init__(self, *stores: Store) -> None:
        self._stores: dict[str, Store] = {store.address: store for store in stores}
        self._listed: dict[str, Mapping[str, Entry]] = {}
        self._closed: dict[str, str] = {}

    def ill(self, artifact: Artifact, *, deep: bool) -> Said | None:
        """What is wrong with a file whose original is in a store, as the end of a sentence, or None."""
        root, key = place_of(artifact.original)
        listed = self._of(root)
        if listed is None:
            return None  # said once for the store, and not for each of its files
        entry = listed.get(key)
        if entry is None:
            return MISSING
        if artifact.bytes is not None and entry.bytes != artifact.bytes:
            return Sentence(
                "has {size} bytes and not the {kept} that were kept",
                size=Number(entry.bytes),
                kept=Number(artifact.bytes),
            )
        if deep and artifact.sha256 is not None:
            try:
                if self._stores[root].sha256(key) != artifact.sha256:
                    return Word("has other bytes than those that were kept")
            except StoreError as exc:
                return Sentence("cannot be read: {reason}", reason=str(exc))
        return None

    def has(self, name: str) -> bool:
        """Whether one of the stores has a clip or a still of this name."""
        return any(f"{CLIPS}/{name}" in (self._of(root) or {}) for root in tuple(self._stores))

    def findings(
        self, known: Collection[str], needed: Collection[str], mark: str, now: dt.datetime
    ) -> Iterator[Finding]:
        """What no task accounts for, and which stores could not be looked into.

        Args:
            known: Our ids of all tasks.
            needed: Checksums of the files that unfinished tasks had a provider read from there.
            mark: Under which name this ledger puts them.
            now: The moment of looking.
        """
        for root, store in tuple(self._stores.items()):
            for key in sorted(self._of(root) or {}):
                folder, _, name = key.partition("/")
                stem = name.rpartition(".")[0]
                if folder == CLIPS and stem.removesuffix("-last") not in known:
                    yield _orphan(store, key)
                elif folder == REFERENCES and is_left_over(self._listed[root][key], needed, mark, now):
                    yield _left_over(store, key)
        for root, reason in self._closed.items():
            yield Finding(
                "store_closed",
                Sentence("The object store {store} could not be looked into: {reason}", store=root, reason=reason),
                Word("Whether the clips in it are there and whole is not known. Nothing was changed."),
                Word("Check keys, endpoint and network, then examine again."),
                repairable=False,
            )

    def _of(self, root: str) -> Mapping[str, Entry] | None:
        if root in self._closed:
            return None
        if root not in self._listed:
            from seedance_nb.store import at

            try:
                store = self._stores.setdefault(root, at(root))
                self._listed[root] = {**store.entries(CLIPS), **store.entries(REFERENCES)}
            except (StoreError, ConfigurationError) as exc:
                self._closed[root] = str(exc)
                return None
        return self._listed[root]


def _orphan(store: Store, key: str) -> Finding:
    return Finding(
        "orphan",
        Sentence("{file} lies among the clips and is no task's of this ledger.", file=store.url(key)),
        Word("Nothing is billed for it; it only takes room."),
        Word("Look at it: it may be yours, or of another ledger. Remove it with the tools of the store."),
        repairable=False,
        original=store.url(key),
    )


def _left_over(store: Store, key: str) -> Finding:
    return Finding(
        "leftover",
        Sentence("{file} was put there for a provider to read, and no task waits for it.", file=store.url(key)),
        Word("It only takes room. Whoever was given its address may still read it, until that ends."),
        Word("It is removed; the file that it was a copy of is where it was."),
        repairable=True,
        original=store.url(key),
    )
