"""Registration's store: one class of named queries for each thing it keeps."""

from collections.abc import Mapping, Sequence

from services.registration.store import (
    appeals,
    cards,
    codes,
    contacts,
    imports,
    journeys,
    orders,
    places,
    residents,
    standings,
)
from shared.base.sealing import Sealer
from shared.store.mongo import Database, IndexModel

INDEXES: Mapping[str, Sequence[IndexModel]] = {
    **appeals.INDEXES,
    **cards.INDEXES,
    **codes.INDEXES,
    **imports.INDEXES,
    **journeys.INDEXES,
    **orders.INDEXES,
    **places.INDEXES,
    **residents.INDEXES,
    **standings.INDEXES,
}
RETIRED_INDEXES: Mapping[str, Sequence[str]] = {
    **appeals.RETIRED_INDEXES,
    **places.RETIRED_INDEXES,
    **residents.RETIRED_INDEXES,
}


class Store:
    """What registration keeps, by what it is about."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self.appeals = appeals.Appeals(database, sealer)
        self.cards = cards.Cards(database)
        self.codes = codes.Codes(database, sealer)
        self.contacts = contacts.Contacts(database)
        self.imports = imports.Imports(database)
        self.journeys = journeys.Journeys(database, sealer)
        self.orders = orders.Orders(database, sealer)
        self.places = places.Places(database)
        self.residents = residents.Residents(database)
        self.standings = standings.Standings(database)
