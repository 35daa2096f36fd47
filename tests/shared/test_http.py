"""HTTP as every service speaks it: problem details, limits, correlation ids, counts."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Request
from prometheus_client import REGISTRY
from pydantic import BaseModel, ConfigDict

from deploy.launcher.secrets.issuer import Issuer
from shared.base.errors import Conflict, NotYet, Unavailable
from shared.base.logs import correlation_id
from shared.store.mongo import ConnectionFailure, DuplicateKeyError
from shared.web.access import Access, Principal, Role, allow
from shared.web.edge import BODY_LIMIT_BYTES, Edge
from shared.web.http import add_problem_details

CORRELATION = "0192f0c1-5a00-7000-8000-00000000000a"
PROBLEMS: dict[str, Exception] = {
    "conflict": Conflict("test.taken", "Take another", by="r1"),
    "busy": Unavailable("test.busy", "Later", 7),
    "away": ConnectionFailure("mongo:27017"),
    "not-yet": NotYet("the place tree"),
    "twice": DuplicateKeyError("dup key: 王芳"),
    "mistake": KeyError("王芳"),
}


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    age: int


@pytest.fixture
def app(issuer: Issuer) -> FastAPI:
    """An application with a route for everything that can go wrong."""
    app = FastAPI()
    app.state.access = Access(issuer.issuer, issuer.audience, str(issuer.jwks))

    @app.get("/raise/{what}")
    async def fail(what: str) -> None:
        raise PROBLEMS[what]

    @app.post("/body")
    async def body(given: Body) -> str:
        return correlation_id.get()

    @app.post("/large/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    @app.get("/doctors")
    async def doctors(caller: Annotated[Principal, Depends(allow(Role.DOCTOR))]) -> str:
        return caller.subject

    add_problem_details(app)
    app.add_middleware(Edge, access=app.state.access, limits={"/large": 3 * BODY_LIMIT_BYTES})
    return app


@pytest.fixture
def client(app: FastAPI, issuer: Issuer) -> httpx.AsyncClient:
    """A caller."""
    token = {"Authorization": f"Bearer {issuer.mint('city', area='/')}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=token)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return the problem detail, which must be well formed."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:lastmetre:{code}")
    assert body["title"]
    assert body["detail"]
    assert body["correlation_id"] == answer.headers["x-correlation-id"]
    return body


async def test_a_refusal_is_a_problem_with_its_code_advice_and_details(client: httpx.AsyncClient) -> None:
    conflict = problem(await client.get("/raise/conflict"), 409, "test.taken")
    assert (conflict["detail"], conflict["by"]) == ("Take another", "r1")


@pytest.mark.parametrize(
    ("what", "code"),
    [("busy", "test.busy"), ("away", "store.unavailable"), ("not-yet", "server.starting")],
)
async def test_what_passes_is_503_and_says_when_to_come_again(client: httpx.AsyncClient, what: str, code: str) -> None:
    answer = await client.get(f"/raise/{what}")
    problem(answer, 503, code)
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("what", ["mistake", "twice"])
async def test_a_mistake_is_500_with_a_correlation_id_and_not_a_word_of_what_happened(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    answer = await client.get(f"/raise/{what}")
    problem(answer, 500, "server.unexpected")
    assert "王芳" not in answer.text
    assert [record.getMessage() for record in caplog.records] == ["unexpected error"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"{", "body"),
        (b"", "body"),
        (b'{"name": "\xe7\x8e\x8b", "age": "old"}', "body.age"),
        (b'{"name": "a"}', "body.age"),
        (b'{"name": "a", "age": 1, "phone": "138"}', "body.phone"),
        (b"\xff\xfe", "body"),
    ],
)
async def test_an_unreadable_body_is_a_problem_that_says_where_and_quotes_nothing(
    client: httpx.AsyncClient, body: bytes, where: str
) -> None:
    answer = await client.post("/body", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    refusal = answer.json()
    assert refusal["errors"][0]["where"].startswith(where)
    assert "王" not in answer.text
    assert "old" not in answer.text


async def test_an_unknown_address_or_method_is_a_problem_too(client: httpx.AsyncClient) -> None:
    assert "openapi.json" in problem(await client.get("/nothing"), 404, "http.404")["detail"]
    answer = await client.get("/body")
    problem(answer, 405, "http.405")
    assert answer.headers["allow"] == "POST"


async def _in_parts(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 65_536 + 1):
        yield b"x" * 65_536


@pytest.mark.parametrize("path", ["/body", "/large/raw"])
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "in parts"])
async def test_a_body_over_the_limit_is_413_whether_its_length_is_declared_or_counted(
    client: httpx.AsyncClient, path: str, declared: bool
) -> None:
    size = 10 << 20
    answer = await client.post(path, content=b"x" * size if declared else _in_parts(size))
    assert "split it" in problem(answer, 413, "request.too_large")["detail"]


async def test_a_route_may_take_more_than_others(client: httpx.AsyncClient) -> None:
    assert (await client.post("/large/raw", content=b"x" * 2 * BODY_LIMIT_BYTES)).json() == 2 * BODY_LIMIT_BYTES


async def test_a_correlation_id_is_kept_through_the_work_and_given_back(client: httpx.AsyncClient) -> None:
    answer = await client.post("/body", json={"name": "a", "age": 1}, headers={"X-Correlation-Id": CORRELATION})
    assert answer.json() == answer.headers["x-correlation-id"] == CORRELATION


@pytest.mark.parametrize("given", ["", "x" * 65, "tab\there", "é", "11010519491231002X", "c-1", f"{CORRELATION}0"])
async def test_one_that_cannot_be_used_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    headers = {b"x-correlation-id": given.encode("latin-1")}
    answer = await client.post("/body", json={"name": "a", "age": 1}, headers=headers)
    assert answer.json() == answer.headers["x-correlation-id"] != given


@pytest.fixture
def counted() -> Iterator[Any]:
    """Returns how many requests of a kind were answered since."""

    def now(method: str, route: str, status: str) -> float:
        labels = {"method": method, "route": route, "status": status}
        return REGISTRY.get_sample_value("lastmetre_http_requests_total", labels) or 0

    before: dict[tuple[str, str, str], float] = {}

    def since(*kind: str) -> float:
        method, route, status = kind
        return now(method, route, status) - before.setdefault((method, route, status), now(method, route, status))

    return since


async def test_requests_are_counted_by_route_not_by_address(client: httpx.AsyncClient, counted: Any) -> None:
    kinds = [("GET", "/raise/{what}", "409"), ("GET", "/raise/{what}", "500"), ("GET", "unmatched", "404")]
    for kind in kinds:
        counted(*kind)
    for path in ("/raise/conflict", "/raise/mistake", "/some/thing", "/some/thing/else"):
        await client.get(path)
    assert [counted(*kind) for kind in kinds] == [1, 1, 2]


async def test_a_route_lets_its_roles_pass_and_no_others(client: httpx.AsyncClient, issuer: Issuer) -> None:
    def bearer(*roles: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {issuer.mint(*roles, area='/', subject='s')}"}

    problem(await client.get("/doctors", headers={"Authorization": ""}), 401, "access.token_missing")
    problem(await client.get("/doctors", headers={"Authorization": "Basic eDp5"}), 401, "access.token_missing")
    problem(await client.get("/doctors", headers=bearer("volunteer")), 403, "access.role_missing")
    assert (await client.get("/doctors", headers=bearer("volunteer", "doctor"))).json() == "s"
