"""What registration holds sealed, brought along to the present form and key."""

from services.registration.domain.appeals import Appeal
from services.registration.domain.codes import IssuedCode
from services.registration.domain.journeys import Journey
from services.registration.domain.orders import ColourOrder
from services.registration.usecases import appeals, contacts, import_work, journeys, residents
from shared.base.sealing import Sealer
from shared.store.resealing import Sealed, SealedByHand, by_store


def sealed_fields(sealer: Sealer) -> list[Sealed]:
    """Return every sealed field of the store."""
    return [
        SealedByHand("residents", "sealed.name", residents.NAME),
        SealedByHand("residents", "sealed.id_number", residents.ID_NUMBER),
        SealedByHand("contacts", "sealed", contacts.CONTEXT, contacts.seal_again),
        SealedByHand("contacts_before", "sealed", contacts.CONTEXT, record=lambda before: str(before["person_id"])),
        SealedByHand("appeals", "sealed", appeals.TEXT),
        SealedByHand("journeys", "plate", journeys.PLATE),
        SealedByHand("import_parts", "sealed", import_work.ROWS),
        *by_store(sealer, appeals=Appeal, codes=IssuedCode, journeys=Journey, colour_orders=ColourOrder),
    ]
