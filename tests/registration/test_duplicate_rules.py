"""Which two files may be of one person, and why: pure rules with their weights (R1.12)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.registration.domain import duplicate_pairs, duplicates
from services.registration.domain.duplicate_pairs import Pair, State
from services.registration.domain.duplicates import Described, Reason, rules_on
from shared.base.errors import Conflict

BORN, DAY = date(1980, 5, 17), date(2026, 2, 10)
DOOR = "/jinhe/c01/p01/1/1/101"
NOW = datetime(2026, 2, 10, 9, tzinfo=UTC)
ONE = Described("王晓明", BORN, "m", "110105198005170011", phone="13800000001", door=DOOR)


def _proposed(a: Described, b: Described) -> bool:
    rules = rules_on(DAY)
    return rules.weigh(duplicates.compare(a, b)) >= rules.propose_from


def _other(name: str = "王小明", number: str = "110105198005170192", **facts: object) -> Described:
    usual = {"born": BORN, "sex": "m", "phone": "13800000001", "door": "/jinhe/c01/p02/3/1/502"}
    return Described(name, number=number, **(usual | facts))  # type: ignore[arg-type]


def test_one_birth_date_one_phone_and_names_that_sound_alike_are_one_person_and_it_is_explained() -> None:
    reasons = duplicates.compare(ONE, _other())
    assert reasons == (Reason.SOUNDS_ALIKE, Reason.SAME_BIRTH, Reason.SAME_PHONE)
    assert _proposed(ONE, _other())
    assert duplicates.in_words(reasons, "zh") == "姓名同音、出生日期相同、电话相同"
    assert duplicates.in_words(reasons, "en") == "names sound alike, same birth date, same phone"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(_other("王晓亮", door=DOOR), id="twins with other names"),
        pytest.param(_other("王晓敏", sex="f", door=DOOR), id="twins of two sexes"),
        pytest.param(_other("王晓明", sex="f", door=DOOR), id="a sister of the same name"),
        pytest.param(_other("王建国", born=date(1952, 1, 2), door=DOOR), id="a father with the family's phone"),
        pytest.param(_other("王晓明", born=date(1952, 1, 2), door=DOOR), id="a father of the same name and phone"),
        pytest.param(_other("王晓明", born=date(1991, 8, 9), phone=""), id="another person of the same name"),
        pytest.param(_other("王晓明", phone=""), id="one name and one birth date alone"),
        pytest.param(_other("黄晓明", phone="", door=DOOR), id="a lodger"),
    ],
)
def test_twins_families_and_people_of_one_name_are_no_duplicates(other: Described) -> None:
    assert not _proposed(ONE, other)


def test_twins_whose_names_only_nearly_sound_alike_are_two_people() -> None:
    reasons = duplicates.compare(_other("李振", door=DOOR), _other("李正", number="110105198005170213", door=DOOR))
    assert Reason.TWINS in reasons


@pytest.mark.parametrize(
    "other",
    [
        _other("王晓明", number="110105198005170038", phone="", door=""),  # one digit of the number was misread
        _other("王晓明", born=date(1980, 5, 11), door=DOOR),
        _other("欧阳晓明", papers=frozenset({"110105198005170011"})),
    ],
)
def test_a_misread_digit_and_a_paper_of_the_same_number_make_a_pair(other: Described) -> None:
    assert _proposed(ONE, other) is not (other.name == "欧阳晓明")  # another name outweighs even a number


def test_two_files_of_one_person_share_a_key_and_strangers_share_none() -> None:
    keys = set(duplicates.keys(ONE))
    assert keys & set(duplicates.keys(_other()))
    stranger = Described("赵六", date(1970, 1, 1), "m", "110105197001010037", phone="13900000009", door="/x/1")
    assert not keys & set(duplicates.keys(stranger))


def test_the_rules_of_a_day_are_the_latest_that_have_begun() -> None:
    assert rules_on(DAY).since <= DAY
    assert rules_on(date(1999, 1, 1)) is duplicates.RULES[0]


def _pair() -> Pair:
    return duplicate_pairs.propose("pair", "b", "a", "/jinhe", 70, (Reason.SAME_NAME,), NOW)


def test_a_pair_is_the_same_whichever_file_is_named_first() -> None:
    assert _pair() == duplicate_pairs.propose("pair", "a", "b", "/jinhe", 70, (Reason.SAME_NAME,), NOW)


def test_a_second_person_approves_and_never_the_first() -> None:
    waiting = duplicate_pairs.merge(_pair(), "a", True, "office-li", "one person", NOW)
    assert (waiting.state, waiting.absorbed_id) == (State.WAITING, "b")
    with pytest.raises(Conflict, match="ask a colleague"):
        duplicate_pairs.approve(waiting, "office-li")
    assert duplicate_pairs.approve(waiting, "office-wang").state is State.MERGED


def test_what_is_decided_is_not_decided_again() -> None:
    merged = duplicate_pairs.merge(_pair(), "a", False, "office-li", "one person", NOW)
    for again in (
        lambda: duplicate_pairs.tell_apart(merged, "office-li", "two", NOW),
        lambda: duplicate_pairs.put_off(merged, NOW + timedelta(days=1), "office-li", "ask", NOW),
        lambda: duplicate_pairs.merge(merged, "b", False, "office-li", "one person", NOW),
    ):
        with pytest.raises(Conflict, match="decided already"):
            again()
    assert duplicate_pairs.separate(merged, "office-li", "two people", NOW).state is State.SEPARATED
