"""Ark's errors: codes, texts and the envelope they come in.

Source: Ark, error codes (82379/1299023) and answers recorded from the live API, read 2026-11-20.
Reasons in `invalid()` calls that Ark's own texts do not cover are this sandbox's.
"""

from __future__ import annotations

import hashlib
from typing import Any

TYPES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    413: "BadRequest",
    429: "TooManyRequests",
    500: "InternalServerError",
}

_MODERATED = {
    "InputText": "input text",
    "InputImage": "input image",
    "InputVideo": "input video",
    "InputAudio": "input audio",
    "OutputText": "output text",
    "OutputImage": "output image",
    "OutputVideo": "output video",
    "OutputAudio": "output audio",
}
_TEXTS = {
    "InternalServiceError": "The service encountered an unexpected internal error.",
    "AuthenticationError": "The API key or AK/SK in the request is missing or invalid.",
    "AccountOverdueError": "The request failed because your account has an overdue balance.",
    "ModelAccountRpmRateLimitExceeded": (
        "The Requests Per Minute (RPM) limit of the associated model for your account has been reached."
    ),
    "AccountRateLimitExceeded": "The requests per second limit of your account for this action has been reached.",
    "QuotaExceeded": "The request failed because too many tasks of your account are queued.",
    "ServerOverloaded": "The service is currently overloaded. Please try again later.",
    "ResourceNotFound": "The specified resource is not found.",
    "SensitiveContentDetected": "The request failed because the input may contain sensitive information.",
}


class ArkError(Exception):
    """An answer with an error body."""

    def __init__(self, status: int, code: str, message: str, param: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.param = status, code, message, param

    def body(self, request_id: str) -> dict[str, Any]:
        """The error object, every text with its request id at the end."""
        return {
            "error": {
                "code": self.code,
                "message": signed(self.message, request_id),
                "param": self.param,
                "type": TYPES.get(self.status, "InternalServerError"),
            }
        }


def signed(message: str, request_id: str) -> str:
    """A text with the request id that ends each of Ark's."""
    return f"{message} Request id: {request_id}"


def request_id(now: float, serial: str) -> str:
    """An id in the form of Ark's: `02`, epoch milliseconds, a mapped address, six digits."""
    tail = hashlib.sha256(serial.encode()).hexdigest()
    return f"02{int(now * 1000):013d}{'0' * 20}ffff7f000001{tail[:6]}"


def invalid(param: str, reason: str) -> ArkError:
    """400 about one parameter, in the grammar of Ark's validation."""
    reason = reason.rstrip(".")
    return ArkError(
        400, "InvalidParameter", f"The parameter `{param}` specified in the request is not valid: {reason}.", param
    )


def missing(param: str) -> ArkError:
    """400 about a parameter that is not there."""
    return ArkError(400, "MissingParameter", f"The request failed because it is missing `{param}` parameter.", param)


def not_found(task_id: str) -> ArkError:
    """404 about a task. The code is Ark's; its text was never published."""
    return ArkError(404, "ResourceNotFound", f"The specified task {task_id} is not found.")


def text_of(code: str) -> str:
    """The usual text of a code, without request id."""
    if code in _TEXTS:
        return _TEXTS[code]
    head, _, variant = code.partition(".")
    subject = _MODERATED.get(head.removesuffix("SensitiveContentDetected"))
    if subject is None:
        return "The request failed."
    if variant == "PrivacyInformation":
        return f"The request failed because the {subject} may contain real person."
    if variant == "PolicyViolation":
        return f"The request failed because the {subject} may be related to copyright restrictions."
    return f"The request failed because the {subject} may contain sensitive information."
