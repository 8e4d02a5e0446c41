"""Which provider at which address with which key: what a studio is connected to."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from seedance_nb import catalog, providers, sandbox
from seedance_nb.address import is_loopback
from seedance_nb.errors import MissingKeyError
from seedance_nb.sandbox.identity import is_sandbox
from seedance_nb.task import TaskRecord

SANDBOX = "sandbox"
SANDBOX_DIALECT = "ark"
"""Which provider the sandbox imitates when none is named."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A provider, its address and the key for it."""

    provider: str
    base_url: str
    key: str = field(repr=False)
    is_sandbox: bool

    def client(self) -> providers.Provider:
        """A client for this connection."""
        return providers.client(self.provider, base_url=self.base_url, key=self.key)


def connect(provider: str | None = None, *, key: str | None = None, base_url: str | None = None) -> Connection:
    """The connection a person means.

    Args:
        provider: A provider's id, `sandbox`, or `sandbox:` and the id of the provider to imitate. None takes
            the first one that has a key or an overridden address, else the sandbox.
        key: The API key; from the environment or the keyring if None.
        base_url: The address; from `SEEDANCE_NB_<PROVIDER>_URL` or the catalog if None.

    Raises:
        UnknownProviderError: There is no such provider.
        MissingKeyError: The provider needs a key and there is none.
        SandboxError: The address is on this machine and nothing answers there.
    """
    if provider is None:
        provider = next((name for name in _complete() if _is_set_up(name)), SANDBOX)
    if provider == SANDBOX or provider.startswith(f"{SANDBOX}:"):
        imitated = provider.partition(":")[2] or SANDBOX_DIALECT
        catalog.provider(imitated)
        url = base_url or sandbox.shared().url(imitated)
        return Connection(imitated, url, key or sandbox.KEY, is_sandbox=True)
    facts = catalog.provider(provider)
    url = base_url or address(provider)
    found = key or providers.find_key(facts.key_env)
    # Whatever listens on this machine is asked who it is: a relay to the real provider costs real money.
    if is_loopback(url) and is_sandbox(url):
        return Connection(provider, url, found or sandbox.KEY, is_sandbox=True)
    if found is None:
        raise MissingKeyError(
            f"No key for {facts.name}: set {facts.key_env} in the environment, or keep it in the keyring with "
            f"`keyring set {providers.KEYRING_SERVICE} {facts.key_env}`. Without any key, sd.Studio() works "
            "on the sandbox, where nothing is billed."
        )
    return Connection(provider, url, found, is_sandbox=False)


def reconnect(record: TaskRecord) -> Connection | None:
    """The connection for a task of the ledger, or None where there is no key for it.

    A key goes only to the address that is set up now, whatever address a ledger names.
    """
    if record.provider not in _complete():  # of a package that was uninstalled
        return None
    if record.is_sandbox:
        if not is_loopback(record.base_url):
            return None
        return Connection(record.provider, record.base_url, sandbox.KEY, is_sandbox=True)
    facts = catalog.provider(record.provider)
    url, key = address(record.provider), providers.find_key(facts.key_env)
    if key is None or url.rstrip("/") != record.base_url:
        return None
    if record.account not in {"", providers.fingerprint(key)}:
        return None  # another account does not know the task, and its "not found" would read as an end
    return Connection(record.provider, url, key, is_sandbox=False)


def address(provider: str) -> str:
    """Where a provider answers: `SEEDANCE_NB_<PROVIDER>_URL`, else what the catalog says.

    Raises:
        UnknownProviderError: There is no such provider.
    """
    return _overridden(provider) or catalog.provider(provider).base_url


def _complete() -> tuple[str, ...]:
    """The providers of which both client and facts are there."""
    described = catalog.providers()
    return tuple(name for name in providers.known() if name in described)


def _overridden(provider: str) -> str:
    return os.environ.get(f"SEEDANCE_NB_{provider.upper()}_URL", "").strip()


def _is_set_up(provider: str) -> bool:
    return bool(_overridden(provider) or providers.find_key(catalog.provider(provider).key_env))
