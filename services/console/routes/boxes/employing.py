"""The staff of the employers for which a clerk acts."""

import asyncio
from collections.abc import Sequence

from services.console.client import employers, views
from services.console.routes.boxes import BOX_S, Count, Desk
from services.console.showing.texts import N_


async def own_staff(desk: Desk) -> Sequence[Count]:
    """Count who works today, and who of them may not come in, over the clerk's employers."""
    api, kind = desk.visit.api, views.Page[employers.Employer]
    own = (await api.get("registration", "/v1/employers", kind, BOX_S)).items
    asked = (
        api.get("registration", f"/v1/employers/{one.employer_id}/counts", employers.EmployerCounts, BOX_S)
        for one in own
    )
    counts = await asyncio.gather(*asked)
    path = f"/employers/{own[0].employer_id}" if len(own) == 1 else "/employers"
    absent = sum(one.absent for one in counts)
    return [
        Count(N_("may not come in today"), str(absent), f"{path}?show=absent" if len(own) == 1 else path, absent > 0),
        Count(N_("work here today"), str(sum(one.people for one in counts)), path),
    ]
