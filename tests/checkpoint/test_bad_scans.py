"""Bad scans: each gets a sentence that says what to do, its neighbours get their verdicts, and nothing breaks."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events.registration import Colour
from shared.web.problems import TEXTS
from tests.checkpoint.gate import NDJSON, NOW, Gate, scan


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in scan().items() if key != name}


def raw(old: str, new: str) -> bytes:
    """Return a scan's JSON with something in it that no JSON writer would write."""
    text = json.dumps(scan())
    assert old in text
    return text.replace(old, new).encode()


INVALID = {
    "a field nobody knows": scan(weather="fine"),
    "no gate": without("gate_id"),
    "no credential": without("credential"),
    "a credential that is a text": scan() | {"credential": "K-17"},
    "an unknown kind": scan("passport", "P1"),
    "an empty value": scan("card", ""),
    "a value of 513 characters": scan("card", "1" * 513),
    "a number as id": scan() | {"scan_id": 17},
    "a random id (UUIDv4)": scan(scan_id="c1a5b3f0-6d1e-4c3a-9b1e-0f6b7d2c9a10"),
    "an id with a blank behind it": scan(scan_id=new_id() + " "),
    "an id in capitals": scan(scan_id=new_id().upper().replace("0", "A", 1)),
    "a time without a zone": scan(at="2026-11-24T08:00:00"),
    "a time that is none": scan(at="yesterday"),
    "a time as a number": scan() | {"at": 1764000000},
    "a negative count": scan(seq=-1),
    "a count that no store holds": scan(seq=2**63),
    "a count as text": scan() | {"seq": "1"},
    "sideways": scan(direction="sideways"),
    "an unknown mode": scan(mode="guess"),
    "a temperature as text": scan() | {"temperature_c": "36.5"},
    "a mask of straw": scan() | {"mask": "straw"},
    "a list": [scan()],
    "a text": "scan",
    "nothing": None,
}
ABSURD = {
    "Fahrenheit": scan(temperature_c=98.6),
    "a scan from next year": scan(at=(NOW + timedelta(days=365)).isoformat()),
    "a scan from the end of time": scan(at="9999-12-31T23:59:59.999999-14:00"),
    "a scan from the beginning of time": scan(at="0001-01-01T00:00:00+14:00"),
    "a scan of two months ago": scan(at=(NOW - timedelta(days=60)).isoformat()),
}
BROKEN = {
    "half an object": b'{"scan_id": ',
    "wrong from its first field on, and broken after it": b'{"scan_id": 5, garbage',
    "invalid UTF-8": b'{"scan_id": "\xff\xfe"}',
    "not a number": raw("36.5", "NaN"),
    "half a surrogate pair": raw("courier-7", "\\ud800"),
    "something behind it": json.dumps(scan()).encode() + b" }",
    "nested beyond all measure": b'{"credential": ' + b"[" * 5_000,
    "words": b"scan me",
}


@pytest.mark.parametrize("bad", INVALID.values(), ids=INVALID.keys())
async def test_an_invalid_scan_is_a_problem_that_names_what_to_correct(gate: Gate, bad: Any) -> None:
    response = await gate.post(bad)
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, problem["code"]) == (400, "checkpoint.invalid_scan")
    assert problem["detail"].endswith(": correct it")


@pytest.mark.parametrize("bad", ABSURD.values(), ids=ABSURD.keys())
async def test_an_absurd_scan_is_a_problem_that_names_its_id(gate: Gate, bad: Any) -> None:
    response = await gate.post(bad)
    problem = response.json()
    assert response.status_code == 400
    assert problem["code"] in ("checkpoint.absurd_scan", "checkpoint.invalid_scan")  # no calendar has such a day
    assert problem["scan_id"] == bad["scan_id"]


