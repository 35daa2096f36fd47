"""Uses of the documents of returns, of reports of returnees and of pairs of files, for the table of all documents."""

from typing import Any

from shared.base.ids import new_id
from tests.registration.desk_documents import DESK_USES as DESK_USES
from tests.registration.desk_documents import prepare_desk
from tests.registration.exiting import leave
from tests.registration.renting import DOOR
from tests.registration.welfare_documents import prepare_welfare
from tests.support.service import AREA

CERTIFICATE = {"kind": "health", "number": "JK-1024", "issued_on": "2026-02-09", "valid_until": "2026-02-16"}


async def prepare_travel(scene: Any) -> None:
    """Have the approval of a return and a report of a returnee."""
    scene.return_id = new_id()
    await scene.send("POST", "/v1/returns", {"return_id": scene.return_id, "journey_id": scene.journey_id}, 201)
    await scene.send("POST", f"/v1/returns/{scene.return_id}/parts", {"certificate": CERTIFICATE})
    asked = leave(scene.one, exit_id=scene.return_id, exits=1)
    await scene.send("POST", "/v1/exits", asked, 201)
    landlord = {"name": "安居公司", "phone": "02200001111"}
    rented = {"rental_id": scene.return_id, "area_path": DOOR, "landlord": landlord}
    await scene.send("POST", "/v1/rentals", rented, 201)
    await state_tenant(scene)
    report = {"report_id": scene.return_id, "area_path": AREA, "about": "三楼有人返回"}
    await scene.send("POST", "/v1/returnee-reports", report, 201, scene.office.city)
    await prepare_desk(scene)
    await prepare_welfare(scene)


async def complete_return(scene: Any) -> None:
    """Read the returns and state a part of one."""
    path = f"/v1/returns/{scene.return_id}"
    stated = await scene.send("POST", f"{path}/parts", {"form": {"unit": "红星厂", "reason": "复工返岗"}})
    assert (await scene.send("GET", "/v1/returns"))["items"] == [stated]


async def state_tenant(scene: Any) -> None:
    """Read the rented doors and state one more tenant."""
    path = f"/v1/rentals/{scene.return_id}/tenants"
    tenant = {"tenancy_id": new_id(), "name": "租客", "phone": "13800001111", "room": "1"}
    stated = await scene.send("POST", path, tenant | {"arrived_at": "2026-02-09T08:00:00Z"})
    assert (await scene.send("GET", "/v1/rentals"))["items"] == [stated]


async def refuse_exit(scene: Any) -> None:
    """Read the permissions to leave, and refuse one."""
    path = f"/v1/exits/{scene.return_id}/refusal"
    refused = await scene.send("POST", path, {"reason": "目的地封控"})
    assert (await scene.send("GET", "/v1/exits"))["items"] == [refused]


async def dismiss_report(scene: Any) -> None:
    """Let the report be unfounded."""
    await scene.send("POST", f"/v1/returnee-reports/{scene.return_id}/unfounded", {"reason": "已核实无人返回"})


TRAVEL_USES: dict[str, Any] = {
    "returns._returns": (complete_return, True),
    "exits._exits": (refuse_exit, True),
    "rentals._rentals": (state_tenant, True),
    "returnee_reports._reports": (dismiss_report, True),
}
