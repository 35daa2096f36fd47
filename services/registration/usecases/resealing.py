"""What registration holds sealed, brought along to the present form and key."""

from services.registration.domain.appeals import Appeal
from services.registration.domain.codes import IssuedCode
from services.registration.domain.duplicate_pairs import Pair
from services.registration.domain.employees import Employee
from services.registration.domain.employers import Employer
from services.registration.domain.examinations import Examination
from services.registration.domain.exits import ExitPermission
from services.registration.domain.groups import LeadingGroup
from services.registration.domain.import_mappings import ImportMapping
from services.registration.domain.journeys import Journey
from services.registration.domain.orders import ColourOrder
from services.registration.domain.place_moves import PlaceMove
from services.registration.domain.rentals import Rental
from services.registration.domain.rights import RightsRequest
from services.registration.domain.staff import StaffChange, StaffMember
from services.registration.domain.undoing import ImportUndo
from services.registration.domain.vehicles import Vehicle
from services.registration.domain.venues import Venue
from services.registration.domain.welfare import Record
from services.registration.domain.zones import Zone
from services.registration.store import Store
from services.registration.usecases import (
    appeals,
    changes,
    contacts,
    examining,
    import_files,
    import_work,
    journeys,
    names,
    particulars,
)
from shared.base.sealing import Sealer
from shared.store.person_keys import CONTEXT, PERSON_KEYS
from shared.store.personal_documents import SealedOfPersons
from shared.store.resealing import Sealed, SealedByHand, by_store

_FILE = {
    "sealed.name": names.NAME,
    "sealed.id_number": names.ID_NUMBER,
    "sealed.particulars": particulars.PARTICULARS,
}


def sealed_fields(sealer: Sealer, store: Store) -> list[Sealed]:
    """Return every sealed field of the store."""
    contact = {"sealed": contacts.CONTEXT}
    return [
        SealedOfPersons(store.residents.files, _FILE),
        SealedOfPersons(store.contacts.present, contact, contacts.seal_again),
        SealedOfPersons(store.contacts.former, contact, record=lambda before: str(before["person_id"])),
        SealedOfPersons(store.history.all, {"sealed": changes.DETAILS}),
        SealedByHand(PERSON_KEYS, "key", CONTEXT),
        SealedByHand("examinations", "sealed", examining.ROW),
        SealedByHand("contact_claims", "sealed", contacts.CONTEXT, record=lambda claim: str(claim["person_id"])),
        SealedByHand("appeals", "sealed", appeals.TEXT),
        SealedByHand("journeys", "plate", journeys.PLATE),
        SealedByHand("import_parts", "sealed", import_work.ROWS),
        SealedByHand("import_files", "sealed", import_files.FILE),
        SealedByHand("imports", "mapping", import_files.MAPPING),
        *_of_stores(sealer),
    ]


def _of_stores(sealer: Sealer) -> list[Sealed]:
    return [
        *by_store(
            sealer,
            appeals=Appeal,
            codes=IssuedCode,
            duplicate_pairs=Pair,
            employees=Employee,
            employers=Employer,
            examinations=Examination,
            import_mappings=ImportMapping,
            exits=ExitPermission,
            import_undos=ImportUndo,
            journeys=Journey,
            rights_requests=RightsRequest,
            colour_orders=ColourOrder,
            leading_groups=LeadingGroup,
            rentals=Rental,
            place_moves=PlaceMove,
            staff=StaffMember,
            staff_changes=StaffChange,
            vehicles=Vehicle,
            venues=Venue,
            welfare=Record,
            zones=Zone,
        ),
    ]
