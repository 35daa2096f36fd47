"""Every answer with facts about people is recorded, and the auditors of a person's home see it, also of the city."""

import ast
import importlib
import inspect
import json
import re
import textwrap
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute

from deploy.launcher.processes.child import ROOT
from deploy.services import SERVICES
from shared.web.disclosures import _disclosures
from tests.conftest import MakeService
from tests.isolation.town import AREA, DOCTOR, Town, isolated, town
from tests.support.http import stated

# Fields by which a person is known, or that tell something about one.
PERSONAL = frozenset(
    {
        *("resident_id", "resident_ids", "host_resident_id", "recipient_id", "phone", "id_number", "plate", "label"),
        *("watched_plates", "temperature_c", "symptoms", "categories", "colour", "isolated", "code", "not_found"),
        *("donor", "passings", "exceptions", "case_ids"),
    }
)
# Routes whose answers hold such fields and need no record, each with the reason.
EXEMPT = {
    "GET /v1/readings": "the record itself; auditors are asked to read it",
    "POST /v1/scans": "the passage is the record; a name that the keeper sees is recorded with it",
    "POST /v1/scans/batch": "as POST /v1/scans",
    "POST /v1/gates/{gate_id}/enrolments": "`code` is a device's",
    "GET /v1/reasons": "`code` is a word",
    "GET /v1/places": "`code` is a place's",
    "GET /v1/places/then": "`code` is a place's",
    "POST /v1/places": "`code` is a place's",
    "PUT /v1/places/keepers": "`code` is a place's",
    "POST /v1/employers": "`code` is the public number of an employer",
    "GET /v1/employers": "`code` is the public number of an employer",
    "GET /v1/employers/{employer_id}": "`code` is the public number of an employer",
    "PUT /v1/employers/{employer_id}": "`code` is the public number of an employer",
    "POST /v1/employers/{employer_id}/state": "`code` is the public number of an employer",
    "POST /v1/dead-letters/replay": "`code` is that of a refusal",
    "POST /v1/dead-letters/give-up": "`code` is that of a refusal",
    "POST /v1/code-rules": "`colour` is a rule's, of no person",
    "GET /v1/code-rules": "as POST /v1/code-rules",
    "GET /v1/code-rules/examples": "as POST /v1/code-rules",
    "GET /v1/code-rules/{rules_id}": "as POST /v1/code-rules",
    "POST /v1/code-rules/{rules_id}/approve": "as POST /v1/code-rules",
    "POST /v1/code-rules/{rules_id}/withdraw": "as POST /v1/code-rules",
    "PUT /v1/checkpoints/{checkpoint_id}/policies/{since}": "repeats what the caller states",
}


