"""Unknown query parameters are refused with the names of the known ones; all that is wrong is in one answer."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI

from deploy.services import SERVICES
from shared.web.http import add_problem_details
from shared.web.pages import Listed
from shared.web.request_body import Body
from shared.web.strict import StrictRoute, takes_any_parameter
from tests.documents.record import _application


class Line(Body):
    item: str
    quantity: int


class Order(Body):
    lines: list[Line]
    note: str


def _client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.fixture
def client() -> httpx.AsyncClient:
    app, done = FastAPI(openapi_url=None), []
    app.router.route_class = StrictRoute

    async def depot(depot_id: str = "") -> str:
        return depot_id

    @app.get("/orders")
    async def list_orders(listing: Listed, depot_id: Annotated[str, Depends(depot)], state: str = "") -> str:
        return f"{listing.limit} {depot_id} {state}"

    @app.post("/orders/{order_id}")
    async def order(order_id: int, body: Order, urgent: bool = False) -> int:
        done.append(order_id)
        return len(done)

    @app.get("/callback")
    @takes_any_parameter
    async def return_from_provider(code: str = "") -> str:
        return code

    add_problem_details(app)
    return _client(app)


async def _errors(answer: httpx.Response) -> list[dict[str, Any]]:
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    return list(answer.json()["errors"])


async def test_a_misspelt_filter_is_refused_with_the_names_of_the_known_ones(client: httpx.AsyncClient) -> None:
    (error,) = await _errors(await client.get("/orders?stat=open&limit=5"))
    assert (error["where"], error["parameter"]) == ("query.stat", "stat")
    assert error["problem"] == "No such parameter here: known are state, after, limit, depot_id"
    answer = await client.get("/orders?stat=open", headers={"Accept-Language": "zh"})
    assert answer.json()["detail"].startswith("query.stat：没有这个参数：可用的参数有 state, after, limit, depot_id")


async def test_known_parameters_of_a_route_and_of_what_it_depends_on_pass(client: httpx.AsyncClient) -> None:
    assert (await client.get("/orders?limit=5&depot_id=d1&state=open&_=1770")).json() == "5 d1 open"
    assert (await client.get("/callback?code=c&session_state=s&iss=i")).json() == "c"


async def test_a_parameter_that_a_list_does_not_serve_keeps_its_own_refusal(client: httpx.AsyncClient) -> None:
    assert (await client.get("/orders?q=x")).json()["code"] == "request.bad_q"


async def test_all_that_is_wrong_is_in_one_answer_each_with_a_pointer(client: httpx.AsyncClient) -> None:
    body = {"lines": [{"item": "rice", "quantity": "two"}, {"quantity": 1, "a/b": 1}]}
    answer = await client.post("/orders/x?urgent=maybe&quick=1&note=%07", json=body)
    errors = await _errors(answer)
    wrong = {error["where"]: error.get("pointer", error.get("parameter")) for error in errors}
    assert wrong == {
        "path.order_id": "order_id",
        "query.urgent": "urgent",
        "query.quick": "quick",
        "query.note": "note",
        "body.lines.0.quantity": "#/lines/0/quantity",
        "body.lines.1.item": "#/lines/1/item",
        "body.lines.1.a/b": "#/lines/1/a~1b",
        "body.note": "#/note",
    }
    in_chinese = await client.post("/orders/x?quick=1", json=body, headers={"Accept-Language": "zh-CN"})
    assert all(any(letter >= "\u4e00" for letter in error["problem"]) for error in await _errors(in_chinese))


async def test_nothing_is_done_where_only_a_parameter_is_unknown(client: httpx.AsyncClient) -> None:
    body = {"lines": [], "note": "n"}
    assert len(await _errors(await client.post("/orders/1?quick=1", json=body))) == 1
    assert (await client.post("/orders/1", json=body)).json() == 1


@pytest.mark.parametrize("name", SERVICES)
async def test_every_route_of_a_service_is_strict(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    app = _application(name, tmp_path_factory.mktemp("keys"))
    loose = [getattr(route, "path", route) for route in app.routes if not isinstance(route, StrictRoute)]
    assert loose == []
    async with _client(app) as client:
        for path in ("/openapi.json", "/docs", "/docs/begin.js", "/health/live"):
            assert (await client.get(f"{path}?name=x")).status_code == 422, path
            assert (await client.get(f"{path}?_=1")).status_code == 200, path
