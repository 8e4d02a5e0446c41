"""Texts that can be said in every language: a message with its values, still apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from string import Formatter
from typing import Any

from seedance_nb.words._figures import HARD, NARROW, Figure, separated
from seedance_nb.words._language import Language, catalog, spoken

_FORMATTER = Formatter()


class Said(str):
    """A text that reads in English, and can be said in another language.

    It is a `str` in every way, equal to the English one. Joined to another text it becomes a plain `str`: put it
    into a `Sentence` as a value instead.
    """

    __slots__ = ("_made_of",)
    _made_of: tuple[tuple[Any, ...], dict[str, Any]]
    """What its class was called with."""

    def said(self, language: str | None = None) -> str:
        """The text in a language; None for the one that is spoken.

        Raises:
            ConfigurationError: There is no such language.
        """
        chosen = spoken(language)
        return str(self) if chosen == "en" else self._in(chosen)

    def _in(self, language: Language) -> str:
        raise NotImplementedError

    def __reduce__(self) -> tuple[Callable[..., Said], tuple[Any, ...]]:
        return _again, (type(self), *self._made_of)


def _again(cls: Callable[..., Said], args: tuple[Any, ...], values: dict[str, Any]) -> Said:
    return cls(*args, **values)


class _Shown(str):
    """A text that has been said; in quotes its hard spaces stay spaces."""

    __slots__ = ()

    def __repr__(self) -> str:
        return super().__repr__().replace("\\xa0", HARD).replace("\\u202f", NARROW)


def _known(text: str, language: Language) -> str:
    # What a catalog has for no text at all is its own header.
    return catalog(language).gettext(text) if text else ""


def _put(value: object, language: Language) -> object:
    return _Shown(value.said(language)) if isinstance(value, Said) else value


def _filled(template: str, values: Mapping[str, object], language: Language) -> str:
    if not values:
        return template
    said = {name: _put(value, language) for name, value in values.items()}
    if language != "zh":
        return template.format(**said)
    text = ""
    for literal, *field in _FORMATTER.parse(template):
        text = _apart(text, literal)
        if field[0]:
            name, form, conversion = field
            value = f"{{{name}{'!' + conversion if conversion else ''}{':' + form if form else ''}}}".format(**said)
            text = _apart(text, value)
    return text


def _apart(before: str, after: str) -> str:
    """Chinese has a space where a value in Latin letters or figures begins or ends."""
    if before and after:
        one, other = before[-1], after[0]
        if (_is_chinese(one) and _is_latin(other)) or (_is_latin(one) and _is_chinese(other)):
            return f"{before} {after}"
    return before + after


def _is_chinese(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


class Word(Said):
    """A word or a sentence without values.

    Args:
        text: In English; the id of the message.
        context: Tells two meanings of the same English apart.
    """

    __slots__ = ()

    def __new__(cls, text: str, context: str = "") -> Word:
        made = super().__new__(cls, text)
        made._made_of = (text, context), {}
        return made

    def _in(self, language: Language) -> str:
        text, context = self._made_of[0]
        return catalog(language).pgettext(context, text) if context and text else _known(text, language)


class Sentence(Said):
    """A template as of `str.format` and its values; of these, what is `Said` is said in the language too.

    >>> Sentence("{label!r} is {length} s long.", label="cat.mp4", length=Number(1.5)).said("fr")
    "'cat.mp4' dure 1,5\\xa0s."
    """

    __slots__ = ()

    def __new__(cls, template: str, /, **values: object) -> Sentence:
        made = super().__new__(cls, template.format(**values) if values else template)
        made._made_of = (template,), values
        return made

    def _in(self, language: Language) -> str:
        (template,), values = self._made_of
        return _filled(_known(template, language), values, language)


class Plural(Said):
    """A sentence that depends on a count, which it has as `{count}`."""

    __slots__ = ()

    def __new__(cls, one: str, many: str, /, count: int, **values: object) -> Plural:
        made = super().__new__(cls, (one if count == 1 else many).format(count=Number(count), **values))
        made._made_of = (one, many), {"count": count, **values}
        return made

    def _in(self, language: Language) -> str:
        (one, many), values = self._made_of
        template = catalog(language).ngettext(one, many, values["count"])
        return _filled(template, {**values, "count": Number(values["count"])}, language)


class Number(Said):
    """A number with its separators; see `seedance_nb.words.number`."""

    __slots__ = ()

    def __new__(cls, value: Figure, places: int | None = None) -> Number:
        made = super().__new__(cls, separated(value, places, "en"))
        made._made_of = (value, places), {}
        return made

    def _in(self, language: Language) -> str:
        value, places = self._made_of[0]
        return separated(value, places, language)


class Joined(Said):
    """Several texts, one after the other."""

    __slots__ = ()

    def __new__(cls, texts: Iterable[str], between: str = "") -> Joined:
        kept = tuple(texts)
        made = super().__new__(cls, between.join(kept))
        made._made_of = (kept, between), {}
        return made

    def _in(self, language: Language) -> str:
        texts, between = self._made_of[0]
        return str(_put(between, language)).join(str(_put(text, language)) for text in texts)


def say(message: str, /, *, language: str | None = None, **values: object) -> str:
    """A message in a language, with its values.

    A `Said` is said as it is. Any other text is looked up by its English and filled with the values; one
    that no catalog has stays English. Numbers are written as they are: pass `Number(…)`, or what
    `number`, `money`, `seconds` and `bytes` return, for those that people read.

    >>> say("{at} is making the clip.", at="EachLabs", language="zh")
    'EachLabs 正在生成视频。'

    Args:
        message: The English text, a template as of `str.format`.
        language: None for the one that is spoken.
        values: What stands in the template.

    Raises:
        ConfigurationError: There is no such language.
    """
    chosen = spoken(language)
    if isinstance(message, Word):
        return _filled(message.said(chosen), values, chosen)
    if isinstance(message, Said):
        return message.said(chosen)
    return _filled(_known(message, chosen), values, chosen)


def plural(one: str, many: str, /, count: int, *, language: str | None = None, **values: object) -> str:
    """A message that depends on a count, in a language; the count stands in it as `{count}`.

    >>> plural("{count} image", "{count} images", 1200, language="en")
    '1,200 images'
    """
    return Plural(one, many, count, **values).said(language)
