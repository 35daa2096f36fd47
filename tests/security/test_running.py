"""A whole process refuses what is forged: its consumers, its replicas; and does not start without a key."""

from pathlib import Path
from typing import Any

import pytest

from deploy.launcher.secrets.issuer import Issuer
from shared.envelope.event import Wire, encode
from shared.envelope.letters import read, topic_of
from shared.events.isolation import MEASUREMENTS
from shared.process import serve
from shared.store.mongo import Database
from tests.security.conftest import MakeMacs
from tests.security.test_forged import forged
from tests.shared.running import Settings, build, running
from tests.shared.samples import NOON, measured, records_of, stamped
from tests.support.bus import BusServer
from tests.support.waiting import eventually


async def test_a_process_handles_signed_events_and_makes_dead_letters_of_forged_ones(
    fresh_kafka: BusServer,
    mongo_url: str,
    database: Database,
    issuer: Issuer,
    event_files: dict[str, Path],
    macs_of: MakeMacs,
) -> None:
    made = build(fresh_kafka.bootstrap, mongo_url, database.name, issuer, event_keys=event_files)
    made.deps.go_on.set()
    before = forged(MEASUREMENTS)
    async with running(made) as process:
        assert process.plumbing.producer is not None

        async def write(wire: Wire) -> None:
            await process.plumbing.producer.send_and_wait(  # type: ignore[union-attr]
                wire.topic, wire.value, key=wire.key, headers=wire.headers
            )

        true, unsigned, stolen = (encode(stamped(measured(case_id))) for case_id in ("true", "unsigned", "stolen"))
        await write(unsigned)
        await write(stolen._replace(headers=macs_of("supply").sign(*_parts(stolen))))
        await write(true._replace(headers=macs_of("isolation").sign(*_parts(true))))
        await eventually(lambda: process.deps.handled)
        assert process.deps.handled == ["true"]

        async def letters() -> list[Any]:
            buried = [read(record) for record in await records_of(fresh_kafka.bootstrap, topic_of("isolation"))]
            assert len(buried) == 2
            return buried

        assert {(letter.reason, letter.record.key) for letter in await eventually(letters)} == {
            ("forged", b"unsigned"),
            ("forged", b"stolen"),
        }
    assert forged(MEASUREMENTS) == before + 2


def _parts(wire: Wire) -> Any:
    return wire.topic, wire.key, wire.value, wire.headers


def test_a_process_without_an_event_key_says_what_to_do_and_does_not_start(issuer: Issuer) -> None:

    given = {"kafka_bootstrap": "nowhere:1", "mongo_url": "mongodb://nowhere", "issuer": "", "jwks": ""}
    with pytest.raises(SystemExit, match="LASTMETRE_EVENT_KEYS__ISOLATION"):
        serve(Settings(**given), None)  # type: ignore[arg-type]
    with pytest.raises(SystemExit):
        Settings(**given, unsigned_events_until=NOON).require_event_key(NOON)
    Settings(**given, unsigned_events_until=NOON).require_event_key(NOON.replace(year=2025))
    Settings(**given, event_keys__isolation="isolation.keys").require_event_key(NOON)
    assert Settings(**given, unsigned_events_until="").unsigned_events_until is None  # as Compose gives it
