"""Every exception of the package.

```text
SeedanceError
├── ConfigurationError            before any request: something is missing here
│   ├── MissingKeyError
│   ├── UnknownProviderError
│   └── UnknownModelError
├── InvalidRequestError           refused before sending; also a ValueError
├── BudgetError                   more than a budget allows; nothing was sent and nothing written
├── ProviderError                 something went wrong between us and a provider
│   ├── TransportError            no answer; .may_have_been_created says what that means
│   │   └── ProviderTimeout
│   ├── StatusError               an answer with 4xx or 5xx
│   │   ├── AuthenticationError       401
│   │   ├── PermissionDeniedError     403
│   │   ├── TaskNotFoundError         404
│   │   ├── RateLimitError            429
│   │   ├── QuotaError                out of balance or allowance
│   │   ├── RequestRejectedError      400, 409, 413, 422
│   │   └── ProviderUnavailableError  5xx
│   └── ResponseFormatError       a 2xx we cannot read
├── TaskError                     the task ended, but not well
│   ├── TaskFailed
│   │   └── ContentRejectedError
│   ├── TaskCancelled
│   ├── TaskExpired
│   └── TaskUnknown               sent, and no answer says whether it was created
├── MediaError                    a file that is not the picture, clip or sound it claims to be
├── ArtifactExpiredError          the url no longer works
├── NotKeptError                  the clip is made and paid for, and not on this disk yet
├── WaitTimeout                   we stopped waiting; the task did not stop
├── SandboxError                  the local sandbox could not start or answer
├── LedgerError
│   ├── LedgerVersionError        written by a newer version
│   ├── IllegalTransitionError    a status that may not follow the one that is there
│   └── TaskNotRecordedError
├── PriceError
│   ├── PriceNotFoundError
│   └── CurrencyMismatchError     adding CNY to USD
└── BillError                     a provider's bill that cannot be read as one; nothing was compared
```

A text here says what happened, to which task, what it means for the work and the
bill, and what to do next. None contains a key, the query of a signed URL or base64.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedance_nb.request import Problem


class SeedanceError(Exception):
    """Whatever this package raises on purpose."""


# -- before any request --


class ConfigurationError(SeedanceError):
    """Something is missing or wrong on this side; nothing was sent."""


class MissingKeyError(ConfigurationError):
    """No API key for the provider was found; nothing was sent."""


class UnknownProviderError(ConfigurationError):
    """No provider goes by this id."""


class UnknownModelError(ConfigurationError):
    """The provider's catalog has no model of this name."""


class InvalidRequestError(SeedanceError, ValueError):
    """The request cannot be sent as it is; nothing was sent and nothing was written."""

    def __init__(self, message: str, *, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
        """What `check` found, empty when a constructor refused a value."""


class BudgetError(SeedanceError):
    """A budget does not allow it; nothing was sent and nothing was written."""

    def __init__(self, message: str, *, budget: object = None, committed: object = None, asked: object = None) -> None:
        super().__init__(message)
        self.budget = budget
        """The `Budget` that was held against it."""
        self.committed = committed
        """What is spent or promised already, in the budget's unit."""
        self.asked = asked
        """What this would have added at most, in the budget's unit."""


class MediaError(SeedanceError, ValueError):
    """A source could not be read as the picture, clip or sound it should be."""


# -- between us and a provider --


class ProviderError(SeedanceError):
    """Something went wrong between us and a provider."""

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        task_id: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.task_id = task_id
        self.request_id = request_id


class TransportError(ProviderError):
    """No answer came."""

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        task_id: str | None = None,
        may_have_been_created: bool = False,
    ) -> None:
        super().__init__(message, provider=provider, task_id=task_id)
        self.may_have_been_created = may_have_been_created
        """True when the request had left: the provider may run it, and bill it."""


class ProviderTimeout(TransportError):
    """The provider took longer to answer than we wait."""


class StatusError(ProviderError):
    """An answer with a 4xx or 5xx status."""

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        status_code: int,
        code: str = "",
        param: str = "",
        task_id: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        body: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, provider=provider, task_id=task_id, request_id=request_id)
        self.status_code = status_code
        self.code = code
        """The provider's own code, verbatim, for example `ModelNotOpen`."""
        self.param = param
        self.retry_after = retry_after
        """Seconds the provider asked us to wait, where it said so."""
        self.body = dict(body or {})
        """The error object the provider sent, secrets folded."""


class AuthenticationError(StatusError):
    """401: the key is missing, wrong or switched off."""


class PermissionDeniedError(StatusError):
    """403: the key is right, and may not do this."""


class TaskNotFoundError(StatusError):
    """404: the provider does not know this task, model or address."""


class RateLimitError(StatusError):
    """429: too many requests; `retry_after` in seconds where it was said."""


class QuotaError(StatusError):
    """The account is out of balance or allowance."""


class RequestRejectedError(StatusError):
    """400, 409, 413 or 422: the provider refuses this request; nothing was created."""


class ProviderUnavailableError(StatusError):
    """5xx: the provider is in trouble."""


class ResponseFormatError(ProviderError):
    """An answer with 2xx that we cannot read."""


# -- the life of a task --


class TaskError(SeedanceError):
    """The task ended, but not well."""

    def __init__(self, message: str, *, task: object = None, code: str = "") -> None:
        super().__init__(message)
        self.task = task
        """The handle of the task, where there is one."""
        self.code = code
        """The provider's own code for the reason, verbatim."""


class TaskFailed(TaskError):
    """The provider gave up, or refused the request; nothing more will happen."""


class ContentRejectedError(TaskFailed):
    """Moderation refused the input or the output."""


class TaskCancelled(TaskError):
    """The task was cancelled while it was queued."""


class TaskExpired(TaskError):
    """The task, its record or its clip was gone before the clip could be kept."""


class TaskUnknown(TaskError):
    """The request was sent, and no answer says whether a task was created."""


class ArtifactExpiredError(SeedanceError):
    """The url of a clip no longer works."""


class NotKeptError(SeedanceError):
    """The clip is made and paid for, and could not be written here; it can still be fetched again."""


class WaitTimeout(SeedanceError, TimeoutError):
    """We stopped waiting; the task goes on and may be billed."""


class SandboxError(SeedanceError):
    """The local sandbox could not be started or does not answer."""


# -- ledger and prices --


class LedgerError(SeedanceError):
    """The ledger could not be read or written."""


class LedgerVersionError(LedgerError):
    """The ledger was written by a newer version of this package; it was not touched."""


class IllegalTransitionError(LedgerError):
    """A task's status may not follow the one that is there; nothing was written."""


class TaskNotRecordedError(LedgerError, KeyError):
    """The ledger has no such task."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class PriceError(SeedanceError):
    """A price is missing or does not fit."""


class PriceNotFoundError(PriceError):
    """No dated price row fits this request; the cost is not known, which is not zero."""


class CurrencyMismatchError(PriceError, TypeError):
    """Two currencies met in one sum."""


class BillError(SeedanceError, ValueError):
    """A provider's bill cannot be read as a table of charges; nothing was compared."""
