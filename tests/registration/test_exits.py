"""Permissions to leave: request, policy, approval by another person, pass, revocation and expiry (R1.8)."""

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.registration.domain import exit_policies
from services.registration.domain.exit_policies import ExitNeed
from shared.base.errors import Invalid
from shared.events.registration_exits import ExitEvent, ExitReach
from shared.health_code import CodeVerifier
from tests.conftest import MakeService
from tests.registration.exiting import DAY, HOUR, leave
from tests.registration.resident import Resident, resident


class Leaver:
    """A resident who asks to leave, and those who decide."""

    def __init__(self, one: Resident, **changes: Any) -> None:
        self.one = one
        self.service = one.here.service
        self.own = self.service.client("resident", subject=one.resident_id)
        self.liu = one.here.clerk
        self.other = self.service.client("community", subject="office-wang")
        self.body = leave(one, **changes)
        self.path = f"/v1/exits/{self.body['exit_id']}"

    async def ask(self, client: Any = None, **changes: Any) -> httpx.Response:
        answer: httpx.Response = await (client or self.own).post("/v1/exits", json=self.body | changes)
        return answer

    async def step(self, step: str, client: Any = None, **body: Any) -> httpx.Response:
        answer: httpx.Response = await (client or self.liu).post(f"{self.path}/{step}", json=body or None)
        return answer

    async def published(self) -> list[str]:
        return [type(event).__name__ for event in await self.service.emitted(ExitEvent)]


async def leaver(service: MakeService, **changes: Any) -> Leaver:
    made = Leaver(await resident(service), **changes)
    answer = await made.ask()
    assert answer.status_code == 201, answer.text
    return made


