"""Depots, goods and deliveries follow places that move."""

from services.supply.store import DELIVERIES
from services.supply.usecases import Deps
from shared.base.json_types import JsonView
from shared.envelope.event import Event
from shared.events.supply import DeliveryRelocated
from shared.store.mongo import Database
from shared.store.relocating import Kept, Relocation


def _delivery(row: JsonView) -> list[Event]:
    return [DeliveryRelocated.of(DELIVERIES.read(row))]


KEPT = (Kept("depots"), Kept("stock"), Kept("receipts"), Kept("deliveries", events=_delivery))


def relocation(database: Database) -> Relocation[Deps]:
    """Return what carries out moves in supply's store."""
    return Relocation(database, [stage for kept in KEPT for stage in kept.stages])
