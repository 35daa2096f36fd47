"""Wrong enrolment codes lock out who tries them, at the gate for which they are tried, and no other device."""

import asyncio
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.checkpoint.domain.devices import CODE_SIGNS
from services.checkpoint.usecases.tries import WRONG_TRIES, WRONG_TRIES_OF_PEER, Tries, network_of
from shared.base.errors import Invalid, Unavailable
from shared.base.ids import new_id
from tests.checkpoint.gate import GATE, NOW
from tests.checkpoint.scanner import Yard
from tests.conftest import MakeService


@pytest_asyncio.fixture
async def yard(service: MakeService) -> Yard:
    """A gate without a device yet."""
    return await Yard.at(service)


async def enrol(yard: Yard, peer: str, code: str, **more: str) -> tuple[int, Any]:
    """Show a code from an address; return the status and the problem's code."""
    transport = httpx.ASGITransport(yard.service.app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.post("/v1/devices/enrol", json={"code": code, "request_id": new_id()} | more)
    return answer.status_code, answer.json().get("code")


async def test_wrong_codes_of_one_peer_lock_out_that_peer_alone(yard: Yard) -> None:
    good = await yard.code()
    for _ in range(WRONG_TRIES):
        assert await enrol(yard, "10.0.0.1", "ABCD2345") == (401, "checkpoint.code_wrong")
    assert await enrol(yard, "10.0.0.1", good) == (503, "checkpoint.too_many_tries")
    assert (await enrol(yard, "10.0.0.2", good))[0] == 200


async def test_wrong_codes_for_one_gate_lock_out_no_other_gate_behind_the_same_address(yard: Yard) -> None:
    good = await yard.code()
    for _ in range(WRONG_TRIES):
        assert (await enrol(yard, "10.0.0.1", "ABCD2345", gate_id="gate-2"))[0] == 401
    assert (await enrol(yard, "10.0.0.1", "ABCD2345", gate_id="gate-2"))[0] == 503
    assert (await enrol(yard, "10.0.0.1", good, gate_id=GATE))[0] == 200


async def test_a_code_is_good_for_its_own_gate_alone_where_a_gate_is_named(yard: Yard) -> None:
    good = await yard.code()
    assert await enrol(yard, "10.0.0.1", good, gate_id="gate-2") == (401, "checkpoint.code_wrong")
    assert (await enrol(yard, "10.0.0.1", good))[0] == 200


async def test_codes_that_are_tried_all_at_once_are_counted_like_others(yard: Yard) -> None:
    wrong = ["ABCD234" + sign for sign in CODE_SIGNS]
    answers = await asyncio.gather(*(enrol(yard, "10.0.0.1", code) for code in wrong))
    assert sum(status == 401 for status, _ in answers) == WRONG_TRIES


def test_a_peer_does_not_get_more_tries_by_naming_more_gates_or_addresses_of_its_network() -> None:
    tries, judged = Tries(), 0
    for n in range(2 * WRONG_TRIES_OF_PEER):
        try:
            with tries.counted(f"2001:db8::{n:x}", f"gate-{n}", NOW):
                judged += 1
                raise Invalid("wrong", "wrong")
        except (Invalid, Unavailable):
            pass
    assert judged == WRONG_TRIES_OF_PEER
    assert network_of("::ffff:10.0.0.1") == network_of("10.0.0.1")


def test_codes_that_were_right_or_not_judged_are_not_counted() -> None:
    tries = Tries()
    for _ in range(2 * WRONG_TRIES):
        with tries.counted("10.0.0.1", GATE, NOW):
            pass
        with pytest.raises(Unavailable, match="away"), tries.counted("10.0.0.1", GATE, NOW):
            raise Unavailable("store.unavailable", "away")
