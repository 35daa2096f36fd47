"""Events carry the whole public state, and isolation opens the same cases however late it begins."""

from collections import Counter
from datetime import timedelta

import pytest

from shared.base.ids import new_id
from shared.envelope.event import encode
from shared.events import isolation as events
from shared.events.checkpoint import AlertRule
from shared.events.isolation import CaseState
from shared.events.registration import JourneyDeclared
from tests.conftest import MakeService
from tests.isolation.town import OFFICE, TODAY, Town, alert, isolated, journey, town

ORDER = "王伟的同事确诊"


async def test_each_event_of_a_case_carries_its_state_and_never_the_doctors_words(service: MakeService) -> None:
    here = await town(service)
    await here.order(length_days=7, reason=ORDER)
    await here.report_all(1, 7)
    case = (await here.post(here.office, "release")).json()
    published = await here.emitted(events.CaseEvent)
    assert [event.state for event in published] == ["observing", "release_requested", "released"]
    released = published[-1]
    assert (released.approved_by, released.notice_id) == (OFFICE, case["notice_id"])
    assert released.released_on == TODAY + timedelta(days=7)
    assert {event.reason for event in published} == {"doctors_order"}
    assert ORDER not in "".join(event.model_dump_json() for event in published)


async def test_a_referral_an_extension_and_a_cancellation_carry_the_state_after_them(service: MakeService) -> None:
    here = await isolated(service)
    here.at(1, 8)
    await here.report(38.5)
    await here.post(here.doctor, "return")
    await here.service.receive(alert(here.resident_id))
    await here.extend(2)
    await here.post(here.office, "cancellation", reason="填报有误")
    published = [(type(event).__name__, event.state.value) for event in await here.emitted(events.CaseEvent)]
    assert published == [
        ("CaseOpened", "observing"),
        ("CaseReferred", "referred"),
        ("CaseReturned", "observing"),
        ("CaseBreached", "observing"),
        ("CaseExtensionAsked", "observing"),
        ("CaseConfirmed", "observing"),
        ("CaseExtended", "observing"),
        ("CaseCancelled", "cancelled"),
    ]
    assert (await here.emitted(events.CaseCancelled))[0].has_ended
    assert CaseState.OBSERVING not in events.ENDED


async def cases(here: Town) -> list[tuple[str, ...]]:
    """Return what is stored of each case and of its measurements, without ids and times of writing."""
    names = ("_id", "resident_id", "household_id", "kind", "starts_on", "ends_on", "state", "open", "keeper_id")
    rows = await here.service.database["cases"].find().to_list(None)
    measurements = await here.service.database["measurements"].find().to_list(None)
    planned = Counter(row["case_id"] for row in measurements)
    return sorted((*(str(row[name]) for name in names), str(planned[row["_id"]])) for row in rows)


async def test_a_service_that_reads_only_the_newest_journeys_opens_the_same_cases(service: MakeService) -> None:
    declared = [journey(new_id(), TODAY - timedelta(days=days)) for days in (0, 3, 30)]
    from_the_start = await town(service)
    await from_the_start.service.receive(*(event.model_copy() for event in declared))
    await from_the_start.service.receive(*declared)
    everything = await cases(from_the_start)
    late = await town(service)
    for name in ("cases", "measurements", "claims", "inbox", "deadlines", "case_log", "outbox"):
        await late.service.database[name].delete_many({})
    await late.service.receive(*declared)
    assert await cases(late) == everything
    assert len(everything) == 2


async def test_a_journey_event_of_an_unknown_type_counts_by_what_it_carries(service: MakeService) -> None:
    here = await town(service)
    wire = encode(here.service.stamp(journey(here.resident_id, TODAY)))
    kind = JourneyDeclared.type.replace("JourneyDeclared", "JourneyChecked").encode()
    headers = [(name, kind if name == "ce_type" else value) for name, value in wire.headers]
    await here.service.receive_records([here.service._record(wire.topic, wire.key, wire.value, headers)])
    assert len(await here.emitted(events.CaseOpened)) == 1


@pytest.mark.parametrize("rule", ["drone", "breach_of_a_later_version"])
async def test_an_alert_by_an_unknown_rule_is_no_breach_and_is_not_put_aside(service: MakeService, rule: str) -> None:
    here = await isolated(service)
    unknown = alert(here.resident_id, AlertRule(rule))
    await here.service.receive(unknown, alert(here.resident_id))
    assert len((await here.case())["breaches"]) == 1
