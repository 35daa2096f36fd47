"""A device is enrolled with a one-time code, shows its own token, renews it, and is revoked (R2.1)."""

import asyncio
from datetime import timedelta
from typing import Any

import jwt
import pytest
import pytest_asyncio

from services.checkpoint.domain import devices as rules
from shared.base.ids import new_id
from shared.events.checkpoint import DeviceEnrolled, DeviceRevoked
from shared.store.deadlines import DEADLINES
from tests.checkpoint.gate import COMPOUND, GATE, scan
from tests.checkpoint.scanner import Scanner, Yard
from tests.conftest import MakeService


@pytest_asyncio.fixture
async def yard(service: MakeService) -> Yard:
    """A gate without a device yet."""
    return await Yard.at(service)


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def hears_of_its_devices(yard: Yard) -> None:
    """Let the gates read the events of devices."""
    yard.service.feed_replicas(*await yard.service.emitted(DeviceEnrolled, DeviceRevoked))


async def scans_at_the_gate(scanner: Scanner, gate_id: str = GATE) -> Any:
    return await scanner.post("/v1/scans", scan(gate_id=gate_id))


async def test_a_device_shows_its_code_once_and_scans_from_then_on_with_a_token_of_its_own(yard: Yard) -> None:
    scanner = await yard.scanner()
    assert (scanner.given["gate_id"], scanner.given["serial"]) == (GATE, 1)
    claims = jwt.decode(scanner.given["token"], options={"verify_signature": False})
    assert (claims["sub"], claims["gate"], claims["area"]) == (scanner.device_id, GATE, COMPOUND)
    assert claims["roles"] == ["device"]
    assert claims["exp"] - claims["iat"] == 30 * 86_400
    assert (await scans_at_the_gate(scanner)).json()["verdict"] == "allow"
    assert code_of(await scans_at_the_gate(scanner, "gate-other")) == (400, "checkpoint.wrong_gate")
    (event,) = await yard.service.emitted(DeviceEnrolled)
    assert (event.device_id, event.gate_id, event.area_path, event.serial) == (scanner.device_id, GATE, COMPOUND, 1)


async def test_a_code_is_easy_to_type_and_only_its_hash_is_kept(yard: Yard) -> None:
    code = await yard.code()
    assert len(code) == 8
    assert set(code) <= set("23456789ABCDEFGHJKMNPQRSTWXYZ")
    kept = await yard.service.database["enrolments"].find().to_list(None)
    assert code not in str(kept)
    typed = f" {code[:4].lower()}-{code[4:]} "
    assert (await yard.enrol(typed)).status_code == 200


async def test_the_same_enrolment_gives_the_same_code_and_another_a_new_one(yard: Yard) -> None:
    path, body = f"/v1/gates/{GATE}/enrolments", {"enrolment_id": new_id()}
    first, again = [(await yard.office.post(path, json=body)).json() for _ in range(2)]
    assert first == again
    assert await yard.code() != first["code"]
    racing = {"enrolment_id": new_id()}
    answers = await asyncio.gather(*(yard.office.post(path, json=racing) for _ in range(4)))
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    await yard.define_gate("gate-2")
    other = await yard.office.post("/v1/gates/gate-2/enrolments", json=body)
    assert code_of(other) == (409, "checkpoint.enrolment_taken")


async def test_an_answer_that_was_lost_is_given_again_and_no_other_request_uses_the_code(yard: Yard) -> None:
    code, request_id = await yard.code(), new_id()
    first, again = [(await yard.enrol(code, request_id)).json() for _ in range(2)]
    assert (first["device_id"], first["serial"]) == (again["device_id"], again["serial"])
    assert code_of(await yard.enrol(code)) == (409, "checkpoint.code_used")
    assert len(await yard.service.emitted(DeviceEnrolled)) == 1


