"""What registration does with the events of other services, and when something falls due."""

from services.registration.domain.rights import Confirmation
from services.registration.usecases import (
    Deps,
    appeals,
    code_rules,
    contacts,
    erasing,
    exit_keeping,
    import_work,
    orders,
    place_moves,
    return_keeping,
    rights,
    risk_lists,
    standings,
    undoing,
    zones,
)
from shared.bus.consumer import EventConsumer
from shared.events import checkpoint, isolation
from shared.events.erasures import Erased
from shared.events.registration_rights import ErasureOrdered
from shared.store.deadlines import Bulk, Handler

consumer = EventConsumer[Deps]("registration")


@consumer.on(isolation.CaseEvent)
async def on_case(deps: Deps, event: isolation.CaseEvent) -> None:
    """Keep the code red while the case lasts."""
    await standings.follow_case(deps, event)


@consumer.on(isolation.FeverReported)
async def on_fever_reported(deps: Deps, event: isolation.FeverReported) -> None:
    """Keep the fever as evidence."""
    await standings.record_fever(deps, event)


@consumer.on(checkpoint.AlertRaised)
async def on_alert_raised(deps: Deps, event: checkpoint.AlertRaised) -> None:
    """Keep a fever at a gate as evidence."""
    await standings.follow_alert(deps, event)


@consumer.on(ErasureOrdered)
async def on_erasure_ordered(deps: Deps, event: ErasureOrdered) -> None:
    """Erase what this store still holds of the person."""
    await rights.confirm(deps, event.request_id, await erasing.follow(deps, event))


@consumer.on(Erased)
async def on_erased(deps: Deps, event: Erased) -> None:
    """Put the confirmation of another service on the request."""
    service = event.topic.partition(".")[0]
    await rights.confirm(deps, event.request_id, Confirmation.of(service, event.erased_at, event.removed, event.kept))


def deadlines() -> dict[str, Handler[Deps]]:
    """Return what one process does when something falls due."""
    return _DEADLINES | {
        import_work.STEP: Bulk(import_work.ImportSteps()),
        undoing.STEP: Bulk(undoing.UndoSteps()),
    }


_DEADLINES: dict[str, Handler[Deps]] = {
    standings.REVIEW: standings.review,
    appeals.DUE: appeals.due,
    code_rules.BEGINS: code_rules.begin,
    contacts.CLAIM_OVER: contacts.drop_claim,
    orders.EXPIRES: orders.expire,
    orders.APPLIES: orders.carry_out_part,
    orders.LIFTS: orders.carry_out_part,
    place_moves.EXPIRES: place_moves.expire,
    risk_lists.REASSESS: risk_lists.reassess,
    exit_keeping.EXPIRES: exit_keeping.expire,
    return_keeping.EXPIRES: return_keeping.expire,
    zones.EXPIRES: zones.expire,
    zones.BEGINS: zones.begin,
}
