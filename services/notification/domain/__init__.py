"""Rules of notification: who gets which message, by which channels, and when a channel is given up."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote

from shared.base.private import PRIVATE, SEALED
from shared.envelope.event import Event
from shared.envelope.open_enum import OpenEnum
from shared.events.checkpoint import AlertRaised, AlertRule
from shared.events.isolation import (
    CaseBreached,
    CaseCancelled,
    CaseEvent,
    CaseExtended,
    CaseExtensionAsked,
    CaseHandedOver,
    CaseHandoverRefused,
    CaseHandoverStarted,
    CaseHandoverWithdrawn,
    CaseMoved,
    CaseOpened,
    CasePlanned,
    CaseReferred,
    CaseReleased,
    FeverReported,
    MeasurementEvent,
    MeasurementMissed,
    ReleaseHeld,
    ReleaseRequested,
    SymptomsReported,
)
from shared.events.notification import Channel
from shared.events.registration import AppealDecided, Duty, StandingChanged
from shared.events.registration_acts import CodeDrawn, ContactReplaced, OfficialAct, RowsToExamine, SingleOrdersExceeded
from shared.events.registration_exits import ExitApproved, ExitEvent, ExitRefused, ExitRequested, ExitRevoked
from shared.events.registration_reports import ReturneeReported, ReturneeReportEvent
from shared.events.registration_returns import ReturnApproved, ReturnArrived, ReturnAsked, ReturnEvent, ReturnRefused
from shared.events.registration_zones import ZoneBegan, ZoneChanged, ZoneEvent, ZoneLifted, ZoneOrdered
from shared.events.supply import (
    DeliveryCancelled,
    DeliveryEvent,
    DeliveryFailed,
    DeliveryPlanned,
    StockEvent,
    StockLow,
)

# Events from which messages are written, and all other events of their aggregates.
News = (
    CaseEvent
    | MeasurementEvent
    | StandingChanged
    | AppealDecided
    | ReturnEvent
    | ExitEvent
    | ReturneeReportEvent
    | OfficialAct
    | AlertRaised
    | DeliveryEvent
    | StockEvent
    | ZoneEvent
)

# An older event makes no message: so a service that begins late sends no old news. It is shorter than the inbox keeps
# the ids of handled events, so that a topic that is published again after the loss of the bus makes no second message.
NEWS_FOR = timedelta(days=30)
# How long a message waits for a contact that has not been stated yet, each time it is looked for.
CONTACT_WAITS = (timedelta(minutes=1), timedelta(minutes=10))


class Recipient(StrEnum):
    """The part in which a person gets a message."""

    PERSON = "person"
    KEEPER = "keeper"
    DOCTOR = "doctor"
    POLICE = "police"
    OFFICE = "office"
    FORMER_KEEPER = "former_keeper"
    RESIDENTS = "residents"  # all who live at the places, in steps


PERSON, KEEPER, DOCTOR, POLICE, OFFICE, FORMER_KEEPER, RESIDENTS = Recipient

# The duties at the nearest place, where the event names no person; `FALLBACK` where no person up to the city has them.
DUTIES = {
    KEEPER: (Duty.KEEPER, Duty.GRID_LEADER),
    DOCTOR: (Duty.DOCTOR,),
    POLICE: (Duty.POLICE_CONTACT,),
    OFFICE: (Duty.AREA_LEADER,),
    FORMER_KEEPER: (Duty.KEEPER, Duty.GRID_LEADER),
}
FALLBACK = Duty.AREA_LEADER

# Which messages an event makes: event -> template -> recipients.
NEWS: Mapping[type[Event], Mapping[str, tuple[Recipient, ...]]] = {
    CasePlanned: {"case_planned": (PERSON,)},
    CaseOpened: {"case_opened": (PERSON,), "case_opened_staff": (KEEPER, DOCTOR)},
    CaseExtended: {"case_extended": (PERSON,)},
    CaseExtensionAsked: {"case_extension_asked_staff": (OFFICE,)},
    CaseMoved: {"case_moved_staff": (KEEPER,)},
    # Until the new office accepts the case, the old keeper goes on with it.
    CaseHandoverStarted: {
        "case_handover": (PERSON,),
        "case_handover_staff": (OFFICE,),
        "case_handover_keeper": (KEEPER,),
    },
    CaseHandedOver: {
        "case_handed_over": (PERSON,),
        "case_handed_over_staff": (KEEPER, DOCTOR),
        "case_handed_over_keeper": (FORMER_KEEPER,),
    },
    CaseHandoverRefused: {"case_handover_refused_staff": (KEEPER, OFFICE)},
    CaseHandoverWithdrawn: {"case_moved_staff": (KEEPER,)},
    CaseReferred: {"case_referred": (PERSON,), "case_referred_staff": (KEEPER, DOCTOR)},
    ReleaseRequested: {"release_requested_staff": (OFFICE,)},
    ReleaseHeld: {"release_held_staff": (DOCTOR,)},
    CaseReleased: {"case_released": (PERSON,), "case_released_staff": (KEEPER,)},
    CaseCancelled: {"case_cancelled": (PERSON,), "case_cancelled_staff": (KEEPER,)},
    CaseBreached: {"case_breached_staff": (KEEPER, POLICE, DOCTOR)},
    # Of these recipients, the one that the step of the ladder names (R3.4).
    MeasurementMissed: {"measurement_missed": (PERSON,), "measurement_missed_staff": (KEEPER, DOCTOR)},
    FeverReported: {"fever_reported_staff": (DOCTOR, KEEPER)},
    SymptomsReported: {"symptoms_reported_staff": (DOCTOR,)},
    StandingChanged: {"standing_changed": (PERSON,)},
    ReturnAsked: {"return_asked_staff": (OFFICE,)},
    ReturnApproved: {"return_approved": (PERSON,), "return_approved_staff": (KEEPER,)},
    ReturnRefused: {"return_refused": (PERSON,)},
    ReturnArrived: {"return_arrived_staff": (OFFICE, KEEPER)},  # the community is the first to learn of it (R1.7)
    ExitRequested: {"exit_requested_staff": (OFFICE,)},
    ExitApproved: {"exit_approved": (PERSON,)},
    ExitRefused: {"exit_refused": (PERSON,)},
    ExitRevoked: {"exit_revoked": (PERSON,)},
    ReturneeReported: {"returnee_reported_staff": (OFFICE, KEEPER)},
    AppealDecided: {"appeal_decided": (PERSON,)},
    CodeDrawn: {"code_drawn": (PERSON,)},
    ContactReplaced: {"contact_replaced": (PERSON,)},
    SingleOrdersExceeded: {"single_orders_exceeded_staff": (OFFICE,)},
    RowsToExamine: {"rows_to_examine_staff": (OFFICE,)},
    AlertRaised: {"fever_at_gate_staff": (KEEPER, DOCTOR)},  # of a breach its case makes the messages (R3.8)
    DeliveryPlanned: {"delivery_planned": (PERSON,), "delivery_planned_staff": (KEEPER,)},
    DeliveryFailed: {"delivery_failed_staff": (KEEPER,)},
    DeliveryCancelled: {"delivery_cancelled": (PERSON,), "delivery_cancelled_staff": (KEEPER,)},
    StockLow: {"stock_low_staff": (OFFICE,)},
    ZoneOrdered: {"zone_ordered": (RESIDENTS,)},
    ZoneBegan: {"zone_began": (RESIDENTS,), "zone_began_staff": (KEEPER, OFFICE)},
    ZoneChanged: {"zone_changed": (RESIDENTS,)},
    ZoneLifted: {"zone_lifted": (RESIDENTS,), "zone_lifted_staff": (KEEPER, OFFICE)},
}
# The console links a message to these, where its event has them: names, since any event may have any of them.
_OF_CASES = {"case_id", "resident_id", "notice_id", "household_id", "alert_id"}
LINKS = _OF_CASES | {"delivery_id", "depot_id", "appeal_id", "return_id", "exit_id", "report_id", "zone_id"}


def choose(event: News, now: datetime) -> list[tuple[str, Recipient]]:
    """Return which template goes to whom: none for an old event, an unknown type or an unknown member of an enum."""
    templates = NEWS.get(type(event), {})
    if now - event.time > NEWS_FOR or not is_understood(event):
        return []
    if isinstance(event, AlertRaised) and event.rule is not AlertRule.FEVER:
        return []
    pairs = [(template, recipient) for template, recipients in templates.items() for recipient in recipients]
    if isinstance(event, MeasurementMissed):
        return [(template, recipient) for template, recipient in pairs if recipient == event.step.value]
    return pairs


def is_understood(event: Event) -> bool:
    """Whether this version knows every member of an open enum in the event, so that it can word the event."""
    return all(value.known for _, value in event if isinstance(value, OpenEnum))


def link(event: Event) -> dict[str, str]:
    """Return the ids by which the console finds what the message is about."""
    return {name: str(value) for name, value in event.model_dump(include=LINKS).items() if value}


@dataclass(frozen=True)
class Message:
    """A message to a person of an event, as it was worded then. `order` sorts a person's messages by time."""

    message_id: str
    recipient_id: str
    template: str
    cause: str
    subject: str
    area_path: str
    language: str
    title: str = field(metadata=SEALED)
    body: str = field(metadata=SEALED)
    link: Mapping[str, str]
    order: str
    created_at: datetime
    read_at: datetime | None = None


