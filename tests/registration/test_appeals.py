"""Appeals against a colour: by the resident or for them, decided in time and by another officer (R1.9)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.registration import metrics
from shared.base.ids import new_id
from shared.events.registration import AppealDecided
from tests.conftest import MakeService
from tests.registration.office import TODAY, Office, office
from tests.registration.ordering import Officers, officers, registered
from tests.registration.resident import Resident
from tests.support.prepared import Prepared
from tests.support.service import MORNING, ServiceUnderTest

WORDS = "我没有去过那里 I was never there"


class Appellant:
    """A resident whose code two officers turned, and who appeals."""

    def __init__(self, here: Officers) -> None:
        self.here = here
        self.service = here.here.service
        self.resident_id = here.residents[0]
        self.client = self.service.client("resident", area="/", subject=self.resident_id)
        self.chief = self.service.client("community", subject="chief-ma")

    async def appeal(self, client: Any = None, **changes: Any) -> Any:
        """Appeal against the colour of now; return the answer."""
        body = {"appeal_id": new_id(), "text": WORDS} | changes
        return await (client or self.client).post(f"/v1/residents/{self.resident_id}/appeals", json=body)

    async def appealed(self) -> str:
        """Appeal; return the appeal's id."""
        answer = await self.appeal()
        assert answer.status_code == 201, answer.text
        return str(answer.json()["appeal_id"])

    async def decide(self, appeal_id: str, how: str = "uphold", client: Any = None, reason: str = "a mix-up") -> Any:
        """Decide the appeal; return the answer."""
        return await (client or self.chief).post(f"/v1/appeals/{appeal_id}/{how}", json={"reason": reason})

    async def colour(self) -> str:
        return str((await self.here.standing())["colour"])

    async def open_appeals(self, **params: Any) -> list[dict[str, Any]]:
        """The appeals that officers see, as listed."""
        answer = await self.chief.get("/v1/appeals", params=params)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])


async def _turn(service: ServiceUnderTest) -> tuple[list[str], str]:
    here = Officers(Office(service), await registered(1)(service))
    return here.residents, await here.in_force()


_red = Prepared(_turn)


async def red_by_hand(service: MakeService) -> tuple[Appellant, str]:
    """A resident who is red by an order; and the order's id."""
    here = await office(service, _red)
    residents, order_id = here.prepared
    return Appellant(Officers(here, residents)), order_id


async def test_an_appeal_states_against_which_colour_it_is_and_until_when_it_is_decided(service: MakeService) -> None:
    one, order_id = await red_by_hand(service)
    answer = await one.appeal()
    appeal = answer.json()
    assert (answer.status_code, appeal["state"], appeal["text"]) == (201, "open", WORDS)
    assert (appeal["colour"], appeal["rule"], appeal["evidence"]) == ("red", "manual", order_id)
    assert (appeal["made_by"], appeal["overdue"]) == (one.resident_id, False)
    assert datetime.fromisoformat(appeal["due_at"]) == MORNING + timedelta(hours=48)
    for client in (one.client, one.chief):
        assert (await client.get(f"/v1/appeals/{appeal['appeal_id']}")).json() == appeal
        assert (await client.get(f"/v1/residents/{one.resident_id}/appeals")).json()["items"] == [appeal]


async def test_the_text_of_an_appeal_is_stored_sealed(service: MakeService) -> None:
    one, _ = await red_by_hand(service)
    await one.appealed()
    (kept,) = await one.service.database["appeals"].find().to_list(None)
    assert WORDS not in str(kept)


async def test_an_upheld_appeal_ends_the_order_for_that_resident_alone(service: MakeService) -> None:
    here = await officers(service, 2)
    one, order_id = Appellant(here), await here.in_force(*here.residents)
    decided = (await one.decide(await one.appealed())).json()
    assert (decided["state"], decided["ended"], decided["advice"]) == ("upheld", True, None)
    assert (decided["decided_by"], decided["decision"]) == ("chief-ma", "a mix-up")
    assert await here.colours() == ["green", "red"]
    assert (await here.read_order(order_id))["state"] == "approved"
    (event,) = await one.service.emitted(AppealDecided)
    assert (event.outcome, event.ended, event.evidence, event.rule) == ("upheld", True, order_id, "manual")
    assert (event.resident_id, event.decided_at, event.colour) == (one.resident_id, MORNING, "red")


