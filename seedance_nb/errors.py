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
├── StoreError                    an object store did not take, give or find a file
├── WorkerError                   media work was given to somebody who did not do it
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
    """Whatever this package raises on purpose.

    Its text says what happened, what it means for the work and the bill, and what to do; `docs/errors.md` has all of
    them.
    """


# -- before any request --


class ConfigurationError(SeedanceError):
    """Something is missing or wrong on this side; nothing was sent.

    Put right what the text names, and run the cell again.
    """


class MissingKeyError(ConfigurationError):
    """No API key for the provider was found; nothing was sent.

    Set the environment variable that the text names, or keep the key in the system's keyring; `Studio("sandbox")`
    needs none.
    """


class UnknownProviderError(ConfigurationError):
    """No provider goes by this id.

    Choose one of those that the text lists; a provider of another package is known once that package is installed.
    """


class UnknownModelError(ConfigurationError):
    """The provider's catalog has no model of this name.

    Choose the name that the text proposes. An id of the provider's own, such as an endpoint, is sent as it is.
    """


class InvalidRequestError(SeedanceError, ValueError):
    """The request cannot be sent as it is; nothing was sent and nothing was written.

    Each of `problems` has its rule and its mend in `docs/checks.md`. Where you know better, pass its code in
    `allow`.
    """

    def __init__(self, message: str, *, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
        """What `check` found, empty when a constructor refused a value."""


class BudgetError(SeedanceError):
    """A budget does not allow it; nothing was sent and nothing was written.

    Ask for less, wait for the next period, or make a `Studio` with a higher `budget`. `submit_many(…,
    over_budget="trim")`
    takes as many as fit.
    """

    def __init__(self, message: str, *, budget: object = None, committed: object = None, asked: object = None) -> None:
        super().__init__(message)
        self.budget = budget
        """The `Budget` that was held against it."""
        self.committed = committed
        """What is spent or promised already, in the budget's unit."""
        self.asked = asked
        """What this would have added at most, in the budget's unit."""


class MediaError(SeedanceError, ValueError):
    """A source could not be read as the picture, clip or sound it should be.

    Open the file in another program to see whether it is whole; write it again in a format that the provider takes.
    """


# -- between us and a provider --


class ProviderError(SeedanceError):
    """Something went wrong between us and a provider.

    The classes below tell whether a task may have been created. A task that runs is not touched by it.
    """

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
    """No answer came.

    With `may_have_been_created` a task may run and be billed: look at it in `studio.tasks()` before you ask again.
    Else nothing left this machine, and it may be repeated.
    """

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
    """The provider took longer to answer than we wait.

    As of `TransportError`. Tasks that are followed are asked for again by themselves.
    """


class StatusError(ProviderError):
    """An answer with a 4xx or 5xx status.

    `code` and the text are the provider's own; the classes below say what it means.
    """

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
    """401: the key is missing, wrong or switched off.

    Look at the key in the provider's console, set it anew, and make a new `Studio`.
    """


class PermissionDeniedError(StatusError):
    """403: the key is right, and may not do this.

    Open the model for the account in the provider's console, or use a key that may.
    """


class TaskNotFoundError(StatusError):
    """404: the provider does not know this task, model or address.

    A record lives for 7 days at Ark; a clip that was kept before stays yours. Compare the provider and its base URL.
    """


class RateLimitError(StatusError):
    """429: too many requests; `retry_after` in seconds where it was said.

    Creates wait by themselves and are sent in order; name your kind of account with `Studio(limits=…)`.
    """


class QuotaError(StatusError):
    """The account is out of balance or allowance.

    Pay into the account or raise its allowance at the provider, then submit again. Nothing was created.
    """


class RequestRejectedError(StatusError):
    """400, 409, 413 or 422: the provider refuses this request; nothing was created.

    Change what the provider's text names. If `check` had let it pass, the catalog is behind the provider: say so.
    """


class ProviderUnavailableError(StatusError):
    """5xx: the provider is in trouble.

    Reads are repeated by themselves. A create is not: its task is `unknown` until it is found or settled.
    """


class ResponseFormatError(ProviderError):
    """An answer with 2xx that we cannot read.

    A create that was answered so may have made a task, which is `unknown` and looked for. Tell us of the answer.
    """


# -- the life of a task --


class TaskError(SeedanceError):
    """The task ended, but not well.

    `task.error` has the reason, `studio.ledger.events(task)` each step. Submit the request again if you still want
    it.
    """

    def __init__(self, message: str, *, task: object = None, code: str = "") -> None:
        super().__init__(message)
        self.task = task
        """The handle of the task, where there is one."""
        self.code = code
        """The provider's own code for the reason, verbatim."""


class TaskFailed(TaskError):
    """The provider gave up, or refused the request; nothing more will happen.

    Nothing is billed. Read `code`, change the request where it is to blame, and submit it again.
    """


class ContentRejectedError(TaskFailed):
    """Moderation refused the input or the output.

    Nothing is billed. Change the prompt or the media; the same request is refused again, another seed may pass the
    output.
    """


class TaskCancelled(TaskError):
    """The task was cancelled.

    Nothing is billed where it was queued; if it ran already, the provider's bill tells. Submit it again if you want it.
    """


class TaskExpired(TaskError):
    """The task, its record or its clip was gone before the clip could be kept.

    If it had succeeded, it was billed: compare with the provider's bill, `studio.reconcile(bill)`. Try
    `task.rescue()` first.
    """


class TaskUnknown(TaskError):
    """The request was sent, and no answer says whether a task was created.

    Look at the provider's console, then `task.settle("its id")` or `task.settle(None)`. Do not submit it again
    before.
    """


class ArtifactExpiredError(SeedanceError):
    """The url of a clip no longer works.

    `task.rescue()` asks the provider for a new one, as long as it has the task: 7 days at Ark.
    """


class NotKeptError(SeedanceError):
    """The clip is made and paid for, and could not be written here; it can still be fetched again.

    Make room or allow writing in the home folder, then `studio.tasks()` or `task.rescue()`; it costs nothing more.
    """


class StoreError(SeedanceError):
    """An object store did not take, give or find a file; what it said is told without keys and signatures.

    Check the keys, the endpoint and the network. What is to be kept lies whole on this disk until the store has taken
    it: `studio.tasks()` puts it there then. `studio.doctor()` says what is missing.
    """

    def __init__(self, message: str, *, passing: bool = False, missing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing
        """Whether the same may go well a little later."""
        self.missing = missing
        """Whether there is no such file."""


class WorkerError(SeedanceError):
    """A worker that media work was given to died, did not answer, or has other versions; the clip is as it was.

    Ask again: what is done already is not done twice. Where it stays so, look at the executor or cluster that
    `Studio(media=…)` names; without it, media work is done in this process.
    """


class WaitTimeout(SeedanceError, TimeoutError):
    """We stopped waiting; the task goes on and may be billed.

    Wait again, longer or with `timeout=None`; or leave it, `studio.tasks()` has it.
    """


class SandboxError(SeedanceError):
    """The local sandbox could not be started or does not answer.

    Choose another `port`, or stop the program that has it; a sandbox elsewhere is named by `SEEDANCE_NB_ARK_URL` and
    its like.
    """


# -- ledger and prices --


class LedgerError(SeedanceError):
    """The ledger could not be read or written.

    Nothing was sent without being written down. See that disk or server can be reached, then run the cell again.
    """


class LedgerVersionError(LedgerError):
    """The ledger was written by a newer version of this package; it was not touched.

    Upgrade this package in this environment, or choose another ledger.
    """


class IllegalTransitionError(LedgerError):
    """A task's status may not follow the one that is there; nothing was written.

    Another notebook was faster, or the ledger was changed by hand: `studio.doctor()` says what is wrong with it.
    """


class TaskNotRecordedError(LedgerError, KeyError):
    """The ledger has no such task.

    Compare `studio.ledger.path`: the task may stand in the ledger of another folder.
    """

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class PriceError(SeedanceError):
    """A price is missing or does not fit.

    Mend the price file that the text names.
    """


class PriceNotFoundError(PriceError):
    """No dated price row fits this request; the cost is not known, which is not zero.

    Put a price that you know into a price file of your own, `SEEDANCE_NB_PRICES`; a task without one has no budget.
    """


class CurrencyMismatchError(PriceError, TypeError):
    """Two currencies met in one sum.

    Sum each currency by itself, or see both in one with `view=` at a rate that is named.
    """


class BillError(SeedanceError, ValueError):
    """A provider's bill cannot be read as a table of charges; nothing was compared.

    Say which column is what with `columns`, and `decimal`, `encoding` or `currency` where the text asks for them.
    """
