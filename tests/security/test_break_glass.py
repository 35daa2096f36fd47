"""Break-glass: reading outside the own area, for a reason and a time, seen by the auditors of that area."""

import importlib
import time
from typing import Any

import pytest

from deploy.services import SERVICES
from shared.base.ids import new_id
from shared.events.registration import BreakGlassChanged
from shared.web.break_glass import is_reading
from tests.conftest import MakeService
from tests.registration.office import Office, id_number, office
from tests.support.service import AREA, ServiceUnderTest

HOME, REASON = "/jinhe/hexi/qingshui/c02", "追查密接者的家人"


def feed(made: ServiceUnderTest, event: BreakGlassChanged) -> None:
    """Have the process read the event from the topic."""
    (replica,) = [one for one in made.parts.replicas_beside if one.topic == event.topic]
    replica.read(0, [made.record(event if event._meta else made.stamp(event))])


async def opening(client: Any, **changes: Any) -> Any:
    """Ask to open the area; return the answer."""
    body = {"glass_id": new_id(), "area_path": AREA, "reason": REASON, "minutes": 30}
    return await client.post("/v1/break-glass", json=body | changes)


class Opened:
    """A doctor of another community, who opened this one."""

    def __init__(self, here: Office, resident: dict[str, Any], doctor: Any) -> None:
        self.here, self.resident, self.doctor, self.made = here, resident, doctor, here.service
        self.glass_id = ""

    async def open(self) -> None:
        answer = await opening(self.doctor)
        assert answer.status_code == 201, answer.text
        self.glass_id = str(answer.json()["glass_id"])
        feed(self.made, (await self.made.emitted(BreakGlassChanged))[-1])

    async def read(self, client: Any = None, method: str = "GET", path: str = "", **more: Any) -> Any:
        url = path or f"/v1/residents/{self.resident['resident_id']}"
        headers = {"Lastmetre-Break-Glass": self.glass_id}
        return await (client or self.doctor).request(method, url, headers=headers, **more)


@pytest.fixture
async def opened(service: MakeService) -> Opened:
    here = await office(service)
    resident = await here.resident()
    return Opened(here, resident, here.service.client("doctor", area=HOME, subject="doctor-wu"))


async def test_an_opened_area_is_read_and_each_reading_is_recorded_as_such(opened: Opened) -> None:
    assert (await opened.read()).status_code in (403, 404)
    await opened.open()
    answer = await opened.read()
    assert (answer.status_code, answer.json()["resident_id"]) == (200, opened.resident["resident_id"])
    assert (await opened.doctor.get(f"/v1/residents/{opened.resident['resident_id']}")).status_code == 404
    assert len((await opened.read(path="/v1/residents")).json()["items"]) == 1
    rows = await opened.made.database["readings"].find({"reader": "doctor-wu"}).to_list(None)
    assert {row["reader_area"] for row in rows} == {HOME}
    auditor = opened.made.client("auditor", area="/")
    readings = (await auditor.get("/v1/readings", params={"reader": "doctor-wu"})).json()["items"]
    assert {one["purpose"] for one in readings} == {f"break-glass: {REASON}"}


async def test_the_auditors_of_the_area_see_it_while_it_is_open_and_later(opened: Opened) -> None:
    await opened.open()
    await opened.read()
    for area, sees in ((AREA, True), ("/jinhe/hedong", True), (f"{AREA}/a1", True), ("/", True), (HOME, False)):
        auditor = opened.made.client("auditor", area=area, subject="auditor-qian")
        listed = (await auditor.get("/v1/break-glass")).json()["items"]
        assert [(one["subject"], one["reason"], one["own_area"]) for one in listed] == [
            ("doctor-wu", REASON, HOME)
        ] * sees, area
        assert not sees or listed[0]["closed_at"] is None
    district = opened.made.client("auditor", area="/jinhe/hedong", subject="auditor-qian")
    readings = (await district.get("/v1/readings", params={"reader": "doctor-wu"})).json()["items"]
    assert [one["purpose"] for one in readings] == [f"break-glass: {REASON}"]
    closed = await district.delete(f"/v1/break-glass/{opened.glass_id}")
    assert (closed.status_code, closed.json()["closed_by"]) == (200, "auditor-qian")
    assert (await district.get("/v1/break-glass")).json()["items"][0]["closed_at"]


async def test_it_gives_reading_alone(opened: Opened) -> None:
    await opened.open()
    resident_id = opened.resident["resident_id"]
    clerk = opened.made.client("community", area=HOME, subject="doctor-wu")
    for client, method, path in (
        (opened.doctor, "POST", f"/v1/residents/{resident_id}/appeals"),
        (opened.doctor, "PUT", f"/v1/residents/{resident_id}/care"),
        (clerk, "GET", f"/v1/residents/{resident_id}/code"),
    ):
        answer = await opened.read(client, method, path, **({"json": {}} if method != "GET" else {}))
        assert (answer.status_code, answer.json()["code"]) == (403, "access.break_glass_reads"), path


