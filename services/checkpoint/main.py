"""Checkpoint: scans decided from memory, passages, presence and alerts."""

from datetime import timedelta

from fastapi import FastAPI

from services.checkpoint import handlers, routes
from services.checkpoint.domain.alerts import Alert
from services.checkpoint.domain.permit import Permit
from services.checkpoint.domain.reviews import Override
from services.checkpoint.replicas import Known
from services.checkpoint.scanlog import ScanLog
from services.checkpoint.settings import Settings
from services.checkpoint.showing import Reader
from services.checkpoint.store import INDEXES, Store
from services.checkpoint.store.personal import personal_data
from services.checkpoint.usecases import Deps, DeviceRules, InFlight
from services.checkpoint.usecases.relocation import relocation
from services.checkpoint.usecases.visitors import CONTEXT
from shared.base.clock import Clock
from shared.base.keys import key_from
from shared.base.sealing import Sealer, seal_keys_from
from shared.health_code import CodeVerifier, SealKeys
from shared.parts import Parts
from shared.process import Plumbing, serve
from shared.store.recurring import Recurring
from shared.store.relocating import STEP
from shared.store.resealing import Sealed, SealedByHand, by_store
from shared.web import personal_data as personal_data_routes
from shared.web.access import Role
from shared.web.tokens import OwnTokens

SCAN_BYTES = 8 << 10
BATCH_BYTES = 2 << 20
DEVICE_ISSUER = "lastmetre/checkpoint"


def build(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Compose the service."""
    sealer = Sealer(seal_keys_from(settings.visitor_seal_key), settings.seal_form)
    plumbing = Plumbing(settings, clock, sealer)
    known = Known.on(plumbing.clock)
    deps = _deps(plumbing, settings, sealer, known)
    plumbing.access.believe(deps.tokens)
    return plumbing.app(
        Parts(
            deps,
            routers=[*routes.routers, personal_data_routes.router],
            consumers=[handlers.recorder],
            deadlines=handlers.DEADLINES | {STEP: relocation(plumbing.database).handler()},
            recurring=[*handlers.RECURRING, _resealing(plumbing, sealer)],
            gauges=handlers.GAUGES,
            replicas=known.replicas,
            indexes=INDEXES,
            direct=routes.ScanRoutes(deps).all,
            body_limits={"/v1/scans": SCAN_BYTES, "/v1/scans/batch": BATCH_BYTES},
            serves_without_store=True,
            turn_away=known.devices.turn_away,
            long_work=[f"{how} /v1/checkpoints/{{checkpoint_id}}/entries" for how in ("PUT", "POST")],
        )
    )


def _deps(plumbing: Plumbing, settings: Settings, sealer: Sealer, known: Known) -> Deps:
    return Deps(
        store=Store(plumbing.database, sealer, settings.presence_buckets),
        personal=personal_data(plumbing.database, sealer, settings.presence_buckets, plumbing.clock, known.credentials),
        unit_of_work=plumbing.unit_of_work,
        clock=plumbing.clock,
        zone=settings.city_zone,
        known=known,
        reader=Reader(known, _verifier(settings), key_from(settings.id_hash_key)),
        id_hash_key=key_from(settings.id_hash_key),
        sealer=sealer,
        log=ScanLog(lambda: plumbing.producer, settings.produce_timeout_s, plumbing.macs),
        in_flight=InFlight(settings.max_scans_in_flight),
        deadlines=plumbing.deadlines,
        code_keys=settings.code_public_keys.read_text(),
        tokens=_device_tokens(settings),
        disclosures=plumbing.disclosures,
        device_rules=_device_rules(settings),
    )


def _resealing(plumbing: Plumbing, sealer: Sealer) -> Recurring[Deps]:
    by_hand = SealedByHand("permits", "sealed", CONTEXT)
    fields: list[Sealed] = [by_hand, *by_store(sealer, permits=Permit, alerts=Alert, overrides=Override)]
    return plumbing.resealing(sealer, fields)


def _verifier(settings: Settings) -> CodeVerifier:
    seals = SealKeys.read(settings.code_seal_keys.read_text())
    return CodeVerifier(settings.code_public_keys.read_bytes(), seals)


def _device_rules(settings: Settings) -> DeviceRules:
    return DeviceRules(timedelta(days=settings.device_token_days), timedelta(minutes=settings.device_silent_minutes))


def _device_tokens(settings: Settings) -> OwnTokens:
    return OwnTokens(settings.device_signing_key.read_bytes(), DEVICE_ISSUER, settings.audience, Role.DEVICE)


def main() -> None:
    """Serve checkpoint."""
    settings = Settings()
    serve(settings, build(settings))


if __name__ == "__main__":
    main()