async def test_a_rejected_appeal_changes_no_colour_and_states_why(service: MakeService) -> None:
    one, _ = await red_by_hand(service)
    decided = (await one.decide(await one.appealed(), "reject", reason="seen by two neighbours")).json()
    assert (decided["state"], decided["decision"]) == ("rejected", "seen by two neighbours")
    assert (decided["ended"], decided["advice"]) == (False, None)
    assert await one.colour() == "red"
    (event,) = await one.service.emitted(AppealDecided)
    assert (event.outcome, event.ended) == ("rejected", False)


async def test_officers_do_not_decide_about_an_order_that_they_proposed_or_approved(service: MakeService) -> None:
    one, _ = await red_by_hand(service)
    appeal_id = await one.appealed()
    for how in ("uphold", "reject"):
        for client in (one.here.liu, one.here.doctor):
            refused = await one.decide(appeal_id, how, client)
            assert (refused.status_code, refused.json()["code"]) == (409, "registration.own_order")
    assert await one.colour() == "red"


async def test_people_do_not_decide_about_an_appeal_of_their_own(service: MakeService) -> None:
    one, _ = await red_by_hand(service)
    appeal_id = (await one.appeal(one.chief)).json()["appeal_id"]
    officer_self = one.service.client("community", subject=one.resident_id)
    for client in (one.chief, officer_self):
        refused = await one.decide(appeal_id, client=client)
        assert (refused.status_code, refused.json()["code"]) == (409, "registration.own_appeal")


async def test_an_upheld_appeal_against_a_case_refers_to_isolation_and_leaves_the_colour(service: MakeService) -> None:
    here = await officers(service)
    one, case = Appellant(here), Resident(here.here, await here.here.find_resident(1))
    await one.service.receive(case.open_case())
    decided = (await one.decide(await one.appealed())).json()
    assert (decided["state"], decided["rule"], decided["ended"]) == ("upheld", "isolation", False)
    assert case.case_id in decided["advice"]
    assert "isolation" in decided["advice"]
    assert await one.colour() == "red"
    (event,) = await one.service.emitted(AppealDecided)
    assert event.ended is False


async def test_an_appeal_against_a_case_that_ended_meanwhile_has_nothing_left_to_end(service: MakeService) -> None:
    here = await officers(service)
    one, case = Appellant(here), Resident(here.here, await here.here.find_resident(1))
    await one.service.receive(case.open_case())
    appeal_id = await one.appealed()
    await one.service.receive(case.released())
    decided = (await one.decide(appeal_id)).json()
    assert (decided["ended"], decided["advice"]) == (True, None)


async def test_an_upheld_appeal_ends_the_watch_of_a_fever_and_of_a_journey(service: MakeService) -> None:
    here = await officers(service)
    one, traveller = Appellant(here), Resident(here.here, await here.here.find_resident(1))
    await here.here.city.put(f"/v1/risk-regions/{TODAY}", json={"regions": {"hubei": "medium"}})
    alert = traveller.fever_at_gate(MORNING)
    await one.service.receive(alert)
    await one.decide(await one.appealed())
    assert await one.colour() == "green"
    await one.service.receive(alert)
    assert await one.colour() == "green"
    await traveller.declares(TODAY)
    assert await one.colour() == "yellow"
    await one.decide(await one.appealed())
    assert await one.colour() == "green"
    await here.after(days=20)
    assert [event.colour for event in await here.published()] == ["yellow", "green", "yellow", "green"]


async def test_other_evidence_keeps_its_colour_when_an_appeal_is_upheld(service: MakeService) -> None:
    one, _ = await red_by_hand(service)
    await one.here.in_force(colour="yellow")
    await one.decide(await one.appealed())
    assert await one.colour() == "yellow"


async def test_a_green_code_leaves_nothing_to_appeal_against(service: MakeService) -> None:
    one = Appellant(await officers(service))
    refused = await one.appeal()
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.nothing_to_appeal")


