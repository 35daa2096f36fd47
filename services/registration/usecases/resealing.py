"""What registration holds sealed, brought along to the present form and key."""

from services.registration.domain.appeals import Appeal
from services.registration.domain.codes import IssuedCode
from services.registration.domain.duplicate_pairs import Pair
from services.registration.domain.examinations import Examination
from services.registration.domain.groups import LeadingGroup
from services.registration.domain.journeys import Journey
from services.registration.domain.orders import ColourOrder
from services.registration.domain.staff import StaffChange, StaffMember
from services.registration.domain.undoing import ImportUndo
from services.registration.domain.zones import Zone
from services.registration.usecases import (
    appeals,
    changes,
    contacts,
    examining,
    import_work,
    journeys,
    names,
    particulars,
)
from shared.base.sealing import Sealer
from shared.store.resealing import Sealed, SealedByHand, by_store


def sealed_fields(sealer: Sealer) -> list[Sealed]:
    """Return every sealed field of the store."""
    return [
        SealedByHand("residents", "sealed.name", names.NAME),
        SealedByHand("residents", "sealed.id_number", names.ID_NUMBER),
        SealedByHand("residents", "sealed.particulars", particulars.PARTICULARS),
        SealedByHand("contacts", "sealed", contacts.CONTEXT, contacts.seal_again),
        SealedByHand("contacts_before", "sealed", contacts.CONTEXT, record=lambda before: str(before["person_id"])),
        SealedByHand("examinations", "sealed", examining.ROW),
        SealedByHand("resident_changes", "sealed", changes.DETAILS),
        SealedByHand("contact_claims", "sealed", contacts.CONTEXT, record=lambda claim: str(claim["person_id"])),
        SealedByHand("appeals", "sealed", appeals.TEXT),
        SealedByHand("journeys", "plate", journeys.PLATE),
        SealedByHand("import_parts", "sealed", import_work.ROWS),
        *by_store(
            sealer,
            appeals=Appeal,
            codes=IssuedCode,
            duplicate_pairs=Pair,
            examinations=Examination,
            import_undos=ImportUndo,
            journeys=Journey,
            colour_orders=ColourOrder,
            leading_groups=LeadingGroup,
            staff=StaffMember,
            staff_changes=StaffChange,
            zones=Zone,
        ),
    ]
