"""Uses of the documents of returns, of reports of returnees and of pairs of files, for the table of all documents."""

from typing import Any

from shared.base.ids import new_id
from tests.support.service import AREA

CERTIFICATE = {"kind": "health", "number": "JK-1024", "issued_on": "2026-02-09", "valid_until": "2026-02-16"}


async def prepare_travel(scene: Any) -> None:
    """Have the approval of a return and a report of a returnee."""
    scene.return_id = new_id()
    await scene.send("POST", "/v1/returns", {"return_id": scene.return_id, "journey_id": scene.journey_id}, 201)
    await scene.send("POST", f"/v1/returns/{scene.return_id}/parts", {"certificate": CERTIFICATE})
    report = {"report_id": scene.return_id, "area_path": AREA, "about": "三楼有人返回"}
    await scene.send("POST", "/v1/returnee-reports", report, 201, scene.office.city)
    first, second = scene.here.residents[:2]
    await scene.send("POST", "/v1/duplicates", {"first_id": first, "second_id": second})


async def complete_return(scene: Any) -> None:
    """Read the returns and state a part of one."""
    path = f"/v1/returns/{scene.return_id}"
    stated = await scene.send("POST", f"{path}/parts", {"form": {"unit": "红星厂", "reason": "复工返岗"}})
    assert (await scene.send("GET", "/v1/returns"))["items"] == [stated]


async def dismiss_report(scene: Any) -> None:
    """Let the report be unfounded."""
    await scene.send("POST", f"/v1/returnee-reports/{scene.return_id}/unfounded", {"reason": "已核实无人返回"})


async def put_pair_off(scene: Any) -> None:
    """Take a pair of files off the worklist for a time."""
    (pair,) = (await scene.send("GET", "/v1/duplicates"))["items"]
    later = {"until": "2026-03-01T09:00:00+08:00", "reason": "the family is asked"}
    await scene.send("POST", f"/v1/duplicates/{pair['pair_id']}/later", later)