@dataclass(frozen=True)
class Contact:
    """How a person is reached, sealed, and in which language."""

    person_id: str
    area_path: str
    sealed: str = field(metadata=PRIVATE)
    language: str = "zh"


def former_contact(event: ContactReplaced) -> Contact:
    """Return how the person was reached until the event, as a contact of its own that a message can go to."""
    return Contact(f"{event.subject_id}#{event.id}", event.area_path, event.sealed_before)


def sealed_for(person_id: str) -> str:
    """Return the person for whom registration sealed a contact, by its id: the same one for a former contact."""
    return person_id.partition("#")[0]


class Address(NamedTuple):
    """An Apprise URL; a `trusted` one comes from the operator and may point anywhere."""

    url: str
    trusted: bool = False


_BY_URL = frozenset({Channel.SMS, Channel.EMAIL, Channel.CHAT, Channel.WEBHOOK})


def addresses(contact: str, sms_gateway: str) -> dict[Channel, Address]:
    """Read an opened contact: the URLs it names, and its phone by the city's SMS gateway where there is one.

    Raises `ValueError` when it is not a contact.
    """
    stated = json.loads(contact)
    if not isinstance(stated, dict) or not isinstance(urls := stated.get("urls") or {}, dict):
        raise ValueError("a contact is an object with 'phone' and 'urls'")
    by_channel = {Channel(name): Address(str(url)) for name, url in urls.items() if name in _BY_URL}
    if (phone := stated.get("phone")) and sms_gateway:
        by_channel.setdefault(Channel.SMS, Address(sms_gateway.replace("{phone}", quote(str(phone), safe="")), True))
    return by_channel
