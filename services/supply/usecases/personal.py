"""What supply holds of residents, by kind (N11): deliveries are a household's, and stay without the person's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.supply.store import DELIVERIES
from shared.base.sealing import Sealer
from shared.events.erasures import SupplyErased
from shared.replicas.residents import ResidentReplica
from shared.store.documents import Mapper
from shared.store.mongo import Database
from shared.store.personal_data import READINGS_STAY, Kind, PersonalData, Then

_ACCOUNTS = "会计法：物资收发记录须留存"
KINDS: Sequence[Kind] = (
    Kind(
        "deliveries",
        "deliveries",
        ("resident_ids",),
        Then.BLANK,
        blank={"left_at": None, "cancel_note": None},
        why=_ACCOUNTS,
    ),
    Kind("readings", "readings", ("subject",), Then.KEEP, opens={"purpose": "readings.purpose"}, why=READINGS_STAY),
)


def personal_data(database: Database, sealer: Sealer, residents: ResidentReplica) -> PersonalData:
    """Return what this store holds of residents."""

    async def home(person_id: str) -> str | None:
        resident = await residents.get(person_id)
        return resident.area_path if resident else None

    classes: Mapping[str, Mapper[Any]] = {"deliveries": DELIVERIES}  # Any: of any class
    return PersonalData(database, sealer, "supply", SupplyErased, KINDS, home, classes)
