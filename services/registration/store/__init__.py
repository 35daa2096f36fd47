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
    employers,
    examinations,
    exits,
    groups,
    hashes,
    history,
    import_mappings,
    imports,
    journeys,
    orders,
    place_moves,
    places,
    plates,
    rentals,
    residents,
    responsibility,
    returnee_reports,
    returns,
    rights,
    searched,
    staff,
    standings,
    triage,
    undoing,
    venues,
    welfare,
    zones,
)
from shared.base.sealing import Sealer
from shared.store.mongo import Database, IndexModel
from shared.store.person_keys import PersonKeys

INDEXES: Mapping[str, Sequence[IndexModel]] = {
    **appeals.INDEXES,
    **break_glass.INDEXES,
    **cards.INDEXES,
    **code_rules.INDEXES,
    **codes.INDEXES,
    **duplicates.INDEXES,
    **employers.INDEXES,
    **examinations.INDEXES,
    **exits.INDEXES,
    **groups.INDEXES,
    **history.INDEXES,
    **contacts.INDEXES,
    **import_mappings.INDEXES,
    **imports.INDEXES,
    **journeys.INDEXES,
    **orders.INDEXES,
    **place_moves.INDEXES,
    **places.INDEXES,
    **plates.INDEXES,
    **rentals.INDEXES,
    **residents.INDEXES,
    **responsibility.INDEXES,
    **staff.INDEXES,
    **returnee_reports.INDEXES,
    **returns.INDEXES,
    **rights.INDEXES,
    **standings.INDEXES,
    **triage.INDEXES,
    **undoing.INDEXES,
    **venues.INDEXES,
    **welfare.INDEXES,
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
        self.duplicates = duplicates.Duplicates(database, sealer)
        self.employees = employers.Employees(database, sealer)
        self.employers = employers.Employers(database, sealer)
        self.person_keys = PersonKeys(database, sealer)
        self.contacts = contacts.Contacts(database, self.person_keys)
        self.examinations = examinations.Examinations(database, sealer)
        self.exits = exits.Exits(database, sealer)
        self.groups = groups.Groups(database, sealer)
        self.history = history.History(database, self.person_keys)
        self.import_mappings = import_mappings.ImportMappings(database, sealer)
        self.imports = imports.Imports(database)
        self.journeys = journeys.Journeys(database, sealer)
        self.orders = orders.Orders(database, sealer)
        self.hashes_brought = hashes.HashesBrought(database)
        self.periods = responsibility.Periods(database)
        self.place_moves = place_moves.PlaceMoves(database, sealer)
        self.places = places.Places(database)
        self.plates = plates.Plates(database)
        self.rentals = rentals.Rentals(database, sealer)
        self.residents = residents.Residents(database, self.person_keys)
        self.searched = searched.Searched(database, self.residents.files)
        self.staff = staff.Staff(database, sealer)
        self.returnee_reports = returnee_reports.ReturneeReports(database, sealer)
        self.returns = returns.Returns(database, sealer)
        self.rights = rights.RightsRequests(database, sealer)
        self.standings = standings.Standings(database)
        self.triages = triage.Triages(database)
        self.undoing = undoing.Undoing(database, sealer)
        self.vehicles = venues.Vehicles(database, sealer)
        self.venues = venues.Venues(database, sealer)
        self.welfare = welfare.Welfare(database, sealer)
        self.zones = zones.Zones(database, sealer)
