"""Who of a household went out lately, as checkpoint publishes it where the exits of households are counted."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.envelope.event import Event

OUTINGS = "checkpoint.outings.v1"


class Outing(BaseModel):
    """A resident of a household went out; one that is `exempt`, by a permit or in an emergency, counts against none."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    resident_id: str
    scan_id: str
    gate_id: str
    at: datetime
    exempt: bool = False


class OutingsChanged(Event, topic=OUTINGS, key="home_path", compacted=True):
    """Who of a household went out lately, where exits are counted; `home_path` is the door. Empty once it is past."""

    home_path: str
    area_path: str
    outings: tuple[Outing, ...] = ()
