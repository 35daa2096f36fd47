"""A list of exceptions that is not renewed: an answer has its age; a list that is too old makes no resident green."""

from datetime import timedelta

import pytest

from services.checkpoint.domain.decision import GREEN, LIST_GOOD_FOR, Proof, Standing, by_list
from shared.base.ids import new_id
from shared.events.checkpoint import CredentialKind
from shared.events.registration import Colour
from shared.health_code import HealthCode, new_code_id
from tests.checkpoint.gate import NOW, Gate, scan, standing

RED = Standing(Colour.RED, False)
PAPER, FRESH = Proof(CredentialKind.CODE, "r1"), Proof(CredentialKind.CODE, "r1", fresh=True)
A_LITTLE = timedelta(seconds=1)
UNKNOWN = ("recheck", ["standings_unavailable"])


def printed(gate: Gate, resident_id: str) -> str:
    """Return a code on paper, good for a month."""
    code = HealthCode(resident_id, Colour.GREEN, NOW, NOW + timedelta(days=30), new_code_id(), True)
    return gate._signer.sign(code)


@pytest.mark.parametrize(
    ("listed", "proof", "age", "counts"),
    [
        (GREEN, PAPER, LIST_GOOD_FOR, GREEN),
        (GREEN, PAPER, LIST_GOOD_FOR + A_LITTLE, None),
        (GREEN, FRESH, LIST_GOOD_FOR + A_LITTLE, GREEN),
        (RED, PAPER, LIST_GOOD_FOR + A_LITTLE, RED),
        (None, FRESH, timedelta(), None),
    ],
)
def test_a_list_says_who_is_green_for_a_day(
    listed: Standing | None, proof: Proof, age: timedelta, counts: Standing | None
) -> None:
    assert by_list(listed, proof, age) == counts


async def test_a_list_that_is_too_old_makes_no_resident_green(gate: Gate) -> None:
    paper = scan("code", printed(gate, new_id()))
    gate.service.clock.advance(LIST_GOOD_FOR)
    answer = await gate.answer(paper | again(gate))
    assert (answer["verdict"], answer["standing_as_of"]) == ("allow", NOW.isoformat().replace("+00:00", "Z"))
    gate.service.clock.advance(A_LITTLE)
    answer = await gate.answer(paper | again(gate))
    assert (answer["verdict"], answer["reasons"]) == UNKNOWN


async def test_with_an_old_list_a_fresh_code_says_itself_what_holds(gate: Gate) -> None:
    gate.service.clock.advance(LIST_GOOD_FOR + A_LITTLE)
    for colour, verdict in ((Colour.GREEN, "allow"), (Colour.YELLOW, "recheck")):
        assert (await gate.answer(scan("code", gate.code(new_id(), colour)) | again(gate)))["verdict"] == verdict


async def test_whom_an_old_list_names_is_held_all_the_same(gate: Gate) -> None:
    red = new_id()
    gate.learns(standing(red, Colour.RED))
    gate.service.clock.advance(LIST_GOOD_FOR + A_LITTLE)
    assert (await gate.answer(scan("code", gate.code(red), direction="out") | again(gate)))["verdict"] == "deny"


async def test_a_late_scan_is_judged_by_how_old_the_list_was_when_it_was_made(gate: Gate) -> None:
    paper = scan("code", printed(gate, new_id()))
    gate.service.clock.advance(LIST_GOOD_FOR + timedelta(minutes=30))
    made = {"scan_id": new_id(), "at": (NOW + LIST_GOOD_FOR - timedelta(minutes=1)).isoformat()}
    assert (await gate.answer(paper | made))["verdict"] == "allow"


def again(gate: Gate) -> dict[str, str]:
    """Return what makes another scan of it, made now."""
    return {"scan_id": new_id(), "at": gate.service.clock.now().isoformat()}
