"""Today's prices, read from the sandbox's imitation of Atlas Cloud."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

import seedance_nb as sd
from seedance_nb.errors import ProviderError
from seedance_nb.sandbox._server import Sandbox


@pytest.fixture(autouse=True)
def _nothing_of_ones_own() -> Iterator[None]:
    yield
    sd.prices.override()


def test_prices_are_read_looked_at_and_then_used(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """One request without a key gives a row for every mode; quotes change when the rows are given to the book."""
    monkeypatch.setenv("SEEDANCE_NB_ATLAS_URL", box.url("atlas"))
    monkeypatch.setenv("ATLASCLOUD_API_KEY", "invalid-and-not-sent")
    request = sd.Request("A cat yawns", model="seedance-2.0-mini", ratio="16:9", resolution="720p", duration=5)
    with pytest.raises(sd.errors.PriceNotFoundError):
        sd.quote(request, "atlas")
    rows = sd.live_prices("atlas")
    assert {(row["model"], row["amount"]) for row in rows} == {
        ("seedance-2.0", "0.2419"),
        ("seedance-2.0-fast", "0.1935"),
        ("seedance-2.0-mini", "0.1210"),
    }
    assert all(box.url("atlas") in row["source"] for row in rows)
    assert [entry.path for entry in box.requests if not entry.path.startswith("/sandbox")] == ["/api/v1/models"]
    sd.prices.override(rows)
    assert str(sd.quote(request, "atlas").amount) == "$0.61"  # 5 s × $0.121 = $0.605


def test_nobody_there_is_our_error(box: Sandbox) -> None:
    """An address that nobody answers at is a provider's error, and no price changes."""
    url = box.url("atlas")
    box.stop()
    with stamina.set_testing(True, attempts=2), pytest.raises(ProviderError, match="No connection to atlas"):
        sd.live_prices("atlas", base_url=url)
