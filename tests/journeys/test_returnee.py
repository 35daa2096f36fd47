"""A returnee from declaration to release: legs, risk by the hour, two signatures, the gate, isolation (R1.6, R1.7)."""

from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from tests.conftest import MakeCity
from tests.journeys.chain import LEADER, ZONE, Chain, begin_chain
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_broker
ORIGIN, DAYS = "hubei/wuhan/jianghan", 14
LEGS = (
    (ORIGIN, 12, "henan/zhengzhou", 14),
    ("henan/zhengzhou", 15, "hebei/handan", 17),
    ("hebei/handan", 18, "jinhe", 20),
)
FORM = {"unit": "红星机械厂", "reason": "复工返岗"}


async def state_regions(chain: Chain) -> None:
    """State by a file that the district of origin is of high risk for some hours, and the rest of the city medium."""
    since = f"{chain.today - timedelta(days=2)} 08:00"
    until = f"{chain.today} 11:00"
    rows = ("省,市,区县,风险等级,起,止", f"hubei,wuhan,jianghan,高,{since},{until}", "hubei,wuhan,,中,,")
    file = {"file": ("regions.csv", "\n".join(rows).encode())}
    path = f"/v1/risk-region-files/{chain.today}"
    stated = await chain.call("POST", "registration", path, "city", files=file)
    assert (stated["stored"], stated["problems"]) == (True, [])


def legs(chain: Chain) -> list[dict[str, Any]]:
    """Return the three legs of today."""
    midnight = chain.clock.now().astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        {"from_region": origin, "to_region": to, "number": f"G{leaves}"}
        | {
            "departs_at": midnight.replace(hour=leaves).isoformat(),
            "arrives_at": midnight.replace(hour=comes).isoformat(),
        }
        for origin, leaves, to, comes in LEGS
    ]


async def approve(chain: Chain) -> str:
    """Have the return approved by two people; return its id."""
    who, return_id = chain.resident_id, new_id()
    body = {"return_id": return_id, "journey_id": chain.journey_id}
    await chain.call("POST", "registration", "/v1/returns", "resident", who, json=body)
    code = await chain.call("GET", "registration", f"/v1/residents/{who}/code", "resident", who)
    day, later = str(chain.today), str(chain.today + timedelta(days=7))
    certificate = {"kind": "nucleic_acid", "number": "HS-1", "issued_on": day, "valid_until": later}
    parts = {"form": FORM, "certificate": certificate, "code_id": code["code_id"]}
    path = f"/v1/returns/{return_id}"
    lacking = await chain.call("POST", "registration", f"{path}/parts", "resident", who, json=parts)
    assert lacking["missing"] == ["destination_signature", "departure_signature"]
    for side, by in (("destination", LEADER), ("departure", "office-departure")):
        signed = await chain.call("POST", "registration", f"{path}/signatures", "community", by, json={"side": side})
    assert (signed["state"], signed["missing"]) == ("approved", [])
    return return_id


async def arrive(chain: Chain, return_id: str) -> None:
    """The gate records the entry, the keeper reports the arrival, and the community's office learns of it."""
    code = await chain.call(
        "GET", "registration", f"/v1/residents/{chain.resident_id}/code", "resident", chain.resident_id
    )
    scan = {"scan_id": new_id(), "gate_id": chain.gate, "seq": 10_000, "at": chain.clock.now().isoformat()}
    scan |= {
        "direction": "in",
        "credential": {"kind": "code", "value": code["code"]},
        "temperature_c": 36.6,
        "mask": True,
    }
    answer = await chain.call("POST", "checkpoint", "/v1/scans", "device", "device-01", json=scan)
    assert answer["durable"]
    path = f"/v1/returns/{return_id}/arrival"
    arrived = await chain.call("POST", "registration", path, "grid_worker", "keeper-01")
    assert arrived["state"] == "arrived"

    async def has_learnt() -> bool:
        page = await chain.call("GET", "notification", "/v1/messages", "grid_worker", LEADER)
        assert "return_arrived_staff" in [one["template"] for one in page["items"]]
        return True

    await eventually(has_learnt, poll=0.2)


async def test_a_returnee_from_declaration_to_release(city: MakeCity) -> None:
    town = await city()
    chain = await begin_chain(town.running)
    await state_regions(chain)
    body = {"journey_id": chain.journey_id, "resident_id": chain.resident_id, "origin_region": ORIGIN}
    body |= {"departs_on": str(chain.today), "arrives_on": str(chain.today), "legs": legs(chain)}
    declared = await chain.call("POST", "registration", "/v1/journeys", "resident", chain.resident_id, json=body)
    assert (declared["risk"], declared["risk_region"], len(declared["legs"])) == ("high", ORIGIN, 3)
    return_id = await approve(chain)
    await chain.isolated()
    await arrive(chain, return_id)
    await chain.exit_is("deny", "isolated_no_exit")
    for hour in (8, 14) * DAYS:
        await chain.clock_at(hour)
        await chain.measured()
    await chain.clock_at(19)
    notice = await chain.released()
    await chain.coloured("green")
    await chain.exit_is("allow")
    assert (await chain.genuine(notice))["genuine"]
