"""What registration publishes: places, residents, contacts, journeys, standings, revocations, appeals.

Compacted topics (all but appeals) carry the whole state in every event: the newest of each key rebuilds a replica.
"""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.envelope.event import Event
from shared.envelope.log_head import LogHead
from shared.envelope.open_enum import OpenEnum
from shared.events.registration_terms import Colour as Colour
from shared.events.registration_terms import Risk as Risk

PLACES = "registration.places.v1"
RESIDENTS = "registration.residents.v1"
CONTACTS = "registration.contacts.v1"
CREDENTIALS = "registration.credentials.v1"
JOURNEYS = "registration.journeys.v2"
JOURNEYS_V1 = "registration.journeys.v1"
STANDINGS = "registration.standings.v1"
REVOCATIONS = "registration.revocations.v1"
ACCESS_REVOCATIONS = "registration.access-revocations.v1"
APPEALS = "registration.appeals.v1"
BREAK_GLASS = "registration.break-glass.v1"
LOG_HEADS = "registration.log-heads.v1"


class PlaceLevel(StrEnum):
    """The levels of the place tree, from the city down to a unit (R1.1)."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    AREA = "area"
    GRID = "grid"
    COMPOUND = "compound"
    BUILDING = "building"
    UNIT = "unit"


class Duty(OpenEnum):
    """What a named person answers for at a place (R1.2)."""

    AREA_LEADER = "area_leader"
    GRID_LEADER = "grid_leader"
    BUILDING_LEADER = "building_leader"
    KEEPER = "keeper"
    DOCTOR = "doctor"
    POLICE_CONTACT = "police_contact"


class Revocation(StrEnum):
    """Why one code counts no longer."""

    LOST = "lost"
    COPIED = "copied"
    MISTAKEN = "mistaken"
    REPLACED = "replaced"
    LEFT = "left"  # departed or died


class Outcome(StrEnum):
    """What became of an appeal against a colour."""

    UPHELD = "upheld"
    REJECTED = "rejected"


class Keeper(BaseModel):
    """A named person who answers for a place; `person_id` is the subject of that person's token."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    duty: Duty


class PlaceEvent(Event, topic=PLACES, key="place_id", compacted=True, base=True):
    """The public state of a place."""

    place_id: str
    level: PlaceLevel
    code: str
    name: str
    path: str
    parent_id: str | None = None
    keepers: tuple[Keeper, ...] = ()
    closed: bool = False
    merged_into: str | None = None


class PlaceDefined(PlaceEvent):
    """A place exists, or its name or code changed."""


class KeeperAssigned(PlaceEvent):
    """Who answers for the place changed."""


class ResidentEvent(Event, topic=RESIDENTS, key="resident_id", compacted=True, base=True):
    """The public state of a resident; `left`: the resident no longer lives here.

    A file with `merged_into` is an alias: whatever is known by it is the person's of that other file.
    """

    resident_id: str
    household_id: str
    area_path: str
    categories: tuple[str, ...] = ()
    keeper_id: str | None = None
    id_number_hash: str | None = None
    card_hashes: tuple[str, ...] = ()
    left: bool = False
    gate_seal: str | None = None
    staff_id: str | None = None
    merged_into: str | None = None


class ResidentRegistered(ResidentEvent):
    """A resident file was opened. `area_path` is the household's; `categories` are those of special care (R1.4).

    `id_number_hash` and `card_hashes` are keyed hashes, by which a gate knows a resident without a phone. `gate_seal`
    is the masked name and the year of birth that a keeper sees, sealed for the gates.
    """


class ResidentMoved(ResidentEvent):
    """The resident lives in another household now."""


class SpecialCareChanged(ResidentEvent):
    """The special-care categories or the one-to-one keeper changed."""


class StaffLinked(ResidentEvent):
    """The resident is that member of staff, or is one no longer: `staff_id` is the subject, in normal form."""


class ResidentsMerged(ResidentEvent):
    """The file was merged into the one of `merged_into`, which is the same person's; it stays as an alias."""


class ResidentsUnmerged(ResidentEvent):
    """The file is of a person of its own again."""


class CardsChanged(ResidentEvent):
    """The printed cards changed by which a gate knows the resident."""


