"""Texts in bodies of requests: they take their normal form before they are checked."""

from collections.abc import Callable
from typing import Any

from pydantic import BeforeValidator


def typed(form: Callable[[str], str]) -> BeforeValidator:
    """Return what gives a text its normal form, one of `shared.base.normal_form`; other values stay as they are.

    A text with half a character, which no store keeps, is refused.
    """

    def read(value: Any) -> Any:  # Any: what a client sent, before its type is checked
        if not isinstance(value, str):
            return value
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("the text holds half a character: enter it again") from None
        return form(value)

    return BeforeValidator(read)
