"""Opening a store: where it answers, and with whose keys, by the variables that each service's own tools read."""

from __future__ import annotations

import datetime as dt
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from seedance_nb.address import is_loopback
from seedance_nb.errors import ConfigurationError
from seedance_nb.store._address import Place, parsed
from seedance_nb.store._store import Store

if TYPE_CHECKING:
    from obstore.store import GCSStore, S3Store

CLIENT: Mapping[str, Any] = {"connect_timeout": dt.timedelta(seconds=20), "timeout": dt.timedelta(seconds=120)}
"""For one request, which carries at most one part of a file."""
RETRY: Mapping[str, Any] = {
    "max_retries": 6,
    "retry_timeout": dt.timedelta(seconds=60),
    "backoff": {"init_backoff": dt.timedelta(seconds=0.2), "max_backoff": dt.timedelta(seconds=8), "base": 2},
}
TOS_REGION = "cn-beijing"

_lock = threading.Lock()
_open: dict[tuple[str, str], Store] = {}


def opened(address: str) -> Store:
    """The store at an address; nothing is asked of it yet.

    Args:
        address: `s3://bucket/folder`, `gs://…` or `tos://…`. Keys and endpoint come from the environment: the variables
            `AWS_*`, `GOOGLE_*` and `TOS_*` that the services' own tools read, or the role of the machine.

    Raises:
        ConfigurationError: The address is none, the package for it is not installed, or there are no keys.
    """
    place = parsed(address)
    try:
        import obstore.store as stores
    except ModuleNotFoundError as missing:
        raise ConfigurationError(
            f"{place} is an object store, and the package that reads them, {missing.name!r}, is not installed; nothing "
            "was opened. pip install 'seedance-nb[store]'"
        ) from missing
    client: GCSStore | S3Store
    if place.scheme == "gs":
        client = stores.GCSStore(
            place.bucket, prefix=place.prefix or None, client_options=_client(), retry_config=_retry()
        )
        return Store(place, client)
    config, endpoint, credentials = _s3(place) if place.scheme == "s3" else _tos(place)
    client = stores.S3Store(
        place.bucket,
        prefix=place.prefix or None,
        config=config,  # type: ignore[arg-type]
        client_options=_client(allow_http=_is_plain(endpoint)),
        retry_config=_retry(),
        credential_provider=credentials,
    )
    return Store(place, client, is_here=is_loopback(endpoint))


def at(address: str) -> Store:
    """The store that an address of it or of an object in it was kept under; opened once with the same endpoint.

    Raises:
        ConfigurationError: As of `opened`.
    """
    known = str(parsed(address)), os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    with _lock:
        if known not in _open:
            _open[known] = opened(address)
        return _open[known]


def _client(**more: bool) -> Any:
    return {**CLIENT, **more}


def _retry() -> Any:
    return dict(RETRY)


def _s3(place: Place) -> tuple[dict[str, Any], str, Any]:
    env = os.environ
    endpoint = env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL") or ""
    config: dict[str, Any] = {"region": env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "us-east-1"}
    if endpoint:
        config["endpoint"] = endpoint
    return config, endpoint, _profile(place)


def _profile(place: Place) -> Any:
    """What reads keys from a profile, where there are none in the environment: the library does not read those files.

    Whether the machine itself has a role is found out by the library, with the first request.
    """
    env = os.environ
    from_profile = env.get("AWS_PROFILE") or (
        not any(env.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"))
        and Path(env.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser().is_file()
    )
    if not from_profile:
        return None
    try:
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ModuleNotFoundError as missing:
        raise ConfigurationError(
            f"The keys for {place} stand in a profile of this account, which {missing.name!r} reads, and it is not "
            "installed; nothing was opened. pip install boto3, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from missing
    return Boto3CredentialProvider()


def _tos(place: Place) -> tuple[dict[str, Any], str, Any]:
    """TOS speaks the protocol of S3 at addresses of its own, with the bucket in the name of the host alone.

    Source: BytePlus, "Compatibility with Amazon S3" (TOS), read 2026-11-26; the variables are those of the TOS SDKs.
    """
    env = os.environ
    key, secret = env.get("TOS_ACCESS_KEY"), env.get("TOS_SECRET_KEY")
    if not key or not secret:
        raise ConfigurationError(
            f"No keys for {place}: set TOS_ACCESS_KEY and TOS_SECRET_KEY, and TOS_REGION or TOS_ENDPOINT where it is "
            f"not {TOS_REGION}. Nothing was opened."
        )
    region = env.get("TOS_REGION") or TOS_REGION
    given = env.get("TOS_ENDPOINT") or f"tos-s3-{region}.volces.com"
    endpoint = given if "://" in given else f"https://{given}"
    config: dict[str, Any] = {"access_key_id": key, "secret_access_key": secret, "region": region}
    if token := env.get("TOS_SECURITY_TOKEN"):
        config["session_token"] = token
    parts = urlsplit(endpoint)
    if not is_loopback(endpoint):
        host = parts.netloc
        if host.startswith("tos-") and not host.startswith("tos-s3-"):
            host = f"tos-s3-{host.removeprefix('tos-')}"  # the same region, by the protocol that we speak
        endpoint = f"{parts.scheme}://{place.bucket}.{host}"
        config["virtual_hosted_style_request"] = True
    return {**config, "endpoint": endpoint}, endpoint, None


def _is_plain(endpoint: str) -> bool:
    """Whether plain http is spoken, which is on this machine alone.

    Raises:
        ConfigurationError: It would be spoken across a network.
    """
    if not endpoint.startswith("http://"):
        return False
    if not is_loopback(endpoint):
        raise ConfigurationError(
            "The endpoint of the object store is plain http; clips and signed addresses go over https alone, but for "
            "this machine. Nothing was opened."
        )
    return True
