"""What a file holds beside name and number, over HTTP."""

from services.registration.domain.persons import is_number
from services.registration.domain.residents import Resident
from services.registration.routes.callers import AnyCaller, Office, Staff, Uses
from services.registration.routes.residents import FILE, PURPOSE
from services.registration.schemas.particulars import (
    AddressesBody,
    ConsentBody,
    PapersBody,
    ParticularsView,
    RelationBody,
    StateBody,
)
from services.registration.usecases import Deps, file_acts, residents
from services.registration.usecases.names import ID_NUMBER
from services.registration.usecases.particulars import open_particulars
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Reading
from shared.web.http import api_router
from shared.web.ids import Id

router = api_router("particulars", about="Papers, addresses, relation, consent, departure and death of a resident.")


@router.get("/residents/{resident_id}/particulars")
async def show_particulars(
    resident_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> ParticularsView:
    """Show papers, further addresses, relation, consent and state to the own community or to the resident (R1.3)."""
    resident = await residents.visible(deps, caller, resident_id)
    return await _disclosed(deps, resident, caller, disclosures, purpose.usual(PURPOSE))


@router.put("/residents/{resident_id}/papers")
async def set_papers(
    resident_id: Id, body: PapersBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> ParticularsView:
    """State the papers of a resident beside the ID number; each is checked by the rules of its kind."""
    papers = [(one.kind.value, one.number) for one in body.papers]
    resident = await file_acts.set_papers(deps, caller, resident_id, papers)
    return await _disclosed(deps, resident, caller, disclosures, purpose.usual(PURPOSE))


@router.put("/residents/{resident_id}/addresses")
async def set_addresses(
    resident_id: Id, body: AddressesBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> ParticularsView:
    """State the registered address and second homes of a resident; gates use the door of the file alone."""
    addresses = [one.address() for one in body.addresses]
    resident = await file_acts.set_addresses(deps, caller, resident_id, addresses)
    return await _disclosed(deps, resident, caller, disclosures, purpose.usual(PURPOSE))


@router.put("/residents/{resident_id}/relation")
async def set_relation(
    resident_id: Id, body: RelationBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> ParticularsView:
    """State the relation of a resident to the head of the household (与户主关系)."""
    resident = await file_acts.set_relation(deps, caller, resident_id, body.relation)
    return await _disclosed(deps, resident, caller, disclosures, purpose.usual(PURPOSE))


@router.put("/residents/{resident_id}/consent")
async def set_consent(
    resident_id: Id, body: ConsentBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> ParticularsView:
    """State the consent of a resident with its witness, or that it is withdrawn."""
    resident = await file_acts.set_consent(deps, caller, resident_id, body.consent())
    return await _disclosed(deps, resident, caller, disclosures, purpose.usual(PURPOSE))


@router.put("/residents/{resident_id}/state")
async def set_state(
    resident_id: Id, body: StateBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> ParticularsView:
    """State that a resident departed, is here again or died: codes and cards of who left open no gate."""
    resident = await file_acts.set_state(deps, caller, resident_id, body.presence, body.since, body.note)
    return await _disclosed(deps, resident, caller, disclosures, purpose.usual(PURPOSE))


async def _disclosed(
    deps: Deps, resident: Resident, caller: Principal, disclosures: Disclosures, purpose: str
) -> ParticularsView:
    key = resident.resident_id
    await disclosures.record(caller, FILE, key, resident.area_path, purpose)
    id_number = deps.sealer.show(resident.sealed.id_number, ID_NUMBER, key)
    id_number = id_number if is_number(id_number) else ""
    return ParticularsView.of_file(key, id_number, resident.left, open_particulars(deps, resident))
