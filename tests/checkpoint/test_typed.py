"""What devices and people type is folded before the gate checks, compares or hashes it (R2.2, R2.3)."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events.checkpoint import CheckpointDefined, CheckpointKind, GateDefined, PermitChanged, Policy
from shared.events.registration import CardsChanged, Colour
from tests.checkpoint.gate import COMPOUND, DOOR, GATE, NOW, Gate, lives, scan, standing
from tests.checkpoint.test_visitors import define_gate, lets, registered, staff
from tests.support.http import stated

ID = "11010519491231002X"
TYPED = {
    "card in full-width letters": ("card", "Ｋ－１７１７"),
    "card with invisible marks": ("card", "\u2068k-17\u200b17\ufeff"),
    "card with another dash": ("card", "K\u20111717"),
    "card with a Cyrillic letter": ("card", "\u041a-1717"),
    "card of a scanner that ends with a zero byte": ("card", "K-1717\x00"),
    "card with an AIM identifier": ("card", "]C0K-1717"),
    "number in full-width digits": ("id_number", "１１０１０５１９４９１２３１００２Ｘ"),
    "number in full-width digits, taken for a card": ("card", "１１０１０５１９４９１２３１００２ｘ"),
    "number with blanks": ("id_number", "110105\u300019491231\u00a0002X"),
}


async def reasons_of(gate: Gate, kind: str, value: str, **more: Any) -> list[str]:
    reasons: list[str] = (await gate.answer(scan(kind, value, **more)))["reasons"]
    return reasons


@pytest.mark.parametrize("what", TYPED)
async def test_a_credential_is_the_same_however_it_is_typed(gate: Gate, what: str) -> None:
    resident = new_id()
    known = lives(resident, id_number_hash=gate.hash_of("id_number", ID), cards=[gate.hash_of("card", "K-1717")])
    gate.learns(known, standing(resident, Colour.RED, isolated=True))
    assert await reasons_of(gate, *TYPED[what], direction="out") == ["isolated_no_exit"]
    assert gate.passages[-1].resident_id == resident


@pytest.mark.parametrize(
    "line", ["K-1717；38.5", "K-1717：３８．５", "K-1717，38.5", "K-1717\u300038.5", "]C1K-1717;38。5℃"]
)
async def test_a_line_that_a_device_sent_whole_loses_neither_the_fever_nor_the_breach(gate: Gate, line: str) -> None:
    resident = new_id()
    gate.learns(lives(resident, cards=[gate.hash_of("card", "K-1717")]), standing(resident, Colour.RED, isolated=True))
    assert await reasons_of(gate, "card", line, direction="out", temperature_c=None) == ["isolated_no_exit", "fever"]
    assert gate.passages[-1].temperature_c == 38.5


async def test_a_measured_temperature_goes_before_that_in_the_text(gate: Gate) -> None:
    assert "fever" not in await reasons_of(gate, "card", "K-1717；38.5", temperature_c=36.5)


@pytest.mark.parametrize("prefix", ["]Q1", "]d2", "]Q2\\000026", "\\000026", "】Q1"])
async def test_a_code_with_what_a_scanner_puts_before_it_is_the_code(gate: Gate, prefix: str) -> None:
    code = gate.code(new_id())
    for kind in ("code", "card"):  # an older device takes it for a card
        assert await reasons_of(gate, kind, prefix + code) == []
        assert gate.passages[-1].credential_kind == "code"


async def test_a_code_through_an_input_method_or_with_caps_lock_on_is_the_code(gate: Gate) -> None:
    code = gate.code(new_id())
    full_width = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    for text in (code.swapcase(), f"]q1{code.swapcase()}", code.replace(":", "："), full_width):
        assert await reasons_of(gate, "card", text) == []
        assert await reasons_of(gate, "code", text) == []
    forged = code[:-6] + ("A" if code[-6] != "A" else "B") + code[-5:]
    assert await reasons_of(gate, "code", forged.swapcase()) == ["code_forged"]


@pytest.mark.parametrize("kind", ["card", "code"])
async def test_a_code_that_lost_the_case_of_its_letters_is_not_read_instead_of_forged(gate: Gate, kind: str) -> None:
    for text in (gate.code(new_id()).upper(), gate.code(new_id()).lower()):
        assert await reasons_of(gate, kind, text) == ["credential_unreadable"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("card", "#!?"),
        ("card", "https://example.org/q"),
        ("card", "\ufffd\ufffdA12345"),
        ("card", "K-7110;36.5K-7111"),
        ("card", "7" * 65),
        ("id_number", "1101=05"),
        ("code", "https://example.org/q"),
    ],
)
async def test_what_no_credential_can_hold_is_not_read_and_never_an_unknown_card(
    gate: Gate, kind: str, value: str
) -> None:
    answer = await gate.answer(scan(kind, value))
    assert (answer["verdict"], answer["reasons"]) == ("recheck", ["credential_unreadable"])
    answer = await gate.answer(scan(kind, value, temperature_c=38.5))
    assert (answer["verdict"], answer["reasons"]) == ("deny", ["credential_unreadable", "fever"])


async def test_a_plate_that_lost_its_characters_is_looked_at_by_hand(gate: Gate) -> None:
    assert await reasons_of(gate, "plate", "\ufffd\ufffdA12345") == ["credential_unreadable", "person_not_shown"]


async def test_those_on_board_are_read_as_all_others(gate: Gate) -> None:
    resident = new_id()
    gate.learns(lives(resident, cards=[gate.hash_of("card", "K-1717")]), standing(resident, Colour.RED))
    on_board = [{"kind": "card", "value": "Ｋ－1717"}, {"kind": "card", "value": "#!?"}]
    answer = await gate.answer(scan("plate", "津a·1２345", on_board=on_board))
    assert [person["reasons"] for person in answer["on_board"]] == [["code_red"], ["credential_unreadable"]]


async def test_a_visitor_is_known_by_whatever_form_was_typed_at_the_registration_and_at_the_gate(gate: Gate) -> None:
    await define_gate(gate)
    typed = {
        "name": "王\u3000小明",
        "phone": "+86 138\u200b0000\u00a01111",
        "id_number": "１１０１０５ 19491231002ｘ",
    }
    slip = await registered(gate, **typed, plate="津a\u30fb１２345")
    gate.learns(GateDefined(gate_id=GATE, name="大门", area_path=COMPOUND, checkpoint_id="cp-north"))
    gate.learns(*await gate.service.emitted(PermitChanged))
    assert {lets(gate, kind, value) is not None for kind, value in (("id_number", ID), ("plate", "津A12345"))} == {True}
    row = (await staff(gate).get(f"/v1/visitors/{slip['permit_id']}", headers=stated("contact tracing"))).json()
    personal = {name: row[name] for name in ("name", "phone", "id_number", "plate")}
    assert personal == {"name": "王小明", "phone": "13800001111", "id_number": ID, "plate": "津A12345"}
    assert await reasons_of(gate, "visitor", "".join(chr(ord(s) + 0xFEE0) for s in slip["slip"])) == []
    assert gate.passages[-1].permit_id == slip["permit_id"]


async def test_watched_plates_are_folded_when_they_are_stated(gate: Gate) -> None:
    await define_gate(gate)
    since = (NOW + timedelta(hours=1)).isoformat()
    body = {"watched_plates": ["鄂ａ", "鄂 A·"], "fever_at_limit": True, "reason": "通知"}
    response = await staff(gate).put(f"/v1/checkpoints/cp-north/policies/{since}", json=body)
    assert response.status_code == 200, response.text
    assert (response.json()["watched_plates"], response.json()["fever_at_limit"]) == (["鄂A"], True)


def guarded(gate: Gate, **stated: Any) -> None:
    place = {"name": "大门", "area_path": COMPOUND}
    policies = (Policy(since=NOW - timedelta(days=1), **stated),)
    defined = CheckpointDefined(checkpoint_id="c1", kind=CheckpointKind.COMPOUND, policies=policies, **place)
    gate.learns(GateDefined(gate_id=GATE, checkpoint_id="c1", **place), defined)


@pytest.mark.parametrize("degrees", [36.6 + 0.7, 37.3, 37.34])
async def test_a_temperature_at_the_limit_is_a_fever_only_where_the_policy_says_so(gate: Gate, degrees: float) -> None:
    assert await reasons_of(gate, "visitor", "courier-7", temperature_c=degrees) == []
    guarded(gate, fever_at_limit=True)
    assert await reasons_of(gate, "visitor", "courier-7", temperature_c=degrees) == ["fever"]
    assert await reasons_of(gate, "visitor", "courier-7", temperature_c=37.2) == []


async def test_a_policy_of_an_earlier_version_counts_over_the_limit(gate: Gate) -> None:
    earlier = {"since": (NOW - timedelta(days=1)).isoformat(), "fever_over_c": 37.0}
    assert Policy.model_validate(earlier).fever_at_limit is False
    later = Policy(since=NOW, fever_at_limit=True).model_dump() | {"a_later_field": 1}
    assert Policy.model_validate(later).fever_at_limit is True


@pytest.mark.parametrize(("degrees", "taken"), [(45.0 + 1e-9, True), (29.97, True), (45.1, False), (29.9, False)])
async def test_the_range_of_a_body_is_compared_in_tenths_too(gate: Gate, degrees: float, taken: bool) -> None:
    assert (await gate.post(scan(temperature_c=degrees))).status_code == (200 if taken else 400)


ISOLATED, FREE = "isolated-person", "free-person"


def cards_of(resident_id: str, *cards: str) -> CardsChanged:
    number = f"number of {resident_id}"
    fields: dict[str, Any] = {"household_id": "h1", "area_path": DOOR, "id_number_hash": number}
    return CardsChanged(resident_id=resident_id, card_hashes=cards, **fields)


@pytest.mark.parametrize("isolated_first", [True, False])
async def test_a_card_of_two_residents_is_judged_by_the_stricter_and_never_by_the_newer(
    gate: Gate, isolated_first: bool
) -> None:
    card = gate.hash_of("card", "K-7110")
    holders = [lives(ISOLATED, cards=[card]), lives(FREE, cards=[card])]
    gate.learns(standing(ISOLATED, Colour.RED, isolated=True))
    for one in holders if isolated_first else reversed(holders):
        gate.learns(one)
    assert await reasons_of(gate, "card", "K-7110", direction="out") == ["isolated_no_exit"]
    assert gate.passages[-1].resident_id == ISOLATED
    gate.learns(standing(FREE, Colour.RED), standing(ISOLATED, Colour.GREEN, since=NOW))
    assert await reasons_of(gate, "card", "K-7110", direction="out") == ["code_red"]


@pytest.mark.parametrize("order", list(permutations(range(2))))
async def test_a_card_that_is_passed_on_ends_with_the_new_holder_alone_in_either_order(
    gate: Gate, order: tuple[int, ...]
) -> None:
    card = gate.hash_of("card", "K-7110")
    gate.learns(lives(ISOLATED, cards=[card]), lives(FREE), standing(ISOLATED, Colour.RED, isolated=True))
    changes = [cards_of(ISOLATED), cards_of(FREE, card)]
    between = []
    for at in order:
        gate.learns(changes[at])
        between += await reasons_of(gate, "card", "K-7110", direction="out")
    assert between in (["credential_unknown"], ["isolated_no_exit"])
    assert gate.passages[-1].resident_id == FREE


async def test_a_scan_of_before_is_judged_by_the_holder_who_was_the_stricter_then(gate: Gate) -> None:
    card, before = gate.hash_of("card", "K-7110"), NOW - timedelta(minutes=30)
    gate.learns(lives(ISOLATED, cards=[card]), lives(FREE, cards=[card]))
    gate.learns(standing(ISOLATED, Colour.RED, isolated=True, since=NOW - timedelta(days=2)))
    gate.learns(standing(ISOLATED, Colour.GREEN, since=NOW - timedelta(minutes=5)))
    late = scan("card", "K-7110", direction="out", at=before.isoformat())
    assert (await gate.answer(late))["reasons"] == ["isolated_no_exit"]
