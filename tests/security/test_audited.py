"""The audit of a compacted topic: it names what the owner did not publish, as a gate that starts now would learn it."""

import pytest

from deploy.audit.owners import Held, Stated

RED, GREEN = b'{"colour": "red"}', b'{"colour": "green"}'
OLD, NEWEST, LATER = "01a0", "01a1", "01a2"
OWNER = Stated(NEWEST, RED)


@pytest.mark.parametrize(
    "records",
    [(OWNER,), (Stated(OLD, GREEN), OWNER), (OWNER, Stated(OLD, GREEN), OWNER), (Stated(OLD, GREEN),)],
    ids=["the newest", "the newest behind an old one", "all published again", "the newest is on its way"],
)
def test_what_the_owner_published_is_no_difference(records: tuple[Stated, ...]) -> None:
    assert list(Held(*records).differences("r1", OWNER)) == []


@pytest.mark.parametrize(
    ("records", "owner", "what"),
    [
        ((OWNER, Stated(LATER, GREEN)), OWNER, f"the event {LATER} on the bus is newer"),
        ((Stated(LATER, GREEN), OWNER), OWNER, f"the event {LATER} on the bus is newer"),
        ((OWNER, Stated(NEWEST, GREEN)), OWNER, "another content"),
        ((Stated(NEWEST, GREEN),), OWNER, "another content"),
        ((OWNER, Stated(OLD, GREEN)), OWNER, f"the old event {OLD} was written again behind the newest"),
        ((OWNER, Stated("", b"")), OWNER, "was written again behind the newest"),  # it would remove the newest
        ((Stated(LATER, GREEN),), None, "its owner never published it"),
    ],
    ids=["newer", "newer, before", "changed", "changed alone", "an old one again", "a tombstone", "of no aggregate"],
)
def test_what_the_owner_did_not_publish_is_named(records: tuple[Stated, ...], owner: Stated | None, what: str) -> None:
    (difference,) = Held(*records).differences("r1", owner)
    assert difference.startswith("r1: ")
    assert what in difference
