"""Who operates the city: the role operator, for the whole city, as no record on the bus belongs to one area alone."""

from typing import Annotated

from fastapi import Depends

from shared.base.errors import Forbidden
from shared.web.access import Principal, Role, allow


async def _whole_city(caller: Annotated[Principal, Depends(allow(Role.OPERATOR))]) -> Principal:
    if caller.area != "/":
        text = f"Operators work for the whole city, and your account is of {caller.area}: have it given the area /"
        raise Forbidden("operators.whole_city", text, area=caller.area)
    return caller


Operator = Annotated[Principal, Depends(_whole_city)]  # a route's parameter: `caller: Operator`
