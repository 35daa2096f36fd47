"""Enums that may gain members while readers of the earlier members run (docs/adr/0017-contracts-grow.md)."""

from enum import StrEnum
from typing import Any, Self, TypeVar

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from shared.base.json_types import Json

E = TypeVar("E", bound="OpenEnum")

OPEN = "x-open"  # in a contract's JSON schema: the enum may gain members


class OpenEnum(StrEnum):
    """A text enum that keeps a member which a later version has added, as a text that equals no member of its own.

    Every reader has a branch for such a member: `known` is False for it.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str) or not value:
            return None
        later = str.__new__(cls, value)
        later._name_, later._value_ = value, value
        return later

    @property
    def known(self) -> bool:
        """Whether this version has the member."""
        return self.value in type(self)._value2member_map_

    @classmethod
    # Any: pydantic's own type
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept the members and, as text, members of later versions."""
        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.str_schema(min_length=1),
            serialization=core_schema.plain_serializer_function_ser_schema(
                str, return_schema=core_schema.str_schema(), when_used="json"
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        """Return the enum as JSON schema: the members of this version, marked as open."""
        return {"type": "string", "enum": [member.value for member in cls], OPEN: True, "title": cls.__name__}


def _require_known(value: E) -> E:
    if not value.known:
        raise ValueError(f"{value.value!r} is none of {', '.join(member.value for member in type(value))}")
    return value


KNOWN = AfterValidator(_require_known)  # `Annotated[CaseKind, KNOWN]`: for what a caller states, which is no reader
