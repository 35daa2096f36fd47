"""Isolation: cases, twice-daily measurements, referral and release."""

from fastapi import FastAPI

from services.isolation import handlers, routes
from services.isolation.domain.cases import Case, LogLine
from services.isolation.domain.measurements import Measurement
from services.isolation.settings import Settings
from services.isolation.store import INDEXES, RETIRED_INDEXES, Store
from services.isolation.usecases import Deps, personal, stating
from services.isolation.usecases.relocation import relocation
from shared.base.clock import Clock
from shared.base.sealing import Sealer, seal_keys_from
from shared.parts import Parts
from shared.process import Plumbing, serve
from shared.replicas import residents
from shared.replicas.places import Places
from shared.store.relocating import STEP
from shared.store.resealing import by_store
from shared.web import personal_data as personal_data_routes


def build(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Compose the service."""
    sealer = Sealer(seal_keys_from(settings.text_seal_key), settings.seal_form)
    plumbing = Plumbing(settings, clock, sealer)
    sealed = by_store(sealer, cases=Case, case_log=LogLine, measurements=Measurement)
    places = Places(plumbing.clock)
    people = residents.ResidentReplica(plumbing.database)
    deps = Deps(
        store=Store(plumbing.database, sealer),
        unit_of_work=plumbing.unit_of_work,
        clock=plumbing.clock,
        deadlines=plumbing.deadlines,
        residents=people,
        personal=personal.personal_data(plumbing.database, sealer, people),
        places=places,
        zone=settings.city_zone,
        days_before_arrival=settings.days_before_arrival,
        second_person_within=settings.second_person_within,
    )
    return plumbing.app(
        Parts(
            deps,
            routers=[*routes.routers, personal_data_routes.router],
            consumers=[handlers.consumer],
            deadlines=handlers.DEADLINES | {STEP: relocation(plumbing.database).handler()},
            replicas=[places.replica],
            indexes=INDEXES,
            retired_indexes=RETIRED_INDEXES,
            brought_along=[stating.CASES],
            recurring=[plumbing.resealing(sealer, sealed)],
        )
    )


def main() -> None:
    """Serve isolation."""
    settings = Settings()
    serve(settings, build(settings))


if __name__ == "__main__":
    main()