@pytest.mark.parametrize("attempt", range(3))
async def test_of_two_devices_with_one_code_exactly_one_gets_in(yard: Yard, attempt: int) -> None:
    code = await yard.code()
    answers = await asyncio.gather(*(yard.enrol(code) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert len(await yard.service.emitted(DeviceEnrolled)) == 1
    assert await yard.service.database["devices"].count_documents({}) == 1


async def test_a_wrong_or_an_expired_code_enrols_nothing(yard: Yard) -> None:
    code, request_id = await yard.code(), new_id()
    assert code_of(await yard.enrol("ABCD2345")) == (401, "checkpoint.code_wrong")
    assert (await yard.enrol(await yard.code(), request_id)).status_code == 200
    yard.service.clock.advance(timedelta(minutes=30))
    assert code_of(await yard.enrol(code)) == (401, "checkpoint.code_expired")
    assert len(await yard.service.emitted(DeviceEnrolled)) == 1


async def test_codes_are_tried_five_times_a_minute_at_most(yard: Yard) -> None:
    good = await yard.code()
    for _ in range(5):
        assert code_of(await yard.enrol("ABCD2345")) == (401, "checkpoint.code_wrong")
    refused = await yard.enrol(good)
    assert code_of(refused) == (503, "checkpoint.too_many_tries")
    yard.service.clock.advance(timedelta(seconds=int(refused.headers["retry-after"])))
    assert (await yard.enrol(good)).status_code == 200


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"code": "", "request_id": new_id()}, "code"),
        ({"code": "ABCD2345"}, "request_id"),
        ({"code": "ABCD2345", "request_id": "1"}, "request_id"),
        ({"code": "ABCD2345", "request_id": new_id(), "gate_id": "not mine"}, "gate_id"),
        ({"code": "ABCD2345", "request_id": new_id(), "name": "x" * 101}, "name"),
    ],
)
async def test_a_request_that_cannot_be_meant_says_what_to_correct(yard: Yard, body: Any, where: str) -> None:
    response = await yard.anonymous.post("/v1/devices/enrol", json=body)
    assert code_of(response) == (422, "request.invalid")
    assert where in response.json()["detail"]


async def test_codes_are_made_by_the_office_of_the_gate_alone(yard: Yard) -> None:
    body, path = {"enrolment_id": new_id()}, f"/v1/gates/{GATE}/enrolments"
    foreign = yard.service.client("community", area="/jinhe/hexi")
    assert code_of(await foreign.post(path, json=body)) == (404, "checkpoint.no_such_gate")
    assert code_of(await yard.office.post("/v1/gates/none/enrolments", json=body)) == (404, "checkpoint.no_such_gate")
    for role in ("grid_worker", "doctor", "device", "resident", "auditor"):
        assert (await yard.service.client(role).post(path, json=body)).status_code == 403
    assert (await yard.anonymous.post(path, json=body)).status_code == 401
    await yard.service.database["gates"].update_one({"_id": GATE}, {"$set": {"closed": True}})
    assert code_of(await yard.office.post(path, json=body)) == (409, "checkpoint.gate_closed")


async def test_a_renewed_token_replaces_the_old_one_once_it_has_been_used(yard: Yard) -> None:
    old = await yard.scanner()
    new = Scanner(yard, (await old.renew()).json())
    assert new.given["serial"] == 2
    await old.beats()
    await new.beats()
    assert code_of(await old.beat()) == (403, "checkpoint.device_revoked")
    assert [event.serial for event in await yard.service.emitted(DeviceEnrolled)] == [1, 2]
    await hears_of_its_devices(yard)
    assert code_of(await scans_at_the_gate(old)) == (403, "checkpoint.device_revoked")
    assert (await scans_at_the_gate(new)).status_code == 200
    third = Scanner(yard, (await new.renew()).json())
    assert third.given["serial"] == 3
    assert (await old.renew()).status_code == 403


async def test_a_renewal_whose_answer_was_lost_is_given_again(yard: Yard) -> None:
    scanner = await yard.scanner()
    answers = [*[await scanner.renew() for _ in range(2)], *await asyncio.gather(*(scanner.renew() for _ in range(4)))]
    assert [answer.json()["serial"] for answer in answers] == [2] * 6
    for answer in answers:
        await Scanner(yard, answer.json()).beats()


