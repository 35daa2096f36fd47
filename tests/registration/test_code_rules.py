"""Rules of the health code by date: two officials state them, and every colour follows when they begin (R1.9)."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from services.registration.domain import colours
from services.registration.domain.code_rules import USUAL, CodeRules, State
from services.registration.domain.colours import Evidence, EvidenceKind
from services.registration.store.example_rules import EXAMPLES, Example, ExampleCase
from services.registration.usecases import code_rules
from shared.base.ids import new_id
from shared.events.registration import StandingChanged
from shared.store.deadlines import Deadline
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, TODAY
from tests.registration.ordering import officers
from tests.registration.resident import Resident, resident
from tests.support.service import MORNING

MILD = [{"kind": "isolation", "colour": "yellow"}]
SINCE = MORNING + timedelta(days=1)


class City:
    """Two officials of the city."""

    def __init__(self, service: Any) -> None:
        self.first = service.client("city", area="/", subject="city-wang")
        self.second = service.client("city", area="/", subject="city-zhao")
        self.service = service

    async def propose(self, since: datetime = SINCE, **changes: Any) -> Any:
        """Propose mild rules; return the answer."""
        body = {"rules_id": new_id(), "since": since.isoformat(), "title": "新十条", "source": "2022-12-07"}
        return await self.first.post("/v1/code-rules", json=body | {"rules": MILD} | changes)

    async def approved(self, since: datetime = SINCE, **changes: Any) -> str:
        """Have rules proposed and approved; return their id."""
        proposed = await self.propose(since, **changes)
        assert proposed.status_code == 201, proposed.text
        rules_id = str(proposed.json()["rules_id"])
        answer = await self.second.post(f"/v1/code-rules/{rules_id}/approve")
        assert (answer.status_code, answer.json()["state"]) == (200, "approved"), answer.text
        return rules_id

    async def holding(self) -> list[str]:
        """The ids of the rules that hold."""
        listed = (await self.first.get("/v1/code-rules")).json()["items"]
        return [one["rules_id"] for one in listed if one["holds"]]


def _cases() -> list[Any]:
    rows = []
    for example in EXAMPLES:
        for case in example.cases:
            rows.append(pytest.param(example, case, id=f"{example.name}: {case.text}"))
    return rows


@pytest.mark.parametrize(("example", "case"), _cases())
def test_the_sentences_of_an_example_hold_by_its_rules(example: Example, case: ExampleCase) -> None:
    def at(day: Any) -> datetime:
        return datetime.combine(day, time.min, UTC)

    rules = CodeRules("r", at(example.since), example.title, example.source, example.rules, "", at(example.since))
    known = [
        Evidence(f"s{number}", "r1", one.kind, at(one.since), at(one.since) + rules.days_of(one.kind))
        if one.kind is not EvidenceKind.ISOLATION
        else Evidence(f"s{number}", "r1", one.kind, at(one.since))
        for number, one in enumerate(case.grounds)
    ]
    assert colours.standing("r1", known, at(case.on), rules.colour_of).colour is case.colour


def test_each_example_says_what_it_means_and_can_be_stated() -> None:
    from services.registration.domain.code_rules import check

    assert len(EXAMPLES) == 5
    for example in EXAMPLES:
        check(example.rules)
        assert len(example.cases) >= 2
        assert "(example)" in example.source


async def _isolated(service: MakeService) -> tuple[Resident, City]:
    one = await resident(service)
    await one.here.service.receive(one.open_case())
    assert await one.colour() == "red"
    return one, City(one.here.service)


async def test_a_person_has_two_colours_under_the_rules_of_two_dates(service: MakeService) -> None:
    one, city = await _isolated(service)
    rules_id = await city.approved()
    assert (await one.after(hours=23), await city.holding()) == ("red", ["usual"])
    assert (await one.after(hours=2), await city.holding()) == ("yellow", [rules_id])
    history = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/standing/history")).json()["items"]
    assert [(change["colour"], change["isolated"]) for change in history] == [("red", True), ("yellow", True)]
    assert (await one.here.service.emitted(StandingChanged))[-1].colour == "yellow"
    later = await city.approved(SINCE + timedelta(hours=2), rules=[])
    assert (await one.after(hours=2), await city.holding()) == ("green", [later])
    standing = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/standing")).json()
    assert (standing["isolated"], standing["rule"]) == (True, "no_evidence")


async def test_how_long_a_fever_counts_is_what_holds_when_it_is_reported(service: MakeService) -> None:
    one = await resident(service)
    city = City(one.here.service)
    await city.approved(MORNING, rules=[{"kind": "fever", "colour": "red", "days": 1}])
    await one.here.service.due()
    await one.here.service.receive(one.fever_in_isolation())
    assert await one.colour() == "red"
    assert (await one.after(hours=23), await one.after(hours=2)) == ("red", "green")


async def test_a_journey_gives_no_colour_by_rules_that_know_none(service: MakeService) -> None:
    one = await resident(service)
    await City(one.here.service).approved(MORNING)
    await one.declares(TODAY, "hubei/huanggang")
    assert await one.colour() == "green"


async def test_rules_take_two_officials_of_the_city_and_a_fresh_sign_in(service: MakeService) -> None:
    here = (await officers(service)).here.service
    city = City(here)
    rules_id = (await city.propose()).json()["rules_id"]
    own = await city.first.post(f"/v1/code-rules/{rules_id}/approve")
    assert (own.status_code, own.json()["code"]) == (409, "registration.own_rules")
    stale = here.client("city", area="/", subject="city-zhao", fresh=False)
    assert (await stale.post(f"/v1/code-rules/{rules_id}/approve")).status_code == 401
    answers = [await city.second.post(f"/v1/code-rules/{rules_id}/approve") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["decided_by"], await city.holding()) == ("city-zhao", ["usual"])
    third = here.client("city", area="/", subject="city-sun")
    assert (await third.post(f"/v1/code-rules/{rules_id}/approve")).json()["code"] == "registration.rules_decided"


async def test_rules_that_do_not_hold_yet_are_withdrawn_and_then_never_hold(service: MakeService) -> None:
    one, city = await _isolated(service)
    rules_id = await city.approved()
    path, body = f"/v1/code-rules/{rules_id}/withdraw", {"reason": "等待省里通知"}
    withdrawn = [await city.first.post(path, json=body) for _ in range(2)]
    assert [answer.status_code for answer in withdrawn] == [200, 200]
    assert (withdrawn[0].json()["state"], withdrawn[0].json()["reason"]) == (State.WITHDRAWN, "等待省里通知")
    assert (await one.after(days=2), await city.holding()) == ("red", ["usual"])
    held = await city.approved(SINCE + timedelta(days=2))
    await one.after(days=2)
    refused = await city.first.post(f"/v1/code-rules/{held}/withdraw", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.rules_hold")


@pytest.mark.parametrize(
    ("since", "rules", "code"),
    [
        (MORNING - timedelta(hours=1), MILD, "registration.rules_past"),
        (MORNING + timedelta(days=400), MILD, "registration.rules_far"),
        (SINCE, MILD * 2, "registration.rules_twice"),
        (SINCE, [{"kind": "manual", "colour": "red"}], "registration.rules_by_hand"),
        (SINCE, [{"kind": "fever", "colour": "yellow"}], "registration.rules_days"),
        (SINCE, [{"kind": "isolation", "colour": "red", "days": 3}], "registration.rules_no_days"),
        (SINCE, [{"kind": "fever", "colour": "green", "days": 3}], "registration.rules_no_days"),
    ],
)
async def test_rules_that_cannot_be_meant_are_refused(
    service: MakeService, since: datetime, rules: Any, code: str
) -> None:
    city = City((await officers(service)).here.service)
    answer = await city.propose(since, rules=rules)
    assert (answer.status_code in (400, 409), answer.json()["code"]) == (True, code), answer.text


async def test_all_colours_are_computed_again_in_steps_that_repeat_harmlessly(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_rules, "STEP", 2)
    here = await officers(service, 5)
    for resident_id in here.residents:
        facts = {"resident_id": resident_id, "area_path": COMPOUND, "household_id": new_id()}
        await here.here.service.receive(Resident(here.here, facts).open_case())
    await here.in_force(here.residents[0], colour="red")
    city = City(here.here.service)
    rules_id = await city.approved(MORNING)
    await here.here.service.due()
    assert await here.colours() == ["red"] + ["yellow"] * 4, "an order by hand states its own colour"
    published = len(await here.published())
    first = Deadline("again", code_rules.BEGINS, rules_id, MORNING, {"after": ""})
    await code_rules.begin(here.here.service.deps, first)
    await here.here.service.due()
    assert len(await here.published()) == published


async def test_the_same_proposal_again_is_the_same_and_another_under_its_id_is_refused(service: MakeService) -> None:
    city = City((await officers(service)).here.service)
    proposed = (await city.propose()).json()
    body = {name: proposed[name] for name in ("rules_id", "since", "title", "source", "rules")}
    assert (await city.first.post("/v1/code-rules", json=body)).json() == proposed
    other = await city.first.post("/v1/code-rules", json=body | {"title": "另一份"})
    assert (other.status_code, other.json()["code"]) == (409, "registration.rules_taken")


async def test_the_usual_rules_stand_at_the_end_of_the_list_and_every_caller_reads_it(service: MakeService) -> None:
    here = (await officers(service)).here
    await City(here.service).propose()
    listed = (await here.service.client("resident").get("/v1/code-rules")).json()["items"]
    assert [(one["state"], one["holds"]) for one in listed] == [("proposed", False), ("approved", True)]
    assert (listed[-1]["rules_id"], listed[-1]["since"]) == (USUAL.rules_id, None)
    assert (await here.clerk.post("/v1/code-rules", json={})).status_code == 403
    examples = (await here.clerk.get("/v1/code-rules/examples")).json()["items"]
    assert len(examples) == len(EXAMPLES)
