"""What a rule or a request can refuse. `shared/web/http.py` alone renders these for HTTP."""

from typing import Any


class DomainError(Exception):
    """A rule refuses. `code` is stable (`isolation.room_occupied`); the message says what to do."""

    status = 422

    def __init__(self, code: str, message: str, **details: Any) -> None:  # Any: details in JSON
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


class Invalid(DomainError):
    """The input is wrong whatever the state (400)."""

    status = 400


class Unauthenticated(DomainError):
    """No valid token was shown (401)."""

    status = 401


class StepUpNeeded(Unauthenticated):
    """The sign-in is too weak or too old for this (401); `challenge` is the header WWW-Authenticate (RFC 9470)."""

    def __init__(self, code: str, message: str, challenge: str, **details: Any) -> None:  # Any: details in JSON
        super().__init__(code, message, **details)
        self.challenge = challenge


class Forbidden(DomainError):
    """The caller's roles do not allow this (403)."""

    status = 403


class NotFound(DomainError):
    """There is no such thing, or it lies outside the caller's area (404)."""

    status = 404


class Conflict(DomainError):
    """The state does not allow this now (409)."""

    status = 409


class Unreadable(Conflict, ValueError):
    """A sealed text does not open: it was changed in the store, or its key is not here (409).

    What depends on the text waits or is refused until an operator has mended the record.
    """

    def __init__(self, message: str) -> None:
        text = "A sealed text of this record cannot be read, so it is not changed: ask the operator to mend it"
        chinese = "该记录中有加密内容无法读取，暂不能更改：请联系运维人员修复"
        super().__init__("store.unreadable", f"{text} ({message})", detail_zh=chinese)


class TooLarge(DomainError):
    """The body or the batch is larger than accepted (413)."""

    status = 413


class Unavailable(DomainError):
    """A server behind us is away or we are full; try again after `retry_after` seconds (503)."""

    status = 503

    def __init__(self, code: str, message: str, retry_after: int = 1, **details: Any) -> None:  # Any: details in JSON
        super().__init__(code, message, **details)
        self.retry_after = retry_after


class NotYet(Exception):
    """Something this work needs has not arrived; it is tried again until it has, and never dead-lettered."""
