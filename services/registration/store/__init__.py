"""Registration's store: one class of named queries for each thing it keeps."""

from collections.abc import Mapping, Sequence

from services.registration.store import (
    appeals,
    break_glass,
    cards,
    code_rules,
    codes,
    contacts,
    duplicates,
    examinations,
    groups,
    hashes,
    history,
    imports,
    journeys,
    orders,
    places,
    plates,
    residents,
    responsibility,
    returnee_reports,
    returns,
    staff,
    standings,
    undoing,
    zones,
)
from shared.base.sealing import Sealer
from shared.store.mongo import Database, IndexModel

INDEXES: Mapping[str, Sequence[IndexModel]] = {
    **appeals.INDEXES,
    **break_glass.INDEXES,
    **cards.INDEXES,
    **code_rules.INDEXES,
    **codes.INDEXES,
    **duplicates.INDEXES,
    **examinations.INDEXES,
    **groups.INDEXES,
    **history.INDEXES,
    **contacts.INDEXES,
    **imports.INDEXES,
    **journeys.INDEXES,
    **orders.INDEXES,
    **places.INDEXES,
    **plates.INDEXES,
    **residents.INDEXES,
    **responsibility.INDEXES,
    **staff.INDEXES,
    **returnee_reports.INDEXES,
    **returns.INDEXES,
    **standings.INDEXES,
    **undoing.INDEXES,
    **zones.INDEXES,
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
        self.code_rules = code_rules.CodeRulesStore(database)
        self.codes = codes.Codes(database, sealer)
        self.contacts = contacts.Contacts(database)
        self.duplicates = duplicates.Duplicates(database, sealer)
        self.examinations = examinations.Examinations(database, sealer)
        self.groups = groups.Groups(database, sealer)
        self.history = history.History(database)
        self.imports = imports.Imports(database)
        self.journeys = journeys.Journeys(database, sealer)
        self.orders = orders.Orders(database, sealer)
        self.hashes_brought = hashes.HashesBrought(database)
        self.periods = responsibility.Periods(database)
        self.places = places.Places(database)
        self.plates = plates.Plates(database)
        self.residents = residents.Residents(database)
        self.staff = staff.Staff(database, sealer)
        self.returnee_reports = returnee_reports.ReturneeReports(database, sealer)
        self.returns = returns.Returns(database, sealer)
        self.standings = standings.Standings(database)
        self.undoing = undoing.Undoing(database, sealer)
        self.zones = zones.Zones(database, sealer)