async def test_one_appeal_against_a_colour_waits_at_a_time(service: MakeService) -> None:
    one, _ = await red_by_hand(service)
    answers = await asyncio.gather(*(one.appeal() for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    refused = await one.appeal()
    (waiting,) = await one.open_appeals()
    assert refused.json()["code"] == "registration.appeal_open"
    assert waiting["appeal_id"] in refused.json()["detail"]
    await one.decide(waiting["appeal_id"], "reject")
    assert (await one.appeal()).status_code == 201


async def test_the_same_appeal_again_is_the_same_and_another_under_its_id_is_refused(service: MakeService) -> None:
    one, _ = await red_by_hand(service)
    appeal_id = new_id()
    answers = await asyncio.gather(*(one.appeal(appeal_id=appeal_id) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert all(answer.json() == answers[0].json() for answer in answers)
    refused = await one.appeal(appeal_id=appeal_id, text="something else")
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.appeal_taken")


async def test_a_decision_again_is_the_same_and_another_one_is_refused(service: MakeService) -> None:
    one, _ = await red_by_hand(service)
    appeal_id = await one.appealed()
    first = (await one.decide(appeal_id)).json()
    one.service.clock.advance(timedelta(hours=1))
    assert (await one.decide(appeal_id)).json() == first
    refused = await one.decide(appeal_id, "reject")
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.appeal_decided")
    assert len(await one.service.emitted(AppealDecided)) == 1


async def test_an_appeal_that_is_not_decided_in_time_is_listed_first_and_counted(service: MakeService) -> None:
    here = await officers(service, 3)
    one = Appellant(here)
    before = metrics.APPEALS_OVERDUE._value.get()
    made = []
    for resident_id in reversed(here.residents):
        one.resident_id = resident_id
        await here.in_force(resident_id)
        made.append((await one.appeal(one.chief)).json()["appeal_id"])
        await here.after(hours=1)
    await one.decide(made[0], client=here.here.city)
    await here.after(days=1, hours=22, minutes=30)
    listed = await one.open_appeals()
    assert [(row["appeal_id"], row["overdue"]) for row in listed] == [(made[1], True), (made[2], False)]
    assert metrics.APPEALS_OVERDUE._value.get() == before + 1
    assert [row["appeal_id"] for row in await one.open_appeals(state="upheld")] == [made[0]]


async def test_appeals_are_listed_a_page_at_a_time(service: MakeService) -> None:
    here = await officers(service, 3)
    one, made = Appellant(here), []
    for resident_id in here.residents:
        one.resident_id = resident_id
        await here.in_force(resident_id, colour="yellow")
        made.append((await one.appeal(one.chief)).json()["appeal_id"])
    listed, after = [], ""
    while after is not None:
        page = (await one.chief.get("/v1/appeals", params={"limit": 1, "after": after})).json()
        listed += [row["appeal_id"] for row in page["items"]]
        after = page["next"]
    assert listed == sorted(made)
    refused = await one.chief.get("/v1/appeals", params={"after": "yesterday|1"})
    assert (refused.status_code, refused.json()["code"]) == (400, "request.bad_cursor")


async def test_appeals_are_seen_by_their_resident_and_staff_of_the_area_alone(service: MakeService) -> None:
    one, _ = await red_by_hand(service)
    appeal_id = await one.appealed()
    stranger = one.service.client("resident", area="/", subject=new_id())
    for client in (stranger, one.here.here.elsewhere):
        for answer in (await client.get(f"/v1/appeals/{appeal_id}"), await one.appeal(client)):
            assert answer.status_code == 404
        hidden = await client.get(f"/v1/residents/{one.resident_id}/appeals")
        assert (hidden.status_code, hidden.json()["code"]) == (404, "registration.no_such_resident")
    assert (await one.here.here.elsewhere.get("/v1/appeals")).json() == {"items": [], "next": None}
    for answer in (await one.client.get("/v1/appeals"), await one.decide(appeal_id, client=one.client)):
        assert (answer.status_code, answer.json()["code"]) == (403, "access.role_missing")
    refused = await one.decide(appeal_id, client=one.here.here.elsewhere)
    assert (refused.status_code, refused.json()["code"]) == (404, "registration.no_such_appeal")


@pytest.mark.parametrize("changes", [{"text": " "}, {"text": "x" * 2001}, {"appeal_id": "1"}, {"colour": "green"}])
async def test_a_body_that_is_no_appeal_is_refused(service: MakeService, changes: dict[str, Any]) -> None:
    one, _ = await red_by_hand(service)
    refused = await one.appeal(**changes)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")
