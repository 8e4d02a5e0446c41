"""Prompt families: prompts that differ in numbers only."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"[+-]?\d+(?:[.,:/]\d+)*")


def family(prompt: str) -> str:
    """The prompt in small letters, each number as `#`, and each stretch of white space as one space.

    It is a comparison of texts and nothing cleverer: prompts that differ in a word are two families. Those of a sweep
    over words are told together by a tag, or by their batch.

    >>> family("A cat,  take 3 of 12") == family("a cat, take 10 of 12 ")
    True
    >>> family("一只猫 跑 ５ 秒")
    '一只猫 跑 # 秒'
    """
    text = unicodedata.normalize("NFKC", prompt).casefold()
    return " ".join(_NUMBER.sub("#", text).split())
