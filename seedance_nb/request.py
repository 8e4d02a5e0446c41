"""A request: what we ask a model for, before there is a task.

A `Request` knows nothing of providers. Whether one of them can do it is said by
`seedance_nb.catalog.check`, in the form of the `Problem`s defined here.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from seedance_nb.content import Content, Mode
from seedance_nb.errors import InvalidRequestError

if TYPE_CHECKING:
    from seedance_nb.export import Code, Form

AUTO_DURATION = -1
"""The `duration` that leaves the length to the model."""

_BOOLS = ("generate_audio", "watermark", "return_last_frame", "web_search", "camera_fixed", "draft")
_INTS = ("seed", "frames", "priority", "execution_expires_after")
_TEXTS = (
    "model",
    "ratio",
    "resolution",
    "service_tier",
    "callback_url",
    "safety_identifier",
    "output_format",
    "omni_reference_task_type",
)
_OPTIONAL = frozenset({"camera_fixed", "draft", "seed", "frames", "priority", "execution_expires_after", *_TEXTS[3:]})


def _said(text: str, language: str | None) -> str:
    # A value imports nothing from above: a text that can be said in other languages can do so itself.
    said: Callable[[str | None], str] | None = getattr(text, "said", None)
    return text if said is None else said(language)


@dataclass(frozen=True, slots=True, repr=False)
class Problem:
    """One thing that stands between a request and its clip."""

    code: str
    """A stable short name, for example `duration.range`."""
    where: str
    """What it is about: a parameter, `prompt`, `content`, or an ordinal such as `image 2`."""
    what: str
    """What is wrong, in a sentence, with the values."""
    why: str
    """The rule, with its source."""
    fix: str
    """What to do about it."""
    severity: Literal["error", "warning"] = "error"
    """An error keeps the request from being sent; a warning is said once and does not."""

    def said(self, language: str | None = None) -> Problem:
        """The same problem for people who read another language, `where` included.

        What `check` finds can be said in every language of `seedance_nb.words`; the texts of this value itself
        are English. To find what a problem is about, look at the `where` of this one.

        Args:
            language: For example `"zh"`; None for the one that is spoken.

        Raises:
            ConfigurationError: There is no such language.
        """
        return dataclasses.replace(
            self,
            where=_said(self.where, language),
            what=_said(self.what, language),
            why=_said(self.why, language),
            fix=_said(self.fix, language),
        )

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.why} {self.fix}".strip()

    def __repr__(self) -> str:
        return f"Problem({self.code}, {self.severity}: {self.what})"


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What a model is asked for: a content array and its parameters.

    Every parameter is sent explicitly, so that nothing depends on a provider's changing defaults;
    None means that it is not sent.
    """

    content: Content
    """The prompt and its media. A bare `str` is taken as the prompt."""
    _: dataclasses.KW_ONLY
    model: str = "seedance-2.0"
    """A neutral name (`seedance-2.0`, `seedance-2.0-fast`, `seedance-2.0-mini`) or a provider's own id."""
    ratio: str = "adaptive"
    """`16:9`, `4:3`, `1:1`, `3:4`, `9:16`, `21:9`, or `adaptive`: by the media or the prompt."""
    resolution: str = "720p"
    """`480p`, `720p`, `1080p` or `4k`, as far as the model goes."""
    duration: int = 5
    """Seconds, 4 to 15, or -1: as long as the model finds right (and bills)."""
    generate_audio: bool = True
    """Sound with the picture; does not change the price of Seedance 2.0."""
    seed: int | None = None
    """None: one is drawn at submit and sent, so that a lost task can be found again by it."""
    watermark: bool = False
    """An "AI 生成" in the lower right corner."""
    return_last_frame: bool = False
    """Also give the last frame as a picture, to go on from."""
    web_search: bool = False
    """Let the model search the web; text only."""
    priority: int | None = None
    """0 to 9, among one's own queued tasks."""
    execution_expires_after: int | None = None
    """Seconds after which a task that has not ended expires, 3,600 to 259,200."""
    callback_url: str | None = None
    """An https address that is told of every change of status."""
    safety_identifier: str | None = None
    """Your own id of the end user, at most 64 characters."""
    service_tier: str | None = None
    """`default` or `flex`; not for Seedance 2.0."""
    camera_fixed: bool | None = None
    """Not for Seedance 2.0."""
    frames: int | None = None
    """Not for Seedance 2.0."""
    draft: bool | None = None
    """Not for Seedance 2.0."""
    output_format: str | None = None
    """`mp4` or `mov`; not for Seedance 2.0."""
    omni_reference_task_type: str | None = None
    """Not for Seedance 2.0."""

    def __post_init__(self) -> None:
        given: object = self.content
        if isinstance(given, str):
            object.__setattr__(self, "content", Content(given))
        elif not isinstance(given, Content):
            raise InvalidRequestError(
                f"content is a Content or a str, not {type(given).__name__}: "
                'write Request(Content("The cat yawns", Image("cat.png"))).'
            )
        for name in _BOOLS:
            self._expect(name, bool, "True or False")
        for name in _TEXTS:
            self._expect(name, str, "text")
        for name in ("duration", *_INTS):
            self._expect(name, int, "a whole number")

    def _expect(self, name: str, kind: type, words: str) -> None:
        value = getattr(self, name)
        if value is None and name in _OPTIONAL:
            return
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise InvalidRequestError(f"{name}={value!r} is not {words}. Nothing was sent.")

    @property
    def mode(self) -> Mode:
        """`text`, `first_frame`, `first_last_frame` or `reference`."""
        return self.content.mode

    @property
    def prompt(self) -> str:
        """The text of the content array."""
        return self.content.prompt

    def replace(self, **changes: Any) -> Request:
        """The same request with other values."""
        return dataclasses.replace(self, **changes)

    def parameters(self) -> dict[str, object]:
        """Everything but the content, without what is None."""
        return {
            field.name: value
            for field in fields(self)
            if field.name != "content" and (value := getattr(self, field.name)) is not None
        }

    def code(self, provider: str, form: Form) -> Code:
        """What `submit` would send, as source code that runs without this package.

        It creates the task, waits for its end, prints the usage and saves the clip. The key comes from the
        environment, and so does another base URL (`SEEDANCE_NB_ARK_URL` and its like), so that the same code
        runs on the sandbox. Files are read when the code runs; for bytes there is a file name to save them
        under. A seed that the package would draw is left out. What `check` finds wrong stands at the top.

        Addresses of media are written as they are, also signed ones, because they are what is sent: whoever
        gets the code can read what is behind them.

        Args:
            provider: For example `"ark"`.
            form: `"sdk"` (Python with Ark's SDK; Ark and BytePlus), `"httpx"` (Python) or `"curl"` (POSIX sh).

        Raises:
            UnknownProviderError: No provider goes by this id.
            ConfigurationError: The provider has no code in this form.
            InvalidRequestError: A text holds a null byte or half a character, which nothing can send.
        """
        # By name: a value imports nothing from above, and writing code needs every provider's encoder.
        made: Code = importlib.import_module("seedance_nb.export").code(self, provider, form)
        return made

    def __repr__(self) -> str:
        seconds = "auto" if self.duration == AUTO_DURATION else f"{self.duration} s"
        return f"Request({self.content!r}, {self.model}, {self.ratio}, {self.resolution}, {seconds})"
