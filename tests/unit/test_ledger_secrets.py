"""No secret reaches the ledger's file, whatever way it comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import Ledger
from seedance_nb.task import Failure, TaskStatus

from .ledger_samples import a_ledger, a_record, after

KEY = "sk-planted-4f9a8b7c6d5e4f3a2b1c"
SIGNATURE = "X-Tos-Signature=planted0123456789abcdef"
BASE64 = "UGxhbnRlZA" * 40
PLANTS = (
    f"Authorization: Bearer {KEY}",
    f"api_key={KEY}",
    f"the key {KEY} is wrong",
    f"https://cdn.example.com/clip.mp4?{SIGNATURE}",
    f"https://user:{KEY}@example.com/x",
    f"data:image/png;base64,{BASE64}",
)


def test_planted_secrets_are_in_no_byte_of_the_file(tmp_path: Path) -> None:
    """Prompt, request, address, owner, failure and details are folded; the ledger's repr has none either."""
    with a_ledger(tmp_path, keys=[KEY, ""]) as ledger:
        for number, plant in enumerate(PLANTS):
            name = f"t-{number:04}"
            ledger.add_intent(
                a_record(
                    number,
                    prompt=f"A cat. {plant}",
                    owner=plant,
                    base_url=f"https://user:{KEY}@ark.example.com/api/v3?{SIGNATURE}",
                    request={"content": [{"url": plant, plant: [plant]}]},
                )
            )
            ledger.transition(
                name, TaskStatus.FAILED, at=after(1), failure=Failure(plant, plant), detail={"said": plant}
            )
            ledger.record_event(name, "note", {"deep": [{"said": (plant,)}]})
        record = ledger.get("t-0003")
        assert KEY not in repr(ledger)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    written = b"".join(path.read_bytes() for path in files)
    assert b"A cat." in written
    for secret in (KEY, SIGNATURE, "planted0123", BASE64[:60]):
        assert secret.encode() not in written
    assert record.base_url == "https://ark.example.com/api/v3"
    assert record.failure is not None
    assert record.failure.message == "https://cdn.example.com/clip.mp4?…"


def test_text_that_no_database_takes_is_made_storable(tmp_path: Path) -> None:
    """Half a surrogate pair and a NUL do not stop an intent."""
    with a_ledger(tmp_path) as ledger:
        ledger.add_intent(a_record(prompt="cat\ud83d\0 猫", request={"a\ud83d": "b\0"}))
        assert ledger.get("t-0001").prompt == "cat?� 猫"


def test_the_password_of_a_server_is_hidden(tmp_path: Path) -> None:
    """A driver that is missing is named with the way to get it, the password is not."""
    with pytest.raises(ConfigurationError, match="pip install") as caught:
        Ledger.open("postgresql+pg8000://team:planted-word@db.example.com/ledger", home=tmp_path)
    assert "planted-word" not in str(caught.value)
