"""The file of a resident in clear, for the copy of the own data: name, number, particulars, contact, history (N11)."""

from services.registration.usecases import Deps
from services.registration.usecases.changes import open_details
from services.registration.usecases.contacts import open_contact
from services.registration.usecases.names import ID_NUMBER, open_name
from services.registration.usecases.particulars import open_particulars
from shared.store.personal_data import Held, Kind, Then, as_json

_MOST = 500
_WHY = "删除时销毁本人密钥，档案清空"
FILE = Kind("file", "residents", ("_id",), Then.DELETE, why=_WHY)
HISTORY = Kind("file_history", "resident_changes", ("resident_id",), Then.BLANK, why=_WHY)


async def of_file(deps: Deps, person_id: str) -> list[Held]:
    """Return the file of a resident in clear, and what was changed in it. Raises `Unreadable`."""
    resident = await deps.store.residents.get(person_id)
    if resident is None or resident.erased_at:
        return []
    contact = open_contact(deps, await deps.store.contacts.get(person_id))
    file = {
        "resident_id": person_id,
        "name": open_name(deps, resident),
        "id_number": deps.sealer.show(resident.sealed.id_number, ID_NUMBER, person_id),
        "area_path": resident.area_path,
        "household_id": resident.household_id,
        "categories": resident.categories,
        "keeper_id": resident.keeper_id,
        "left": resident.left,
        "phone": contact.phone,
        "language": contact.language,
        "urls": contact.urls,
        "particulars": open_particulars(deps, resident),
    }
    rows, following = await deps.store.history.page([person_id], "", _MOST)
    changed = [{"at": one.at, "by": one.by, "act": one.act, "details": open_details(deps, one)} for one in rows]
    return [
        Held(FILE, [as_json(file)], more=False),
        Held(HISTORY, [as_json(one) for one in changed], more=following is not None),
    ]
