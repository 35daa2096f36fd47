"""Who may call what, and what several routes share."""

from typing import Annotated

from fastapi import Depends, Query

from services.registration.usecases import STAFF, Deps
from shared.web import http
from shared.web.access import Principal, Role, allow

PAGE = 200

Uses = Annotated[Deps, Depends(http.deps)]
Anyone = Annotated[Principal, Depends(allow())]
Staff = Annotated[Principal, Depends(allow(*STAFF))]
Office = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY))]
Officer = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY, Role.DOCTOR))]
City = Annotated[Principal, Depends(allow(Role.CITY))]
Limit = Annotated[int, Query(ge=1, le=1000)]
