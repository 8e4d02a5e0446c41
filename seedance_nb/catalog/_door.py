"""By which door a medium comes in: as it is, in base64, or by an upload first."""

from __future__ import annotations

from typing import Literal

from seedance_nb.catalog._facts import Input
from seedance_nb.catalog._load import provider as facts_of
from seedance_nb.content import Media, Role

Door = Literal["as_is", "data", "upload", "host"]
"""Sent by its own address, in base64, or by the address that an upload gives."""


def door(provider_id: str, item: Media, role: Role | None = None, *, host: bool = False) -> Door | None:
    """How an item comes to a provider.

    `as_is` means that its own address is sent, `data` that its bytes go along in base64, `upload` that
    they go to the provider first and the address it gives is sent, `host` that they go to an object store of the
    user's own and an address there is sent. None means that there is no way; `check` says then what to do.

    >>> from seedance_nb.content import Image, Video
    >>> door("ark", Image("cat.png")), door("eachlabs", Image("cat.png")), door("ark", Video("cat.mp4"))
    ('data', 'upload', None)

    Args:
        provider_id: For example `"atlas"`.
        item: A picture, clip or sound.
        role: What it is for, where the item itself does not say; see `Content.role_of`.
        host: Whether there is such an object store.

    Raises:
        UnknownProviderError: No provider goes by this id.
    """
    return way_of(facts_of(provider_id).inputs[item.kind], item, item.role or role, host=host)


def way_of(limits: Input, item: Media, role: Role | None, *, host: bool = False) -> Door | None:
    """The same, where the facts about the kind of medium are at hand."""
    ways = limits.ways(role)
    if not item.source.is_local:
        return "as_is" if item.source.kind in ways else None
    for way in ways:
        if way == "data" or way == "upload":
            return way
    return "host" if host and "url" in ways else None
