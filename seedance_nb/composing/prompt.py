"""References in the prompt: found, renumbered so that each goes on meaning the same item, taken out.

Places are counted in code points, as Python counts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from seedance_nb.content import Content, Media, MediaKind, Mention
from seedance_nb.errors import InvalidRequestError

Placed = Sequence[tuple[str, MediaKind]]
"""The id and kind of each media item, in order."""

_NUMBER = re.compile(r"\d{1,2}")
_MOST = 99
"""A reference has at most two digits."""


def edited(text: str, start: int, removed: int, inserted: str) -> str:
    """The text with `removed` code points from `start` on replaced.

    Raises:
        InvalidRequestError: The place is not in the text, so that whoever edited looked at another one.
    """
    if not (0 <= start <= len(text) and 0 <= removed <= len(text) - start):
        raise InvalidRequestError("The edit is about a place that the prompt does not have.")
    return paired(text[:start] + inserted + text[start + removed :])


def paired(text: str) -> str:
    """The text with halves of characters that stand beside each other joined; a browser may send one at a time."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return text


def numbers(placed: Placed) -> dict[tuple[MediaKind, int], str]:
    """The id of the item that each kind and number means."""
    counts: dict[MediaKind, int] = {}
    found: dict[tuple[MediaKind, int], str] = {}
    for item_id, kind in placed:
        counts[kind] = counts.get(kind, 0) + 1
        found[kind, counts[kind]] = item_id
    return found


def used(content: Content) -> frozenset[tuple[MediaKind, int]]:
    """Which items the prompt names."""
    return frozenset((mention.kind, mention.number) for mention in content.mentions() if mention.item is not None)


def missing(content: Content) -> list[Mention]:
    """Each name of an item that is not there, once."""
    found: dict[tuple[MediaKind, int], Mention] = {}
    for mention in content.mentions():
        if mention.item is None:
            found.setdefault((mention.kind, mention.number), mention)
    return list(found.values())


def renumbered(prompt: str, media: Sequence[Media], before: Placed, after: Placed) -> str:
    """The prompt, with each reference naming the number that its item has afterwards.

    The spelling stays. A reference to an item that is gone gets a number that no item has, so that it is seen to be
    missing and never means another item.

    Args:
        prompt: The text before.
        media: The items before.
        before: Their ids and kinds.
        after: Ids and kinds of the items afterwards.
    """
    was = numbers(before)
    becomes = {item_id: number for (_, number), item_id in numbers(after).items()}
    mentions = Content(prompt, *media).mentions()
    free = {kind: _free(kind, after, mentions) for kind in ("image", "video", "audio")}
    lost: dict[str, int] = {}
    made = prompt
    renamed: list[tuple[Mention, int]] = []
    for mention in mentions:
        item_id = was.get((mention.kind, mention.number))
        if item_id is None:
            continue
        if item_id not in becomes and item_id not in lost:
            lost[item_id] = next(free[mention.kind], _MOST)
        renamed.append((mention, becomes[item_id] if item_id in becomes else lost[item_id]))
    for mention, number in reversed(renamed):
        span = _NUMBER.sub(str(number), made[mention.start : mention.end], count=1)
        made = made[: mention.start] + span + made[mention.end :]
    return made


def _free(kind: str, after: Placed, mentions: Sequence[Mention]) -> Iterator[int]:
    """Numbers that neither an item nor a missing reference has."""
    count = sum(other == kind for _, other in after)
    taken = {mention.number for mention in mentions if mention.item is None and mention.kind == kind}
    return (number for number in range(count + 1, _MOST + 1) if number not in taken)


def without(content: Content, kind: MediaKind, number: int) -> str:
    """The prompt without the references to one number, and without the blanks that they would leave doubled."""
    made = content.prompt
    for mention in reversed(content.mentions()):
        if (mention.kind, mention.number) == (kind, number):
            head, tail = made[: mention.start], made[mention.end :]
            if head.endswith((" ", "\n")) or not head:
                tail = tail.removeprefix(" ")
            made = head + tail
    return made


def whole_characters(text: str) -> str:
    """The text without halves of characters."""
    return re.sub(r"[\ud800-\udfff]", "", paired(text))


_REFERENCES = {"zh": {"image": "[图{n}]", "video": "[视频{n}]", "audio": "[音频{n}]"}}


def reference(kind: MediaKind, number: int, language: str = "en") -> str:
    """What is put into the prompt to name an item; providers that want another form get theirs when it is sent.

    >>> reference("image", 2), reference("image", 2, "zh")
    ('[image 2]', '[图2]')
    """
    return _REFERENCES.get(language, {}).get(kind, f"[{kind} {{n}}]").format(n=number)
