"""Bodies of registration's HTTP interface, by what they are about."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Code = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,40}$")]
Path = Annotated[str, StringConstraints(pattern=r"^(/[\w-]{1,40})+$", max_length=400)]
Region = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,40}(/[\w-]{1,40})*$")]
Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=500)]
PersonId = Annotated[str, StringConstraints(pattern=r"^[\w.@:-]{1,64}$")]


class Body(BaseModel):
    """A request's body: a field nobody knows is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")