class ContactPointsChanged(Event, topic=CONTACTS, key="person_id", compacted=True):
    """How a resident or a staff member is reached; `sealed` opens with the key that notification shares."""

    person_id: str
    area_path: str
    language: str = "zh"
    sealed: str


class CredentialsChanged(Event, topic=CREDENTIALS, key="resident_id", compacted=True, retired=True):
    """By what a gate may know a resident without a phone: keyed hashes of the ID number and of printed cards.

    Published until the events of residents carried the same; what was published then still counts at the gates.
    """

    resident_id: str
    area_path: str
    id_number_hash: str | None = None
    card_hashes: tuple[str, ...] = ()


class JourneyFacts(Event):
    """What every version of a journey's events carries; `risk` is the origin's on the list of `risk_list_date`."""

    journey_id: str
    resident_id: str
    household_id: str
    area_path: str
    origin_region: str
    risk: Risk
    risk_list_date: date | None = None
    departs_on: date
    arrives_on: date


class JourneyEvent(JourneyFacts, topic=JOURNEYS, key="journey_id", compacted=True, base=True):
    """The public state of a journey; of a `cancelled` one nothing follows.

    `stated_by` is the one person on whose word it rests: an official who declared it for another person;
    `confirmed_by` and `refused_by` are the second person who decided on it. `risk_turn` counts how often the risk
    became high again after it had fallen: another case follows then.
    """

    cancelled: bool = False
    stated_by: str | None = None
    confirmed_by: str | None = None
    refused_by: str | None = None
    risk_turn: int = 0


class JourneyDeclared(JourneyEvent, version=2):
    """A resident declared a journey home (R1.6)."""


class JourneyChanged(JourneyEvent):
    """The days of a journey changed before it ended, and with them maybe the risk."""


class JourneyReassessed(JourneyEvent):
    """A list of risk regions changed the risk of a declared journey, up or down; `risk_before` is what it was."""

    risk_before: Risk


class JourneyCancelled(JourneyEvent):
    """A journey was cancelled before it ended."""


class JourneyDeclaredV1(JourneyFacts, topic=JOURNEYS_V1, key="resident_id", name="JourneyDeclared", retired=True):
    """A resident declared a journey home; by the resident's id, and kept for seven days."""


class StandingChanged(Event, topic=STANDINGS, key="resident_id", compacted=True):
    """A resident's colour, by which rule, on what evidence, from when, until when (R1.9).

    `evidence` is the id of the case, the journey, the alert, the event or the order that the colour rests on; `officer`
    is the person who proposed the order.
    """

    resident_id: str
    area_path: str
    colour: Colour
    isolated: bool = False
    rule: str
    evidence: str
    officer: str | None = None
    since: datetime
    until: datetime | None = None


class CodeRevoked(Event, topic=REVOCATIONS, key="code_id", compacted=True):
    """One code of a resident counts no longer; from `expires_at` on it would not have anyway."""

    code_id: str
    resident_id: str
    area_path: str
    reason: str
    revoked_at: datetime
    expires_at: datetime


class AccessRevoked(Event, topic=ACCESS_REVOCATIONS, key="subject", compacted=True):
    """Tokens of a subject issued up to `revoked_at` are void; from `expires_at` on none lives. Times of the machine."""

    subject: str
    revoked_at: datetime
    expires_at: datetime


class BreakGlassChanged(Event, topic=BREAK_GLASS, key="glass_id", compacted=True):
    """An area is open to the subject for reading until `ends_at`, by break-glass; one that was closed has ended.

    The times are of the machine, as those of tokens are. Readings that services record carry the reason.
    """

    glass_id: str
    subject: str
    area_path: str
    reason: str
    opened_at: datetime
    ends_at: datetime


class AppealDecided(Event, topic=APPEALS, key="resident_id"):
    """An appeal against a colour was decided (R1.9).

    `ended`: what the colour rested on counts no longer; an upheld appeal against a case ends nothing by itself.
    """

    appeal_id: str
    resident_id: str
    area_path: str
    outcome: Outcome
    colour: Colour
    rule: str
    evidence: str
    ended: bool
    decided_at: datetime


class LogHeadPublished(LogHead, topic=LOG_HEADS, key="day", compacted=True):
    """How far the log of acts had come at the beginning of a day."""
