"""The auditor's pages: readings of all services in one order, the log of acts, and looking a person up."""

import csv
import io
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.console.client.audit import Reading
from services.console.domain.joining import Part, Position, Positions, join
from tests.console import office
from tests.console.answers import RESIDENT
from tests.console.conftest import Console
from tests.console.office import VERIFIES, page, reading

UNTIL = datetime(2026, 2, 10, 8, tzinfo=UTC)


@pytest.fixture
def auditing(console: Console) -> Console:
    """A console whose services answer, and an auditor."""
    console.services.answers |= office.ANSWERS
    console.provider.person.roles = ("auditor",)
    return console


def away(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


async def test_every_page_is_rendered_in_both_languages_and_escaped(auditing: Console) -> None:
    for language, word in (("zh", "审计"), ("en", "Audit")):
        browser = await auditing.browser(language).signed_in()
        for path in office.AUDIT_PAGES:
            answer = await browser.client.get(path)
            assert (answer.status_code, word in answer.text) == (200, True), (path, answer.text[-500:])
            assert "<i>contacts" not in answer.text


def read(service: str, count: int) -> list[Reading]:
    """Return readings of a service, the newest first; each service has some at the same instants."""
    times = (UNTIL - timedelta(minutes=number // 2 * (1 + len(service) % 3)) for number in range(count))
    return [Reading.model_validate(reading(at, str(time), reader=service)) for at, time in enumerate(times)]


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_the_pages_of_a_joined_list_hold_everything_once_in_the_order_of_times(limit: int) -> None:
    lists = {"a": read("a", 9), "bb": read("bb", 4), "ccc": read("ccc", 0), "dddd": read("dddd", 12)}
    positions: Positions | None = Positions(UNTIL, {})
    seen: list[tuple[str, Reading]] = []
    while positions is not None:
        parts = {}
        for name, items in lists.items():
            position = positions.at(name)
            start = int(position.cursor or 0)
            end = start + limit + position.skipped
            chosen = [] if position.cursor is None else items[start:end]
            parts[name] = Part(position, chosen, str(end) if len(chosen) == end - start else None)
        joined = join(UNTIL, parts, (), limit)
        seen += joined.rows
        positions = Positions.read(joined.following.text()) if joined.following else None
    assert len(seen) == 25
    for name, items in lists.items():
        assert [one.reading_id for service, one in seen if service == name] == [one.reading_id for one in items]
    times = [one.at for _, one in seen]
    assert times == sorted(times, reverse=True)


def test_a_list_that_is_away_goes_on_later_where_it_was() -> None:
    there = Part(Position(), read("a", 2), "2")
    joined = join(UNTIL, {"a": there}, [("bb", Position("x", 3))], 1)
    assert joined.following is not None
    assert joined.following.of == {"a": Position("", 1), "bb": Position("x", 3)}


@pytest.mark.parametrize("text", ["x", "", "W10", "bnVsbA", "WyJ4Iiwge31d", "WyIyMDI2LTAxLTAxIiwge31d"])
def test_a_text_that_holds_no_positions_is_none(text: str) -> None:
    assert Positions.read(text) is None


async def test_the_list_names_the_services_that_do_not_answer_and_so_does_its_export(auditing: Console) -> None:
    def readings(request: httpx.Request) -> httpx.Response:
        if request.url.host == "isolation":
            return away(request)
        at = {"registration": "2026-02-10T01:00:00Z", "supply": "2026-02-10T02:00:00Z"}.get(request.url.host)
        return httpx.Response(200, json=page(reading(1, at, reader=request.url.host)) if at else page())

    auditing.services.answers["GET /v1/readings"] = readings
    browser = await auditing.browser("en").signed_in()
    text = (await browser.client.get(f"/audit/readings?subject={RESIDENT}")).text
    assert "This list is not complete." in text
    assert "their readings are missing: Isolation." in text
    assert text.index("reader=supply") < text.index("reader=registration"), "the newest comes first"
    assert "=王伟" in text
    (named,) = [one for one in auditing.services.asked if one.url.path == "/v1/residents/names"]
    assert named.headers["lastmetre-purpose"] == "audit%20of%20readings"
    answer = await browser.post("/audit/readings.csv", subject=RESIDENT)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == ["supply", "registration", ""]
    assert rows[-1][0] == "does not answer: its readings are missing"


async def test_days_are_those_of_the_city(auditing: Console) -> None:
    browser = await auditing.browser().signed_in()
    await browser.client.get("/audit/readings?reader=office-liu&since=2025-02-01&until=2025-02-02")
    asked = [one.url.params for one in auditing.services.asked if one.url.path == "/v1/readings"]
    assert {(one["since"], one["until"]) for one in asked} == {
        ("2025-02-01T00:00:00+08:00", "2025-02-03T00:00:00+08:00")
    }
    assert len(asked) == 5


async def test_a_person_is_looked_up_without_a_name_in_an_address(auditing: Console) -> None:
    browser = await auditing.browser("en").signed_in()
    answer = await browser.post("/audit/people", q="王伟")
    assert answer.headers["location"].startswith("/audit/people?search=")
    text = (await browser.follow(answer)).text
    assert f'<a href="/audit/readings?subject={RESIDENT}"><strong>=王伟</strong></a>' in text
    assert 'value="王伟"' in text


async def test_the_log_of_acts_marks_what_was_changed_and_says_what_to_do(auditing: Console) -> None:
    browser = await auditing.browser("en").signed_in()
    text = (await browser.client.get("/audit/acts?service=isolation")).text
    for part in ("isolation opened", "doctor-chen", "The entry is gone", "changed or gone", "lies on the chain"):
        assert part in text
    auditing.services.answers["GET /v1/acts/verification"] = VERIFIES | {"faults": [11], "published_holds": False}
    broken = (await browser.client.get("/audit/acts?service=isolation")).text
    assert "links 11." in broken
    assert "is not on the chain" in broken
    assert "lastmetre verify-log" in broken
    home = (await browser.client.get("/")).text
    assert '<a href="/audit" class="urgent"><b>5</b> <span>logs of acts do not verify' in home
    answer = await browser.post("/audit/acts.csv", service="isolation")
    assert "12,2026-02-10 09:00:00,isolation opened" in answer.text


async def test_an_audit_goes_on_while_services_are_away(auditing: Console) -> None:
    auditing.services.answers |= {"GET /v1/acts/verification": away, "GET /v1/break-glass": away}
    browser = await auditing.browser("en").signed_in()
    text = (await browser.client.get("/audit")).text
    assert text.count("does not answer") >= 5
