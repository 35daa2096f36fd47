"""Searches for people: kept sealed in the session, so that an address names an id and no person."""

from dataclasses import dataclass

from services.console.domain.sessions import SEARCH_KEPT
from services.console.usecases import Deps, forms
from services.console.usecases.sessions import SignedIn

PATH = "/people"  # the form that is kept


@dataclass(frozen=True)
class Search:
    """What is searched for, the beginning of a name or an ID number, and the area path within which; both may be ""."""

    q: str
    within: str


async def keep(deps: Deps, user: SignedIn, search: Search) -> str:
    """Keep a search for some hours, while the session lasts, and return its id."""
    return await forms.keep(deps, user, PATH, [("q", search.q), ("within", search.within)], SEARCH_KEPT)


async def find(deps: Deps, user: SignedIn, search_id: str) -> Search | None:
    """Return a search of this session; None where it is kept no longer, or is another session's."""
    form = await forms.waiting_form(deps, user, search_id)
    if form is None or form[0] != PATH:
        return None
    fields = dict(form[1])
    return Search(fields["q"], fields["within"])
