"""The scene of notification's tests: a community with its people, and the events that notification may receive."""

import json
from datetime import date, timedelta
from typing import Any, ClassVar

from services.notification import main
from services.notification.domain import copies
from services.notification.settings import Settings
from shared.base.ids import new_id
from shared.base.keys import key_from
from shared.base.sealing import Sealer
from shared.envelope.event import Event
from shared.events import (
    checkpoint,
    isolation,
    registration,
    registration_acts,
    registration_exits,
    registration_reports,
    registration_returns,
    registration_zones,
    supply,
)
from shared.events.registration import Duty, Keeper
from shared.store.mongo import Document
from tests.conftest import MakeService
from tests.notification.receiver import Receiver
from tests.support.service import AREA, MORNING, ServiceUnderTest

COMPOUND = f"{AREA}/a1/g01/p01"
DOOR = f"{COMPOUND}/1/1/101"
KEEPER, DOCTOR, POLICE, OFFICE = "keeper-1", "doctor-1", "police-1", "office-1"
WORDS = "春华1号院 1 1 101"
HANDOVER = isolation.CaseHandover(to_area_path="/elsewhere/c09/1/101", to_household_id="h9", since=MORNING)


class Loopback(Settings):
    """Settings that let a contact point at this machine."""

    service: ClassVar[str] = "notification"
    channel_schemes: frozenset[str] = frozenset({"json"})
    channel_hosts: frozenset[str] = frozenset({"127.0.0.1"})


class Impatient(Loopback):
    """Settings that give a receiver no time."""

    channel_timeout_s: float = 0.3


def places(**keepers: str) -> list[Event]:
    """A community and a compound in it; `keepers` answer for the community, by duty."""
    named = tuple(Keeper(person_id=person, duty=Duty(duty)) for duty, person in keepers.items())
    level = registration.PlaceLevel
    rows = [(level.COMMUNITY, "c01", "春华社区", AREA, named), (level.COMPOUND, "p01", "春华1号院", COMPOUND, ())]
    return [
        registration.PlaceDefined(place_id=path, level=level, code=code, name=name, path=path, keepers=keepers)
        for level, code, name, path, keepers in rows
    ]


ALL_KEEPERS = {"grid_leader": KEEPER, "doctor": DOCTOR, "police_contact": POLICE, "area_leader": OFFICE}


async def notification(service: MakeService, kind: type[Settings] = Loopback, **keepers: str) -> ServiceUnderTest:
    """The service in a community with the keepers that are named; by default, one of each duty."""
    town = await service(main.build, kind)
    town.feed_replicas(*places(**(keepers or ALL_KEEPERS)))
    return town


def contact(town: ServiceUnderTest, person_id: str, language: str = "zh", **stated: Any) -> Event:
    """How a person is reached: `urls` by channel, `phone`."""
    sealer = Sealer(key_from(town.settings.seal_key))  # type: ignore[attr-defined]
    sealed = sealer.seal(json.dumps(stated), "contact", person_id)
    return registration.ContactPointsChanged(person_id=person_id, area_path=AREA, language=language, sealed=sealed)


def case(event: type[Event], **facts: Any) -> Any:
    """An event of a case at home."""
    stated = {
        "case_id": new_id(),
        "resident_id": new_id(),
        "household_id": new_id(),
        "area_path": DOOR,
        "kind": isolation.CaseKind.HOME,
        "reason": "close contact of Wang Wu",
        "starts_on": date(2026, 2, 10),
        "ends_on": date(2026, 2, 24),
    }
    return event(**stated | facts)


def measurement(event: type[Event], **facts: Any) -> Any:
    """An event of a measurement in a case."""
    stated = {
        "case_id": new_id(),
        "resident_id": new_id(),
        "area_path": DOOR,
        "day": date(2026, 2, 10),
        "half_day": isolation.HalfDay.MORNING,
    }
    return event(**stated | facts)


def missed(step: isolation.Ladder, **facts: Any) -> isolation.MeasurementMissed:
    """A report that did not come."""
    event: isolation.MeasurementMissed = measurement(isolation.MeasurementMissed, step=step, due_at=MORNING, **facts)
    return event


def standing(colour: registration.Colour = registration.Colour.RED, **facts: Any) -> registration.StandingChanged:
    """A code that changed its colour."""
    stated = {"resident_id": new_id(), "area_path": DOOR, "rule": "isolation", "evidence": new_id(), "since": MORNING}
    return registration.StandingChanged(colour=colour, **stated | facts)


