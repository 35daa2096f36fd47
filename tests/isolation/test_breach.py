"""A person in isolation who was seen at a gate: the case shows it (R3.8)."""

import pytest

from shared.base.ids import new_id
from shared.events import isolation as events
from shared.events.checkpoint import AlertRule
from tests.conftest import MakeService
from tests.isolation.town import alert, isolated


async def test_a_breach_is_on_the_case_once_however_often_it_is_published(service: MakeService) -> None:
    here = await isolated(service)
    seen = alert(here.resident_id)
    stamped = await here.service.receive(seen)
    await here.service.receive(*stamped)
    await here.service.receive(seen)  # the same alert under another event id
    assert (await here.case())["breaches"] == [seen.alert_id]
    (event,) = await here.emitted(events.CaseBreached)
    assert (event.alert_id, event.gate_id, event.case_id) == (seen.alert_id, "gate-01", here.case_id)
    lines = (await here.office.get(f"/v1/cases/{here.case_id}/log")).json()["items"]
    assert (lines[-1]["what"], lines[-1]["by"]) == ("CaseBreached", "gate:gate-01")


async def test_each_breach_is_kept(service: MakeService) -> None:
    here = await isolated(service)
    first, second = alert(here.resident_id), alert(here.resident_id)
    await here.service.receive(first, second)
    assert (await here.case())["breaches"] == [first.alert_id, second.alert_id]


@pytest.mark.parametrize("rule", [rule for rule in AlertRule if rule is not AlertRule.BREACH])
async def test_another_alert_is_no_breach(service: MakeService, rule: AlertRule) -> None:
    here = await isolated(service)
    await here.service.receive(alert(here.resident_id, rule))
    assert (await here.case())["breaches"] == []


async def test_a_breach_of_a_resident_who_is_not_isolated_changes_nothing(service: MakeService) -> None:
    here = await isolated(service)
    await here.service.receive(alert(new_id()), alert(None))
    await here.post(here.office, "cancellation", reason="填报有误")
    await here.service.receive(alert(here.resident_id))
    assert await here.emitted(events.CaseBreached) == []
