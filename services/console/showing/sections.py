"""The sections of the console: for whom each is, the page it begins with, its key after `g`, and what belongs to it."""

from collections.abc import Set
from dataclasses import dataclass

from services.console.showing.texts import N_
from shared.web.roles import Role

_ALL = frozenset(Role)
_OFFICERS = frozenset({Role.CITY, Role.COMMUNITY, Role.DOCTOR})
_STAFF = _OFFICERS | {Role.GRID_WORKER}


@dataclass(frozen=True)
class Section:
    """A section of the console; `paths` are the beginnings of the addresses of its other pages."""

    path: str
    name: str
    key: str
    roles: frozenset[Role]
    paths: tuple[str, ...] = ()

    def has(self, path: str) -> bool:
        """Whether the page of an address belongs to the section."""
        if self.path == "/":
            return path == "/"
        return any(path == begin or path.startswith(f"{begin}/") for begin in (self.path, *self.paths))


SECTIONS = (
    Section("/", N_("Home"), "h", _ALL),
    Section("/people", N_("People"), "p", _STAFF, ("/rights",)),
    Section("/imports", N_("Rosters"), "i", _STAFF, ("/examinations",)),
    Section("/staff", N_("Staff"), "t", _STAFF | {Role.AUDITOR}, ("/keepers", "/welfare")),
    Section("/cases", N_("Cases"), "c", _STAFF),
    Section("/orders", N_("Colour orders"), "o", _OFFICERS),
    Section("/zones", N_("Zones"), "z", _STAFF),
    Section("/appeals", N_("Appeals"), "e", _STAFF, ("/code-rules",)),
    Section(
        "/journeys",
        N_("Journeys"),
        "j",
        _STAFF,
        ("/risk-regions", "/returns", "/returnee-reports", "/exits", "/desks", "/triages"),
    ),
    Section("/gates", N_("Gates"), "g", _STAFF, ("/devices", "/alerts", "/presence")),
    Section("/policies", N_("Rules at gates"), "r", _STAFF, ("/overrides",)),
    Section("/supply", N_("Supply"), "s", _STAFF | {Role.VOLUNTEER}),
    Section("/messages", N_("Messages"), "m", _STAFF | {Role.AUDITOR}),
    Section("/audit", N_("Audit"), "a", frozenset({Role.CITY, Role.AUDITOR})),
    Section("/services", N_("Services"), "v", frozenset({Role.OPERATOR})),
    Section("/dead-letters", N_("Dead letters"), "d", frozenset({Role.OPERATOR})),
    Section("/silent-devices", N_("Silent devices"), "q", frozenset({Role.OPERATOR})),
)


def sections_of(roles: Set[Role]) -> list[Section]:
    """Return the sections of a person with the roles."""
    return [section for section in SECTIONS if not section.roles.isdisjoint(roles)]
