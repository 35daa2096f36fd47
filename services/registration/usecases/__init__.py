"""Registration's use cases, by what they are about."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from services.registration.domain.imports import Outcome, RowProblem
from services.registration.store import Store
from shared.base.gate_names import GateNames
from shared.base.sealing import Sealer
from shared.health_code import CodeSigner
from shared.store.deps import ServiceDeps
from shared.store.personal_data import PersonalData
from shared.store.unit_of_work import UnitOfWork
from shared.web.access import Role

# Who may look at the residents of an area; all other callers see their own file only.
STAFF = (Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR)

# What ends a step of an import, in its transaction: given what became of each row, and what is wrong in some.
Complete = Callable[[UnitOfWork, Sequence[Outcome], Sequence[RowProblem]], Awaitable[None]]

E = TypeVar("E")
Checked = tuple[list[E], list[RowProblem]]  # of some rows of a roster: those that can be tried, and what is wrong


@dataclass(frozen=True)
class Deps(ServiceDeps):
    """What registration's use cases work with; `reading` lets one roster at a time take the processor.

    A colour on one person's word counts for `second_person_within`; an officer gives `single_orders_a_day` alone. The
    first of the `search_keys` hashes what is searched for; files that an earlier one has hashed are looked up too.
    """

    store: Store
    sealer: Sealer
    id_hash_key: bytes
    search_keys: tuple[bytes, ...]
    gate_names: GateNames
    signer: CodeSigner
    code_lifetime: timedelta
    printed_code_lifetime: timedelta
    appeal_due: timedelta
    second_person_within: timedelta
    single_orders_a_day: int
    days_before_arrival: int
    longest_token_life: timedelta
    break_glass_longest: timedelta
    reading: asyncio.Semaphore
    personal: PersonalData
