"""The lists by which devices decide by themselves (R2.4): whole, as a change, and never less than they need."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from services.checkpoint.domain.standings import NAMES, NUMBERS, Digest, short_id
from services.checkpoint.replicas import exceptions
from services.checkpoint.usecases import whole_list
from services.checkpoint.usecases.lists import Version
from shared.base.ids import new_id
from shared.events.checkpoint import CheckpointDefined, CheckpointKind, GateDefined, Policy
from shared.events.registration import Colour
from tests.checkpoint.gate import COMPOUND, GATE, NOW, Gate, gate_at, standing

BYTES_EACH = 40  # a city of a hundred thousand exceptions takes less than four megabytes


async def fetch(gate: Gate, version: str = "") -> Any:
    response = await gate.device.get("/v1/lists", params={"version": version})
    assert response.status_code == 200, response.text
    return response.json()


def shorts(answer: Any) -> dict[str, set[bytes]]:
    raws = {name: base64.b64decode(text) for name, text in answer["exceptions"].items()}
    return {name: {raw[at : at + 16] for at in range(0, len(raw), 16)} for name, raw in raws.items()}


def digest_of(copy: dict[bytes, str]) -> dict[str, list[Any]]:
    digest = Digest()
    for short, name in copy.items():
        digest.add(NAMES.index(name), short)
    return {name: list(counted) for name, counted in digest.by_name().items()}


class Copy:
    """A device's copy of the list, kept as the interface says."""

    def __init__(self) -> None:
        self.standings: dict[bytes, str] = {}
        self.version = ""

    def takes(self, answer: Any) -> None:
        if answer["full"]:
            self.standings = {}
        for name, changed in shorts(answer).items():
            self.standings |= dict.fromkeys(changed, name)
        self.standings = {short: name for short, name in self.standings.items() if name != "green"}
        self.version = answer["version"]

    def agrees(self, answer: Any) -> bool:
        return bool(digest_of(self.standings) == answer["digest"])


async def test_a_device_without_a_list_gets_all_exceptions_by_standing_and_the_rules_of_its_gate(gate: Gate) -> None:
    red, yellow, isolated, green = (new_id() for _ in range(4))
    gate.learns(standing(red, Colour.RED), standing(yellow, Colour.YELLOW), standing(green, Colour.GREEN))
    gate.learns(standing(isolated, Colour.RED, isolated=True))
    answer = await fetch(gate)
    assert answer["full"]
    assert shorts(answer) == {
        "red": {short_id(red)},
        "yellow": {short_id(yellow)},
        "red+isolated": {short_id(isolated)},
    }
    assert answer["as_of"] == NOW.isoformat().replace("+00:00", "Z")
    assert answer["gate"]["gate_id"] == GATE
    assert answer["gate"]["policies"] == []
    assert answer["code_keys"].startswith("-----BEGIN PUBLIC KEY-----")
    assert answer["zone"] == "Asia/Shanghai"
    assert {"code": "code_red", "zh": "红码，请人工处置", "en": "Red code: follow the red-code procedure"} in answer[
        "reasons"
    ]


async def test_after_that_it_gets_only_what_changed_and_the_copy_stays_the_same_list(gate: Gate) -> None:
    copy, residents = Copy(), [new_id() for _ in range(20)]
    gate.learns(*[standing(resident, Colour.RED) for resident in residents])
    copy.takes(await fetch(gate))
    for colour, isolated in [(c, i) for c in Colour for i in (False, True)]:
        gate.learns(standing(residents[0], colour, isolated=isolated), standing(residents[1], Colour.GREEN))
        answer = await fetch(gate, copy.version)
        assert not answer["full"]
        assert shorts(answer)[NAMES[NUMBERS[colour, isolated]]] >= {short_id(residents[0])}
        copy.takes(answer)
        assert copy.agrees(answer)
    assert short_id(residents[1]) not in copy.standings


async def test_when_nothing_changed_the_answer_is_small_and_only_newer(gate: Gate) -> None:
    gate.learns(*[standing(new_id(), Colour.RED) for _ in range(100)])
    first = await fetch(gate)
    gate.service.clock.advance(timedelta(seconds=10))
    gate.learns()
    again = await fetch(gate, first["version"])
    assert (again["full"], again["exceptions"], again["digest"]) == (False, {}, first["digest"])
    assert again["as_of"] > first["as_of"]


@pytest.mark.parametrize("version", ["x", "1", "1_0", "99999999999999999", "1_0.1_x", "_0.1", "1_0." + "9" * 19])
async def test_a_version_that_was_never_given_here_gets_all_exceptions(gate: Gate, version: str) -> None:
    gate.learns(standing(new_id(), Colour.RED))
    answer = await fetch(gate, version)
    assert answer["full"] or sum(map(len, shorts(answer).values())) == 1


async def test_a_device_that_is_too_far_behind_gets_all_exceptions(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exceptions, "KEPT_CHANGES", 5)
    gate.learns(standing(new_id(), Colour.RED))
    version = (await fetch(gate))["version"]
    gate.learns(*[standing(new_id(), Colour.RED) for _ in range(20)])
    monkeypatch.setattr(whole_list, "KEPT_S", -1.0)
    answer = await fetch(gate, version)
    assert answer["full"]
    assert len(shorts(answer)["red"]) == 21


