"""Supply: depots, stock, needs, isolation kits, the weekly delivery, and hand-overs."""

from fastapi import FastAPI

from services.supply import handlers, routes
from services.supply.domain.deliveries import Delivery
from services.supply.domain.goods import Receipt
from services.supply.settings import Settings
from services.supply.store import DOORS, INDEXES, Store
from services.supply.usecases import Deps, personal, stating
from services.supply.usecases.relocation import relocation
from shared.base.clock import Clock
from shared.base.sealing import Sealer, seal_keys_from
from shared.parts import Parts
from shared.process import Plumbing, serve
from shared.replicas import residents
from shared.store.relocating import STEP
from shared.store.resealing import by_store
from shared.web import personal_data as personal_data_routes


def build(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Compose the service."""
    sealer = Sealer(seal_keys_from(settings.text_seal_key), settings.seal_form)
    plumbing = Plumbing(settings, clock, sealer)
    sealed = by_store(sealer, receipts=Receipt, deliveries=Delivery)
    people = residents.ResidentReplica(plumbing.database)
    deps = Deps(
        store=Store(plumbing.database, sealer),
        unit_of_work=plumbing.unit_of_work,
        clock=plumbing.clock,
        deadlines=plumbing.deadlines,
        residents=people,
        personal=personal.personal_data(plumbing.database, sealer, people),
        zone=settings.city_zone,
    )
    return plumbing.app(
        Parts(
            deps,
            routers=[routes.router, personal_data_routes.router],
            consumers=[handlers.consumer],
            deadlines=handlers.DEADLINES | {STEP: relocation(plumbing.database).handler()},
            indexes=INDEXES | {name: [*models, *DOORS[name]] for name, models in residents.INDEXES.items()},
            retired_indexes=residents.RETIRED_INDEXES,
            brought_along=[stating.DELIVERIES, stating.NEEDS],
            recurring=[plumbing.resealing(sealer, sealed)],
        )
    )


def main() -> None:
    """Serve supply."""
    settings = Settings()
    serve(settings, build(settings))


if __name__ == "__main__":
    main()
