"""Registration's store: one class of named queries for each thing it keeps."""

from collections.abc import Mapping, Sequence

from services.registration.store import (
    appeals,
    break_glass,
    cards,
    codes,
    contacts,
    examinations,
    groups,
    history,
    imports,
    journeys,
    orders,
    phones,
    places,
    residents,
    responsibility,
    staff,
    standings,
    undoing,
)
from shared.base.sealing import Sealer
from shared.store.mongo import Database, IndexModel

INDEXES: Mapping[str, Sequence[IndexModel]] = {
    **appeals.INDEXES,
    **break_glass.INDEXES,
    **cards.INDEXES,
    **codes.INDEXES,
    **examinations.INDEXES,
    **groups.INDEXES,
    **history.INDEXES,
    **contacts.INDEXES,
    **imports.INDEXES,
    **journeys.INDEXES,
    **orders.INDEXES,
    **places.INDEXES,
    **residents.INDEXES,
    **responsibility.INDEXES,
    **staff.INDEXES,
    **standings.INDEXES,
    **undoing.INDEXES,
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
        self.break_glass = break_glass.BreakGlasses(database, sealer)
        self.cards = cards.Cards(database)
        self.codes = codes.Codes(database, sealer)
        self.contacts = contacts.Contacts(database)
        self.examinations = examinations.Examinations(database, sealer)
        self.groups = groups.Groups(database, sealer)
        self.history = history.History(database)
        self.imports = imports.Imports(database)
        self.journeys = journeys.Journeys(database, sealer)
        self.orders = orders.Orders(database, sealer)
        self.periods = responsibility.Periods(database)
        self.phones_brought = phones.PhonesBrought(database)
        self.places = places.Places(database)
        self.residents = residents.Residents(database)
        self.staff = staff.Staff(database, sealer)
        self.standings = standings.Standings(database)
        self.undoing = undoing.Undoing(database, sealer)