def appeal(outcome: registration.Outcome, **facts: Any) -> registration.AppealDecided:
    """An appeal against a colour that was decided."""
    stated = {"appeal_id": new_id(), "resident_id": new_id(), "area_path": DOOR, "evidence": new_id(), "rule": "manual"}
    decision = {"colour": registration.Colour.RED, "ended": True, "decided_at": MORNING}
    return registration.AppealDecided(outcome=outcome, **stated | decision | facts)


def returning(event: type[Event], **facts: Any) -> Any:
    """An event of the approval of a return."""
    stated: dict[str, Any] = {name: new_id() for name in ("return_id", "journey_id", "resident_id", "household_id")}
    stated |= {"area_path": DOOR, "departs_on": date(2026, 2, 9), "arrives_on": date(2026, 2, 10)}
    return event(**stated | {"state": registration_returns.ReturnState.OPEN, "arrived_at": MORNING} | facts)


def leaving(event: type[Event]) -> Any:
    """An event of a permission to leave."""
    stated: dict[str, Any] = {name: new_id() for name in ("exit_id", "resident_id", "household_id")}
    stated |= {"area_path": DOOR, "travellers": (), "since": MORNING, "until": MORNING + timedelta(days=1)}
    states = {"reach": registration_exits.ExitReach.CITY, "state": registration_exits.ExitState.REQUESTED}
    return event(**stated | states)


def acts() -> list[Event]:
    """Acts of officials of which others learn."""
    about: dict[str, Any] = {"subject_id": new_id(), "area_path": AREA}
    drawn = {"resident_id": new_id(), "code_id": "c1", "drawn_by": "office-liu", "printed": True, "at": MORNING}
    return [
        registration_acts.ContactReplaced(replaced_by="worker-1", sealed_before="sealed", at=MORNING, **about),
        registration_acts.CodeDrawn(**about | drawn),
        registration_acts.SingleOrdersExceeded(officer="office-liu", day=MORNING.date(), orders=6, **about),
        registration_acts.RowsToExamine(asked_by="office-wang", day=MORNING.date(), **about),
    ]


def alert(rule: checkpoint.AlertRule = checkpoint.AlertRule.FEVER, **facts: Any) -> checkpoint.AlertRaised:
    """An alert at a gate."""
    stated: dict[str, Any] = {
        "alert_id": new_id(),
        "subject": new_id(),
        "scan_id": new_id(),
        "gate_id": "gate-01",
        "area_path": COMPOUND,
        "at": MORNING,
        "temperature_c": 38.2,
    }
    return checkpoint.AlertRaised(rule=rule, **stated | facts)


def delivery(event: type[Event], **facts: Any) -> Any:
    """An event of a delivery."""
    stated: dict[str, Any] = {
        "delivery_id": new_id(),
        "kind": supply.DeliveryKind.ISOLATION_KIT,
        "household_id": new_id(),
        "area_path": DOOR,
        "resident_ids": (new_id(),),
        "due_on": date(2026, 2, 10),
        "lines": (supply.DeliveryLine(item="flour", quantity=5), supply.DeliveryLine(item="milk", quantity=12)),
    }
    return event(**stated | facts)


def zone(event: type[registration_zones.ZoneEvent], **facts: Any) -> registration_zones.ZoneEvent:
    """A zone that begins or ends."""
    stated: dict[str, Any] = {
        "zone_id": new_id(),
        "kind": "lockdown",
        "state": "in_force",
        "area_path": COMPOUND,
        "paths": (COMPOUND,),
        "households": 320,
        "since": MORNING,
        "review_on": date(2026, 2, 13),
        "source": "No. 8 of this year",
        "rules": (),
    }
    return event(**stated | facts)


def stock_low(**facts: Any) -> supply.StockLow:
    """Goods that run short."""
    stated: dict[str, Any] = {"stock_id": "flour@d1", "depot_id": "d1", "item": "flour", "area_path": AREA}
    return supply.StockLow(quantity=3, on_hand=2, reserved=2, **stated | facts)


