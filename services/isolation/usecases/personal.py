"""What isolation holds of residents, by kind (N11): cases stay by law, under the random id and without words."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.isolation.store import CASES, MEASUREMENTS
from shared.base.sealing import Sealer
from shared.events.erasures import IsolationErased
from shared.replicas.residents import ResidentReplica
from shared.store.documents import Mapper
from shared.store.mongo import Database
from shared.store.personal_data import AREA, READINGS_STAY, Kind, PersonalData, Then

_LAW = "传染病防治法、医疗机构管理条例：隔离观察记录以无身份编号保存"
_RESIDENT = ("resident_id",)
_CASE = {
    "reason": "",
    "referral.note": "",
    "cancellation.note": "",
    "handover": None,
    "refused_for": None,
    "area_path": AREA,
    "household_id": "",
}
_MEASUREMENT = {"waived.note": "", "area_path": AREA}

KINDS: Sequence[Kind] = (
    Kind("cases", "cases", _RESIDENT, Then.BLANK, blank=_CASE, why=_LAW),
    Kind("measurements", "measurements", _RESIDENT, Then.BLANK, blank=_MEASUREMENT, why=_LAW),
    Kind("readings", "readings", ("subject",), Then.KEEP, opens={"purpose": "readings.purpose"}, why=READINGS_STAY),
)


def personal_data(database: Database, sealer: Sealer, residents: ResidentReplica) -> PersonalData:
    """Return what this store holds of residents."""
    cases, lines = database["cases"], database["case_log"]

    async def home(person_id: str) -> str | None:
        resident = await residents.get(person_id)
        return resident.area_path if resident else None

    async def erase_more(person_id: str) -> Mapping[str, int]:
        async for case in cases.find({"resident_id": person_id}, {"_id": 1}):
            await lines.update_many({"case_id": case["_id"]}, {"$set": {"reason": ""}})
        return {}

    classes: Mapping[str, Mapper[Any]] = {"cases": CASES, "measurements": MEASUREMENTS}  # Any: of any class
    return PersonalData(database, sealer, "isolation", IsolationErased, KINDS, home, classes, erase_more)
