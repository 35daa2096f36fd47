"""Notification: who gets which message, in which words, by which channels, and whether it arrived."""

from fastapi import FastAPI

from services.notification import domain, handlers, routes
from services.notification.channels import Channels
from services.notification.settings import Settings
from services.notification.store import INDEXES, Store
from services.notification.usecases import Deps, personal
from shared.base.clock import Clock
from shared.base.sealing import Sealer, seal_keys_from
from shared.parts import Parts
from shared.process import Plumbing, serve
from shared.replicas import residents
from shared.replicas.places import Places
from shared.store.resealing import Sealed, SealedByHand, by_store
from shared.web import personal_data as personal_data_routes

# A former contact has an id of its own, and the seal of its person.
CONTACTS = SealedByHand("contacts", "sealed", "contact", record=lambda contact: domain.sealed_for(str(contact["_id"])))


def build(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Compose the service."""
    sealer = Sealer(seal_keys_from(settings.seal_key), settings.seal_form)
    plumbing = Plumbing(settings, clock, sealer)
    sealed: list[Sealed] = [CONTACTS, *by_store(sealer, messages=domain.Message)]
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
        sealer=sealer,
        channels=Channels(settings.channel_schemes, settings.channel_hosts, settings.channel_timeout_s),
        sms_gateway=settings.sms_gateway.get_secret_value(),
        zone=settings.city_zone,
    )
    return plumbing.app(
        Parts(
            deps,
            routers=[routes.router, personal_data_routes.router],
            consumers=[handlers.consumer],
            deadlines=handlers.DEADLINES,
            replicas=[places.replica],
            recurring=[plumbing.resealing(sealer, sealed)],
            indexes=INDEXES,
            retired_indexes=residents.RETIRED_INDEXES,
        )
    )


def main() -> None:
    """Serve notification."""
    settings = Settings()
    serve(settings, build(settings))


if __name__ == "__main__":
    main()
