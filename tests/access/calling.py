"""Calls of every route of a service with the token of one role, with nothing right in it but the token."""

import re
from collections.abc import Callable, Iterator

from fastapi import FastAPI
from fastapi.routing import APIRoute

from shared.base.ids import new_id
from shared.web.access import Role
from tests.support.service import ServiceUnderTest

METHODS = ("get", "post", "put", "patch", "delete")


def operations(app: FastAPI) -> Iterator[str]:
    """Yield every operation of the service's OpenAPI document, as `GET /v1/cases/{case_id}`."""
    for path, methods in app.openapi()["paths"].items():
        yield from (f"{method.upper()} {path}" for method in methods if method in METHODS)


def routes_with(app: FastAPI, dependency: Callable[..., object]) -> set[str]:
    """Return the operations whose routes depend on that."""
    return {
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, APIRoute) and any(one.call is dependency for one in route.dependant.dependencies)
        for method in route.methods
    }


async def ask(made: ServiceUnderTest, operation: str, role: Role | None, area: str = "/jinhe") -> tuple[int, str]:
    """Return the status and the problem's code that a caller of that role is answered; None has no token."""
    method, _, path = operation.partition(" ")
    url = re.sub(r"\{\w+\}", lambda _: new_id(), path)
    roles = (role,) if role else ()
    async with made.client(*roles, area=area) as client:
        answer = await client.request(method, url, json={} if method != "GET" else None)
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return answer.status_code, answer.json()["code"] if is_problem else ""