async def test_a_revoked_device_is_refused_everywhere(yard: Yard) -> None:
    scanner = await yard.scanner()
    path = f"/v1/devices/{scanner.device_id}/revoke"
    for _ in range(2):
        response = await yard.office.post(path, json={"reason": "lost"})
        assert (response.status_code, response.json()["state"]) == (200, "revoked")
    for refused in (await scanner.beat(), await scanner.renew()):
        assert code_of(refused) == (403, "checkpoint.device_revoked")
    await hears_of_its_devices(yard)
    for refused in (await scanner.beat(), await scanner.renew(), await scans_at_the_gate(scanner)):
        assert code_of(refused) == (403, "checkpoint.device_revoked")
    for path in ("/v1/lists", "/v1/reasons"):
        refused = await yard.anonymous.get(path, headers=scanner.headers)
        assert code_of(refused) == (403, "checkpoint.device_revoked")
    (event,) = await yard.service.emitted(DeviceRevoked)
    assert (event.device_id, event.reason, event.area_path) == (scanner.device_id, "lost", COMPOUND)
    pending = await yard.service.database[DEADLINES].count_documents({"state": "pending"})
    assert pending == 0


async def test_a_device_that_was_revoked_is_not_enrolled_again_by_its_old_request(yard: Yard) -> None:
    code, request_id = await yard.code(), new_id()
    device_id = (await yard.enrol(code, request_id)).json()["device_id"]
    await yard.office.post(f"/v1/devices/{device_id}/revoke", json={"reason": "stolen"})
    assert code_of(await yard.enrol(code, request_id)) == (403, "checkpoint.device_revoked")


async def test_a_device_is_revoked_and_seen_in_its_area_alone(yard: Yard) -> None:
    scanner = await yard.scanner()
    foreign = yard.service.client("community", area="/jinhe/hexi")
    path = f"/v1/devices/{scanner.device_id}"
    assert code_of(await foreign.post(f"{path}/revoke", json={"reason": "lost"})) == (404, "checkpoint.no_such_device")
    assert code_of(await foreign.get(path)) == (404, "checkpoint.no_such_device")
    assert (await foreign.get("/v1/devices")).json()["items"] == []
    assert (await yard.office.get("/v1/devices/none")).status_code == 404
    assert (await yard.office.post(f"{path}/revoke", json={"reason": "bored"})).status_code == 422
    for role in ("grid_worker", "device"):
        assert (await yard.service.client(role).post(f"{path}/revoke", json={"reason": "lost"})).status_code == 403
    for role in ("device", "resident", "volunteer"):
        assert (await yard.service.client(role).get(path)).status_code == 403
    assert (await scanner.beat()).status_code == 200


async def test_a_token_of_the_city_s_issuer_scans_and_is_no_enrolled_device(yard: Yard) -> None:
    device = yard.service.client("device", area=COMPOUND, gate=GATE, subject="device-1")
    assert (await device.post("/v1/scans", json=scan())).status_code == 200
    for path, body in (("renew", None), ("heartbeat", {"sent_at": yard.now.isoformat(), "last_seq": 1})):
        refused = await device.post(f"/v1/devices/me/{path}", json=body)
        assert code_of(refused) == (404, "checkpoint.not_enrolled")
        assert (await yard.office.post(f"/v1/devices/me/{path}", json=body)).status_code == 403


async def test_devices_are_listed_a_page_at_a_time(yard: Yard) -> None:
    made = {(await yard.scanner()).device_id for _ in range(5)}
    listed: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await yard.office.get("/v1/devices", params={"limit": 2, "after": after})).json()
        listed += [device["device_id"] for device in page["items"]]
        after = page["next"]
    assert set(listed) == made
    assert len(listed) == 5


def test_codes_differ_and_are_read_however_they_are_typed() -> None:
    assert rules.plain_code(" abcd-2345\n") == "ABCD2345"
    assert len({rules.code_from(f"{n:032x}") for n in range(2_000)}) == 2_000
