"""Topics that became compacted: each service states the aggregates that an earlier version stored."""

import pytest

from shared.envelope.event import encode
from tests.access.seeds import SEEDS
from tests.conftest import MakeService

STATED = {
    "registration": {"registration.journeys.v2": 1},
    "isolation": {"isolation.cases.v1": 1},
    "supply": {"supply.deliveries.v1": 1, "supply.needs.v1": 0},
}


@pytest.mark.parametrize("name", sorted(SEEDS))
async def test_every_stored_aggregate_is_stated_as_an_event_of_its_topic(service: MakeService, name: str) -> None:
    made, ids, _ = await SEEDS[name](service)
    topics = {}
    for one in made.parts.brought_along:
        states = [state async for state in one.states(made.deps)]
        topics[one.topic] = len(states)
        for state in states:
            assert state.event.topic == one.topic
            assert state.at <= made.clock.now()
            assert encode(made.stamp(state.event)).key.decode() in {*ids.values(), state.event.key}
    assert topics == STATED.get(name, {})


async def test_an_ended_case_is_stated_as_ended(service: MakeService) -> None:
    made, ids, _ = await SEEDS["isolation"](service)
    for officer in ("office-liu", "office-sun"):
        async with made.client("community", subject=officer) as office:
            answer = await office.post(f"/v1/cases/{ids['case_id']}/cancellation", json={"reason": "误开"})
        assert answer.status_code == 200, answer.text
    (one,) = made.parts.brought_along
    (state,) = [state async for state in one.states(made.deps)]
    assert state.event.has_ended
    assert type(state.event).__name__ == "CaseCancelled"
