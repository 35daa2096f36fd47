"""Scans and answers over HTTP, as OpenAPI describes them."""

import json
from typing import Any

import msgspec
from pydantic import BaseModel

from services.checkpoint.domain.scan import Answer, Refusal, Scan
from shared.base.example_values import AT
from shared.base.json_types import Json
from shared.web.http import PROBLEMS

MAX_BATCH = 1_000


class ReasonText(BaseModel):
    """A reason's code with its text for the screen at the gate."""

    code: str
    zh: str
    en: str


# Any: JSON schemas, which have no type of their own.
def _whole(kinds: Any) -> Json:
    """Return the JSON schema of a msgspec type with every reference resolved, so that it stands by itself."""
    (schema,), parts = msgspec.json.schema_components([kinds])
    resolved: Json = _resolved(schema, parts)
    return resolved


def _resolved(schema: Any, parts: Json) -> Any:  # Any: JSON schemas
    if isinstance(schema, list):
        return [_resolved(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        return _resolved(parts[reference.rpartition("/")[2]] | rest, parts)
    return {name: _resolved(value, parts) for name, value in schema.items()}


_JSON, _LINES = "application/json", "application/x-ndjson"
_SCAN = _whole(Scan)
_SCANS = {"type": "array", "minItems": 1, "maxItems": MAX_BATCH, "items": _SCAN}
_SCAN_LINES = {"type": "string", "description": f"up to {MAX_BATCH} scans, as for POST /v1/scans, one a line"}
_ANSWERS = {"type": "array", "items": {"anyOf": [_whole(Answer), _whole(Refusal)]}}
_REFUSALS: dict[str, Json] = {
    "400": {"description": "A problem detail: what is wrong with the body, and what to do"},
    "413": {"description": "A problem detail: the body or the batch is too large"},
    "503": {"description": "A problem detail: too many scans at once; nothing was begun, send again after Retry-After"},
}
DEVICE_TIME = "Lastmetre-Device-Time"
_CLOCK = {
    "name": DEVICE_TIME,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "format": "date-time"},
    "description": "what the device's clock says now: where it is wrong, the times of the scans are corrected",
}


_SCAN_EXAMPLE: Json = {
    "scan_id": "019c4548-08d2-7864-86c7-ce84312b1905",
    "gate_id": "gate-p01",
    "seq": 41,
    "at": AT,
    "direction": "in",
    "credential": {"kind": "card", "value": "A1024071"},
    "temperature_c": 36.5,
    "mask": True,
}
_ANSWER_EXAMPLE: Json = {
    "scan_id": _SCAN_EXAMPLE["scan_id"],
    "verdict": "allow",
    "reasons": [],
    "durable": True,
    "standing_as_of": AT,
    "person": {"name": "王*红", "birth_year": 1949},
}
_LINE_EXAMPLE = json.dumps(_SCAN_EXAMPLE)


def _operation(name: str, summary: str, request: Json, answer: Json) -> Json:
    return {
        "tags": ["scans"],
        "operationId": name,
        "summary": summary,
        "description": f"{summary} (R2.2, R2.3).",
        "parameters": [_CLOCK],
        "requestBody": {"required": True, "content": request},
        "responses": {"200": {"description": summary, "content": {_JSON: answer}}} | _REFUSALS | PROBLEMS,
    }


# Scans and answers are msgspec structs, which FastAPI does not read: OpenAPI gets them here.
ONE_SCAN = _operation(
    "post_scan",
    "Decide on one scan",
    {_JSON: {"schema": _SCAN, "example": _SCAN_EXAMPLE}},
    {"schema": _whole(Answer), "example": _ANSWER_EXAMPLE},
)
MANY_SCANS = _operation(
    "post_scans",
    f"Decide on up to {MAX_BATCH} scans, answered in their order; a bad one gets its own error",
    {
        _JSON: {"schema": _SCANS, "example": [_SCAN_EXAMPLE]},
        _LINES: {"schema": _SCAN_LINES, "example": _LINE_EXAMPLE},
    },
    {"schema": _ANSWERS, "example": [_ANSWER_EXAMPLE]},
)
