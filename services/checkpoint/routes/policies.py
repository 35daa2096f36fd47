"""What holds at which checkpoint at a time, over HTTP (R2.1)."""

from typing import Annotated

from services.checkpoint.domain.checkpoint import Checkpoint
from services.checkpoint.domain.policy import in_force, planned
from services.checkpoint.routes.callers import Staff, Uses, zoned
from services.checkpoint.routes.checkpoints import POLICIES, WATCHING
from services.checkpoint.schemas.checkpoints import CheckpointRules, PolicyView
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.pages import Listing, Page, listed
from shared.web.times import Instant

router = api_router("checkpoints")


@router.get("/policies")
async def list_rules(
    deps: Uses,
    caller: Staff,
    listing: Annotated[Listing, listed(searched="name")],
    disclosures: Disclosing,
    purpose: Reading,
    at: Instant | None = None,
) -> Page[CheckpointRules]:
    """List the checkpoints in the caller's area with what holds there `at` a time, by default now, and what follows.

    A time up to 30 days back has an answer; before that the trail of a checkpoint has it.
    """
    when = zoned(at or deps.clock.now())
    rows, following = await deps.store.checkpoints.within(caller.area, listing.q, listing.after, listing.limit)
    await disclosures.record_list(caller, POLICIES, caller.area, purpose.usual(WATCHING))

    def rules(checkpoint: Checkpoint) -> CheckpointRules:
        held = in_force(checkpoint.policies, when)
        return CheckpointRules(
            checkpoint_id=checkpoint.checkpoint_id,
            name=checkpoint.name,
            kind=checkpoint.kind,
            area_path=checkpoint.area_path,
            holds=PolicyView.model_validate(held) if held else None,
            planned=[PolicyView.model_validate(policy) for policy in planned(checkpoint.policies, when)],
        )

    return listing.page(map(rules, rows), following)
