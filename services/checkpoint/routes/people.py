"""Of whom an answer about gates speaks: the auditors of a person are those of the home, not of the gate."""

from collections.abc import Iterable

from services.checkpoint.usecases import Deps
from shared.web.disclosures import Read


def people_of(deps: Deps, residents: Iterable[str | None], path: str) -> list[Read]:
    """Return the residents and their homes; `path` stands for a home that the gates do not know."""
    return [Read(one, deps.known.credentials.home(one) or path) for one in residents if one]
