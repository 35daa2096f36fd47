"""Bodies of registration's HTTP interface, by what they are about."""

from typing import Annotated, Self

from pydantic import BaseModel, StringConstraints

from shared.base import normal_form
from shared.web.ids import Id as Id
from shared.web.ids import Path as Path
from shared.web.ids import PersonId as PersonId
from shared.web.request_body import Body as Body
from shared.web.texts import typed

Name = Annotated[str, typed(normal_form.fold), StringConstraints(min_length=1, max_length=100)]
Code = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,40}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,40}(/[\w-]{1,40})*$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=500)]


class View(BaseModel):
    """What a route answers with."""

    @classmethod
    def of(cls, aggregate: object, **more: object) -> Self:
        """Return the view of an aggregate: each field is its attribute of that name, or stands in `more`."""
        names = cls.model_fields.keys() - more.keys()
        facts = {name: getattr(aggregate, name) for name in names if hasattr(aggregate, name)}
        return cls.model_validate(facts | more, from_attributes=True)
