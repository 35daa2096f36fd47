"""Dead letters over HTTP, the same in every service: listed, replayed and given up by operators (ADR 34).

No answer holds a record's value or its key, which may name people: a file shows which fields there are.
"""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field, StringConstraints

from shared.base.errors import DomainError, NotFound
from shared.base.normal_form import fold
from shared.bus.kafka import UnknownTopic
from shared.bus.letter_book import LetterState, Look
from shared.bus.letter_decisions import Decided, LetterDecisions
from shared.bus.letter_reading import letters_from
from shared.envelope.shapes import Shape, shape_of
from shared.store.faults import SERVER_ERRORS
from shared.store.mongo import Document
from shared.web.http import api_router, language_for
from shared.web.language import ZH
from shared.web.operators import Operator
from shared.web.pages import Listing, Page, following_time, listed
from shared.web.problems import chinese_of
from shared.web.request_body import Body
from shared.web.texts import typed

MOST = 100

LetterId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}-[0-9]{1,18}-[0-9]{1,18}$")]
TopicFilter = Annotated[str, StringConstraints(pattern=r"^[\w.-]{0,120}$")]
Why = Annotated[str, typed(fold), StringConstraints(min_length=4, max_length=300)]


class DeadLetterView(BaseModel):
    """A dead letter: `topic`, `partition` and `offset` are where its record stood, -1 for work that was never there.

    `event_type`, `event_id` and `correlation_id` are empty where the record's are not of the platform's form.
    """

    letter_id: str
    topic: str
    partition: int
    offset: int
    group: str
    handler: str
    reason: str
    message: str
    event_type: str
    event_id: str
    correlation_id: str
    size: int
    at: datetime
    state: LetterState
    decided_by: str
    decided_at: datetime | None
    why: str
    settled_at: datetime | None


class FieldView(BaseModel):
    """A field that the contract names: what kind of value stands there, and its length; never the value."""

    name: str
    kind: str
    size: int | None
    is_required: bool


class PayloadView(BaseModel):
    """What the record's value looks like. `others` counts fields that the contract does not name.

    `problem` is `not_json`, `no_object`, `empty`, `gone` (the bus keeps it no longer), `away` (the bus does not answer)
    or empty.
    """

    problem: str
    fields: list[FieldView]
    others: int


class DeadLetterFile(DeadLetterView):
    """A dead letter with the shape of its record's value."""

    payload: PayloadView


class DeadLetterPage(Page[DeadLetterView]):
    """A page of the list. `read`: the bus answered, with `behind` records that are not listed yet."""

    read: bool
    behind: int
    waiting: int


class RefusedView(BaseModel):
    """A letter on which a decision was refused, and why."""

    letter_id: str
    code: str
    detail: str


class DecidedView(BaseModel):
    """The letters as they stand after a decision, and those on which it was refused."""

    items: list[DeadLetterView]
    refused: list[RefusedView]


class LettersBody(Body):
    """Letters of one service."""

    letter_ids: Annotated[list[LetterId], Field(min_length=1, max_length=MOST)]


class GiveUpBody(LettersBody):
    """Letters to give up, and why."""

    reason: Why


async def _letters(request: Request) -> LetterDecisions:
    letters: LetterDecisions = request.app.state.letters
    return letters


Letters = Annotated[LetterDecisions, Depends(_letters)]

router = api_router("operators", about="The state of the service, and the records that it could not handle.")


@router.get("/dead-letters")
async def list_dead_letters(
    letters: Letters,
    _: Operator,
    listing: Annotated[Listing, listed("-at", "at")],
    state: LetterState | None = None,
    topic: TopicFilter = "",
) -> DeadLetterPage:
    """List the records that this service could not handle, as usual the newest first."""
    look: Look = await letters.book.look()
    asked = state, topic, listing.descends, listing.after_time, listing.limit
    rows = await letters.book.page(*asked)
    last = following_time(rows[-1]["at"], rows[-1]["_id"]) if len(rows) == listing.limit else None
    page = listing.page(map(_view, rows), last)
    waiting = await letters.book.count(LetterState.WAITING)
    return DeadLetterPage(items=page.items, next=page.next, read=look.answered, behind=look.behind, waiting=waiting)


@router.get("/dead-letters/{letter_id}")
async def show_dead_letter(letter_id: LetterId, letters: Letters, _: Operator) -> DeadLetterFile:
    """Show a dead letter, and which fields its record has."""
    row = await letters.book.get(letter_id)
    if row is None:
        raise NotFound("dead_letters.unknown", "This service has no such dead letter: open the list again")
    shape = await _shape(letters, row)
    payload = PayloadView(
        problem=shape.problem,
        fields=[FieldView(**field._asdict()) for field in shape.fields],
        others=shape.others,
    )
    return DeadLetterFile(**_view(row).model_dump(), payload=payload)


async def _shape(letters: LetterDecisions, row: Document) -> Shape:
    try:
        async with letters_from(letters.book.bootstrap, letters.book.topic) as reader:
            letter = (await reader.find([row["_id"]])).get(row["_id"])
    except (*SERVER_ERRORS, UnknownTopic, TimeoutError):
        return Shape("away", [], 0)
    return shape_of(letter.record, row["event_type"]) if letter else Shape("gone", [], 0)


@router.post("/dead-letters/replay")
async def replay_dead_letters(body: LettersBody, letters: Letters, caller: Operator, request: Request) -> DecidedView:
    """Have this service, and no other, handle records again; a letter that was replayed stays as it is."""
    return _decided(await letters.replay(body.letter_ids, caller.subject), language_for(request))


@router.post("/dead-letters/give-up")
async def give_up_dead_letters(body: GiveUpBody, letters: Letters, caller: Operator, request: Request) -> DecidedView:
    """Leave records unhandled for good, for a reason; a letter that was given up stays as it is."""
    return _decided(await letters.give_up(body.letter_ids, caller.subject, body.reason), language_for(request))


def _decided(decided: Decided, language: str) -> DecidedView:
    refused = [
        RefusedView(letter_id=one.letter_id, code=one.error.code, detail=_detail(one.error, language))
        for one in decided.refused
    ]
    return DecidedView(items=list(map(_view, decided.rows)), refused=refused)


def _detail(error: DomainError, language: str) -> str:
    chinese = chinese_of(error.code, error.details) if language == ZH else None
    return chinese or error.message


def _view(row: Document) -> DeadLetterView:
    return DeadLetterView(
        letter_id=row["_id"],
        correlation_id=row["correlation"],
        decided_by=row.get("decided_by", ""),
        decided_at=row.get("decided_at"),
        why=row.get("why", ""),
        settled_at=row.get("settled_at"),
        **{name: row[name] for name in _SAME},
    )


_SAME = (
    "topic",
    "partition",
    "offset",
    "group",
    "handler",
    "reason",
    "message",
    "event_type",
    "event_id",
    "size",
    "at",
    "state",
)
