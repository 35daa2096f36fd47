"""Forms that were sent before a step-up: shown again, filled, to be confirmed."""

from fastapi.responses import Response

from services.console.routes.callers import Person, page_router
from services.console.showing.texts import N_
from services.console.usecases import forms

router = page_router()


@router.get("/forms/{form_id}")
async def confirm(visit: Person, form_id: str) -> Response:
    """Show a form again that waited for its sender to sign in."""
    kept = await forms.waiting_form(visit.deps, visit.user, form_id)
    if kept is None:
        text = N_("The form waited too long, or belongs to another session. Open its page and fill it in again.")
        return visit.page("plain.html", 404, title=N_("The form is no longer here"), text=text, again=False)
    path, fields = kept
    return visit.page("confirm.html", path=path, fields=fields)
