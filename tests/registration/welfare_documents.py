"""Uses of the documents of the welfare of staff, for the table of all documents."""

from typing import Any

from shared.base.ids import new_id
from tests.registration.office import TODAY
from tests.support.service import AREA


async def prepare_welfare(scene: Any) -> None:
    """Have terms that wait for approval, and a colleague who received masks."""
    scene.terms_id, city = new_id(), scene.office.city
    colleague = {"person_id": "guard-09", "name": "钱九", "unit": "物业", "area_path": AREA}
    await scene.send("POST", "/v1/staff", colleague, 201, city)
    terms = {"terms_id": scene.terms_id, "kind": "pledge", "version": "一版", "since": str(TODAY)}
    await scene.send("POST", "/v1/welfare/terms", terms | {"source": "9号文", "text": "不去疫区"}, 201, city)
    goods = {"request_id": scene.terms_id, "person_ids": ["guard-09"], "item": "口罩", "quantity": 20}
    await scene.send("POST", "/v1/welfare/goods", goods | {"received_on": str(TODAY)}, 201)


async def approve_terms(scene: Any) -> None:
    """Approve the terms as another official of the city."""
    other = scene.office.service.client("city", area="/", subject="city-zhao")
    await scene.send("POST", f"/v1/welfare/terms/{scene.terms_id}/approve", client=other)


async def read_welfare(scene: Any) -> None:
    """List the records."""
    assert (await scene.send("GET", "/v1/welfare"))["items"]


WELFARE_USES = {"welfare._terms": (approve_terms, True), "welfare._records": (read_welfare, False)}
