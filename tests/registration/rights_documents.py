"""Uses of the documents of requests and former contacts, for the table of all documents."""

from typing import Any

from shared.base.ids import new_id


async def prepare(scene: Any) -> None:
    """Have a correction that waits, and a contact that was replaced."""
    path = f"/v1/residents/{scene.one.resident_id}/rights"
    body = {"request_id": new_id(), "kind": "correction", "about": "other", "wanted": "三楼", "evidence": "户口簿"}
    await scene.send("POST", path, body, 201)
    await scene.send("PUT", f"/v1/contacts/{scene.one.resident_id}", {"phone": "13700137000"}, 204)


async def refuse_correction(scene: Any) -> None:
    """Refuse the correction as another official."""
    (request,) = (await scene.send("GET", "/v1/rights"))["items"]
    other = scene.office.service.client("city", area="/", subject="city-zhao")
    await scene.send("POST", f"/v1/rights/{request['request_id']}/refuse", {"reason": "证明材料不符"}, client=other)


async def read_former(scene: Any) -> None:
    """Read how the person was reached before."""
    assert (await scene.send("GET", f"/v1/contacts/{scene.one.resident_id}/history"))["items"]


async def list_changes(scene: Any) -> None:
    """Read the history of the file."""
    changes = (await scene.send("GET", f"/v1/residents/{scene.one.resident_id}/changes"))["items"]
    assert [change["act"] for change in changes] == ["contact", "card"]


USES: Any = {
    "contacts._former": (read_former, False),
    "rights._requests": (refuse_correction, True),
    "history._changes": (list_changes, False),
}
