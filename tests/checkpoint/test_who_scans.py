"""Who may scan where (R2.1): a device at its gate, the office in its area, and no other caller."""

import pytest

from tests.checkpoint.gate import AREA, COMPOUND, Gate, gate_at, scan


async def test_a_device_scans_at_its_own_gate_only(gate: Gate) -> None:
    gate.learns(gate_at(COMPOUND, "gate-other"))
    for gate_id in ("gate-other", "gate-unknown"):
        response = await gate.post(scan(gate_id=gate_id))
        assert (response.status_code, response.json()["code"]) == (400, "checkpoint.wrong_gate")


async def test_a_device_works_before_the_news_of_its_gate_has_come(gate: Gate) -> None:
    device = gate.service.client("device", area=COMPOUND, gate="gate-new")
    response = await device.post("/v1/scans", json=scan(gate_id="gate-new"))
    assert response.json()["verdict"] == "allow"


async def test_a_closed_gate_takes_no_scans(gate: Gate) -> None:
    gate.learns(gate_at(COMPOUND, closed=True))
    assert (await gate.post(scan())).json()["code"] == "checkpoint.wrong_gate"


async def test_a_device_s_token_that_names_no_gate_scans_nowhere(gate: Gate) -> None:
    device = gate.service.client("device", area=COMPOUND)
    assert (await device.post("/v1/scans", json=scan())).json()["code"] == "checkpoint.wrong_gate"


@pytest.mark.parametrize(("area", "status"), [(AREA, 200), (COMPOUND, 200), ("/", 200), ("/jinhe/hexi", 400)])
async def test_the_office_scans_at_any_gate_of_its_area(gate: Gate, area: str, status: int) -> None:
    office = gate.service.client("community", area=area)
    assert (await office.post("/v1/scans", json=scan())).status_code == status


@pytest.mark.parametrize(
    ("roles", "status", "code"),
    [((), 401, "access.token_missing"), (("resident",), 403, "access.role_missing")],
)
async def test_no_other_caller_scans(gate: Gate, roles: tuple[str, ...], status: int, code: str) -> None:
    for path in ("/v1/scans", "/v1/scans/batch"):
        response = await gate.service.client(*roles).post(path, json=scan())
        assert (response.status_code, response.json()["code"]) == (status, code)


async def test_a_forged_token_is_refused(gate: Gate) -> None:
    header = gate.device.headers["authorization"]
    forged = header[:-10] + ("A" if header[-10] != "A" else "B") + header[-9:]
    response = await gate.device.post("/v1/scans", json=scan(), headers={"authorization": forged})
    assert (response.status_code, response.json()["code"]) == (401, "access.token_invalid")
