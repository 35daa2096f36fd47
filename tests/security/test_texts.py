"""No text that a service takes holds NUL, control characters or marks that turn the reading direction."""

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, BeforeValidator, ValidationError

from deploy.services import SERVICES
from services.checkpoint.schemas.checkpoints import PolicyBody
from shared.base.plain_text import unwanted
from shared.web.request_body import Body
from tests.access.calling import METHODS
from tests.conftest import MakeService
from tests.documents.record import _application
from tests.isolation.town import isolated, town
from tests.registration.office import office, person, text

BAD = {"nul": "\x00", "escape": "\x1b", "c1": "\x9b", "override": "\u202e", "isolate": "\u2066", "half": "\ud800"}
Plates = PolicyBody.model_fields["watched_plates"].annotation  # they take their normal form one by one
# Query texts that have no form: what each route does with them, `check_parameters` reads first.
FREE = {"Lastmetre-Purpose", "Lastmetre-Reason", "q", "after", "version"}
ROSTERS = {
    f"Body_{verb}_{kind}"
    for kind in ("places", "residents", "staff", "employees", "risk_regions")
    for verb in ("import", "preview")
}


@pytest.fixture(scope="session", params=SERVICES)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """Each service's application; no server is needed."""
    made: FastAPI = _application(request.param, tmp_path_factory.mktemp("keys"))
    return made


def models_of(hint: Any) -> Iterator[type[BaseModel]]:
    """Yield the models in a type, those within their fields too."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
        for one in hint.model_fields.values():
            yield from models_of(one.annotation)
    for part in get_args(hint):
        yield from models_of(part)


def bodies(app: FastAPI) -> set[type[BaseModel]]:
    """Return the models of all bodies of requests."""
    fields = [getattr(route, "body_field", None) for route in app.router.routes]
    return {model for one in fields if one is not None for model in models_of(one.field_info.annotation)}


def samples(hint: Any, bad: str) -> Iterator[Any]:
    """Yield values of a type in which a text is bad: the text itself, in a list, as a key and as a value."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint is str:
        yield f"ab{bad}cd"
    elif origin is Annotated:
        yield from samples(parts[0], bad)
    elif origin in (Union, UnionType):
        for part in parts:
            yield from samples(part, bad)
    elif origin in (list, set, frozenset, tuple):
        yield from ([one] * max(1, len([p for p in parts if p is not Ellipsis])) for one in samples(parts[0], bad))
    elif origin is dict:
        yield from ({one: "x"} for one in samples(parts[0], bad))
        yield from ({"x": one} for one in samples(parts[1], bad))


def is_folded(field: Any) -> bool:
    """Whether a text takes its normal form, in which no mark of direction is left."""
    return field.annotation == Plates or any(isinstance(one, BeforeValidator) for one in field.metadata)


@pytest.mark.parametrize("kind", BAD)
def test_every_text_of_every_body_refuses(app: FastAPI, kind: str) -> None:
    checked = 0
    for model in bodies(app):
        if model.__name__ in ROSTERS:
            continue
        assert issubclass(model, Body), f"{model.__name__} takes texts and is no Body"
        for name, field in model.model_fields.items():
            if kind in ("override", "isolate") and is_folded(field):
                continue
            for value in samples(field.rebuild_annotation(), BAD[kind]):
                with pytest.raises(ValidationError) as refused:
                    model.model_validate({field.alias or name: value})
                places = {error["loc"][0] for error in refused.value.errors() if error["loc"]}
                assert (field.alias or name) in places, f"{model.__name__}.{name} takes {value!r}"
                checked += 1
    assert checked or app.title in ("Lastmetre notification", "Lastmetre console")


def test_every_text_of_a_parameter_has_a_form_or_is_known_to_be_free(app: FastAPI) -> None:
    for path, operations in app.openapi()["paths"].items():
        for method in METHODS:
            for one in operations.get(method, {}).get("parameters", ()):
                for schema in one["schema"].get("anyOf", [one["schema"]]):
                    formed = {"enum", "format", "pattern", "const", "$ref"} & schema.keys()
                    if schema.get("type") == "string" and not formed:
                        assert one["name"] in FREE, f"{method.upper()} {path}: {one['name']}"


def test_every_body_of_the_document_is_checked(app: FastAPI) -> None:
    """A body that FastAPI does not read, as scans are, has a form for each text but what was scanned."""
    known = {name for model in bodies(app) for name in (model.__name__, f"{model.__module__}.{model.__name__}")}
    for path, operations in app.openapi()["paths"].items():
        for method in METHODS:
            contents = operations.get(method, {}).get("requestBody", {}).get("content", {})
            for schema in [content["schema"] for content in contents.values()]:
                if "$ref" in schema:
                    assert schema["$ref"].rpartition("/")[2].replace("__", ".") in known, f"{method} {path}"
                else:
                    assert set(free_strings(schema)) <= {"value", "pass_text"}, f"{method} {path}"


def free_strings(schema: Mapping[str, Any], name: str = "") -> Iterator[str]:
    """Yield the names of the strings of a schema that have no form; a body of lines is itself no text."""
    if schema.get("type") == "string" and name and not {"enum", "format", "pattern"} & schema.keys():
        yield name
    for field, inner in schema.get("properties", {}).items():
        yield from free_strings(inner, field)
    for key in ("items", "prefixItems", "anyOf"):
        inner = schema.get(key, [])
        for one in inner if isinstance(inner, list) else [inner]:
            yield from free_strings(one, name)


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_text_is_refused_with_what_to_do_in_both_languages(bad: str) -> None:
    problem = unwanted(f"a{bad}b", lines=True)
    assert problem
    assert "enter it again" in problem
    assert "请重新输入" in problem


def test_a_text_of_several_lines_may_hold_line_breaks_and_other_texts_none() -> None:
    assert unwanted("第一行\r\n第二行\n\t第三行", lines=True) is None
    assert unwanted("第一行\n第二行")
    assert unwanted("姓名：王伟（独居）— é 🙂 𠮷 م") is None


async def test_nothing_of_such_a_text_is_stored(service: MakeService) -> None:
    here = await town(service)
    for bad in ("密接\x00", "密接\u202e者", "密接\x1b[2J", "密接\r\n上报"):
        refused = await here.order(reason=bad)
        assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid"), repr(bad)
    assert await here.service.database["cases"].count_documents({}) == 0
    assert (await here.order()).status_code == 201
    note = {"note": "交接：体温正常\n联系电话见档案"}
    answer = await here.keeper.put(f"/v1/cases/{here.case_id}/handover/note", json=note)
    assert answer.json().get("code") != "request.invalid"


async def test_a_parameter_with_such_a_character_is_refused_before_anything_is_recorded(service: MakeService) -> None:
    here = await isolated(service)
    readings = here.service.database["readings"]
    before = await readings.count_documents({})
    for query in ("after=%00%00%00", "after=ab%E2%80%AEcd", "after=%1b%1b", "after=ab%0Acd"):
        refused = await here.doctor.get(f"/v1/cases/{here.case_id}?{query}")
        assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid"), query
    assert await readings.count_documents({}) == before


async def test_the_name_of_a_file_is_a_text_too(service: MakeService) -> None:
    here = await office(service)
    content = text([person(1)])
    for name in ("名单\u202excsv.csv", "a\x1bb.csv"):
        files = {"file": (name, content)}
        refused: httpx.Response = await here.clerk.post("/v1/imports/residents", files=files)
        assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid"), repr(name)


def test_every_service_is_examined() -> None:
    assert all(importlib.util.find_spec(f"services.{name}.main") for name in SERVICES)
    assert Path(__file__).name == "test_texts.py"
