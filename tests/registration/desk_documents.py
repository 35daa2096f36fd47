"""Uses of the documents of triage desks, for the table of all documents."""

from typing import Any

from shared.base.ids import new_id
from tests.registration.pair_documents import PAIR_USES, prepare_pair
from tests.registration.welfare_documents import WELFARE_USES
from tests.support.service import AREA

DESK = {"area_path": AREA, "name": "社区大厅1号台", "staff": ["office-liu"]}


async def prepare_desk(scene: Any) -> None:
    """Have a desk at which a clerk registered the person."""
    await prepare_pair(scene)
    scene.desk_id = new_id()
    await scene.send("PUT", f"/v1/desks/{scene.desk_id}", DESK)
    body = {"triage_id": new_id(), "person": {"resident_id": scene.one.resident_id}, "temperature_c": 36.5}
    body |= {"issue_card": False}
    await scene.send("POST", f"/v1/desks/{scene.desk_id}/triages", body, 201)


async def name_desk(scene: Any) -> None:
    """Name the desk otherwise."""
    await scene.send("PUT", f"/v1/desks/{scene.desk_id}", DESK | {"name": "社区大厅2号台"})


async def read_triages(scene: Any) -> None:
    """List who was registered at the desk."""
    assert (await scene.send("GET", f"/v1/desks/{scene.desk_id}/triages"))["items"]


DESK_USES = WELFARE_USES | PAIR_USES | {"triages._desks": (name_desk, True), "triages._triages": (read_triages, False)}
