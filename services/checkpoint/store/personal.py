"""What checkpoint holds of residents, by kind (N11): passages stay for their days, under the random id alone."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from services.checkpoint.domain.alerts import Alert
from services.checkpoint.domain.permit import Permit
from services.checkpoint.domain.reviews import Override
from services.checkpoint.store.presence import Presence
from shared.base.clock import Clock
from shared.base.sealing import Sealer
from shared.events.erasures import CheckpointErased
from shared.store.documents import Mapper
from shared.store.mongo import Database
from shared.store.personal_data import AREA, READINGS_STAY, Kind, PersonalData, Then

_LAW = "传染病防治法：卡口记录以无身份编号保存至期满"
_RESIDENT = ("resident_id",)

KINDS: Sequence[Kind] = (
    Kind("passages", "passages", _RESIDENT, Then.KEEP, why=_LAW),
    Kind("alerts", "alerts", _RESIDENT, Then.BLANK, blank={"home_path": AREA, "detail": None}, why=_LAW),
    Kind("overrides", "overrides", _RESIDENT, Then.KEEP, why=_LAW),
    Kind("permits", "permits", _RESIDENT, hides=("shown", "asked", "known_as")),
    Kind(
        "visits",
        "permits",
        ("host_resident_id",),
        Then.BLANK,
        hides=("sealed", "label", "shown", "asked", "known_as"),
        blank={"host_resident_id": None},
        why="访客记录属于访客本人",
    ),
    Kind("readings", "readings", ("subject",), Then.KEEP, opens={"purpose": "readings.purpose"}, why=READINGS_STAY),
)


class KnowsHomes(Protocol):
    """Where residents live, as the process has it in memory."""

    async def home_of(self, resident_id: str) -> str | None:
        """Return the area path of the resident's household, or None where it is not known."""
        ...


def personal_data(
    database: Database,
    sealer: Sealer,
    presence_buckets: int,
    clock: Clock,
    homes: KnowsHomes,
) -> PersonalData:
    """Return what this store holds of residents; `homes` knows where a resident lives."""
    presence = Presence(database, presence_buckets)

    async def erase_more(person_id: str) -> Mapping[str, int]:
        while bucket := (await presence.of([person_id]))[person_id]:
            if bucket.residents.pop(person_id, None) is None:
                return {}
            if not await presence.save([bucket], clock.now()):
                return {"presence": 1}
        return {}

    classes: Mapping[str, Mapper[Any]] = {  # Any: of any class
        "alerts": Mapper(Alert, "alert_id"),
        "overrides": Mapper(Override, "override_id"),
        "permits": Mapper(Permit, "permit_id"),
    }
    return PersonalData(database, sealer, "checkpoint", CheckpointErased, KINDS, homes.home_of, classes, erase_more)
