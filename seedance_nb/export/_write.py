"""From a request to its code."""

from __future__ import annotations

from typing import get_args

from seedance_nb.errors import ConfigurationError
from seedance_nb.export._code import Code, Form
from seedance_nb.export._dialects import dialect
from seedance_nb.export._plan import plan
from seedance_nb.export._python import httpx_code, sdk_code
from seedance_nb.export._shell import shell_code
from seedance_nb.request import Request

FORMS: tuple[Form, ...] = get_args(Form)
_WRITERS = {"sdk": sdk_code, "httpx": httpx_code, "curl": shell_code}


def code(request: Request, provider: str, form: Form) -> Code:
    """A request as source code that stands on its own; see `Request.code`."""
    offered = forms(provider)
    if form not in offered:
        because = " has no SDK of its own here" if form == "sdk" else f" has no code in the form {form!r}"
        raise ConfigurationError(f"{provider!r}{because}; there is {' and '.join(map(repr, offered))}.")
    return Code(_WRITERS[form](plan(request, provider), provider), provider, form)


def forms(provider: str) -> tuple[Form, ...]:
    """In which forms there is code for a provider.

    Raises:
        UnknownProviderError: No provider goes by this id.
        ConfigurationError: There is none at all.
    """
    return FORMS if dialect(provider).has_sdk else tuple(form for form in FORMS if form != "sdk")
