"""Gates follow zones: who goes out and comes in, whose permits count, what a device is sent (N1)."""

from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events.checkpoint import PermitChanged, PermitKind
from shared.events.registration_zones import PassClass, ZoneKind, ZoneLifted, ZoneRules
from tests.checkpoint.gate import AREA, COMPOUND, NOW, Gate, scan
from tests.checkpoint.zoning import BEGAN, family, shows, zone

ALLOW: tuple[str, list[str]] = ("allow", [])
ELSEWHERE = f"{AREA}/a1/g02/p09/1/1/101"


@pytest.mark.parametrize(
    ("kind", "out", "home"),
    [
        ("lockdown", ("deny", ["zone_no_exit"]), ("recheck", ["zone_return"])),
        ("control", ALLOW, ALLOW),
        ("prevention", ALLOW, ALLOW),
    ],
)
async def test_residents_of_a_zone_leave_and_come_home_as_its_kind_says(
    gate: Gate, kind: str, out: Any, home: Any
) -> None:
    (resident,) = family(gate, 1)
    gate.learns(zone(kind))
    assert await shows(gate, resident, "out") == out
    assert await shows(gate, resident, "in") == home


@pytest.mark.parametrize(("kind", "verdict"), [("lockdown", "deny"), ("control", "deny"), ("prevention", "allow")])
async def test_visitors_come_into_no_lockdown_and_no_control_area(gate: Gate, kind: str, verdict: str) -> None:
    gate.learns(zone(kind))
    answer = await gate.answer(scan())
    assert (answer["verdict"], answer["reasons"]) == (verdict, ["zone_no_entry"] if verdict == "deny" else [])


async def test_a_resident_of_another_compound_does_not_come_in(gate: Gate) -> None:
    (resident,) = family(gate, 1, ELSEWHERE)
    gate.learns(zone("control"))
    assert await shows(gate, resident, "in") == ("deny", ["zone_no_entry"])


async def test_a_zone_around_the_gate_holds_as_one_of_the_compound_does(gate: Gate) -> None:
    (resident,) = family(gate, 1)
    gate.learns(zone(path=AREA))
    assert await shows(gate, resident) == ("deny", ["zone_no_exit"])


async def test_of_a_zone_that_holds_one_building_its_residents_alone_stay_in(gate: Gate) -> None:
    (inside,), (outside,) = family(gate, 1), family(gate, 1, f"{COMPOUND}/2/1/101")
    gate.learns(zone(path=f"{COMPOUND}/1"))
    assert await shows(gate, inside) == ("deny", ["zone_no_exit"])
    assert await shows(gate, outside) == ALLOW


async def test_the_strictest_of_several_zones_counts(gate: Gate) -> None:
    (resident,) = family(gate, 1)
    gate.learns(zone("prevention", AREA), zone("lockdown", f"{COMPOUND}/1"), zone("control"))
    assert await shows(gate, resident) == ("deny", ["zone_no_exit"])


async def test_a_zone_of_a_kind_that_is_not_known_here_is_taken_for_the_strictest(gate: Gate) -> None:
    (resident,) = family(gate, 1)
    rules = ZoneRules(since=BEGAN, source="later", exits="by_lot", entries="by_lot")  # type: ignore[arg-type]
    gate.learns(
        zone("prevention"), zone("prevention").model_copy(update={"kind": ZoneKind("sealed"), "rules": (rules,)})
    )
    assert await shows(gate, resident) == ("deny", ["zone_no_exit"])


async def test_a_zone_holds_from_its_beginning_until_it_is_lifted(gate: Gate) -> None:
    (resident,) = family(gate, 1)
    ordered = zone(since=NOW + timedelta(hours=1))
    gate.learns(ordered)
    assert await shows(gate, resident) == ALLOW
    gate.service.clock.advance(timedelta(hours=1))
    assert await shows(gate, resident) == ("deny", ["zone_no_exit"])
    lifted = ordered.model_dump() | {"state": "lifted", "until": gate.service.clock.now()}
    gate.learns(ZoneLifted(**lifted))
    assert await shows(gate, resident) == ALLOW
    late = await shows(gate, resident, at=(NOW + timedelta(minutes=-10)).isoformat(), mode="offline")
    assert late == ALLOW  # by what held then


@pytest.mark.parametrize(("serves", "verdict"), [("essential", "allow"), ("needed", "deny"), (None, "deny")])
async def test_in_a_lockdown_the_permits_count_whose_class_its_policy_names(
    gate: Gate, serves: PassClass | None, verdict: str
) -> None:
    (resident,) = family(gate, 1)
    permit = PermitChanged(
        permit_id=new_id(),
        kind=PermitKind.EXIT,
        area_path=COMPOUND,
        resident_id=resident,
        since=NOW - timedelta(hours=1),
        until=NOW + timedelta(hours=1),
        serves=serves,
    )
    gate.learns(zone(), permit)
    assert (await shows(gate, resident))[0] == verdict
    assert gate.passages[-1].permit_id == (permit.permit_id if verdict == "allow" else None)


async def test_an_emergency_goes_out_of_a_lockdown_all_the_same(gate: Gate) -> None:
    (resident,) = family(gate, 1)
    gate.learns(zone())
    assert await shows(gate, resident, override="medical_emergency") == ("allow", ["zone_no_exit"])


async def test_a_device_is_sent_the_zones_of_its_gate_and_of_parts_behind_it(gate: Gate) -> None:
    gate.learns(zone("control"), zone("lockdown", f"{COMPOUND}/1"), zone("lockdown", ELSEWHERE))
    zones = (await gate.device.get("/v1/lists")).json()["gate"]["zones"]
    assert [(one["kind"], one["is_part"]) for one in zones] == [("control", False), ("lockdown", True)]
    assert zones[0]["rules"][-1]["quota_days"] == 2
