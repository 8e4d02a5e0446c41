"""What every test starts from: no key in the environment, and a home of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ARK_API_KEY", "ATLASCLOUD_API_KEY", "EACHLABS_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("SEEDANCE_NB_PRICES", raising=False)
    for name in ("ARK", "BYTEPLUS", "ATLAS", "EACHLABS"):
        monkeypatch.delenv(f"SEEDANCE_NB_{name}_URL", raising=False)
    monkeypatch.setenv("SEEDANCE_NB_HOME", str(tmp_path / "home"))
