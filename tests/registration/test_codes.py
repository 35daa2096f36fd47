"""The health code: signed for the resident, drawn as a QR code, good for a quarter of an hour (R1.9)."""

import io
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path

import pytest
import segno

from shared.base.ids import new_id
from shared.events.registration import Colour
from shared.health_code import BadCode, CodeRefused, CodeVerifier, SealKeys
from tests.conftest import MakeService
from tests.registration.office import office
from tests.registration.resident import resident
from tests.support.service import MORNING


def verifier(tmp_path: Path) -> CodeVerifier:
    """What the service at the gates knows: the public key and the seal's."""
    keys = tmp_path / "keys"
    return CodeVerifier((keys / "code-public.pem").read_bytes(), SealKeys.read((keys / "code-seal.keys").read_text()))


def device(tmp_path: Path) -> CodeVerifier:
    """What a device knows: the public key alone."""
    return CodeVerifier((tmp_path / "keys" / "code-public.pem").read_bytes())


def dark(svg: bytes) -> list[list[bool]]:
    """The modules of a drawn QR code without its quiet zone, read from the strokes of the drawing."""
    root = ET.fromstring(svg)
    path = next(element for element in root.iter() if element.get("class") == "qrline").get("d") or ""
    dark_modules: set[tuple[int, int]] = set()
    x = y = 0.0
    tokens = path.replace("M", " M ").replace("m", " m ").replace("h", " h ").split()
    while tokens:
        step = tokens.pop(0)
        if step == "h":
            run = int(tokens.pop(0))
            dark_modules |= {(int(x) + n, int(y)) for n in range(run)}
            x += run
        else:
            dx, dy = float(tokens.pop(0)), float(tokens.pop(0))
            x, y = (dx, dy) if step == "M" else (x + dx, y + dy)
    size = max(column for column, _ in dark_modules) + 1
    return [[(column, row) in dark_modules for column in range(4, size)] for row in range(4, size)]


async def test_a_code_carries_its_resident_its_colour_and_its_expiry(service: MakeService, tmp_path: Path) -> None:
    one = await resident(service)
    for colour in (Colour.GREEN, Colour.RED):
        answer = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/code")).json()
        code = verifier(tmp_path).verify(answer["code"], MORNING)
        assert (code.resident_id, code.colour, code.issued_at) == (one.resident_id, colour, MORNING)
        assert code.expires_at == MORNING + timedelta(minutes=15)
        assert device(tmp_path).verify(answer["code"], MORNING) == code
        assert (answer["colour"], answer["expires_at"]) == (colour, "2026-02-10T01:15:00Z")
        await one.here.service.receive(one.open_case())


async def test_a_code_expires_and_is_issued_anew(service: MakeService, tmp_path: Path) -> None:
    one = await resident(service)
    text = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/code")).json()["code"]
    good_until = MORNING + timedelta(minutes=15)
    verifier(tmp_path).verify(text, good_until - timedelta(seconds=1))
    with pytest.raises(CodeRefused) as refused:
        verifier(tmp_path).verify(text, good_until)
    assert (refused.value.reason, refused.value.resident_id) == (BadCode.EXPIRED, one.resident_id)
    one.here.service.clock.advance(timedelta(minutes=15))
    again = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/code")).json()["code"]
    verifier(tmp_path).verify(again, good_until)


async def test_a_code_that_was_changed_is_forged(service: MakeService, tmp_path: Path) -> None:
    one = await resident(service)
    text = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/code")).json()["code"]
    changed = [text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :] for at in range(4, len(text))]
    seal = text.index(".") - 4  # its first two characters are the number of its key: another number, an unknown key
    service_at_gates, device_alone = verifier(tmp_path), device(tmp_path)
    for forged in (*changed[: seal + 1], *changed[seal + 3 :], text[:-10], "LM1:", "green"):
        with pytest.raises(CodeRefused) as refused:
            service_at_gates.verify(forged, MORNING)
        assert refused.value.reason is BadCode.FORGED
    for forged in (*changed[: seal + 1], text[:-10]):
        with pytest.raises(CodeRefused):
            device_alone.verify(forged, MORNING)


async def test_the_drawing_is_the_qr_code_of_that_very_text(service: MakeService) -> None:
    one = await resident(service)
    text = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/code")).json()["code"]
    drawn = await one.here.clerk.get(f"/v1/residents/{one.resident_id}/code.svg")
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert drawn.headers["cache-control"] == "no-store"
    wanted = [[bool(module) for module in row] for row in segno.make(text, error="m").matrix]
    assert dark(drawn.content) == wanted
    other = io.BytesIO()
    segno.make(text + "x", error="m").save(other, kind="svg", border=4)
    assert dark(other.getvalue()) != wanted


async def test_an_unknown_resident_has_no_code(service: MakeService) -> None:
    here = await office(service)
    for path in ("code", "code.svg", "standing", "standing/history"):
        answer = await here.clerk.get(f"/v1/residents/{new_id()}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "registration.no_such_resident")
