"""A person moves to another community during isolation: case, kit, messages and gates follow, over five processes."""

from dataclasses import replace

import pytest

from deploy.cli.audit import run_audit
from deploy.demo.people import write_roster
from tests.conftest import MakeCity
from tests.journeys.chain import KEEPER, LEADER, Chain, begin_chain
from tests.journeys.test_chain import disagreements
from tests.support.http import http_client
from tests.support.imports import report_of
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_broker  # of the journeys that examine the broker, `test_chain.py` has these events too

KIT = ("flour", "milk", "disinfectant")


async def move(chain: Chain, there: Chain) -> None:
    """A roster states that the resident lives in the other compound now."""
    roster = chain.city.directory / "moved.xlsx"
    write_roster(roster, [replace(chain.traveller, compound=there.compound, room="909")])
    async with http_client(chain.city.url("registration"), chain.city.mint_token("city", area="/")) as client:
        report = await report_of(client, roster.name, roster.read_bytes())
    assert report["changed"] == 1, report


async def test_case_kit_and_gates_follow_a_person_who_moves_and_the_code_stays_red(city: MakeCity) -> None:
    town = await city()
    chain, there = await begin_chain(town.running), await begin_chain(town.running, 2)
    await chain.declare()
    await chain.isolated()
    await move(chain, there)

    async def is_handed_over() -> bool:
        case = await there.call("GET", "isolation", f"/v1/cases/{chain.case_id}", "community")
        assert case["handover"]["to_area_path"].startswith(there.compound), case
        assert (await chain.case())["handover"], "the old community sees it too"
        return True

    await eventually(is_handed_over, poll=0.2)

    async def is_redirected() -> bool:
        assert await there.stock() == dict.fromkeys(KIT, (50, 1))
        assert await chain.stock() == dict.fromkeys(KIT, (50, 0))
        return True

    await eventually(is_redirected, poll=0.2)
    path = f"/v1/cases/{chain.case_id}/handover/acceptance"
    accepted = await there.until_called("POST", "isolation", path, "community", there.person(LEADER), json={})
    assert (accepted["keeper_id"], accepted["handover"]) == (there.person(KEEPER), None)
    opened = {"case_opened_staff": 1, "delivery_planned_staff": 1, "delivery_cancelled_staff": 1}
    await chain.notified({KEEPER: opened | {"case_handover_keeper": 1, "case_handed_over_keeper": 1}})
    planned = {"case_handed_over_staff": 1, "delivery_planned_staff": 1}
    await there.notified({LEADER: {"case_handover_staff": 1}, KEEPER: planned})
    there.resident_id = chain.resident_id
    await there.exit_is("deny", "isolated_no_exit")
    await town.wait_until_quiet()
    trace = await chain.call(
        "GET", "registration", f"/v1/residents/{chain.resident_id}/standing/history", "city", "city-office"
    )
    assert [change["colour"] for change in trace["items"]] == ["red"]
    assert disagreements(await run_audit(town.running, (), 30)) == []