def returns_and_reports() -> list[Event]:
    """Each step of a return, and a report of a returnee."""
    steps = (
        registration_returns.ReturnAsked,
        registration_returns.ReturnApproved,
        registration_returns.ReturnRefused,
    )
    return [
        *(returning(step) for step in steps),
        *(leaving(step) for step in (registration_exits.ExitRequested, registration_exits.ExitApproved)),
        *(leaving(step) for step in (registration_exits.ExitRefused, registration_exits.ExitRevoked)),
        *(returning(registration_returns.ReturnArrived, was_approved=was) for was in (True, False)),
        registration_reports.ReturneeReported(
            report_id=new_id(), area_path=AREA, state=registration_reports.ReportState.OPEN, due_at=MORNING
        ),
    ]


def every_event() -> list[Event]:
    """One of each event that brings a message, and of each variant that is worded otherwise."""
    until = MORNING + timedelta(days=14)
    return [
        *(case(event) for event in (isolation.CasePlanned, isolation.CaseOpened, isolation.CaseExtended)),
        *(case(event) for event in (isolation.CaseExtensionAsked, isolation.CaseReferred)),
        *(
            case(event)
            for event in (isolation.CaseMoved, isolation.CaseHandoverRefused, isolation.CaseHandoverWithdrawn)
        ),
        case(isolation.CaseHandoverStarted, handover=HANDOVER),
        case(isolation.CaseHandedOver, from_area_path=DOOR, from_keeper_id=KEEPER),
        *(case(event) for event in (isolation.ReleaseRequested, isolation.CaseCancelled)),
        *(case(isolation.CaseOpened, reason=reason) for reason in ("high_risk_arrival", "doctors_order")),
        case(isolation.ReleaseHeld, missing=3),
        case(isolation.CaseReleased, approved_by=OFFICE, notice_id=new_id()),
        case(isolation.CaseReleased, kind=isolation.CaseKind.CENTRAL, approved_by=OFFICE, notice_id=new_id()),
        case(isolation.CaseBreached, alert_id=new_id(), gate_id="gate-01", at=MORNING),
        *(missed(step) for step in isolation.Ladder),
        measurement(isolation.FeverReported, temperature_c=38.2, half_day=isolation.HalfDay.AFTERNOON),
        measurement(isolation.SymptomsReported, symptoms=("cough", "shortness_of_breath")),
        *(standing(colour) for colour in registration.Colour),
        *(
            standing(rule=rule, until=until)
            for rule in ("risk_travel", "fever", "manual", "no_evidence", "of_a_later_edition")
        ),
        *(appeal(outcome) for outcome in registration.Outcome),
        *returns_and_reports(),
        *acts(),
        alert(resident_id=new_id(), home_path=DOOR),
        *(delivery(supply.DeliveryPlanned, kind=kind) for kind in supply.DeliveryKind),
        *(delivery(supply.DeliveryFailed, failure=reason) for reason in supply.FailureReason),
        *(delivery(supply.DeliveryCancelled, reason=reason) for reason in supply.CancelReason),
        stock_low(),
        *(zone(event) for event in (registration_zones.ZoneOrdered, registration_zones.ZoneChanged)),
        zone(registration_zones.ZoneBegan),
        zone(registration_zones.ZoneLifted, state="lifted", until=MORNING),
    ]


async def read_messages(town: ServiceUnderTest, **condition: Any) -> list[tuple[str, str]]:
    """Return (recipient, template) of the messages in the store, sorted."""
    rows = await town.database["messages"].find(condition).to_list(None)
    return sorted((row["recipient_id"], row["template"]) for row in rows)


async def stored_messages(town: ServiceUnderTest, **condition: Any) -> list[Document]:
    """Return the documents of messages, their words in clear."""
    rows = await town.database["messages"].find(condition).to_list(None)
    return [town.deps.store.messages.mapper.seals.open(row, row["_id"]) for row in rows]


async def notify_one(town: ServiceUnderTest, receiver: Receiver, **urls: str) -> Document:
    """Notify one person of an extended case, who is reached by a webhook; return the message."""
    await town.receive(contact(town, "r", urls=urls or {"webhook": receiver.url}))
    await town.receive(case(isolation.CaseExtended, resident_id="r", case_id="c"))
    (message,) = await stored_messages(town, recipient_id="r")
    return message


async def copy_of(town: ServiceUnderTest) -> Document:
    """Return the only copy on its way."""
    (copy,) = await town.database["copies"].find().to_list(None)
    return copy


async def tried(town: ServiceUnderTest, times: int) -> None:
    """Let the clock run over so many attempts."""
    for wait in (timedelta(), *copies.BACKOFF)[:times]:
        town.clock.advance(wait)
        await town.due()
