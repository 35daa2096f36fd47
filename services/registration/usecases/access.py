"""Access of people: the tokens of a subject are revoked in the whole city."""

from datetime import datetime

from services.registration.usecases import Deps
from shared.base.clock import machine_time
from shared.base.errors import Conflict
from shared.events.registration import AccessRevoked
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal


@retry_conflicts
async def revoke(deps: Deps, caller: Principal, subject: str) -> AccessRevoked:
    """Let the tokens of a subject that were issued up to now count no longer, in every service.

    Raises `Conflict` for the caller's own.
    """
    if subject == caller.subject:
        text = "Another person of the city's office revokes your access"
        raise Conflict("registration.own_access", text, detail_zh="不能撤销本人的访问权限：请由市级其他人员办理")
    now: datetime = machine_time()  # by which tokens are issued; a drill's clock moves neither
    async with deps.unit_of_work() as work:
        revoked = AccessRevoked(subject=subject, revoked_at=now, expires_at=now + deps.longest_token_life)
        work.emit(revoked)
    return revoked