@pytest.mark.parametrize("bad", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_scan_is_a_problem_and_no_failure(gate: Gate, bad: bytes) -> None:
    response = await gate.post(bad)
    assert response.status_code == 400
    assert response.json()["code"] in ("request.broken_json", "checkpoint.invalid_scan")


@pytest.mark.parametrize("bad", [*BROKEN.values(), raw("36.5", "1e999")], ids=[*BROKEN.keys(), "infinite"])
async def test_a_broken_line_gets_its_own_error_in_its_place(gate: Gate, bad: bytes) -> None:
    good = [json.dumps(scan(seq=seq)).encode() for seq in (1, 2)]
    response = await gate.post_many(b"\n".join([good[0], bad, good[1]]), NDJSON)
    first, second, third = response.json()
    assert (first["verdict"], third["verdict"]) == ("allow", "allow")
    assert second["error"]["code"] in ("request.broken_json", "checkpoint.invalid_scan")
    assert second["error"]["detail_zh"] == TEXTS[second["error"]["code"]]


@pytest.mark.parametrize(
    "bad", [raw("courier-7", "\\ud800"), raw("36.5", "NaN"), b'"\\udc00"', b'"\xff"', b"null", b"[]"]
)
async def test_a_broken_element_of_an_array_harms_no_neighbour(gate: Gate, bad: bytes) -> None:
    good = json.dumps(scan()).encode()
    first, second, third = (await gate.post_many(b"[" + b",".join([good, bad, good]) + b"]")).json()
    assert (first["verdict"], third["verdict"]) == ("allow", "allow")
    assert second["error"]["detail"]


async def test_an_error_names_the_scan_where_its_id_can_be_read(gate: Gate) -> None:
    named = scan(weather="fine")
    unnamed = scan() | {"scan_id": "x" * 10_000}
    first, second = await gate.answers([named, unnamed])
    assert first["scan_id"] == named["scan_id"]
    assert second["scan_id"] is None


@pytest.mark.parametrize("body", [b"", b"  \n \n", b"[]", b"\n[ ]"])
async def test_an_empty_batch_is_a_problem(gate: Gate, body: bytes) -> None:
    response = await gate.post_many(body)
    assert (response.status_code, response.json()["code"]) == (400, "checkpoint.empty_batch")


@pytest.mark.parametrize("body", [b"[", b'[{"scan_id": ', b"[1,", b"[" * 50_000, b"[1] 2", b"[\xff]"])
async def test_a_broken_array_is_a_problem(gate: Gate, body: bytes) -> None:
    response = await gate.post_many(body)
    assert (response.status_code, response.json()["code"]) == (400, "request.broken_json")


@pytest.mark.parametrize("ndjson", [False, True])
async def test_a_batch_of_more_than_a_thousand_scans_is_too_large(gate: Gate, ndjson: bool) -> None:
    scans = [scan(seq=seq) for seq in range(1001)]
    body = "\n".join(map(json.dumps, scans)) if ndjson else json.dumps(scans)
    response = await gate.post_many(body.encode(), NDJSON if ndjson else None)
    assert (response.status_code, response.json()["code"]) == (413, "checkpoint.batch_too_large")


@pytest.mark.parametrize(("path", "size"), [("/v1/scans", 9_000), ("/v1/scans/batch", 10_000_000)])
@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_that_is_too_large_is_not_read(gate: Gate, path: str, size: int, declared: bool) -> None:
    async def drop_by_drop() -> Any:
        for _ in range(size // 1000):
            yield b" " * 1000

    response = await gate.device.post(path, content=b" " * size if declared else drop_by_drop())
    assert (response.status_code, response.json()["code"]) == (413, "request.too_large")


async def test_a_repeated_request_with_garbage_between_leaves_the_gate_as_it_was(gate: Gate) -> None:
    again = scan("code", gate.code(new_id(), Colour.GREEN))
    before = await gate.answer(again)
    for bad in BROKEN.values():
        await gate.post(bad)
    assert await gate.answer(again) == before
    assert gate.service.deps.in_flight.scans == 0
