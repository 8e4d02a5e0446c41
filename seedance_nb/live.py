"""What a provider says of money by its own word: its prices of today, and what it billed.

Asking needs an address from `connection` and the loop of `engine`, so it lies above both. The price book is not
changed by it: rows come back to be looked at, and apply when they are given to `prices.override`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from seedance_nb import catalog, providers
from seedance_nb.connection import address
from seedance_nb.engine import background
from seedance_nb.errors import ConfigurationError, ProviderTimeout
from seedance_nb.providers import Provider
from seedance_nb.providers.protocol import Billed, PublishesPrices, TellsBill

TIMEOUT = 300.0
"""Seconds for the whole of it, repetitions included."""


def live_prices(provider: str = "atlas", *, base_url: str | None = None) -> list[dict[str, Any]]:
    """The prices that a provider publishes now, as rows for `prices.override`; no key is sent.

    Nothing is changed by reading them:

        rows = sd.live_prices("atlas")
        sd.prices.override(rows)  # from here on they go before the prices of the package

    Args:
        provider: Its id; of those in the package only `atlas` publishes prices in a form that can be read.
        base_url: Where to ask; `SEEDANCE_NB_<PROVIDER>_URL` or the catalog's address if None.

    Returns:
        Dated today, in the provider's time zone, with the address as their source. Empty where no price could be read.

    Raises:
        UnknownProviderError: No provider goes by this id.
        ConfigurationError: The provider publishes none.
        ProviderError: They could not be read.
    """
    url = base_url or address(provider)
    client = providers.client(provider, base_url=url, key="")
    try:
        if not isinstance(client, PublishesPrices):
            name = catalog.provider(provider).name
            raise ConfigurationError(
                f"{name} publishes no prices that can be read. Those that are known are dated rows of the price book; "
                "a better one that you know goes to prices.override() or into a price file of your own."
            )
        return list(background.call(client.live_prices(), timeout=TIMEOUT))
    except TimeoutError:
        raise ProviderTimeout(
            f"{provider} had not said its prices after {TIMEOUT:g} s. Those that were known stay.",
            provider=provider,
            may_have_been_created=False,
        ) from None
    finally:
        background.call(client.close(), timeout=10.0)


def billed(client: Provider, since: dt.date, until: dt.date) -> Billed:
    """What a provider says that it billed on some days, UTC, the last one not included.

    Args:
        client: With the key that paid.
        since: The first day.
        until: The day after the last one.

    Raises:
        ConfigurationError: The provider does not tell.
        ProviderError: It could not be read.
    """
    name = catalog.provider(client.id).name
    if not isinstance(client, TellsBill):
        raise ConfigurationError(
            f"{name} tells its bill nowhere that a program can read. Export it from its console as CSV, and give that: "
            "reconcile('bill.csv'). Nothing was compared."
        )
    try:
        return background.call(client.billed(since, until), timeout=TIMEOUT)
    except TimeoutError:
        raise ProviderTimeout(
            f"{name} had not said what it billed after {TIMEOUT:g} s. Nothing was compared.",
            provider=client.id,
            may_have_been_created=False,
        ) from None
