"""What notification holds of residents, by kind (N11): messages to the person and about the person go."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from services.notification.store import MESSAGES
from shared.base.sealing import Sealer
from shared.events.erasures import NotificationErased
from shared.replicas.residents import ResidentReplica
from shared.store.documents import Mapper
from shared.store.mongo import Database
from shared.store.personal_data import DOCUMENTS_A_STEP, READINGS_STAY, Kind, PersonalData, Then

KINDS: Sequence[Kind] = (
    Kind("messages", "messages", ("recipient_id", "subject")),
    Kind("contacts", "contacts", ("_id",), opens={"sealed": "contact"}),
    Kind("readings", "readings", ("subject",), Then.KEEP, opens={"purpose": "readings.purpose"}, why=READINGS_STAY),
)


def personal_data(database: Database, sealer: Sealer, residents: ResidentReplica) -> PersonalData:
    """Return what this store holds of residents."""
    messages, copies, contacts = database["messages"], database["copies"], database["contacts"]

    async def home(person_id: str) -> str | None:
        resident = await residents.get(person_id)
        return resident.area_path if resident else None

    async def erase_more(person_id: str) -> Mapping[str, int]:
        """Remove the copies of messages while the messages still name the person, and former contacts."""
        removed, after = 0, ""
        whose = {"$or": [{"recipient_id": person_id}, {"subject": person_id}]}
        while True:
            rows = messages.find({"$and": [whose, {"_id": {"$gt": after}}]}, {"_id": 1}).sort("_id", 1)
            ids = [str(row["_id"]) for row in await rows.limit(DOCUMENTS_A_STEP).to_list(None)]
            if not ids:
                break
            removed, after = removed + (await copies.delete_many({"message_id": {"$in": ids}})).deleted_count, ids[-1]
        former = {"_id": {"$regex": f"^{re.escape(person_id)}#"}}
        return {"copies": removed, "contacts": (await contacts.delete_many(former)).deleted_count}

    classes: Mapping[str, Mapper[Any]] = {"messages": MESSAGES}  # Any: of any class
    return PersonalData(database, sealer, "notification", NotificationErased, KINDS, home, classes, erase_more)
