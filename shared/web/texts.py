"""Texts in bodies of requests: they take their normal form before they are checked."""

from collections.abc import Callable

from pydantic import BeforeValidator


def typed(form: Callable[[str], str]) -> BeforeValidator:
    """Return what gives a text its normal form, one of `shared.base.normal_form`; other values stay as they are."""
    return BeforeValidator(lambda value: form(value) if isinstance(value, str) else value)
