"""Has a service follow the orders to erase a person (N11, ADR 45)."""

from typing import Any

from shared.bus.consumer import EventConsumer
from shared.events.registration_rights import ErasureOrdered
from shared.store.personal_data import follow_erasure


def follow_erasures(consumer: EventConsumer[Any]) -> None:  # Any: each service's deps, which hold `personal`
    """Have the consumer erase what its service holds of a person, and confirm it."""

    @consumer.on(ErasureOrdered)
    async def on_erasure_ordered(deps: Any, event: ErasureOrdered) -> None:  # Any: as above
        await follow_erasure(deps, event)
