"""The OpenAPI document of a service: what FastAPI draws, with tokens, roles, tags, servers and examples."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.base.descriptions import description_of, summary_of
from shared.base.examples import Examples
from shared.base.json_types import Json
from shared.web.access import roles_of
from shared.web.direct import Direct
from shared.web.http import PROBLEM, PROBLEM_SCHEMA, ApiRouter
from shared.web.roles import Role

OPERATIONS_TAG = "operations"
_OPERATIONS = "Health of a process, and what it publishes: for orchestrators and operators, without a token."
LICENCE = MappingProxyType({"name": "Apache-2.0", "identifier": "Apache-2.0"})
TOKEN = "token"
_ABOUT = (
    "One of the services of Lastmetre (最后一米). Times have a zone; ids are UUIDs that the caller makes where a body "
    "states one, so that a repeat is harmless. Lists are pages with `limit` and `after`. A query parameter that a "
    "route does not know is refused. Refusals are problem details (RFC 9457), in Chinese or English by "
    "`Accept-Language`. Free text for the log of readings goes percent-encoded into the header `Lastmetre-Purpose`."
)
ROLES: Mapping[Role, str] = MappingProxyType(
    {
        Role.CITY: "the city's office, which decides for its whole area",
        Role.COMMUNITY: "a community's office: rosters, gates, releases, deliveries",
        Role.GRID_WORKER: "a grid worker, who answers for the doors of a grid",
        Role.DOCTOR: "orders and extends isolation, sees temperatures",
        Role.VOLUNTEER: "brings deliveries; sees the door and the goods alone",
        Role.AUDITOR: "reads who read what, and the log of acts",
        Role.RESIDENT: "sees and states what concerns the own file",
        Role.DEVICE: "a device at a gate; it gets its token by an enrolment code",
        Role.OPERATOR: "sees the state of services and replays dead letters; no facts about people",
        Role.EMPLOYER: "acts for an employer that names the account: its own staff alone, and no reason of an absence",
    }
)


def describe(app: FastAPI, routers: Sequence[object], direct: Iterable[Direct], port: int) -> None:
    """Let the application's OpenAPI document be the whole one. `port` is that of the service, for the servers."""
    draw, kept = app.openapi, list(direct)

    def whole() -> Json:
        if app.openapi_schema is None:
            _complete(draw(), app.routes, routers, kept, port)
        return app.openapi_schema or {}

    app.openapi = whole  # type: ignore[method-assign]


def _complete(
    document: Json, routes: Sequence[object], routers: Sequence[object], direct: list[Direct], port: int
) -> None:
    info = document["info"]
    info |= {"summary": f"The service {info['title'].rpartition(' ')[2]} of a city", "license": dict(LICENCE)}
    info["description"] = _ABOUT
    document["servers"] = [
        {"url": "/", "description": "The service that serves this document"},
        {"url": f"http://127.0.0.1:{port}", "description": "The service on this machine, on its usual port"},
    ]
    document["paths"].update({route.path: {"post": dict(route.operation)} for route in direct})
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["securitySchemes"] = {TOKEN: _scheme()}
    roles = dict(_roles(routes)) | {("post", one.path): sorted(one.roles) for one in direct}
    examples = Examples(document)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete_operation(operation, roles.get((method, path)), examples)
    document["tags"] = _tags(document, routers)


def _scheme() -> Json:
    roles = "\n".join(f"- `{role}`: {meaning}" for role, meaning in ROLES.items())
    text = (
        "An access token of the city's OpenID Connect provider, or of `lastmetre token` on a city for trying. It names "
        "roles and an area path; outside the area nothing exists (404). `x-roles` of an operation lists the roles of "
        f"which a caller needs one; an empty list lets any role pass.\n\n{roles}"
    )
    return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": text}


def _roles(routes: Iterable[object]) -> Iterator[tuple[tuple[str, str], list[Role]]]:
    for route in routes:
        if isinstance(route, APIRoute) and (needed := _needed(route.dependant)) is not None:
            yield from (((method.lower(), route.path_format), needed) for method in route.methods or ())


def _needed(dependant: Dependant) -> list[Role] | None:
    """Return the roles of which a route needs one, all of them where any will do; None where it needs no token."""
    for inner in dependant.dependencies:
        roles = roles_of(inner.call)
        if roles is not None:
            return sorted(roles)
        if (deeper := _needed(inner)) is not None:
            return deeper
    return None


def _complete_operation(operation: Json, roles: list[Role] | None, examples: Examples) -> None:
    text = description_of(operation["description"])
    operation["summary"] = summary_of(text)
    operation["description"] = f"{text}\n\n{_callers(roles)}"
    operation["security"] = [] if roles is None else [{TOKEN: []}]
    if roles is not None:
        operation["x-roles"] = [str(role) for role in roles]
    for status, answer in operation["responses"].items():
        problem = PROBLEM in answer.get("content", {})
        if problem:
            answer["content"] = {PROBLEM: answer["content"][PROBLEM] | {"example": _problem(roles is not None)}}
        elif status.startswith("2"):
            _exemplify(answer.get("content", {}), examples)
    _exemplify(operation.get("requestBody", {}).get("content", {}), examples)


def _callers(roles: list[Role] | None) -> str:
    if roles is None:
        return "Callers: everybody; it takes no token."
    return f"Callers: {', '.join(roles)}." if roles else "Callers: any role; what each may see is above."


def _exemplify(contents: Json, examples: Examples) -> None:
    for kind, content in contents.items():
        stated = "example" in content or "examples" in content
        if not stated and "schema" in content and kind.partition(";")[0] == "application/json":
            content["example"] = examples.of(content["schema"])


def _problem(has_token: bool) -> Json:
    """Return the problem of a request of which everything is wrong that can be, as the service answers it."""
    code, status = "request.invalid", HTTPStatus.UNPROCESSABLE_ENTITY
    wrong = [{"where": "query.name", "parameter": "name", "problem": "No such parameter here: this address takes none"}]
    if not has_token:
        code, status, wrong = "http.404", HTTPStatus.NOT_FOUND, []
    detail = (
        f"{wrong[0]['where']}: {wrong[0]['problem']}. Correct what 'errors' names and send it again"
        if wrong
        else "Not Found: see /openapi.json for what there is"
    )
    made = {
        "type": f"urn:lastmetre:{code}",
        "title": status.phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
        "correlation_id": "0192f0c1-5a00-7000-8000-00000000000a",
    }
    return made | ({"errors": wrong} if wrong else {})


def _tags(document: Json, routers: Sequence[object]) -> list[Json]:
    about = {router.tag: router.about for router in routers if isinstance(router, ApiRouter) and router.about}
    about[OPERATIONS_TAG] = _OPERATIONS
    used = {tag for operations in document["paths"].values() for one in operations.values() for tag in one["tags"]}
    return [{"name": tag, "description": about[tag]} for tag in sorted(used)]
