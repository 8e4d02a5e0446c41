"""Which language is spoken, and its catalog."""

from __future__ import annotations

import gettext
import os
from functools import cache
from pathlib import Path
from typing import Literal

from seedance_nb.errors import ConfigurationError

Language = Literal["en", "zh", "fr"]

LANGUAGES: dict[Language, str] = {"en": "English", "zh": "中文", "fr": "Français"}
"""Every language, by what it calls itself."""

DOMAIN = "seedance_nb"
FOLDER = Path(__file__).parent
_ENVIRONMENT = ("SEEDANCE_NB_LANG", "LC_ALL", "LC_MESSAGES", "LANG")

_chosen: Language | None = None


def match(tag: str) -> Language | None:
    """The language that a tag or locale means, or None where it is none of ours.

    >>> match("zh-Hans-CN"), match("fr_CA.UTF-8"), match("EN"), match("C"), match("de")
    ('zh', 'fr', 'en', None, None)
    """
    first = tag.strip().replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return next((one for one in LANGUAGES if one == first), None)


def use(tag: str | None) -> None:
    """Speak a language from now on, in the whole process; None goes by the environment again.

    What is on the screen already stays as it is: a widget that is to change asks again.

    Raises:
        ConfigurationError: There is no such language.
    """
    global _chosen  # noqa: PLW0603  # one process speaks one language; a single assignment is safe between threads
    _chosen = None if tag is None else spoken(tag)


def language() -> Language:
    """The language that is spoken: that of `use`, else of `SEEDANCE_NB_LANG`, `LC_ALL`, `LC_MESSAGES`, `LANG`.

    The first of these that is set decides; one that is none of ours means English.
    """
    if _chosen is not None:
        return _chosen
    given = next((value for name in _ENVIRONMENT if (value := os.environ.get(name))), "en")
    return match(given) or "en"


def spoken(tag: str | None) -> Language:
    """The language of a tag, None for the one that is spoken.

    Raises:
        ConfigurationError: There is no such language.
    """
    if tag is None:
        return language()
    found = match(tag)
    if found is None:
        known = ", ".join(map(repr, LANGUAGES))
        raise ConfigurationError(f"There is no language {tag[:40]!r} here; there are {known}.")
    return found


@cache
def catalog(of: Language) -> gettext.NullTranslations:
    """The messages of a language; those of English are their own ids."""
    if of == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, FOLDER, [of])
