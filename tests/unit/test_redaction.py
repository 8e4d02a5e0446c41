"""Redaction: what is secret goes, what helps stays."""

from __future__ import annotations

import pytest

from seedance_nb.redaction import bare_url, redact, redact_value


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer sk-planted123",
        '{"api_key": "sk-planted123"}',
        "X-API-Key: sk-planted123",
        "https://example.com/a.mp4?X-Tos-Signature=sk-planted123 is gone",
        "https://me:sk-planted123@example.com/a",
        "data:image/png;base64,sk-planted123AAAA",
        "x" * 3 + " " + "c2stcGxhbnRlZDEyMw" * 20,
    ],
)
def test_secrets_are_folded(text: str) -> None:
    """Keys, signatures, passwords and base64 are gone; a mark says that something stood there."""
    shown = redact(text)
    assert "planted123" not in shown
    assert "c2stcGxhbnRlZDEyMw" * 2 not in shown
    assert "…" in shown


@pytest.mark.parametrize(
    "text",
    [
        "The API key format is incorrect.",
        "The API key or AK/SK in the request is missing or invalid.",
        "https://example.com/path/clip.mp4",
        "图片1中的猫 data about authorization",
    ],
)
def test_plain_words_stay(text: str) -> None:
    """A provider's explanation is not mangled."""
    assert redact(text) == text


def test_a_known_key_is_folded_wherever_it_stands() -> None:
    """A key known by value is found in the middle of a word, and in nested data."""
    assert redact_value({"a": ["xKEY-1y"], "KEY-1": 1}, keys=["KEY-1"]) == {"a": ["x…y"], "…": 1}


def test_a_bare_url_has_no_user_and_no_query() -> None:
    """What may be shown of an address is host and path."""
    assert bare_url("https://u:p@example.com:8443/a/b.mp4?sig=1#x") == "https://example.com:8443/a/b.mp4"