async def test_a_reading_by_a_body_is_of_the_opened_area_and_changes_nothing_but_the_record(opened: Opened) -> None:
    resident_id = opened.resident["resident_id"]
    readings = {
        "/v1/residents/names": {"resident_ids": [resident_id]},
        "/v1/residents/search": {"phone": "0001"},
        "/v1/residents/look-up": {"text": "0001"},
        "/v1/residents/find": {"id_number": id_number()},
    }
    for path, body in readings.items():
        answer = await opened.doctor.post(path, json=body)
        assert resident_id not in answer.text, path
    await opened.open()
    before = await _stored(opened.made)
    for path, body in readings.items():
        answer = await opened.read(method="POST", path=path, json=body)
        assert (answer.status_code, resident_id in answer.text) == (200, True), path
    assert await _stored(opened.made) == before
    rows = await opened.made.database["readings"].find({"reader": "doctor-wu", "subject_area": AREA}).to_list(None)
    named = await opened.made.database["readings"].find({"reader": "doctor-wu", "kind": "names"}).to_list(None)
    assert {row["kind"] for row in rows} == {"search_by_phone", "search_by_last_four"}
    assert {(row["subject"], row["reader_area"]) for row in named} == {(resident_id, HOME)}


async def _stored(made: ServiceUnderTest) -> dict[str, Any]:
    """Return all that the store holds but the record of readings, which the log of acts has too."""
    names = set(await made.database.list_collection_names()) - {"readings", "acts", "acts_waiting"}
    return {name: await made.database[name].find().sort("_id", 1).to_list(None) for name in names}


@pytest.mark.parametrize("name", SERVICES)
def test_no_post_route_is_a_reading_but_those_that_look_people_up(name: str) -> None:
    routes = importlib.import_module(f"services.{name}.routes")
    routers = [getattr(routes, "router", None), *getattr(routes, "routers", getattr(routes, "ROUTERS", []))]
    made = {
        f"POST {route.path}"
        for router in routers
        if router is not None
        for route in router.routes
        if is_reading("POST", route.endpoint)
    }
    looked_up = (
        *("residents/search", "residents/look-up", "residents/find", "residents/names", "places/names"),
        *("staff/search", "staff/names", "duplicates/check"),
    )
    paths = looked_up if name == "registration" else ()
    assert made == {f"POST /v1/{path}" for path in paths}


async def test_it_ends_by_itself_or_early_and_opens_nothing_to_others(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened.open()
    thief = opened.made.client("doctor", area=HOME, subject="doctor-he")
    assert (await opened.read(thief)).json()["code"] == "access.break_glass_closed"
    assert (await thief.delete(f"/v1/break-glass/{opened.glass_id}")).status_code == 404
    then = time.time()
    with monkeypatch.context() as later:
        later.setattr("shared.web.break_glass.time.time", lambda: then + 1801)
        assert (await opened.read()).json()["code"] == "access.break_glass_closed"
    assert (await opened.read()).status_code == 200
    assert (await opened.doctor.delete(f"/v1/break-glass/{opened.glass_id}")).status_code == 200
    first, last = await opened.made.emitted(BreakGlassChanged)
    feed(opened.made, last)
    feed(opened.made, first)  # an older state that comes again opens nothing
    assert (await opened.read()).json()["code"] == "access.break_glass_closed"


async def test_what_may_be_opened_has_limits(opened: Opened) -> None:
    made = opened.made
    weak = made.client("doctor", area=HOME, subject="doctor-wu", fresh=False)
    here = made.client("doctor", subject="doctor-chen")
    refusals = [
        (await opening(weak), 401, "access.step_up_needed"),
        (await opening(opened.doctor, minutes=241), 400, "registration.break_glass_too_long"),
        (await opening(opened.doctor, area_path="/jinhe/hedong"), 422, "registration.break_glass_too_wide"),
        (await opening(opened.doctor, area_path="/jinhe/nowhere"), 404, "registration.no_such_place"),
        (await opening(here), 409, "registration.break_glass_needless"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer, *_ in refusals] == [
        tuple(one[1:]) for one in refusals
    ]
    same = {"glass_id": new_id()}
    answers = [await opening(opened.doctor, **same), await opening(opened.doctor, **same), await opening(here, **same)]
    assert [one.status_code for one in answers] == [201, 201, 409]
    assert answers[0].json() == answers[1].json()
    assert len(await made.emitted(BreakGlassChanged)) == 1


@pytest.mark.parametrize("name", SERVICES)
async def test_every_service_follows_what_is_open(service: MakeService, name: str) -> None:
    main, settings = (importlib.import_module(f"services.{name}.{module}") for module in ("main", "settings"))
    made = await service(main.build, settings.Settings)
    topics = {replica.topic for replica in made.parts.replicas_beside}
    assert {BreakGlassChanged.topic, "registration.access-revocations.v1"} <= topics
