"""Purposes: what a person reads personal data for, asked once for an act and kept sealed, so that no address has it."""

from datetime import timedelta

from services.console.showing.texts import N_
from services.console.usecases import Deps, forms
from services.console.usecases.sessions import SignedIn

PURPOSE_MISSING = "request.purpose_missing"  # what a service answers that wants one
PATH = "/purposes"  # the form that is kept
PURPOSE_KEPT = timedelta(hours=1)
USUAL = (
    N_("contacts of a case"),
    N_("an alert at a gate"),
    N_("a breach of isolation"),
    N_("at the wish of the person"),
    N_("a complaint or an inspection"),
)


async def keep(deps: Deps, user: SignedIn, path: str, purpose: str) -> str:
    """Keep a purpose for an hour, while the session lasts, for the pages beside `path`; return the id of the act."""
    fields = [("page", path), ("purpose", purpose)]
    return await forms.keep(deps, user, PATH, fields, PURPOSE_KEPT)


async def find(deps: Deps, user: SignedIn, path: str, act: str) -> str:
    """Return the purpose of an act of this session; empty where it is kept no longer, or is for other pages."""
    form = await forms.waiting_form(deps, user, act) if act else None
    if form is None or form[0] != PATH:
        return ""
    fields = dict(form[1])
    return fields["purpose"] if _subject(fields["page"]) == _subject(path) else ""


def _subject(path: str) -> str:
    """Return what a page is about: the path above it, so that an act covers the pages about one person."""
    return path.partition("?")[0].rpartition("/")[0]
