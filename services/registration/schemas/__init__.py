"""Bodies of registration's HTTP interface, by what they are about."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.base import normal_form
from shared.web.texts import typed

Name = Annotated[str, typed(normal_form.fold), StringConstraints(min_length=1, max_length=100)]
Code = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,40}$")]
Path = Annotated[str, StringConstraints(pattern=r"^(/[\w-]{1,40})+$", max_length=400)]
Region = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,40}(/[\w-]{1,40})*$")]
Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=500)]
PersonId = Annotated[str, StringConstraints(pattern=r"^[\w.@:-]{1,64}$")]


class Body(BaseModel):
    """A request's body: an unknown field is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class View(BaseModel):
    """What a route answers with."""

    @classmethod
    def of(cls, aggregate: object, **more: object) -> Self:
        """Return the view of an aggregate: each field is its attribute of that name, or stands in `more`."""
        names = cls.model_fields.keys() - more.keys()
        facts = {name: getattr(aggregate, name) for name in names if hasattr(aggregate, name)}
        return cls.model_validate(facts | more, from_attributes=True)
