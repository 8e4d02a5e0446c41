"""Providers of other packages: what is found, what is refused, and that one of them spoils nothing."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import seedance_nb as sd
from seedance_nb import catalog, plugins, prices, providers
from seedance_nb.catalog import _load as catalog_load
from seedance_nb.connection import connect, reconnect
from seedance_nb.engine.odds import Kind
from seedance_nb.engine.usual import published
from seedance_nb.errors import ConfigurationError, PriceNotFoundError, UnknownProviderError
from seedance_nb.prices import _load as prices_load
from seedance_nb.sandbox import Scenario
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.widgets._view_model import _provider_name

OWN = ("ark", "byteplus", "atlas", "eachlabs")
TOY = Path(__file__).parents[1] / "plugins" / "toy_provider" / "toy_provider"
REQUEST = sd.Request("A cat yawns", model="seedance-2.0-fast", ratio="16:9", resolution="480p", duration=4)

Install = Callable[..., Path]


def _forget() -> None:
    for known in (plugins.found, providers.known, catalog.providers, catalog.provider, catalog.model):
        known.cache_clear()
    prices_load.book.cache_clear()
    prices_load._found.cache_clear()
    plugins._said.clear()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a package where Python finds it, as an installer leaves it: its modules, and what it is."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def put(
        name: str, *, provider: str = "toy", client: str | None = None, module: str = "client", **data: str
    ) -> Path:
        package, facts = site / name, site / f"{name}-1.0.dist-info"
        (package / "data").mkdir(parents=True)
        (package / "__init__.py").write_text("", "utf-8")
        source = (TOY / "client.py").read_text("utf-8") if client is None else client
        (package / "client.py").write_text(source, "utf-8")
        for file in ("catalog", "prices"):
            text = data.get(file, (TOY / "data" / f"{file}.toml").read_text("utf-8"))
            if text:
                (package / "data" / f"{file}.toml").write_text(text, "utf-8")
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
        entry = f"[{plugins.GROUP}]\n{provider} = {name}.{module}:Toy\n"
        (facts / "entry_points.txt").write_text(entry, "utf-8")
        importlib.invalidate_caches()
        _forget()
        return package

    _forget()
    yield put
    _forget()
    for name in set(sys.modules) - before:
        if (sys.modules[name].__dict__.get("__file__") or "").startswith(str(site)):
            del sys.modules[name]


def client(provider: str = "toy") -> providers.Provider:
    return providers.client(provider, base_url="https://api.toy.example", key="a-secret-key-of-mine")


def test_a_plug_in_is_found_with_everything(install: Install) -> None:
    """Facts, prices and client of an installed package are there beside the package's own."""
    install("toys")
    assert catalog.providers() == tuple(sorted((*OWN, "toy")))
    assert providers.known() == (*OWN, "toy")
    assert catalog.provider("toy").name == "Toy Pictures"
    assert str(prices.quote(REQUEST, "toy").amount) == "$0.20"
    assert client().base_url == "https://api.toy.example"
    assert connect("toy", key="k").base_url == "https://api.toy.example"


def test_it_looks_like_the_provider_it_names(install: Install) -> None:
    """A plug-in says only in what it differs from a provider of the package."""
    install("toys")
    assert catalog.provider("toy").sizes == catalog.provider("ark").sizes
    [fast] = catalog.provider("toy").models
    like = catalog.model("ark", "seedance-2.0-fast")
    assert like is not None
    assert (fast.resolutions, fast.duration, fast.id) == (like.resolutions, like.duration, "toy-fast-1")


