"""Forms that wait while their sender signs in again: kept sealed, and shown again to be confirmed."""

import json
from collections.abc import Sequence
from datetime import timedelta

from services.console.domain.sessions import FORM_KEPT, KeptForm
from services.console.usecases import Deps
from services.console.usecases.sessions import SignedIn
from shared.base.ids import new_id

Fields = Sequence[tuple[str, str]]


async def keep(deps: Deps, user: SignedIn, path: str, fields: Fields, length: timedelta = FORM_KEPT) -> str:
    """Keep a form for so long, while its session lasts, and return its id."""
    form = KeptForm(
        form_id=new_id(),
        session_id=user.session.session_id,
        subject=user.session.subject,
        path=path,
        expires_at=deps.now() + length,
        fields=json.dumps(list(fields), ensure_ascii=False),
    )
    await deps.store.keep_form(form)
    return form.form_id


async def waiting_form(deps: Deps, user: SignedIn, form_id: str) -> tuple[str, Fields] | None:
    """Return the path and the fields of a form that waits for this session; None for any other."""
    form = await deps.store.form(form_id)
    if form is None or form.session_id != user.session.session_id or deps.now() >= form.expires_at:
        return None
    return form.path, [(name, value) for name, value in json.loads(form.fields)]