async def test_a_copy_that_another_process_has_brought_further_is_left_as_it_is(gate: Gate) -> None:
    gate.learns(standing(new_id(), Colour.RED))
    held = Version.read((await fetch(gate))["version"])
    assert held is not None
    ahead = str(held._replace(positions={0: held.positions[0] + 5}))
    answer = await fetch(gate, ahead)
    assert (answer["full"], answer["version"], answer["digest"], answer["exceptions"]) == (False, ahead, None, {})


async def test_after_the_bus_was_lost_a_device_gets_all_exceptions_again(gate: Gate) -> None:
    gate.learns(standing(new_id(), Colour.RED))
    version = (await fetch(gate))["version"]
    gate.service.offset = 0
    gate.service.clock.advance(timedelta(seconds=10))
    gate.learns()
    assert (await fetch(gate, version))["full"]


async def test_a_change_by_offsets_of_a_lost_bus_shows_in_the_digest(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_list, "KEPT_S", -1.0)
    copy = Copy()
    gate.learns(standing(new_id(), Colour.RED))
    copy.takes(await fetch(gate))
    gate.service.offset = -2
    gate.learns(*[standing(new_id(), Colour.RED) for _ in range(3)])  # as many offsets as were used before
    answer = await fetch(gate, copy.version)
    assert not answer["full"]
    copy.takes(answer)
    assert not copy.agrees(answer)
    copy.takes(await fetch(gate))
    assert len(copy.standings) == 4


async def test_each_exception_takes_less_than_forty_bytes_of_the_list(gate: Gate) -> None:
    # Read as the bus hands them over, which the rest of the service would take long for.
    known = gate.service.deps.known.exceptions
    for number in range(10_000):
        known._apply(gate.service.stamp(standing(new_id(), list(Colour)[1 + number % 2], isolated=number % 3 == 0)))
    response = await gate.device.get("/v1/lists")
    assert len(response.content) < 10_000 * BYTES_EACH
    copy = Copy()
    copy.takes(response.json())
    assert len(copy.standings) == 10_000
    assert copy.agrees(response.json())


async def test_a_whole_city_that_asks_at_once_is_served_from_one_copy(gate: Gate) -> None:
    gate.learns(standing(new_id(), Colour.RED))
    first = await fetch(gate)
    gate.learns(standing(new_id(), Colour.RED))
    again = await fetch(gate)
    assert again["exceptions"] == first["exceptions"]
    assert sum(map(len, shorts(await fetch(gate, again["version"])).values())) == 1  # the rest comes as a change


async def test_while_the_list_is_read_a_device_is_asked_to_wait(gate: Gate) -> None:
    gate.service.deps.known.exceptions.replica.expect({0, 1})
    response = await gate.device.get("/v1/lists")
    assert (response.status_code, response.json()["code"]) == (503, "checkpoint.list_incomplete")
    assert response.headers["retry-after"] == "2"


async def test_a_device_gets_the_policies_of_its_gates_checkpoint_with_their_dates(gate: Gate) -> None:
    policy = Policy(since=NOW, fever_over_c=37.0, curfew=("22:00", "05:00"))
    defined = CheckpointDefined(
        checkpoint_id="c1", name="东门", kind=CheckpointKind.COMPOUND, area_path=COMPOUND, policies=(policy,)
    )
    gate.learns(GateDefined(gate_id=GATE, name="东门", area_path=COMPOUND, checkpoint_id="c1"))
    rules = (await fetch(gate))["gate"]
    assert rules["checkpoint_id"] == "c1"
    assert rules["policies"] == []  # complete, and no event of the checkpoint has come
    gate.learns(defined)
    assert [Policy.model_validate(one) for one in (await fetch(gate))["gate"]["policies"]] == [policy]


async def test_a_device_gets_the_names_of_its_gate_and_checkpoint(gate: Gate) -> None:
    gate.learns(GateDefined(gate_id=GATE, name="东门一号岗", area_path=COMPOUND, checkpoint_id="c1"))
    rules = (await fetch(gate))["gate"]
    assert (rules["name"], rules["checkpoint_name"]) == ("东门一号岗", None)
    gate.learns(CheckpointDefined(checkpoint_id="c1", name="东门", kind=CheckpointKind.COMPOUND, area_path=COMPOUND))
    assert (await fetch(gate))["gate"]["checkpoint_name"] == "东门"


async def test_the_office_names_the_gate_and_finds_those_of_its_area(gate: Gate) -> None:
    gate.learns(gate_at("/elsewhere/c9", "gate-9"))
    office = gate.service.client("community")
    answers = [(await office.get("/v1/lists", params=q)) for q in ({"gate_id": GATE}, {"gate_id": "gate-9"}, {})]
    assert [response.status_code for response in answers] == [200, 404, 400]
    assert (await gate.service.client("doctor").get("/v1/lists")).status_code == 403
