"""What registration holds of residents, by kind (N11): the file and the contact are emptied by the erasure itself."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from services.registration.domain.appeals import Appeal
from services.registration.domain.codes import IssuedCode
from services.registration.domain.journeys import Journey
from services.registration.domain.returnee_reports import ReturneeReport
from services.registration.domain.returns import Return
from services.registration.domain.rights import RightsRequest
from services.registration.store.examinations import EXAMINATIONS
from services.registration.store.history import CHANGES
from services.registration.store.plates import PLATES
from services.registration.store.rights import REQUESTS
from shared.base.sealing import Sealer
from shared.events.registration import CONTACTS, RESIDENTS
from shared.events.registration_acts import ACTS
from shared.store.documents import Mapper
from shared.store.forgetting import forget_events
from shared.store.mongo import Database
from shared.store.personal_data import AREA, READINGS_STAY, Kind, PersonalData, Then

_LAW = "传染病防治法、档案法：防疫处置记录以无身份编号保存"
_RESIDENT = ("resident_id",)
_HOME = {"area_path": AREA, "household_id": ""}
_NO_WORDS = {"note": "", "purpose": "", "wanted": "", "evidence": "", "decision": ""}
_TRIP = {"plate": "", "route": "", "transport": "", "contact": "", "refusal": "", "legs": []} | _HOME
_RETURN = {"form": None, "certificate": None, "refusal": ""} | _HOME
_APPEAL = {"sealed": "", "decision": "", "area_path": AREA}
_CHANGE = {"sealed": "", "area_before": AREA, "area_path": AREA}

# `changes` and `contacts_before` are sealed by the person's key: the copy of the file shows them.
KINDS: Sequence[Kind] = (
    Kind("contacts_before", "contacts_before", ("person_id",), hides=("sealed",)),
    Kind("contact_claims", "contact_claims", ("person_id",), hides=("sealed",)),
    Kind("changes", CHANGES, _RESIDENT, Then.BLANK, hides=("sealed",), blank=_CHANGE, why=_LAW),
    Kind("appeals", "appeals", _RESIDENT, Then.BLANK, opens={"sealed": "appeal.text"}, blank=_APPEAL, why=_LAW),
    Kind("journeys", "journeys", _RESIDENT, Then.BLANK, opens={"plate": "journey.plate"}, blank=_TRIP, why=_LAW),
    Kind("returns", "returns", _RESIDENT, Then.BLANK, blank=_RETURN, why=_LAW),
    Kind("returnee_reports", "returnee_reports", _RESIDENT, hides=("made_by", "reported_by")),
    Kind("examinations", EXAMINATIONS, _RESIDENT, hides=("sealed",)),
    Kind("plates", PLATES, _RESIDENT, hides=("plate_hash",)),
    Kind("codes", "codes", _RESIDENT, Then.BLANK, blank={"note": ""}, why=_LAW),
    Kind("colours", "standings", ("_id",), Then.KEEP, why=_LAW),
    Kind("evidence", "evidence", _RESIDENT, Then.KEEP, why=_LAW),
    Kind("requests", REQUESTS, _RESIDENT, Then.BLANK, blank=_NO_WORDS, why="个人信息保护法：答复记录须留存"),
    Kind("readings", "readings", ("subject",), Then.KEEP, opens={"purpose": "readings.purpose"}, why=READINGS_STAY),
)


def personal_data(database: Database, sealer: Sealer) -> PersonalData:
    """Return what this store holds of residents."""
    files = database["residents"]

    async def home(person_id: str) -> str | None:
        row = await files.find_one({"_id": person_id}, {"area_path": 1})
        return str(row["area_path"]) if row else None

    classes: Mapping[str, Mapper[Any]] = {  # Any: aggregates of any class
        "appeals": Mapper(Appeal, key="appeal_id"),
        "codes": Mapper(IssuedCode, key="code_id"),
        "journeys": Mapper(Journey),
        "returnee_reports": Mapper(ReturneeReport, key="report_id"),
        "returns": Mapper(Return, key="return_id"),
        REQUESTS: Mapper(RightsRequest, key="request_id"),
    }
    forget = partial(forget_events, database, (RESIDENTS, CONTACTS, ACTS))
    return PersonalData(database, sealer, "registration", None, KINDS, home, classes, forget)
