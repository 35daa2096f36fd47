"""The base of every request's body: unknown fields and unwanted characters are refused, wherever they stand."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from shared.base.plain_text import unwanted


class Body(BaseModel):
    """A request's body: an unknown field is an error, not ignored.

    No text of any field, in lists and mappings too, holds characters that `shared/base/plain_text.py` refuses, once it
    has its normal form. `several_lines` names the fields that may hold line breaks.
    """

    model_config = ConfigDict(extra="forbid")

    several_lines: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="after")
    @classmethod
    def _is_plain(cls, value: Any, info: ValidationInfo) -> Any:  # Any: a field of any type
        for text in _texts(value):
            if wrong := unwanted(text, lines=info.field_name in cls.several_lines):
                raise ValueError(wrong)
        return value


def _texts(value: Any) -> Iterator[str]:  # Any: a field of any type
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(key)
            yield from _texts(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _texts(one)