def fields_of(schema: Any, components: dict[str, Any], seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the names of all fields of an answer, those of its parts too."""
    if isinstance(schema, list):
        for part in schema:
            yield from fields_of(part, components, seen)
    elif isinstance(schema, dict):
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            yield from fields_of(components[name], components, seen | {name})
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from fields_of(part, components, seen)


def records(route: APIRoute) -> bool:
    """Whether the route is given the disclosures, and calls them or passes them on."""
    given = [one.name for one in route.dependant.dependencies if one.call is _disclosures]
    tree = ast.parse(textwrap.dedent(inspect.getsource(route.endpoint)))
    return any(isinstance(node, ast.Name) and node.id in given for node in ast.walk(tree))


def unrecorded(app: Any) -> list[str]:
    document = app.openapi()
    components = document.get("components", {}).get("schemas", {})
    routes = {f"{m} {r.path}": r for r in app.routes if isinstance(r, APIRoute) for m in r.methods}
    wrong = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = f"{method.upper()} {path}"
            content = [one.get("content", {}) for status, one in operation["responses"].items() if status[0] == "2"]
            schemas = [kind.get("schema", {}) for kinds in content for kind in kinds.values()]
            drawn = any("svg" in kind for kinds in content for kind in kinds)
            personal = PERSONAL.intersection(fields_of(schemas, components))
            if (personal or drawn) and name not in EXEMPT and not (name in routes and records(routes[name])):
                wrong.append(f"{name} answers with {sorted(personal) or 'a drawing'} and records no reading")
    return wrong


@pytest.mark.parametrize("name", list(SERVICES))
async def test_no_route_answers_with_facts_about_people_unrecorded(service: MakeService, name: str) -> None:
    main, settings = (importlib.import_module(f"services.{name}.{module}") for module in ("main", "settings"))
    made = await service(main.build, settings.Settings)
    assert unrecorded(made.app) == []


async def listed(here: Town, area: str, **query: Any) -> list[tuple[str, str]]:
    """Return reader and purpose of the readings that an auditor of the area lists, the newest first."""
    auditor = here.service.client("auditor", area=area)
    page = (await auditor.get("/v1/readings", params=query)).json()
    return [(row["reader"], row["purpose"]) for row in page["items"]]


async def test_auditors_of_a_person_s_area_see_that_the_city_read_of_that_person(service: MakeService) -> None:
    here = await isolated(service)
    city = here.service.client("city", area="/jinhe", subject="city-wu")
    here.service.clock.advance(timedelta(minutes=1))
    assert (await city.get(f"/v1/cases/{here.case_id}", headers=stated("复核"))).status_code == 200
    assert await listed(here, AREA, subject=here.resident_id) == [
        ("city-wu", "care of an isolated person"),
        (DOCTOR, "care of an isolated person"),
    ]
    assert await listed(here, "/jinhe/hexi", subject=here.resident_id) == []


async def test_auditors_of_a_part_see_that_a_list_of_the_whole_was_read(service: MakeService) -> None:
    here = await town(service)
    city = here.service.client("city", area="/jinhe", subject="city-wu")
    assert (await city.get("/v1/cases", headers=stated("抽查名单"))).status_code == 200
    for area in (AREA, "/jinhe/hexi", "/jinhe"):
        assert await listed(here, area, subject=area) == [("city-wu", "抽查名单")]
    assert await listed(here, "/elsewhere", subject="/jinhe") == []


@pytest.mark.parametrize("path", ["/v1/cases", "/v1/cases/changes", "/v1/readings", "/v1/notices/x"])
async def test_a_purpose_in_an_address_is_refused_with_what_to_do(service: MakeService, path: str) -> None:
    here = await town(service)
    answer = await here.office.get(path, params={"purpose": "回访王小明"})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.purpose_in_url")
    assert "Lastmetre-Purpose" in answer.json()["detail"]
    assert "网址" in answer.json()["detail"]
    assert await here.service.database["readings"].count_documents({}) == 0
    reason = await here.office.get(path, params={"reason": "写错了"})
    assert (reason.status_code, reason.json()["code"]) == (400, "request.reason_in_url")


@pytest.mark.parametrize("purpose", ["复核密接", "call the family", "100% of it", "复\u202e核密接", "a\x00bc"])
async def test_a_purpose_in_the_header_is_kept_as_it_was_written(service: MakeService, purpose: str) -> None:
    here = await isolated(service)
    await here.office.get(f"/v1/cases/{here.case_id}", headers=stated(purpose))
    kept = purpose if purpose.isprintable() else "care of an isolated person"
    assert (await listed(here, AREA, reader="office-liu"))[0] == ("office-liu", kept)


def test_no_document_and_no_interface_has_free_text_in_an_address() -> None:
    for path in (ROOT / "docs" / "api").glob("*.openapi.json"):
        document = json.loads(path.read_text())
        for route, operations in document["paths"].items():
            for method, operation in operations.items():
                query = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
                assert not {"purpose", "reason", "note", "text"}.intersection(query), f"{method} {route}"
    handbooks = [*ROOT.glob("services/*/README.md"), *ROOT.glob("docs/*.md"), ROOT / "README.md"]
    assert not [str(path) for path in handbooks if re.search(r"[?&](purpose|reason)=", path.read_text())]
