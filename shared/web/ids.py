"""Ids in paths, queries and bodies: each has the form of an id, so that nothing else is stored or recorded as one.

`Maybe...` are filters: an empty one filters nothing.
"""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from shared.base import id_numbers, normal_form

_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CODE = r"[\w-]{1,64}"


def _no_id_number(text: str) -> str:
    """Return the text. Raises `ValueError` for the number of an identity card, which is no id of ours."""
    if id_numbers.is_checked(normal_form.id_number(text)):
        raise ValueError("an ID number is no id: send the id that the service gave (身份证号不能作为标识)")
    return text


NO_ID_NUMBER = AfterValidator(_no_id_number)

# What a service or a client makes: a UUID in lower case.
Id = Annotated[str, StringConstraints(pattern=f"^{_UUID}$")]
MaybeId = Annotated[str, StringConstraints(pattern=f"^({_UUID})?$")]
# What an office chooses: the code of a gate, a checkpoint, a depot, an item.
Code = Annotated[str, StringConstraints(pattern=f"^{_CODE}$"), NO_ID_NUMBER]
MaybeCode = Annotated[str, StringConstraints(pattern=f"^({_CODE})?$"), NO_ID_NUMBER]
# The subject of a person's token, as the issuer writes it.
PersonId = Annotated[str, StringConstraints(pattern=r"^[\w.@:-]{1,64}$"), NO_ID_NUMBER]
# A health code's id: 16 bytes in hex, of an earlier version with dashes.
CodeId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{32,36}$")]
# An area path, or what an event is about: a case, a delivery, a resident, a stock.
Path = Annotated[str, StringConstraints(pattern=r"^(/[\w-]{1,40})+$", max_length=400)]
MaybePath = Annotated[str, StringConstraints(pattern=r"^(/|(/[\w-]{1,40})*/?)$", max_length=400)]
Subject = Annotated[str, StringConstraints(pattern=r"^[\w.@:/-]+$", max_length=400), NO_ID_NUMBER]
MaybeSubject = Annotated[str, StringConstraints(pattern=r"^[\w.@:/-]*$", max_length=400), NO_ID_NUMBER]
