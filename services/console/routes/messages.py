"""Messages: what was sent to whom by which channel, each attempt, what failed and why, and sending again."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import receipts, views
from services.console.client.apis import ApiAway, ApiRefused, Value
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, STAFF, Acting, Person, Staffed, page_router
from services.console.routes.exports import answer_csv, gather_rows, state_export
from services.console.showing.texts import N_

STATES = ("all", "failed", "sending", "sent", "unread")
CHANNELS = ("sms", "email", "chat", "webhook")
DAYS = ("7", "30", "180")
ROWS, MOST_MEMBERS = 100, 20
_HEADING = (
    N_("Time"),
    N_("Recipient"),
    N_("Door"),
    N_("Phone"),
    N_("Kind of message"),
    N_("State"),
    N_("Channels"),
    N_("Read at"),
)

router = page_router()
IdQuery = Annotated[str, Query(max_length=64)]


class Wanted:
    """Which messages a list is of: by state, channel, days, and to whom; to the whole household where that is asked."""

    def __init__(self, state: str, channel: str, days: str, resident_id: str, household: str) -> None:
        self.state = state if state in STATES else "all"
        self.channel = channel if channel in CHANNELS else ""
        self.days = days if days in DAYS else DAYS[0]
        self.resident_id = resident_id
        self.household = household

    @property
    def fields(self) -> dict[str, str]:
        """The fields of its address and its export."""
        known = {"state": self.state, "channel": self.channel, "days": self.days}
        known |= {"resident_id": self.resident_id, "household": self.household}
        return {name: text for name, text in known.items() if text}

    def query(self, recipients: Sequence[str], after: str, limit: int) -> list[tuple[str, Value]]:
        """Return the parameters of the service's list."""
        of_copies = self.state if self.state in ("failed", "sending", "sent") else ""
        asked: list[tuple[str, Value]] = [("days", self.days), ("limit", limit), ("state", of_copies)]
        asked += [("channel", self.channel), ("unread", self.state == "unread" or None), ("after", after)]
        return asked + [("recipient_id", one) for one in recipients]


async def _members(visit: Staffed, wanted: Wanted) -> list[str]:
    """Return the residents whose messages are asked for: one, or all of the household."""
    if not wanted.resident_id:
        return []
    if not wanted.household:
        return [wanted.resident_id]
    path = f"/v1/residents/{wanted.resident_id}"
    resident = await visit.api.get("registration", path, views.Resident)
    kind = views.Page[views.ResidentItem]
    near = await visit.api.get("registration", "/v1/residents", kind, within=resident.area_path, limit=50)
    return [one.resident_id for one in near.items if one.household_id == resident.household_id][:MOST_MEMBERS]


async def _listed(
    visit: Staffed, wanted: Wanted, after: str, limit: int
) -> tuple[views.Page[receipts.Receipt], dict[str, views.Named]]:
    recipients = await _members(visit, wanted)
    query = wanted.query(recipients, after, limit)
    page = await visit.api.get_by("notification", "/v1/messages/sent", views.Page[receipts.Receipt], query)
    return page, await _names(visit, [*page.items], wanted.resident_id)


async def _names(visit: Staffed, rows: Sequence[receipts.Receipt], resident_id: str = "") -> dict[str, views.Named]:
    ids = [one.person_id for one in rows if one.is_for_resident]
    return await visit.names([*ids, *([resident_id] if resident_id else [])])


@router.get("/messages")
async def list_messages(
    visit: Person,
    state: str = "all",
    channel: str = "",
    days: str = "7",
    resident_id: IdQuery = "",
    household: str = "",
    after: str = "",
) -> HTMLResponse:
    """Show the messages of the area of the last days, or those to a resident or a household."""
    wanted = Wanted(state, channel, days, resident_id, household)
    page, named = await _listed(visit, wanted, after, ROWS)
    facts = {"page": page, "named": named, "wanted": wanted, "after": after, "may_export": visit.is_one_of(STAFF)}
    return visit.page("messages/list.html", states=STATES, channels=CHANNELS, spans=DAYS, **facts)


@router.post("/messages.csv")
async def export_messages(visit: Acting) -> Response:
    """Return the list as .csv, as it is on the page; the export is stated first."""
    await state_export(visit, "messages")
    wanted = Wanted(*(visit.value(name) for name in ("state", "channel", "days", "resident_id", "household")))

    async def read(after: str) -> tuple[Sequence[list[object]], str | None]:
        page, named = await _listed(visit, wanted, after, 500)
        return [_cells(visit, one, named.get(one.person_id)) for one in page.items], page.next

    listed = await gather_rows(read)
    return answer_csv(visit, "messages", _HEADING, listed.rows, listed.is_cut)


def _cells(visit: Staffed, one: receipts.Receipt, named: views.Named | None) -> list[object]:
    at = visit.deps.pages.local(one.created_at)
    who = [named.name, named.door, named.phone] if named else [one.recipient_id, "", ""]
    channels = "; ".join(f"{visit.word('channel', c.channel)} {visit.word('copy_state', c.state)}" for c in one.copies)
    read = f"{visit.deps.pages.local(one.read_at):%Y-%m-%d %H:%M}" if one.read_at else ""
    words = [visit.word("template", one.template), visit.word("copy_state", one.state)]
    return [f"{at:%Y-%m-%d %H:%M}", *who, *words, channels, read]


@router.get("/messages/{message_id}")
async def show(visit: Person, message_id: str, again: str = "") -> HTMLResponse:
    """Show one message: to whom, by which channels, each attempt, and why one failed."""
    return await _show(visit, message_id, again=again)


async def _show(
    visit: Staffed, message_id: str, problem: str | None = None, status: int = 200, again: str = ""
) -> HTMLResponse:
    message = await visit.api.get("notification", f"/v1/messages/{message_id}", receipts.Receipt)
    names = await _names(visit, [message])
    facts = {"message": message, "named": names.get(message.person_id), "may_resend": visit.is_one_of(OFFICE)}
    return visit.page("messages/message.html", status, problem=problem, again=again, **facts)


@router.post("/messages/{message_id}/resend")
async def resend(visit: Acting, message_id: str) -> Response:
    """Have a failed copy sent again."""
    channel = visit.value("channel")
    try:
        path = f"/v1/messages/{message_id}/resend"
        await visit.api.post("notification", path, receipts.Receipt, {"channel": channel})
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, message_id, problem_text(visit, error), error.status)
    return visit.go(f"/messages/{message_id}?again={channel if channel in CHANNELS else ''}")
