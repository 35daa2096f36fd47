"""What a later version has added within a part of a document stays when this version writes the document."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from services.checkpoint import store as checkpoint
from services.isolation import store as isolation
from services.notification import store as notification
from services.registration import store as registration
from services.supply import store as supply
from shared.replicas.residents import ResidentReplica
from shared.store.documents import Mapper
from shared.store.mongo import connect
from tests.support.later_version import add_within, marked_within
from tests.support.sealers import SEALER

_EXAMPLES = settings(
    max_examples=15, deadline=None, phases=[Phase.generate], derandomize=True, suppress_health_check=list(HealthCheck)
)


def _mappers(queries: object, path: str) -> Iterator[tuple[str, Mapper[Any]]]:
    for name, value in vars(queries).items():
        if isinstance(mapper := getattr(value, "mapper", None), Mapper):
            yield f"{path}.{name.strip('_')}", mapper
        elif type(value).__module__.startswith("services."):
            yield from _mappers(value, f"{path}.{name}")


def _every_mapper() -> dict[str, Mapper[Any]]:
    database = connect("mongodb://127.0.0.1:1")["none"]  # it connects at the first command, and none is sent
    stores = {
        "checkpoint": checkpoint.Store(database, SEALER),
        "isolation": isolation.Store(database, SEALER),
        "notification": notification.Store(database, SEALER),
        "registration": registration.Store(database, SEALER),
        "supply": supply.Store(database, SEALER),
    }
    mappers = {"residents": ResidentReplica.mapper}
    for name, store in stores.items():
        mappers |= dict(_mappers(store, name))
    return mappers


MAPPERS = _every_mapper()
WITH_PARTS = [name for name, mapper in MAPPERS.items() if mapper.parts]


def test_the_documents_with_parts_are_these() -> None:
    assert len(MAPPERS) > 30
    assert {name.partition(".")[0] for name in WITH_PARTS} >= {"checkpoint", "isolation", "registration", "supply"}


@pytest.mark.parametrize("name", WITH_PARTS)
def test_a_field_of_a_later_version_stays_in_every_part(name: str) -> None:
    mapper = MAPPERS[name]

    @_EXAMPLES
    @given(value=some.from_type(mapper.kind))
    def stays(value: Any) -> None:
        stored = {"_id": "one"} | mapper.document(value)
        add_within(stored, mapper.parts)
        there = marked_within(stored)
        assert marked_within(mapper.document(mapper.read(stored), stored)) == there

    stays()
