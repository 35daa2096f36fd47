"""Each retention that a store carries out stands in the one dated table, with its source."""

import importlib
from collections.abc import Iterator
from datetime import date, timedelta

from services.checkpoint.store.passages import PASSAGE_RETENTION
from shared.store.retention import TABLE, kept_days
from shared.web import disclosures

HOLDERS = ("registration", "checkpoint", "isolation", "supply", "notification")
# Expiries that state their own end in each document, or hold no data about a person.
NO_RETENTION = {("registration", "codes"), ("checkpoint", "unknown_tries")}
TODAY = date(2026, 2, 10)


def expiries() -> Iterator[tuple[str, str, str, int]]:
    """Yield what each store removes by itself: service, collection, field, seconds."""
    for service in HOLDERS:
        indexes = importlib.import_module(f"services.{service}.store").INDEXES
        for collection, models in {**indexes, disclosures.READINGS: disclosures.INDEXES[disclosures.READINGS]}.items():
            for model in models:
                if "expireAfterSeconds" in model.document and (service, collection) not in NO_RETENTION:
                    (field,) = model.document["key"]
                    yield service, collection, field, model.document["expireAfterSeconds"]


def test_the_stores_remove_what_the_table_states_and_nothing_else() -> None:
    carried_out = {(one, name, field, seconds) for one, name, field, seconds in expiries()}
    carried_out.add(("checkpoint", "passages", "at", int(PASSAGE_RETENTION.total_seconds())))
    stated = {(one.service, one.collection, one.counted_from, one.days * 86_400) for one in TABLE}
    assert carried_out == stated


def test_each_retention_names_a_source_with_its_day_and_counts_from_then() -> None:
    for one in TABLE:
        assert str(one.since) in one.source
        assert "示例" in one.source
        assert kept_days(one.service, one.collection, TODAY) == one.days
        assert kept_days(one.service, one.collection, one.since - timedelta(days=1)) is None
    assert kept_days("registration", "unknown", TODAY) is None
