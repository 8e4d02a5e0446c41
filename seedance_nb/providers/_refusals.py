"""What an HTTP status means where a provider has no codes of its own for it."""

from __future__ import annotations

from seedance_nb.errors import (
    AuthenticationError,
    PermissionDeniedError,
    ProviderUnavailableError,
    QuotaError,
    RateLimitError,
    RequestRejectedError,
    StatusError,
    TaskNotFoundError,
)


def refusal_of(status: int, *, name: str, key_env: str) -> tuple[type[StatusError], str]:
    """The error that a status stands for, and what it means for the work and the bill.

    Args:
        status: 4xx or 5xx.
        name: The provider's name, for people.
        key_env: The environment variable that holds the key.
    """
    match status:
        case 401:
            return AuthenticationError, f"Nothing was created. Check {key_env}."
        case 402:
            return QuotaError, f"Nothing was created. Top up the account at {name}."
        case 403 | 451:
            return PermissionDeniedError, "Nothing was created. This account may not do it from here."
        case 404:
            return TaskNotFoundError, f"{name} does not know this model or task."
        case 429:
            return RateLimitError, "Nothing was created. Wait until it takes more."
        case _ if status >= 500:
            return ProviderUnavailableError, f"{name} is in trouble; try again later."
        case _:
            return RequestRejectedError, "Nothing was created and nothing is billed."
