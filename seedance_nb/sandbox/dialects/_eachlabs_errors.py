"""EachLabs' errors: statuses, texts and the two shapes they come in.

Source: EachLabs, error reference and OpenAPI file of the API documentation, 2026-08-21; the shape with
`message` from its skill page for Seedance 2.0; read 2026-11-20.
`details` of a 400 is documented as optional; what stands in it is this sandbox's.
"""

from __future__ import annotations

from typing import Any

from seedance_nb.sandbox.scenario import Fault

SKILL = "skill"
"""The spelling of the skill page."""

NOT_FOUND = {
    "create": "Failed to fetch model: model not found",
    "delete": "file not found",
}
FAILED = {
    "create": "Failed to create prediction",
    "upload": "Failed to generate presigned URL",
}
PREDICTION_NOT_FOUND = "Prediction not found"
CAP = (
    "Account rate limited: accounts with a balance of $10.00 or less are limited to {cap} concurrent executions. "
    "Keep your balance above $10.00 for higher concurrency, or wait for an active execution to finish."
)
BURST = "Account rate limited: too many executions were started at once. Please try again later."
BALANCE = (
    "the estimated cost of your in-flight executions exceeds your current balance ($1.00). "
    "please wait for an active execution to finish or top up your balance"
)


class EachLabsError(Exception):
    """An answer with an error body."""

    def __init__(self, status: int, error: str, details: str = "") -> None:
        super().__init__(error)
        self.status, self.error, self.details = status, error, details

    def body(self, spelling: str = "") -> dict[str, Any]:
        """The error object, by default as the error reference has it."""
        if spelling == SKILL:
            return {"status": "error", "message": self.error, "details": self.details}
        body: dict[str, Any] = {"status": self.status} if self.status in (402, 429) else {}
        body["error"] = self.error
        return body | ({"details": self.details} if self.details else {})


def invalid_input(details: str = "") -> EachLabsError:
    """400 about the `input` of a create."""
    return EachLabsError(400, "Invalid input for model", details)


def unauthorized() -> EachLabsError:
    """401, for a key that is missing or wrong."""
    return EachLabsError(401, "Invalid or missing API key")


def too_many(details: str) -> EachLabsError:
    """429; `details` says which limit it was."""
    return EachLabsError(429, "too many requests", details)


def of_fault(fault: Fault, operation: str) -> EachLabsError:
    """The refusal a fault asks for."""
    usual = {
        "unauthorized": unauthorized(),
        "overdue": EachLabsError(402, "payment required", BALANCE),
        "rate_limit": too_many(BURST),
        "quota": too_many(CAP.format(cap=10)),
        "server_error": EachLabsError(500, FAILED.get(operation, "Internal server error")),
        "moderation": invalid_input("the input was flagged by a content checker"),
        "not_found": EachLabsError(404, NOT_FOUND.get(operation, PREDICTION_NOT_FOUND)),
        "error": EachLabsError(400, "invalid argument"),
    }[fault.kind]
    return EachLabsError(fault.status or usual.status, fault.message or usual.error, fault.code or usual.details)
