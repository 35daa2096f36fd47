"""Rules of codes, orders by hand and appeals, without a store (R1.9)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.registration.domain import appeals, codes, colours, orders, persons
from services.registration.domain.appeals import Appeal
from services.registration.domain.code_rules import USUAL
from services.registration.domain.codes import IssuedCode
from services.registration.domain.colours import Evidence, EvidenceKind
from services.registration.domain.orders import ColourOrder, State
from shared.base.errors import Conflict, Invalid
from shared.events.registration import Colour, Outcome, Revocation

NOW = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ORDER = ColourOrder("o", "/jinhe", Colour.RED, "contact of a case", NOW + DAY, 1, "liu", NOW)
CODE = IssuedCode("c", "r", Colour.GREEN, NOW, NOW + timedelta(minutes=15))
APPEAL = Appeal("a", "r", "/jinhe", "s", Colour.RED, "manual", "o", "r", NOW, NOW + 3 * DAY)


def by_hand(colour: Colour, days: int = 1) -> Evidence:
    return Evidence("o", "r", EvidenceKind.MANUAL, NOW, NOW + days * DAY, colour, "liu")


@pytest.mark.parametrize("colour", [Colour.YELLOW, Colour.RED])
def test_an_order_gives_its_own_colour_and_names_its_officer(colour: Colour) -> None:
    standing = colours.standing("r", [by_hand(colour)], NOW, USUAL.colour_of)
    assert (standing.colour, standing.rule, standing.officer, standing.isolated) == (colour, "manual", "liu", False)


def test_an_order_never_makes_a_colour_milder_nor_takes_isolation_away() -> None:
    case = Evidence("case", "r", EvidenceKind.ISOLATION, NOW)
    standing = colours.standing("r", [by_hand(Colour.YELLOW, 20), case], NOW, USUAL.colour_of)
    assert (standing.colour, standing.evidence, standing.officer) == (Colour.RED, "case", None)
    fever = Evidence("fever", "r", EvidenceKind.FEVER, NOW, NOW + 3 * DAY)
    assert colours.standing("r", [by_hand(Colour.RED), fever, case], NOW, USUAL.colour_of).isolated


@pytest.mark.parametrize(("colour", "size", "two"), [("yellow", 1, False), ("yellow", 2, True), ("red", 1, True)])
def test_red_and_whatever_is_for_several_takes_two(colour: str, size: int, two: bool) -> None:
    held = orders.put_in_force(replace(ORDER, colour=Colour(colour), size=size))
    assert (held.takes_two, held.on_one_word) == (two, True)


@pytest.mark.parametrize("until", [NOW, NOW - DAY, NOW + 30 * DAY + timedelta(seconds=1)])
def test_an_order_ends_after_now_and_within_thirty_days(until: datetime) -> None:
    with pytest.raises(Invalid, match="30 days"):
        orders.check(replace(ORDER, until=until))
    orders.check(replace(ORDER, until=NOW + 30 * DAY))
    orders.check(replace(ORDER, until=NOW + timedelta(seconds=1)))


def test_an_order_can_be_approved_until_the_moment_it_expires() -> None:
    lasting = replace(ORDER, until=NOW + 9 * DAY)
    assert orders.approve(lasting, "chen", NOW + DAY - timedelta(seconds=1)).state is State.APPROVED
    with pytest.raises(Conflict, match="propose it again"):
        orders.approve(lasting, "chen", NOW + DAY)


def test_parts_hold_every_resident_once_and_in_order() -> None:
    ids = tuple(map(str, range(2 * orders.PART_SIZE + 1)))
    made = orders.parts("o", ids, frozenset({"1", ids[-1]}))
    assert tuple(one for part in made for one in part.resident_ids) == ids
    assert [part.not_found for part in made] == [("1",), (), (ids[-1],)]
    assert len(orders.parts("o", ids[: orders.PART_SIZE], frozenset())) == 1


def test_a_code_is_reused_for_a_minute_while_nothing_changed() -> None:
    minute = timedelta(minutes=1)
    assert codes.reusable(CODE, Colour.GREEN, NOW + minute - timedelta(seconds=1))
    assert not codes.reusable(CODE, Colour.GREEN, NOW + minute)
    assert not codes.reusable(CODE, Colour.RED, NOW)
    assert not codes.reusable(replace(CODE, expires_at=NOW + minute / 2), Colour.GREEN, NOW + minute / 2)
    assert not codes.reusable(codes.revoke(CODE, "r", Revocation.LOST, "", NOW), Colour.GREEN, NOW)


@pytest.mark.parametrize(
    ("name", "masked"), [("王", "王"), ("王伟", "王*"), ("欧阳明月", "欧***"), ("Anna Katharina", "A*****"), ("", "")]
)
def test_a_masked_name_shows_its_first_character_alone(name: str, masked: str) -> None:
    assert persons.mask_name(name) == masked


def test_an_appeal_is_overdue_from_the_moment_it_is_due_until_it_is_decided() -> None:
    assert not APPEAL.overdue(APPEAL.due_at - timedelta(seconds=1))
    assert APPEAL.overdue(APPEAL.due_at)
    decided = appeals.decide(APPEAL, Outcome.REJECTED, "ma", "no", NOW)
    assert not decided.overdue(APPEAL.due_at)


def test_only_an_officer_who_is_not_concerned_decides_an_appeal() -> None:
    order = orders.approve(ORDER, "chen", NOW)
    for concerned in ("r", "liu", "chen"):
        with pytest.raises(Conflict, match="ask a colleague"):
            appeals.check_decider(APPEAL, order, concerned)
    appeals.check_decider(APPEAL, order, "ma")
    appeals.check_decider(APPEAL, None, "liu")
