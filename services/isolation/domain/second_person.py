"""Rules of the second person: what rests on one person's word is confirmed by another within hours, or it ends (R3.1).

A case ends, an extension is dropped, a referral returns to observation.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from services.isolation.domain.cases import Asked, Case, ExtensionAsked, extend, longest, require_open
from shared.base.errors import Conflict
from shared.base.persons import same_person
from shared.events.isolation import CaseState

REPEATED_WITHIN = timedelta(days=7)


def confirm(case: Case, by: str) -> Case:
    """Let count what another person alone ordered, declared or reported of a case; its days stay as they are.

    Raises `Conflict` to the person on whose word all of it rests, and where nothing waits.
    """
    if case.state is not CaseState.PLANNED:
        require_open(case)
    own = same_person(by, case.proposed_by) or same_person(by, case.ordered_by)
    confirmed = replace(case, confirmed_by=by) if case.waits and not own else case
    if confirmed.referral and not same_person(by, confirmed.referral.by):
        confirmed = replace(confirmed, referral=None)
    if confirmed == case and not confirmable(case, by):
        if own or case.referral or case.extensions_asked:
            text = "The person on whose word the case rests does not confirm it: ask a colleague"
            raise Conflict("isolation.own_order", text)
        raise Conflict("isolation.confirmed", "The case waits for no second person: it is confirmed, or needs none")
    return confirmed


def fall_back(case: Case, stated_by: str | None, now: datetime) -> Case:
    """Return the case with the person whose word fell back."""
    return replace(case, unconfirmed=(*case.unconfirmed, Asked(stated_by, now))) if stated_by else case


def is_spent(case: Case, by: str | None, now: datetime) -> bool:
    """Whether the person's word about this case fell back lately: again it has no effect, or it would never end."""
    return any(same_person(one.by, by) and now - one.at < REPEATED_WITHIN for one in case.unconfirmed)


def ask_to_extend(case: Case, asked: ExtensionAsked) -> Case:
    """Return the case with the request that it lasts longer, in place of an earlier one of the same id.

    Raises `Conflict` where the case is not open, `Invalid` beyond the longest case.
    """
    extend(case, _later(case, asked))
    others = tuple(one for one in case.extensions_asked if one.extension_id != asked.extension_id)
    return replace(case, extensions_asked=(*others, asked))


def confirmable(case: Case, by: str) -> list[ExtensionAsked]:
    """Return the requested extensions that this person may confirm: those of others."""
    return [one for one in case.extensions_asked if not same_person(by, one.by)]


def confirm_extension(case: Case, asked: ExtensionAsked, by: str) -> Case:
    """Let the case last as long as was asked for, at most as long as any case."""
    known = ((asked.extension_id, asked.days),) if asked.days else ()
    longer = drop_extension(extend(case, min(_later(case, asked), longest(case))), asked.extension_id)
    return replace(longer, extensions=(*case.extensions, *known), extended_by=by)


def drop_extension(case: Case, extension_id: str) -> Case:
    """Return the case without a request that no second person confirmed in time, or that is granted."""
    return replace(
        case, extensions_asked=tuple(one for one in case.extensions_asked if one.extension_id != extension_id)
    )


def _later(case: Case, asked: ExtensionAsked) -> date:
    return max(case.ends_on, asked.until or case.ends_on + timedelta(days=asked.days))


def asks(case: Case, by: str, now: datetime, within: timedelta) -> bool:
    """Whether an officer's withdrawal waits for a second officer: none has asked within the time, or only this one."""
    asked = case.cancellation
    return asked is None or now >= asked.at + within or same_person(asked.by, by)


def ask_to_cancel(case: Case, by: str, now: datetime, within: timedelta) -> Case:
    """Return the case with the request to withdraw it; the same officer again within the time changes nothing."""
    if case.state is not CaseState.PLANNED:
        require_open(case)
    if case.cancellation and same_person(case.cancellation.by, by) and now < case.cancellation.at + within:
        return case
    return replace(case, cancellation=Asked(by, now))
