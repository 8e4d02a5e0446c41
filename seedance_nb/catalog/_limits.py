"""How much at a time one account may ask of a provider."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from seedance_nb.catalog._facts import Limits
from seedance_nb.catalog._load import provider as facts_of
from seedance_nb.errors import ConfigurationError

GETS_PER_SECOND = 10
"""Where a provider publishes no limit. The number is ours: gentle, and many times what its own clients ask."""
ANY = "any"


def limits(provider_id: str, account: str | None = None, **overrides: int | None) -> Limits:
    """What one account may ask of a provider, as far as it is published.

    >>> limits("ark", "individual").creates_per_minute
    180
    >>> limits("ark", creates_per_minute=60, gets_per_second=None).creates_per_minute
    60

    Args:
        provider_id: For example `"ark"`.
        account: The kind of account, as the provider's facts name it; None: the one that they name first.
        overrides: Other numbers, by the names of `Limits`; None: no limit.

    Raises:
        UnknownProviderError: No provider goes by this id.
        ConfigurationError: The provider has no such kind of account, or there is no such limit.
    """
    facts = facts_of(provider_id)
    kinds = tuple(dict.fromkeys(row.account for row in facts.limits if row.account != ANY))
    if account is None:
        account = kinds[0] if kinds else ANY
    elif account not in kinds:
        known = f"known are {', '.join(map(repr, kinds))}" if kinds else "its limits are the same for all accounts"
        raise ConfigurationError(f"{facts.name} has no account of the kind {account!r}; {known}. Nothing was sent.")
    rows = [row for row in facts.limits if row.account in {account, ANY}]
    usual = [row for row in rows if set(row.resolutions) != {"4k"}]
    rates = {rate.operation: rate.per_second for rate in facts.rates}
    found = Limits(
        creates_per_minute=_least(row.creates_per_minute for row in usual),
        creates_per_minute_4k=_least(row.creates_per_minute for row in rows if "4k" in row.resolutions),
        in_flight=_least(row.in_flight for row in usual),
        lists_per_second=rates.get("list"),
        gets_per_second=rates.get("get", GETS_PER_SECOND),
        deletes_per_second=rates.get("delete"),
    )
    return dataclasses.replace(found, **_checked(overrides))


def _least(numbers: Iterable[int | None]) -> int | None:
    return min((number for number in numbers if number is not None), default=None)


def _checked(overrides: dict[str, int | None]) -> dict[str, int | None]:
    names = [field.name for field in dataclasses.fields(Limits)]
    for name, number in overrides.items():
        if name not in names:
            raise ConfigurationError(f"There is no limit {name!r}; there are {', '.join(names)}. Nothing was sent.")
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):
            raise ConfigurationError(
                f"{name}={number!r} is no limit: it is a whole number from 1, or None for no limit. Nothing was sent."
            )
    return overrides
