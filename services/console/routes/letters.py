"""Dead letters, for operators: what no service could handle, replayed or given up; the services decide and record."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client.apis import ApiAway, ApiRefused
from services.console.client.operators import Decided, Letter, LetterFile, Letters
from services.console.routes.answers import problem_text
from services.console.routes.callers import Acting, Person, Staffed, page_router
from services.console.routes.exports import answer_csv
from services.console.showing.operator_words import ADVICE, LETTER_STATES, USUAL_ADVICE
from services.console.showing.texts import N_

ROWS, EXPORTED = 50, 1_000
STATES = tuple(LETTER_STATES)
LIST = "/v1/dead-letters"

router = page_router()
Word = Annotated[str, Query(max_length=120)]


@dataclass(frozen=True)
class Wanted:
    """Which letters a list shows: of one service or all, in one state or all, of one topic or all."""

    service: str = ""
    state: str = "waiting"
    topic: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """What a form of the list carries."""
        return {"service": self.service, "state": self.state, "topic": self.topic}


@dataclass(frozen=True)
class Row:
    """A letter and the service that could not handle its record."""

    service: str
    letter: Letter


@dataclass(frozen=True)
class Listed:
    """The rows of a list, the newest first; `following` leads to the next page of one service.

    `has_more`: services have more than is shown. `away`: why services did not answer.
    """

    rows: Sequence[Row]
    following: str | None
    has_more: bool
    away: Sequence[str]

    @property
    def has_waiting(self) -> bool:
        """Whether a letter of the list can be chosen."""
        return any(row.letter.state == "waiting" for row in self.rows)


async def _find(visit: Staffed, wanted: Wanted, after: str, limit: int) -> Listed:
    names = [wanted.service] if wanted.service in visit.deps.apis.names else visit.deps.apis.names
    away: list[str] = []
    state = "" if wanted.state == "all" else wanted.state

    async def one(name: str) -> Letters | None:
        position = after if len(names) == 1 else ""
        try:
            listed = await visit.api.get(
                name, LIST, Letters, state=state, topic=wanted.topic.strip(), after=position, limit=limit
            )
        except ApiAway as error:
            away.append(problem_text(visit, error))
            return None
        if not listed.read or listed.behind:
            text = N_("%(service)s cannot read all its dead letters now: the list may lack the newest.")
            away.append(visit.text(text, service=visit.word("service", name)))
        return listed

    pages = dict(zip(names, await asyncio.gather(*map(one, names)), strict=True))
    rows = [Row(name, letter) for name, page in pages.items() if page for letter in page.items]
    rows.sort(key=lambda row: row.letter.at, reverse=True)
    following = [page.next for page in pages.values() if page and page.next]
    return Listed(rows, following[0] if following and len(names) == 1 else None, bool(following), away)


@router.get("/dead-letters")
async def list_letters(
    visit: Person, service: Word = "", state: Word = "waiting", topic: Word = "", after: str = ""
) -> HTMLResponse:
    """Show dead letters; at first those of all services that wait for a decision."""
    return await _list(visit, _wanted(service, state, topic), after)


def _wanted(service: str, state: str, topic: str) -> Wanted:
    return Wanted(service, state if state in (*STATES, "all") else "waiting", topic)


async def _list(
    visit: Staffed, wanted: Wanted, after: str = "", problem: str | None = None, status: int = 200
) -> HTMLResponse:
    listed = await _find(visit, wanted, after, ROWS)
    facts = {"services": visit.deps.apis.names, "states": STATES, "problem": problem}
    return visit.page("operators/letters.html", status, listed=listed, wanted=wanted, **facts)


@router.post("/dead-letters.csv")
async def export(visit: Acting) -> Response:
    """Return the letters of a list as a file."""
    wanted = _wanted(visit.value("service"), visit.value("state"), visit.value("topic"))
    listed = await _find(visit, wanted, "", EXPORTED)
    heading = (
        N_("When"),
        N_("Service"),
        N_("Topic"),
        N_("Partition"),
        N_("Offset"),
        N_("Event"),
        N_("Cause"),
        N_("Error text"),
        N_("State"),
        N_("Decided by"),
        N_("Reason"),
    )
    rows = [
        (
            f"{visit.deps.pages.local(one.at):%Y-%m-%d %H:%M:%S}",
            visit.word("service", row.service),
            one.topic,
            one.partition,
            one.offset,
            one.event_type,
            visit.word("letter_reason", one.reason),
            one.message,
            visit.word("letter_state", one.state),
            one.decided_by,
            one.why,
        )
        for row in listed.rows
        for one in (row.letter,)
    ]
    return answer_csv(visit, "dead-letters", heading, rows, listed.has_more)


@router.post("/dead-letters/replay")
async def replay_chosen(visit: Acting) -> Response:
    """Replay the letters that were chosen in a list, in one call for each service."""
    wanted = _wanted(visit.value("service"), visit.value("state"), visit.value("topic"))
    chosen: dict[str, list[str]] = {}
    for value in visit.values("letter"):
        service, _, letter_id = value.partition("/")
        chosen.setdefault(service, []).append(letter_id)
    if not chosen:
        return await _list(visit, wanted, problem=visit.text(N_("Choose the letters to replay first.")), status=422)
    problems: list[str] = []
    for service, letter_ids in chosen.items():
        try:
            body = {"letter_ids": letter_ids}
            decided = await visit.api.post(service, f"{LIST}/replay", Decided, body)
            problems += [one.detail for one in decided.refused]
        except (ApiRefused, ApiAway) as error:
            problems.append(problem_text(visit, error))
    if problems:
        return await _list(visit, wanted, problem=" ".join(dict.fromkeys(problems)), status=409)
    return visit.go("/dead-letters?state=all" + (f"&service={wanted.service}" if wanted.service else ""))


@router.get("/dead-letters/{service}/{letter_id}")
async def show(visit: Person, service: str, letter_id: str) -> HTMLResponse:
    """Show a dead letter."""
    return await _show(visit, service, letter_id)


async def _show(
    visit: Staffed, service: str, letter_id: str, problem: str | None = None, status: int = 200
) -> HTMLResponse:
    letter = await visit.api.get(service, f"{LIST}/{letter_id}", LetterFile)
    advice = ADVICE.get(letter.reason, USUAL_ADVICE)
    facts = {"service": service, "letter": letter, "advice": advice, "reason": visit.value("reason")}
    return visit.page("operators/letter.html", status, problem=problem, **facts)


async def _decide(
    visit: Staffed, service: str, letter_id: str, step: Literal["replay", "give-up"], **more: str
) -> Response:
    body = {"letter_ids": [letter_id], **more}
    try:
        decided = await visit.api.post(service, f"{LIST}/{step}", Decided, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, service, letter_id, problem_text(visit, error), error.status)
    if decided.refused:
        return await _show(visit, service, letter_id, decided.refused[0].detail, 409)
    return visit.go(f"/dead-letters/{service}/{letter_id}")


@router.post("/dead-letters/{service}/{letter_id}/replay")
async def replay(visit: Acting, service: str, letter_id: str) -> Response:
    """Have the service handle the record again; a second click changes nothing."""
    return await _decide(visit, service, letter_id, "replay")


@router.post("/dead-letters/{service}/{letter_id}/give-up")
async def give_up(visit: Acting, service: str, letter_id: str) -> Response:
    """Leave the record unhandled for good."""
    return await _decide(visit, service, letter_id, "give-up", reason=visit.value("reason"))
