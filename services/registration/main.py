"""Registration: places, households, residents, journeys and the health code."""

import asyncio
from functools import partial

from fastapi import FastAPI

from services.registration import handlers, routes
from services.registration.settings import Settings
from services.registration.store import INDEXES, RETIRED_INDEXES, Store
from services.registration.store.personal import personal_data
from services.registration.usecases import Deps, copies, duplicate_pass, hashes_brought, resealing, stating
from services.registration.usecases.relocation import relocation
from shared.base.clock import Clock
from shared.base.gate_names import GateNames
from shared.base.keys import key_from
from shared.base.sealing import Sealer, seal_keys_from
from shared.health_code import CodeSigner, SealKeys
from shared.parts import Parts
from shared.process import Plumbing, serve
from shared.store.recurring import Recurring
from shared.store.relocating import STEP
from shared.web import personal_data as personal_data_routes

IMPORTS, RISK_FILES = "/v1/imports/", "/v1/risk-region-files/"
ROSTER_BYTES = 20 << 20
LONG_WORK = (
    f"POST {IMPORTS}",
    f"GET {IMPORTS}{{import_id}}/error-sheet",
    f"POST {RISK_FILES}",
    "POST /v1/colour-orders",
)


def build(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Compose the service."""
    sealer = Sealer(seal_keys_from(settings.seal_key), settings.seal_form)
    plumbing = Plumbing(settings, clock, sealer)
    deps = Deps(
        store=Store(plumbing.database, sealer),
        unit_of_work=plumbing.unit_of_work,
        clock=plumbing.clock,
        deadlines=plumbing.deadlines,
        sealer=sealer,
        id_hash_key=key_from(settings.id_hash_key),
        search_keys=tuple(map(key_from, (settings.search_keys or settings.id_hash_key).split(","))),
        gate_names=GateNames(key_from(settings.id_hash_key)),
        signer=CodeSigner(settings.code_signing_key.read_bytes(), SealKeys.read(settings.code_seal_keys.read_text())),
        code_lifetime=settings.code_lifetime,
        printed_code_lifetime=settings.printed_code_lifetime,
        appeal_due=settings.appeal_due,
        second_person_within=settings.second_person_within,
        single_orders_a_day=settings.single_orders_a_day,
        days_before_arrival=settings.days_before_arrival,
        zone=settings.city_zone,
        longest_token_life=settings.longest_token_life,
        break_glass_longest=settings.break_glass_longest,
        reading=asyncio.Semaphore(1),
        personal=personal_data(plumbing.database, sealer),
    )
    return plumbing.app(
        Parts(
            deps,
            routers=[*routes.routers, personal_data_routes.router],
            consumers=[handlers.consumer],
            deadlines=handlers.deadlines() | {STEP: relocation(plumbing.database).handler()},
            indexes=INDEXES,
            retired_indexes=RETIRED_INDEXES,
            brought_along=[stating.BROUGHT_ALONG],
            recurring=_recurring(plumbing, sealer, deps),
            body_limits=dict.fromkeys((IMPORTS, RISK_FILES), ROSTER_BYTES),
            long_work=LONG_WORK,
        )
    )


def _recurring(plumbing: Plumbing, sealer: Sealer, deps: Deps) -> list[Recurring[Deps]]:
    deps.personal.beside = partial(copies.of_file, deps)
    sealed = resealing.sealed_fields(sealer, deps.store)
    return [plumbing.resealing(sealer, sealed), hashes_brought.BROUGHT_ALONG, duplicate_pass.COMPARED]


def main() -> None:
    """Serve registration."""
    settings = Settings()
    serve(settings, build(settings))


if __name__ == "__main__":
    main()
