"""What OpenAPI shows of the scan path, whose bodies FastAPI does not read."""

from typing import Any

from services.checkpoint.domain.reasons import Reason
from tests.checkpoint.gate import Gate


async def test_openapi_shows_the_whole_scan_and_the_whole_answer(gate: Gate) -> None:
    document = (await gate.device.get("/openapi.json")).json()
    one, many = (document["paths"][path]["post"] for path in ("/v1/scans", "/v1/scans/batch"))
    asked = one["requestBody"]["content"]["application/json"]["schema"]
    assert asked["required"] == ["scan_id", "gate_id", "seq", "at", "direction", "credential"]
    assert asked["properties"]["credential"]["properties"]["kind"]["enum"] == _sorted(
        "code card id_number plate visitor"
    )
    answer = one["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
    assert list(answer) == [
        "scan_id",
        "verdict",
        "reasons",
        "durable",
        "standing_as_of",
        "on_board",
        "clock_offset_s",
        "retry_after_s",
        "person",
        "went_out",
    ]
    assert answer["verdict"]["enum"] == _sorted("allow deny recheck")
    assert answer["reasons"]["items"]["enum"] == sorted(Reason)
    assert many["requestBody"]["content"].keys() == {"application/json", "application/x-ndjson"}
    answers = many["responses"]["200"]["content"]["application/json"]["schema"]["items"]["anyOf"]
    assert [kind["title"] for kind in answers] == ["Answer", "Refusal"]
    assert {"400", "413", "503"} <= one["responses"].keys()
    assert not _dangling(document, document)


def _sorted(words: str) -> list[str]:
    return sorted(words.split())


def _dangling(part: Any, document: Any) -> list[str]:
    """Return the references in a document that lead nowhere."""
    if isinstance(part, list):
        return [bad for one in part for bad in _dangling(one, document)]
    if not isinstance(part, dict):
        return []
    dangling = [bad for value in part.values() for bad in _dangling(value, document)]
    reference = part.get("$ref")
    if isinstance(reference, str):
        name = reference.removeprefix("#/components/schemas/")
        dangling += [] if name in document["components"]["schemas"] else [reference]
    return dangling
