"""What a person may ask for of the own data: a copy, a correction, its erasure; who answers, and until when (N11)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from shared.base.errors import Conflict, Invalid
from shared.base.persons import same_person
from shared.base.private import SEALED
from shared.events.registration_rights import RightKind, RightState


class Identity(StrEnum):
    """How the identity of the person was checked."""

    SIGNED_IN = "signed_in"
    PAPER_SEEN = "paper_seen"
    KNOWN_IN_PERSON = "known_in_person"
    REPRESENTATIVE = "representative"


class Correctable(StrEnum):
    """Which data a correction is about; `other` data is changed on the page of the file after the answer."""

    NAME = "name"
    PHONE = "phone"
    OTHER = "other"


class Obstacle(StrEnum):
    """What delays an erasure: the law or the safety of others needs the data until it is over."""

    OPEN_CASE = "open_case"
    COLOUR = "colour"
    OPEN_APPEAL = "open_appeal"
    OTHER_REQUEST = "other_request"


OBSTACLES_ZH: Mapping[Obstacle, str] = {
    Obstacle.OPEN_CASE: "隔离个案尚未结束",
    Obstacle.COLOUR: "健康码颜色的依据仍有效",
    Obstacle.OPEN_APPEAL: "申诉尚未办结",
    Obstacle.OTHER_REQUEST: "更正申请尚未办结",
}
OBSTACLES_EN: Mapping[Obstacle, str] = {
    Obstacle.OPEN_CASE: "an isolation case is open",
    Obstacle.COLOUR: "evidence for a colour still counts",
    Obstacle.OPEN_APPEAL: "an appeal is open",
    Obstacle.OTHER_REQUEST: "a correction is open",
}


@dataclass(frozen=True)
class RightsPolicy:
    """Within how many days a request is answered, and for how many days a copy can be fetched, from a day on."""

    since: date
    source: str
    answer_days: Mapping[RightKind, int]
    copy_days: int


# Example policies, never law in force: the law states "in time", the standard a number of days.
POLICIES: Sequence[RightsPolicy] = (
    RightsPolicy(
        date(2020, 3, 6),
        "信息安全技术 个人信息安全规范（GB/T 35273-2020）8.7，2020-03-06：30 日内答复",
        {RightKind.EXPORT: 30, RightKind.CORRECTION: 30, RightKind.ERASURE: 30},
        copy_days=7,
    ),
    RightsPolicy(
        date(2021, 11, 1),
        "个人信息保护法第四十五至五十条，2021-11-01：及时答复（15 日为示例）",
        {RightKind.EXPORT: 15, RightKind.CORRECTION: 15, RightKind.ERASURE: 15},
        copy_days=7,
    ),
)


@dataclass(frozen=True)
class Counted:
    """How many documents of a kind of data."""

    kind: str
    documents: int


@dataclass(frozen=True)
class Confirmation:
    """That a service has erased a person: how many documents by kind, and how many stay by law."""

    service: str
    at: datetime
    removed: tuple[Counted, ...]
    kept: tuple[Counted, ...]

    @classmethod
    def of(cls, service: str, at: datetime, removed: Mapping[str, int], kept: Mapping[str, int]) -> Self:
        """Return what a service confirms, given the numbers of documents by kind."""
        return cls(service, at, _counted(removed), _counted(kept))


def _counted(documents: Mapping[str, int]) -> tuple[Counted, ...]:
    return tuple(Counted(kind, count) for kind, count in documents.items())


@dataclass(frozen=True)
class RightsRequest:
    """What a person asks for, or an official for the person who stands at the counter.

    `policy_since` is the day of the policy that gave `due_at`. `identity` states how the person was recognized, `note`
    by which paper. `wanted` is the corrected value, `evidence` what proves it. `decision` is the official's reason.
    `copy_until`: so long a granted copy can be fetched. `confirmed` are the services that have erased the person.
    """

    request_id: str
    resident_id: str
    household_id: str
    area_path: str
    kind: RightKind
    asked_by: str
    asked_at: datetime
    due_at: datetime
    policy_since: date
    identity: Identity
    note: str = field(default="", metadata=SEALED)
    purpose: str = field(default="", metadata=SEALED)
    about: Correctable | None = None
    wanted: str = field(default="", metadata=SEALED)
    evidence: str = field(default="", metadata=SEALED)
    state: RightState = RightState.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision: str = field(default="", metadata=SEALED)
    copy_until: datetime | None = None
    confirmed: tuple[Confirmation, ...] = ()

    def is_overdue(self, now: datetime) -> bool:
        """Whether it should have been answered by now."""
        return self.state is RightState.OPEN and now >= self.due_at

    def has_copy(self, now: datetime) -> bool:
        """Whether the copy can be fetched now."""
        return self.copy_until is not None and now < self.copy_until


# What each service that holds data of persons confirms; the office sees who has not.
SERVICES = ("registration", "checkpoint", "isolation", "supply", "notification")


def policy_at(day: date) -> RightsPolicy:
    """Return the policy that holds on a day; before the first one, the first."""
    return max((one for one in POLICIES if one.since <= day), key=lambda one: one.since, default=POLICIES[0])


def check_asked(kind: RightKind, about: Correctable | None, wanted: str, evidence: str) -> None:
    """Raise `Invalid` for a correction that does not state what, and for another request that does."""
    is_correction = kind == RightKind.CORRECTION
    if is_correction and not (about and wanted and evidence):
        text = "A correction states what it is about, the right value and its evidence: fill in all three"
        raise Invalid("registration.correction_incomplete", text)
    if not is_correction and (about or wanted or evidence):
        text = "Only a correction has a field, a value and evidence: leave them empty"
        raise Invalid("registration.correction_only", text)


def granted_copy(request: RightsRequest, policy: RightsPolicy) -> RightsRequest:
    """Return the request for a copy as granted: the law leaves nothing to decide once the identity is checked."""
    until = request.asked_at + timedelta(days=policy.copy_days)
    facts = {"decided_by": request.asked_by, "decided_at": request.asked_at, "copy_until": until}
    return replace(request, state=RightState.GRANTED, **facts)  # type: ignore[arg-type]  # facts of these fields


def decide(request: RightsRequest, state: RightState, by: str, decision: str, now: datetime) -> RightsRequest:
    """Grant or refuse a request.

    Raises `Conflict` where that was done before, and to the person and the official who took the request down.
    """
    if request.state is not RightState.OPEN:
        text = f"The request is {request.state} already: a new one can be made"
        raise Conflict("registration.request_decided", text)
    if same_person(by, request.resident_id) or same_person(by, request.asked_by):
        text = "Who made the request or took it down does not decide it: ask a colleague"
        raise Conflict("registration.own_request", text)
    return replace(request, state=state, decided_by=by, decided_at=now, decision=decision)


def check_obstacles(obstacles: Iterable[Obstacle]) -> None:
    """Raise `Conflict` with the reasons where an erasure has to wait."""
    if there := list(obstacles):
        english = ", ".join(OBSTACLES_EN[one] for one in there)
        chinese = "、".join(OBSTACLES_ZH[one] for one in there)
        raise Conflict(
            "registration.erasure_waits",
            f"The erasure waits: {english}. Grant it once that is over, or refuse it with a reason",
            detail_zh=f"暂不能删除：{chinese}。请在结束后再批准，或说明理由不予批准",
            obstacles=[one.value for one in there],
        )


def confirm(request: RightsRequest, confirmation: Confirmation) -> RightsRequest:
    """Return the request with a service's confirmation, the first one of each service."""
    if any(one.service == confirmation.service for one in request.confirmed):
        return request
    return replace(request, confirmed=(*request.confirmed, confirmation))


def blank(request: RightsRequest) -> RightsRequest:
    """Return a request of an erased person: what was asked and decided when and by whom, without any words."""
    return replace(request, note="", purpose="", wanted="", evidence="", decision="", household_id="")
