"""Atlas Cloud's errors and the two envelopes they come in.

Source: Atlas Cloud, error codes (atlascloud.ai/docs/errors) and public API reference
(atlascloud.ai/docs/en/public-api), read 2026-11-20. The texts are this sandbox's.
"""

from __future__ import annotations

from typing import Any

INPUT_MODERATION = 1039
"""The one `error_code` of failed tasks that was ever published."""

TEXTS = {
    400: "The request is malformed.",
    401: "Unauthorized: the API key is missing or invalid, or the path does not exist.",
    402: "Insufficient balance.",
    403: "Forbidden.",
    404: "Not found.",
    413: "The request is larger than 50 MB.",
    429: "Too many requests: the limit of your account for this model has been reached.",
    451: "This model is not available in your region.",
    500: "Internal server error.",
    503: "The service is temporarily unavailable.",
    504: "The upstream service did not answer in time.",
}
_PUBLIC_TYPES = {
    400: ("invalid_request_error", "invalid_parameter"),
    401: ("authentication_error", "invalid_api_key"),
    404: ("invalid_request_error", "not_found"),
}


class AtlasError(Exception):
    """An answer with an error body."""

    def __init__(self, status: int, message: str = "", *, code: int | None = None, param: str = "") -> None:
        self.message = message or TEXTS.get(status, "The request failed.")
        super().__init__(self.message)
        self.status, self.code, self.param = status, status if code is None else code, param

    def body(self, request_id: str) -> dict[str, Any]:
        """The error object of the model API."""
        return {"code": self.code, "msg": self.message, "request_id": request_id, "data": None}

    def public_body(self, request_id: str) -> dict[str, Any]:
        """The error object of the public API, which has billing."""
        kind, code = _PUBLIC_TYPES.get(self.status, ("api_error", "internal_error"))
        error = {"type": kind, "code": code, "message": self.message, "param": self.param or None}
        return {"error": error, "request_id": request_id}


def invalid(name: str, reason: str) -> AtlasError:
    """400 about one parameter."""
    return AtlasError(400, f"Invalid parameter {name}: {reason}.", param=name)


def missing(name: str) -> AtlasError:
    """400 about a parameter that is not there."""
    return AtlasError(400, f"Missing required parameter: {name}.", param=name)
