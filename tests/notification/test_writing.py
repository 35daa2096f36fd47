"""Writing: every event reaches the recipients of the table, once, whatever comes again or in another order."""

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from services.notification import domain
from services.notification.usecases import writing
from shared.base.errors import NotYet
from shared.events import isolation, registration, supply
from shared.events.notification import Channel, MessageFailed, MessageSent
from shared.events.registration import Duty, Keeper, PlaceDefined, PlaceLevel
from tests.conftest import MakeService
from tests.notification import scene
from tests.notification.scene import DOCTOR, DOOR, KEEPER, OFFICE, POLICE, notification


def resident(resident_id: str, **facts: object) -> registration.ResidentRegistered:
    stated = {"resident_id": resident_id, "household_id": "h1", "area_path": DOOR}
    return registration.ResidentRegistered.model_validate(stated | facts)


def counted(outcome: str) -> float:
    labels = {"channel": "in_app", "outcome": outcome}
    return REGISTRY.get_sample_value("lastmetre_messages_total", labels) or 0


async def test_a_case_is_notified_to_the_person_the_keeper_and_the_doctor_whom_it_names(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(
        scene.case(isolation.CaseOpened, resident_id="r", keeper_id="own-keeper", doctor_id="own-doctor")
    )
    assert await scene.read_messages(town) == [
        ("own-doctor", "case_opened_staff"),
        ("own-keeper", "case_opened_staff"),
        ("r", "case_opened"),
    ]


async def test_a_handover_is_notified_to_the_person_the_old_keeper_and_the_new_office(service: MakeService) -> None:
    town = await notification(service)
    new_office = Keeper(person_id="new-office", duty=Duty.AREA_LEADER)
    path = scene.HANDOVER.to_area_path.removesuffix("/1/101")
    place = PlaceDefined(
        place_id=path, level=PlaceLevel.COMMUNITY, code="c09", name="c09", path=path, keepers=(new_office,)
    )
    town.feed_replicas(place)
    facts = {"resident_id": "r", "keeper_id": "old-keeper", "doctor_id": "old-doctor"}
    await town.receive(scene.case(isolation.CaseHandoverStarted, handover=scene.HANDOVER, **facts))
    assert await scene.read_messages(town) == [
        ("new-office", "case_handover_staff"),
        ("old-keeper", "case_handover_keeper"),
        ("r", "case_handover"),
    ]


async def test_an_accepted_case_is_notified_to_the_new_keeper_and_doctor_and_to_the_old_keeper(
    service: MakeService,
) -> None:
    town = await notification(service)
    facts = {"resident_id": "r", "keeper_id": "new-keeper", "doctor_id": "new-doctor"}
    handed_over = scene.case(
        isolation.CaseHandedOver, from_area_path="/elsewhere/c09", from_keeper_id="old-keeper", **facts
    )
    await town.receive(handed_over)
    assert await scene.read_messages(town) == [
        ("new-doctor", "case_handed_over_staff"),
        ("new-keeper", "case_handed_over_staff"),
        ("old-keeper", "case_handed_over_keeper"),
        ("r", "case_handed_over"),
    ]


async def test_the_keepers_of_the_place_are_notified_where_the_event_names_no_person(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(scene.case(isolation.CaseBreached, alert_id="a", gate_id="g", at=town.clock.now()))
    await town.receive(scene.case(isolation.ReleaseRequested))
    await town.receive(scene.stock_low())
    assert await scene.read_messages(town) == [
        (DOCTOR, "case_breached_staff"),
        (KEEPER, "case_breached_staff"),
        (OFFICE, "release_requested_staff"),
        (OFFICE, "stock_low_staff"),
        (POLICE, "case_breached_staff"),
    ]


async def test_the_own_keeper_of_a_resident_goes_before_the_keeper_of_the_place(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(resident("r", keeper_id="one-to-one"))
    await town.receive(scene.alert(resident_id="r", home_path=DOOR))
    assert await scene.read_messages(town) == [(DOCTOR, "fever_at_gate_staff"), ("one-to-one", "fever_at_gate_staff")]


async def test_a_fever_of_a_stranger_is_notified_where_the_gate_is_and_that_of_a_resident_at_home(
    service: MakeService,
) -> None:
    town = await notification(service)
    elsewhere = "/jinhe/hexi"
    doctor = Keeper(person_id="doctor-hexi", duty=Duty.DOCTOR)
    level = registration.PlaceLevel.DISTRICT
    place = {"place_id": "hexi", "level": level, "code": "hexi", "name": "河西区", "path": elsewhere}
    town.feed_replicas(registration.PlaceDefined(**place, keepers=(doctor,)))
    await town.receive(resident("r"))
    await town.receive(scene.alert(resident_id="r", area_path=elsewhere))
    await town.receive(scene.alert(area_path=elsewhere))
    messages = await scene.read_messages(town, template="fever_at_gate_staff")
    assert (DOCTOR, "fever_at_gate_staff") in messages
    assert ("doctor-hexi", "fever_at_gate_staff") in messages


async def test_a_missed_report_climbs_from_the_person_to_the_keeper_to_the_doctor(service: MakeService) -> None:
    town = await notification(service)
    for step, expected in zip(isolation.Ladder, ("r", KEEPER, DOCTOR), strict=True):
        (event,) = await town.receive(scene.missed(step, resident_id="r"))
        assert [person for person, _ in await scene.read_messages(town, cause=event.id)] == [expected]


async def test_a_delivery_is_notified_to_every_resident_of_the_household(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(resident("r1"), resident("r2"), resident("r3", household_id="h2"))
    await town.receive(scene.delivery(supply.DeliveryPlanned, household_id="h1", resident_ids=()))
    assert await scene.read_messages(town) == [
        (KEEPER, "delivery_planned_staff"),
        ("r1", "delivery_planned"),
        ("r2", "delivery_planned"),
    ]


async def test_the_area_leader_is_notified_instead_of_a_duty_that_no_keeper_has(service: MakeService) -> None:
    town = await notification(service, area_leader=OFFICE)
    await town.receive(scene.case(isolation.CaseBreached, alert_id="a", gate_id="g", at=town.clock.now()))
    assert await scene.read_messages(town) == [(OFFICE, "case_breached_staff")]
    assert await town.emitted(MessageFailed) == []


async def test_an_event_without_any_recipient_is_published_as_failed_for_each_duty(service: MakeService) -> None:
    town, before = await notification(service, building_leader="of-no-duty-here"), counted("no_recipient")
    (event,) = await town.receive(scene.case(isolation.CaseOpened, resident_id="r"))
    await town.receive(event)
    failed = await town.emitted(MessageFailed)
    assert [(f.failure, f.template, f.cause, f.channel) for f in failed] == [
        ("no_recipient", "case_opened_staff", event.id, Channel.IN_APP)
    ] * 2
    assert len({f.message_id for f in failed}) == 2
    assert counted("no_recipient") == before + 2
    assert await scene.read_messages(town) == [("r", "case_opened")]


async def test_however_often_an_event_comes_each_recipient_is_notified_once(service: MakeService) -> None:
    town = await notification(service)
    published = await town.receive(*scene.every_event())
    before = await scene.read_messages(town)
    await town.receive(*published)
    await town.receive(*reversed(published))
    assert await scene.read_messages(town) == before
    assert len(await town.emitted(MessageSent)) == len(before)


async def test_an_event_that_the_inbox_has_forgotten_is_not_notified_twice(service: MakeService) -> None:
    town = await notification(service)
    published = await town.receive(scene.standing())
    await town.database["inbox"].delete_many({})
    await writing.write(town.deps, published[0])
    town.clock.advance(domain.NEWS_FOR + timedelta(days=1))
    await town.database["messages"].delete_many({})
    await town.receive(*published)
    assert len(await town.emitted(MessageSent)) == 1
    assert await scene.read_messages(town) == []


async def test_two_replicas_that_receive_the_same_event_at_once_write_its_messages_once(service: MakeService) -> None:
    towns = [await notification(service) for _ in range(2)]
    events = [towns[0].stamp(event) for event in scene.every_event()]
    await asyncio.gather(*(town.receive(*events) for town in towns))
    messages = await scene.read_messages(towns[0])
    assert len(await towns[0].emitted(MessageSent)) == len(messages)
    rows = await towns[0].database["messages"].find().to_list(None)
    assert len({(row["cause"], row["recipient_id"], row["template"]) for row in rows}) == len(rows) > len(events)


async def test_an_event_waits_until_the_place_tree_has_been_read(service: MakeService) -> None:
    town = await notification(service)
    event = town.stamp(scene.case(isolation.CaseOpened))
    town.deps.places.replica.expect({0, 1})  # one partition has not been read
    with pytest.raises(NotYet):
        await writing.write(town.deps, event)
    assert await scene.read_messages(town) == []
    town.deps.places.replica.expect({0})
    await writing.write(town.deps, event)
    assert len(await scene.read_messages(town)) == 3


async def test_each_recipient_is_addressed_in_the_own_language_and_chinese_is_the_default(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(scene.contact(town, "r", language="en"))
    await town.receive(scene.case(isolation.CaseOpened, resident_id="r"))
    rows = {row["recipient_id"]: row for row in await scene.stored_messages(town)}
    assert rows["r"]["title"] == "Notice of home isolation"
    assert rows[KEEPER]["title"] == "新增居家隔离对象"


async def test_a_message_tells_the_area_to_staff_and_links_to_the_case(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(scene.case(isolation.CaseOpened, case_id="c", resident_id="r"))
    (row,) = await scene.stored_messages(town, recipient_id=KEEPER)
    assert "春华1号院 1 1 101" in row["body"]
    assert (row["link"]["case_id"], row["link"]["resident_id"], row["area_path"]) == ("c", "r", DOOR)


async def test_an_outcome_belongs_to_the_event_that_it_tells_of(service: MakeService) -> None:
    town = await notification(service)
    (event,) = await town.receive(scene.standing(resident_id="r"))
    (sent,) = await town.emitted(MessageSent)
    assert (sent.cause, sent.meta.causation_id) == (event.id, event.id)
    assert sent.meta.correlation_id == event.meta.correlation_id


async def test_no_message_and_no_outcome_names_the_reason_that_a_doctor_wrote(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(scene.case(isolation.CaseOpened))
    stored = str(await scene.stored_messages(town)) + str(await town.emitted())
    assert "Wang Wu" not in stored


async def test_an_event_of_stock_without_an_area_is_notified_at_the_top(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(scene.stock_low(area_path=None))
    (failed,) = await town.emitted(MessageFailed)
    assert (failed.failure, failed.area_path) == ("no_recipient", "/")


async def test_a_newer_contact_is_never_undone_by_an_older_one(service: MakeService) -> None:
    town = await notification(service)
    old, new = (town.stamp(scene.contact(town, "r", language=language)) for language in ("zh", "en"))
    await town.receive(new)
    await town.receive(old)
    await town.receive(old, new, old)
    assert await town.deps.store.languages(["r"]) == {"r": "en"}
