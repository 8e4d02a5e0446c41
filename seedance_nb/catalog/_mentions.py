"""The prompt in the words of a provider: how it names the items of the content array.

A person may write `[图1]`, `image 1` or `@Image1`. Some providers understand all of these, others one.
"""

from __future__ import annotations

import re

from seedance_nb.catalog._load import provider as facts_of
from seedance_nb.content import Content, Mention

_PAIRS = {"[": "]", "【": "】"}
# What makes a number count something else, or makes it longer: the same as in `Content.mentions`.
_RUNS_ON = re.compile(r"[\dA-Za-z%]|[.:]\d|\s?[秒个张帧分年月次倍条]")


def prompt_for(provider_id: str, content: Content) -> str:
    """The prompt, with every item named as the provider understands it; nothing else is changed.

    Names of items that are not there stay as they are. Doing it twice is doing it once.

    >>> from seedance_nb.content import Image
    >>> content = Content("The cat in [图1] yawns", Image("cat.png", role="reference_image"))
    >>> prompt_for("ark", content), prompt_for("eachlabs", content)
    ('The cat in [图1] yawns', 'The cat in @Image1 yawns')

    Raises:
        UnknownProviderError: No provider goes by this id.
    """
    template = facts_of(provider_id).prompt.mention
    prompt = content.prompt
    while template and (rewritten := _rewritten(prompt, content, template)) != prompt:
        prompt = rewritten
    return prompt


def _rewritten(prompt: str, content: Content, template: str) -> str:
    """One pass, from the end, so that a name sees what will follow it."""
    for mention in reversed(Content(prompt, *content.media).mentions()):
        if mention.item is not None:
            prompt = _named(prompt, mention, template)
    return prompt


def _named(prompt: str, mention: Mention, template: str) -> str:
    # The span of a mention may begin with a blank, which is not part of the name.
    end = mention.end
    start = end - len(mention.text)
    name = template.format(kind=mention.kind, Kind=mention.kind.capitalize(), n=mention.number)
    if prompt[start] == "@" and prompt[start - 1 : start] in _PAIRS:
        # `[@Image1]`: the mention has the end of the pair only.
        start -= 1
    left, right = prompt[start], prompt[end - 1]
    bracketed = _PAIRS.get(left) == right
    if not bracketed:
        # Half a pair belongs to the sentence.
        start, end = start + (left in _PAIRS), end - (right in _PAIRS.values())
        left, right = "[", "]"
    before, after = prompt[:start], prompt[end:]
    if _RUNS_ON.match(after) or re.search(r"[A-Za-z]\Z", before):
        name = f"{left}{name}{right}"
    return f"{before}{name}{after}"