async def test_a_request_waits_for_an_official_and_the_pass_is_signed_for_its_days(
    service: MakeService, tmp_path: Path
) -> None:
    made = await leaver(service)
    waiting = (await made.liu.get("/v1/exits", params={"state": "requested"})).json()["items"]
    assert [(one["exit_id"], one["unmet"]) for one in waiting] == [(made.body["exit_id"], [])]
    early = await made.own.get(f"{made.path}/pass")
    assert (early.status_code, early.json()["code"]) == (409, "registration.exit_no_pass")
    answers = [(await made.step("approval")).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert (answers[0]["state"], answers[0]["decided_by"]) == ("approved", "office-liu")
    page = (await made.own.get(f"{made.path}/pass")).json()
    keys = (tmp_path / "keys" / "code-public.pem").read_bytes()
    code = CodeVerifier(keys).verify(page["pass_text"], made.service.clock.now())
    assert (code.pass_id, code.resident_id) == (made.body["exit_id"], made.one.resident_id)
    assert code.expires_at.isoformat() == made.body["until"]
    assert (await made.own.get(f"{made.path}/pass.svg")).headers["content-type"] == "image/svg+xml"
    events = await made.service.emitted(ExitEvent)
    assert [type(event).__name__ for event in events] == ["ExitRequested", "ExitApproved"]
    wire = events[-1].model_dump_json()
    assert not any(secret in wire for secret in ("省立医院", "津A12345", "medical"))
    assert events[-1].plate_hash


async def test_neither_who_asked_nor_the_person_the_household_or_the_keeper_approves(service: MakeService) -> None:
    made = await leaver(service)
    mine = made.service.client("community", subject=made.one.resident_id)
    await made.liu.put(f"/v1/residents/{made.one.resident_id}/care", json={"categories": [], "keeper_id": "keeper-9"})
    for own in (mine, made.service.client("community", subject="keeper-9")):
        assert (await made.step("approval", own)).json()["code"] == "access.own_decision"
    assert (await made.step("approval", made.service.client("grid_worker", subject="w"))).status_code == 403
    assert (await made.step("approval", made.one.here.elsewhere)).status_code == 404
    by_clerk = Leaver(made.one)
    assert (await by_clerk.ask(made.liu)).json()["state"] == "requested"
    for spelling in ("office-liu", "Office-Liu"):
        twin = made.service.client("community", subject=spelling)
        assert (await by_clerk.step("approval", twin)).json()["code"] == "registration.own_exit"
    assert (await by_clerk.step("approval", made.other)).json()["state"] == "approved"


async def test_what_the_policy_needs_is_listed_and_holds_the_approval_up(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested = [one for one in exit_policies.POLICIES if ExitNeed.RECENT_TEST in one.needs and one.reach == "city"]
    monkeypatch.setattr("services.registration.domain.exit_policies.policy_at", lambda reach, day: tested[0])
    made = Leaver(await resident(service))
    old = made.service.clock.now() - 47 * HOUR  # 49 hours before the departure
    travellers = [{"resident_id": made.one.resident_id, "tested_at": old.isoformat()}]
    assert (await made.ask(travellers=travellers)).json()["unmet"] == [
        {"resident_id": made.one.resident_id, "need": "recent_test"}
    ]
    refused = await made.step("approval")
    assert (refused.status_code, refused.json()["code"], refused.json()["needs"]) == (
        409,
        "registration.exit_unmet",
        "recent_test",
    )


async def test_a_person_in_isolation_gets_no_permission_and_a_refusal_has_a_reason(service: MakeService) -> None:
    made = await leaver(service)
    await made.service.receive(made.one.open_case())
    page = (await made.own.get(made.path)).json()
    assert {"no_isolation"} <= {one["need"] for one in page["unmet"]}
    assert (await made.step("approval")).json()["code"] == "registration.exit_unmet"
    assert (await made.step("refusal")).status_code == 422
    refused = [(await made.step("refusal", reason="隔离期内不得外出")).json() for _ in range(2)]
    assert refused[0] == refused[1]
    assert (refused[0]["state"], refused[0]["refusal"]) == ("refused", "隔离期内不得外出")
    assert (await made.step("approval", made.other)).json()["code"] == "registration.exit_decided"


async def test_a_case_revokes_the_pass_at_once_and_a_repeated_event_changes_nothing(service: MakeService) -> None:
    made = await leaver(service)
    await made.step("approval")
    opened = made.one.open_case()
    for _ in range(2):
        await made.service.receive(opened)
    page = (await made.own.get(made.path)).json()
    assert (page["state"], page["ended_for"], page["ended_by"]) == ("revoked", "colour_changed", "rule")
    assert (await made.own.get(f"{made.path}/pass")).status_code == 409
    assert await made.published() == ["ExitRequested", "ExitApproved", "ExitRevoked"]


async def test_an_official_revokes_and_the_person_takes_back(service: MakeService) -> None:
    made = await leaver(service)
    assert (await made.step("revocation", reason="行程取消")).json()["code"] == "registration.exit_not_approved"
    await made.step("approval")
    revoked = [(await made.step("revocation", reason="目的地封控")).json() for _ in range(2)]
    assert revoked[0] == revoked[1]
    assert revoked[0]["state"] == "revoked"
    again = Leaver(made.one)
    await again.ask()
    assert (await again.step("withdrawal", made.other)).json()["code"] == "registration.exit_of_another"
    assert (await again.step("withdrawal", made.own)).json()["state"] == "withdrawn"
    assert (await again.step("approval")).json()["code"] == "registration.exit_decided"


async def test_a_request_and_a_pass_expire_with_their_time(service: MakeService) -> None:
    made = await leaver(service)
    await made.step("approval")
    waiting = Leaver(made.one)
    await waiting.ask()
    made.service.clock.advance(4 * DAY)
    await made.service.due()
    assert [(await one.own.get(one.path)).json()["state"] for one in (made, waiting)] == ["expired", "expired"]


async def test_an_official_lets_a_person_out_of_a_closed_compound_in_one_act(service: MakeService) -> None:
    made = Leaver(await resident(service), reach="compound", exits=0)
    worker = made.service.client("grid_worker", subject="worker-1")
    answer = await made.ask(worker)
    assert (answer.json()["state"], answer.json()["decided_by"]) == ("approved", "worker-1")
    by_person = Leaver(made.one, reach="compound", exits=0)
    assert (await by_person.ask()).json()["state"] == "requested"
    kin = made.service.client("community", subject="x", resident_id=made.one.resident_id)
    assert (await Leaver(made.one, reach="compound", exits=0).ask(kin)).json()["code"] == "access.own_decision"


async def test_the_same_request_at_once_is_one_and_its_id_stands_for_it(service: MakeService) -> None:
    made = Leaver(await resident(service))
    answers = await asyncio.gather(*(made.ask() for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert await made.published() == ["ExitRequested"]
    assert (await made.ask(destination="别处")).json()["code"] == "registration.exit_taken"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"until": "2026-02-01T00:00:00Z"}, 400, "registration.exit_over"),
        ({"until": "2026-12-01T00:00:00Z"}, 400, "registration.exit_too_long"),
        ({"since": "2026-01-01T00:00:00Z"}, 400, "registration.exit_begin"),
        ({"reach": "moon"}, 422, "request.invalid"),
    ],
)
async def test_a_request_that_cannot_be_says_what_to_correct(
    service: MakeService, changes: dict[str, Any], status: int, code: str
) -> None:
    made = Leaver(await resident(service))
    answer = await made.ask(**changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    twice = [{"resident_id": made.one.resident_id}] * 2
    assert (await made.ask(travellers=twice)).json()["code"] == "registration.exit_travellers"


def test_the_policies_follow_by_their_dates_and_the_number_of_exits_is_theirs() -> None:
    needs = {
        day: exit_policies.policy_at(ExitReach.CITY, day).needs
        for day in (date(2020, 5, 1), date(2022, 7, 1), date(2023, 1, 1))
    }
    green, tested, calm = needs.values()
    assert (ExitNeed.RECENT_TEST in green, ExitNeed.RECENT_TEST in tested) == (False, True)
    assert calm == (ExitNeed.NO_ISOLATION,)
    with pytest.raises(Invalid):
        exit_policies.policy_at(ExitReach.CITY, date(2019, 1, 1))
    assert all(one.source for one in exit_policies.POLICIES)
    assert timedelta(hours=exit_policies.policy_at(ExitReach.PROVINCE, date(2022, 7, 1)).test_hours) == 2 * DAY
