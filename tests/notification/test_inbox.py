"""The inbox over HTTP, and who may see that a person was notified."""

from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events import isolation
from shared.events.notification import Channel, MessageRead
from tests.conftest import MakeService
from tests.notification import scene
from tests.notification.scene import DOCTOR, KEEPER, notification
from tests.support.http import stated
from tests.support.service import AREA, ServiceUnderTest


async def inbox(town: ServiceUnderTest, person: str, **params: Any) -> Any:
    async with town.client("grid_worker", subject=person) as client:
        response = await client.get("/v1/messages", params=params)
        assert response.status_code == 200, response.text
        return response.json()


async def test_each_recipient_sees_the_own_messages_alone_newest_first(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(scene.case(isolation.CaseOpened, resident_id="r"))
    await town.receive(scene.case(isolation.CaseExtended, resident_id="r"))
    page = await inbox(town, "r")
    assert [m["template"] for m in page["items"]] == ["case_extended", "case_opened"]
    assert (page["unread"], page["next"]) == (2, None)
    assert [m["template"] for m in (await inbox(town, KEEPER))["items"]] == ["case_opened_staff"]
    assert (await inbox(town, "stranger"))["items"] == []


async def test_pages_lose_nothing_although_many_messages_are_of_one_instant(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(*(scene.case(isolation.CaseOpened) for _ in range(7)))
    seen, after = [], ""
    while after is not None:
        page = await inbox(town, DOCTOR, limit=3, after=after)
        seen += [m["message_id"] for m in page["items"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == 7


async def test_the_own_messages_are_listed_from_either_end(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(*(scene.case(isolation.CaseOpened) for _ in range(5)))
    ids: dict[str, list[str]] = {"created_at": [], "-created_at": []}
    for sort, seen in ids.items():
        after = ""
        while after is not None:
            page = await inbox(town, DOCTOR, limit=2, after=after, sort=sort)
            seen += [m["message_id"] for m in page["items"]]
            after = page["next"]
    assert len(ids["created_at"]) == 5
    assert ids["-created_at"] == ids["created_at"][::-1]


async def test_a_message_is_read_once_and_reading_it_again_changes_nothing(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(scene.case(isolation.CaseOpened, resident_id="r"))
    (message,) = (await inbox(town, "r"))["items"]
    async with town.client("resident", subject="r") as client:
        first = (await client.post(f"/v1/messages/{message['message_id']}/read")).json()
        town.clock.advance(timedelta(hours=1))
        again = (await client.post(f"/v1/messages/{message['message_id']}/read")).json()
    assert first["read_at"] == again["read_at"] is not None
    (read,) = await town.emitted(MessageRead)
    assert (read.message_id, read.recipient_id, read.channel) == (message["message_id"], "r", Channel.IN_APP)
    assert (await inbox(town, "r", unread=True)) == {"items": [], "next": None, "unread": 0}


async def test_a_recipient_may_not_read_the_message_of_another(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(scene.case(isolation.CaseOpened, resident_id="r"))
    (message,) = (await inbox(town, "r"))["items"]
    async with town.client("city", area="/", subject="curious") as client:
        for message_id in (message["message_id"], new_id()):
            response = await client.post(f"/v1/messages/{message_id}/read")
            assert (response.status_code, response.json()["code"]) == (404, "notification.no_such_message")
    assert await town.emitted(MessageRead) == []


async def test_staff_of_the_area_see_who_was_notified_and_who_has_read_it(service: MakeService) -> None:
    town = await notification(service)
    (event,) = await town.receive(scene.case(isolation.CaseOpened, case_id="c", resident_id="r"))
    (message,) = (await inbox(town, "r"))["items"]
    async with town.client("resident", subject="r") as client:
        await client.post(f"/v1/messages/{message['message_id']}/read")
    async with town.client("community") as client:
        for path in (f"/v1/messages/of/{event.id}", "/v1/messages/about/c"):
            items = (await client.get(path)).json()["items"]
            read = {item["recipient_id"]: item["read_at"] is not None for item in items}
            assert read == {"r": True, KEEPER: False, DOCTOR: False}


async def test_receipts_are_paged(service: MakeService) -> None:
    town = await notification(service)
    (event,) = await town.receive(scene.case(isolation.CaseOpened))
    async with town.client("auditor") as client:
        first = (await client.get(f"/v1/messages/of/{event.id}", params={"limit": 2})).json()
        rest = (await client.get(f"/v1/messages/of/{event.id}", params={"limit": 2, "after": first["next"]})).json()
    assert len({item["message_id"] for item in first["items"] + rest["items"]}) == 3
    assert rest["next"] is None


async def test_outside_the_area_no_messages_are_listed(service: MakeService) -> None:
    town = await notification(service)
    (event,) = await town.receive(scene.case(isolation.CaseOpened))
    async with town.client("community", area=AREA.replace("c01", "c02")) as client:
        assert (await client.get(f"/v1/messages/of/{event.id}")).json()["items"] == []


@pytest.mark.parametrize("path", ["/v1/messages/of/x", "/v1/messages/about/x"])
async def test_residents_see_no_receipts(service: MakeService, path: str) -> None:
    town = await notification(service)
    async with town.client("resident", subject="r") as client:
        response = await client.get(path)
    assert (response.status_code, response.json()["code"]) == (403, "access.role_missing")


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/of/x", "/v1/messages/about/x"])
async def test_without_a_token_every_request_is_refused(service: MakeService, path: str) -> None:
    town = await notification(service)
    async with town.client() as client:
        assert (await client.get(path)).status_code == 401
        assert (await client.post("/v1/messages/x/read")).status_code == 401


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 1001}, {"unread": "perhaps"}])
async def test_an_absurd_page_is_a_problem_that_names_the_field(service: MakeService, params: dict[str, Any]) -> None:
    town = await notification(service)
    async with town.client("resident", subject="r") as client:
        response = await client.get("/v1/messages", params=params)
    assert response.status_code == 422
    assert next(iter(params)) in response.json()["detail"]


async def test_a_cursor_of_another_list_is_refused(service: MakeService) -> None:
    town = await notification(service)
    (event,) = await town.receive(scene.case(isolation.CaseOpened))
    async with town.client("community", subject=KEEPER) as client:
        page = (await client.get(f"/v1/messages/of/{event.id}", params={"limit": 1})).json()
        refused = await client.get("/v1/messages", params={"after": page["next"]})
    assert (refused.status_code, refused.json()["code"]) == (400, "request.bad_cursor")


async def test_an_auditor_lists_who_read_to_whom_messages_went_and_the_own_inbox_is_no_reading(
    service: MakeService,
) -> None:
    town = await notification(service)
    (event,) = await town.receive(scene.case(isolation.CaseOpened, resident_id="r", case_id="c"))
    await inbox(town, "r")
    async with town.client("community", subject="office-liu") as client:
        await client.get(f"/v1/messages/of/{event.id}")
        await client.get("/v1/messages/about/c", headers=stated("the family asked"))
    async with town.client("auditor") as auditor:
        page = (await auditor.get("/v1/readings", params={"subject": "r"})).json()
    readings = [(row["kind"], row["reader"], row["purpose"]) for row in page["items"]]
    assert readings == [
        ("messages", "office-liu", "the family asked"),
        ("messages", "office-liu", "checking who was informed"),
    ]
