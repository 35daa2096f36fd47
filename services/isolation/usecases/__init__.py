"""Isolation's use cases, by what they are about."""

from dataclasses import dataclass
from datetime import timedelta

from services.isolation.store import Store
from shared.replicas.places import Places
from shared.replicas.residents import ResidentReplica
from shared.store.deps import ServiceDeps
from shared.store.personal_data import PersonalData
from shared.web.access import Role

# These roles see the cases of their area; others see the own case and the cases that they keep.
STAFF = (Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR)

CONFIRM_DUE, EXTENSION_DUE, REFERRAL_DUE = "isolation.confirm", "isolation.extension", "isolation.referral"
SECOND_PERSON_POLICY = "policy:second_person"


@dataclass(frozen=True)
class Deps(ServiceDeps):
    """What isolation's use cases work with; the case of an arrival begins `days_before_arrival`.

    What rests on one person's word ends unless another person confirms it `second_person_within`.
    """

    store: Store
    residents: ResidentReplica
    personal: PersonalData
    places: Places
    days_before_arrival: int
    second_person_within: timedelta