def test_its_address_and_key_come_from_the_environment(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    """`SEEDANCE_NB_TOY_URL` and the key that its facts name are read as for the others, after them."""
    install("toys")
    monkeypatch.setenv("TOY_API_KEY", "k")
    monkeypatch.setenv("SEEDANCE_NB_TOY_URL", "https://other.example")
    assert connect().base_url == "https://other.example"
    monkeypatch.setenv("EACHLABS_API_KEY", "k")
    assert connect().provider == "eachlabs"


def test_without_plug_ins_nothing_changes(install: Install) -> None:
    """The package's own providers are what there is."""
    assert catalog.providers() == tuple(sorted(OWN))
    assert providers.known() == OWN
    with pytest.raises(UnknownProviderError, match=r"no provider 'toy'.*'ark'"):
        client()


# -- one that is broken --

BROKEN = [
    ({"catalog": "like = ["}, "catalog.toml cannot be read: TOMLDecodeError"),
    ({"catalog": ""}, "there is no data/catalog.toml"),
    ({"catalog": 'id = "toy"'}, "KeyError"),
    ({"catalog": 'like = "nobody"\nid = "toy"\nsource = "x"\nchecked = 2026-11-20'}, "nobody"),
    ({"provider": "doll"}, "is about 'toy'"),
    ({"module": "data.nothing.client"}, "cannot be read: ModuleNotFoundError"),
]


@pytest.mark.parametrize(("broken", "why"), BROKEN)
def test_broken_facts_are_named_once_and_spoil_nothing(install: Install, broken: dict[str, str], why: str) -> None:
    """The provider is left out with a warning that says whose it is; the others go on."""
    install("toys", **broken)
    with pytest.warns(UserWarning, match=r"of toys 1\.0 cannot be used") as said:
        assert catalog.providers() == tuple(sorted(OWN))
    assert len(said) == 1
    assert why in str(said[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        catalog.providers.cache_clear()
        assert set(sd.quotes(REQUEST).provider) == set(OWN)
        assert connect("ark", key="k").provider == "ark"
    with pytest.raises(ConfigurationError, match=r"Update toys, or uninstall it"):
        connect(broken.get("provider", "toy"), key="k")


@pytest.mark.parametrize("broken", ["price = 1", "[[price]", "formula = 'words'\nprice = []"])
def test_broken_prices_are_not_known_which_is_not_zero(install: Install, broken: str) -> None:
    """The provider is there without a price, a warning says why, and the others have theirs."""
    install("toys", prices=broken)
    with pytest.warns(UserWarning, match=r"toys 1\.0 .*not known, which is not zero") as said:
        frame = sd.quotes(REQUEST)
    assert len(said) == 1
    [row] = frame[frame.provider == "toy"].to_dict("records")
    assert (row["high"], row["can"]) == (None, True)
    assert frame[frame.provider == "ark"].high.notna().any()
    with pytest.raises(PriceNotFoundError):
        prices.quote(REQUEST, "toy")


def test_no_prices_are_no_fault(install: Install) -> None:
    """A plug-in without prices has none, and nobody complains."""
    install("toys", prices="")
    with pytest.raises(PriceNotFoundError, match="no prices of that provider"):
        prices.quote(REQUEST, "toy")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("1 / 0", "cannot be imported: ZeroDivisionError"),
        ("", "cannot be imported: AttributeError"),
        ("class Toy: pass", "did not start: TypeError"),
        (
            "class Toy:\n def __init__(self, **given): raise ValueError(given['key'] + ' is bad')",
            "ValueError: … is bad",
        ),
        ("class Toy:\n id = 'toy'\n def __init__(self, **given): pass", "has no account, base_url, can_list, cancel"),
    ],
)
def test_a_broken_client_says_whose_it_is(install: Install, source: str, why: str) -> None:
    """It is refused before a task, without the key in what is said, and the other clients are there."""
    install("toys", client=source)
    with pytest.raises(ConfigurationError, match=r"'toy' of toys 1\.0 cannot be used") as raised:
        client()
    assert why in str(raised.value)
    assert "a-secret-key" not in str(raised.value)
    assert client("ark").id == "ark"


def test_a_client_under_another_name_is_refused(install: Install) -> None:
    """What the ledger would write and what the entry point says must be one id."""
    install("toys", provider="doll")
    with pytest.raises(ConfigurationError, match="its client is called 'toy'"):
        client("doll")


@pytest.mark.parametrize("provider", ["sandbox", "Toy", "toy-land", "1toy", "../toy"])
def test_an_id_that_cannot_be_one_is_left_out(install: Install, provider: str) -> None:
    """An id must fit into the name of an environment variable, and mean nothing else."""
    install("toys", provider=provider)
    with pytest.warns(UserWarning, match="its id must be lower case") as said:
        assert providers.known() == OWN
    assert len(said) == 1


# -- two of one name --


def test_nobody_replaces_a_provider_of_the_package(install: Install) -> None:
    """A plug-in with a taken id gets neither key nor request; the error names both, and the others go on."""
    install("impostor", provider="ark")
    with pytest.warns(UserWarning, match=r"'ark' is claimed by seedance-nb itself and by impostor 1\.0"):
        assert catalog.providers() == ("atlas", "byteplus", "eachlabs")
    for ask in (lambda: client("ark"), lambda: connect("ark", key="k"), lambda: sd.check(REQUEST, "ark")):
        with pytest.raises(ConfigurationError, match=r"impostor 1\.0.*Nothing was sent"):
            ask()
    assert set(sd.quotes(REQUEST).provider) == {"atlas", "byteplus", "eachlabs"}
    assert client("atlas").id == "atlas"


def test_two_plug_ins_of_one_name_are_both_left_out(install: Install) -> None:
    """Neither is used, and both are named."""
    install("toys")
    install("dolls")
    with pytest.warns(UserWarning, match=r"dolls 1\.0 and by toys 1\.0"):
        assert providers.known() == OWN
    with pytest.raises(ConfigurationError, match="Uninstall all but one"):
        client()


def test_prices_of_the_package_are_not_mistaken_for_a_plug_ins(install: Install) -> None:
    """A plug-in called as the file of the rates reads its own prices."""
    catalog_text = (TOY / "data" / "catalog.toml").read_text("utf-8").replace('id = "toy"', 'id = "fx"')
    install("toys", provider="fx", catalog=catalog_text)
    assert prices.quote(REQUEST, "fx").price.id == "toy/seedance-2.0-fast/2026-11"


def test_a_partner_of_the_catalog_alone_is_no_client(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider whose facts were taken away is not chosen for its key."""
    monkeypatch.setattr(catalog_load, "_own", lambda: frozenset({"ark", "byteplus", "atlas"}))
    monkeypatch.setenv("EACHLABS_API_KEY", "k")
    monkeypatch.setenv("ATLASCLOUD_API_KEY", "k")
    catalog.providers.cache_clear()
    catalog.provider.cache_clear()
    assert connect().provider == "atlas"
    with pytest.raises(UnknownProviderError):
        connect("eachlabs", key="k")


# -- one that was uninstalled --


@pytest.mark.parametrize("is_sandbox", [True, False])
def test_a_task_outlives_the_plug_in_it_was_made_with(is_sandbox: bool) -> None:
    """A task of a provider that nobody brings any more has no connection, and can still be shown."""
    at = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    record = TaskRecord(
        local_id="t-1",
        provider="toy",
        is_sandbox=is_sandbox,
        base_url="http://127.0.0.1:9" if is_sandbox else "https://api.toy.example",
        model="seedance-2.0-fast",
        model_id="toy-fast-1",
        mode="text",
        status=TaskStatus.RUNNING,
        created_at=at,
        updated_at=at,
    )
    assert reconnect(record) is None
    assert _provider_name("toy") == "toy"
    kind = Kind(record.provider, record.model, record.resolution, record.duration, record.is_sandbox)
    assert published(kind) == ([Scenario().queue + Scenario().run] if is_sandbox else [])
