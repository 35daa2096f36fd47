"""The rules of registration, without a store."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.registration.domain import colours, journeys, persons, places, risk_lists
from services.registration.domain.code_rules import USUAL
from services.registration.domain.colours import Evidence, EvidenceKind
from services.registration.domain.journeys import Journey
from services.registration.domain.legs import Stay
from services.registration.domain.persons import Care
from shared.base import id_numbers
from shared.events.registration import Colour, PlaceLevel, Risk
from tests.registration.office import id_number

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 2, 10)
NOW = datetime(2026, 2, 10, 1, tzinfo=UTC)


def evidence(kind: EvidenceKind, since_days: float, until_days: float | None = None, name: str = "e") -> Evidence:
    until = None if until_days is None else NOW + timedelta(days=until_days)
    return Evidence(name, "r", kind, NOW + timedelta(days=since_days), until)


def test_a_valid_id_number_holds_its_birth_date() -> None:
    assert persons.birth_date("11010519491231002X", TODAY) == date(1949, 12, 31)
    assert persons.birth_date(id_number(7, date(2001, 3, 4)), TODAY) == date(2001, 3, 4)


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("110105194912310021", "check digit is wrong"),
        ("11010519491231002", "17 digits and a last digit or X"),
        ("1101051949123100XX", "17 digits"),
        ("011105194912310029", "17 digits"),
        ("1.10105194912310E+17", "made a number of it"),
        ("1.1010519491231e+17", "made a number of it"),
        (id_number(1, date(2026, 2, 11)), "in the future"),
        (id_number(1, date(1899, 12, 31)), "before 1900"),
    ],
)
def test_an_id_number_that_cannot_be_is_refused_with_what_to_do(number: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as refused:
        persons.birth_date(number, TODAY)
    assert number not in str(refused.value)


def test_an_id_number_may_end_in_a_small_x_and_stand_between_spaces() -> None:
    assert persons.check_id_number(" 11010519491231002x ", TODAY) == "11010519491231002X"


def test_a_thirty_first_of_february_is_no_birth_date() -> None:
    body = "11010519490231002"
    number = next(body + last for last in "0123456789X" if id_numbers.is_checked(body + last))
    with pytest.raises(ValueError, match="no valid birth date"):
        persons.birth_date(number, TODAY)


@pytest.mark.parametrize("text", ["138 0013 8000", "138-0013-8000", "+8613800138000", "0731 8888888"])
def test_a_phone_number_may_be_written_in_groups(text: str) -> None:
    assert persons.check_phone(text).lstrip("+").isdigit()


@pytest.mark.parametrize("text", ["12345", "1" * 16, "one two three", "138001380oo", "1.38E+10", "++861380013800"])
def test_what_is_no_phone_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="7 to 15 digits"):
        persons.check_phone(text)


@pytest.mark.parametrize("text", ["", "  ", "x" * 61, "王\u0007伟", "#N/A", "#REF!"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is missing|has more than 60|control character|shows an error"):
        persons.check_name(text)


@pytest.mark.parametrize(
    "text", ["独居老人、残疾", "独居老人,残疾", "独居老人; 残疾", "elderly_alone disabled", "残疾,独居老人，残疾"]
)
def test_care_categories_are_read_in_either_language_however_they_are_separated(text: str) -> None:
    assert persons.care_categories(text) == (Care.DISABLED, Care.ELDERLY_ALONE)


def test_no_care_can_be_stated_in_words() -> None:
    assert persons.care_categories("无") == persons.care_categories("None") == ()


def test_an_unknown_category_is_refused_with_the_known_ones_and_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="独居老人") as refused:
        persons.care_categories("王伟的母亲")
    assert "王伟" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "level"), [("社区", PlaceLevel.COMMUNITY), ("村", PlaceLevel.COMPOUND), ("grid", PlaceLevel.GRID)]
)
def test_a_level_is_read_in_either_language(text: str, level: PlaceLevel) -> None:
    assert places.place_level(text) is level


def test_a_place_lies_in_one_of_a_higher_level_and_a_city_in_nothing() -> None:
    assert places.level_fits(None, PlaceLevel.CITY)
    assert places.level_fits(PlaceLevel.COMMUNITY, PlaceLevel.COMPOUND)
    assert not places.level_fits(None, PlaceLevel.GRID)
    assert not places.level_fits(PlaceLevel.GRID, PlaceLevel.GRID)
    assert not places.level_fits(PlaceLevel.GRID, PlaceLevel.STREET)
    assert not places.level_fits(PlaceLevel.CITY, PlaceLevel.CITY)


def test_the_longest_region_on_the_list_wins() -> None:
    risks = {"hubei": Risk.MEDIUM, "hubei/wuhan": Risk.HIGH, "hubei/wuhan/caidian": Risk.LOW}
    listed = [risk_lists.ListedRegion(region, risk) for region, risk in risks.items()]

    def risk_of(region: str) -> Risk:
        entry = risk_lists.risk_of(Stay(region, NOW, NOW), listed)
        return entry.risk if entry else Risk.LOW

    assert risk_of("hubei/wuhan") is Risk.HIGH
    assert risk_of("hubei/wuhan/caidian") is Risk.LOW
    assert risk_of("hubei/wuhan/jianghan") is Risk.HIGH
    assert risk_of("hubei/huanggang") is Risk.MEDIUM
    assert risk_of("hubeis") is Risk.LOW
    assert risk_of("hubei/wuhanx") is Risk.MEDIUM
    assert risk_of("hunan") is Risk.LOW


@pytest.mark.parametrize(
    ("departs", "arrives", "problem"),
    [
        (TODAY, TODAY - timedelta(days=1), "before the departure"),
        (TODAY - timedelta(days=31), TODAY, "at most 30 days"),
        (date(1, 1, 1), date(1, 1, 2), "within 60 days"),
        (date(9999, 12, 30), date(9999, 12, 31), "within 60 days"),
        (TODAY + timedelta(days=61), TODAY + timedelta(days=61), "within 60 days"),
    ],
)
def test_dates_of_a_journey_that_cannot_be_meant_are_refused(departs: date, arrives: date, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        journeys.check_journey(departs, arrives, TODAY)


WATCH = timedelta(days=14)


def journey(risk: Risk, departs_on: date) -> Journey:
    facts = {"household_id": "h", "area_path": "/jinhe", "risk_list_date": None, "declared_by": "r", "declared_at": NOW}
    return Journey("j", "r", "hubei", departs_on, departs_on, risk=risk, **facts)


def test_only_a_medium_risk_counts_by_itself_until_its_day_begins_in_the_city() -> None:
    evidence_of_travel = colours.travel_evidence(journey(Risk.MEDIUM, TODAY - timedelta(days=1)), NOW, 1, ZONE, WATCH)
    assert evidence_of_travel
    assert evidence_of_travel.until == datetime(2026, 2, 23, 0, 0, tzinfo=ZONE)
    assert colours.travel_evidence(journey(Risk.MEDIUM, TODAY - timedelta(days=14)), NOW, 1, ZONE, WATCH) is None
    assert colours.travel_evidence(journey(Risk.HIGH, TODAY), NOW, 1, ZONE, WATCH) is None
    assert colours.travel_evidence(journey(Risk.LOW, TODAY), NOW, 1, ZONE, WATCH) is None


def test_without_evidence_the_code_is_green() -> None:
    assert colours.standing("r", [], NOW, USUAL.colour_of).colour is Colour.GREEN
    past = evidence(EvidenceKind.FEVER, -4, -1)
    future = evidence(EvidenceKind.FEVER, 1, 4)
    assert colours.standing("r", [past, future], NOW, USUAL.colour_of).colour is Colour.GREEN


def test_evidence_counts_from_its_first_moment_and_no_more_at_its_last() -> None:
    fever = evidence(EvidenceKind.FEVER, 0, 3)
    assert fever.counts(NOW)
    assert not fever.counts(NOW + timedelta(days=3))
    assert fever.counts(NOW + timedelta(days=3) - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("kind", "colour", "isolated"),
    [
        (EvidenceKind.ISOLATION, Colour.RED, True),
        (EvidenceKind.RISK_TRAVEL, Colour.YELLOW, False),
        (EvidenceKind.FEVER, Colour.YELLOW, False),
    ],
)
def test_each_kind_of_evidence_has_its_colour(kind: EvidenceKind, colour: Colour, isolated: bool) -> None:
    standing = colours.standing("r", [evidence(kind, -1)], NOW, USUAL.colour_of)
    assert (standing.colour, standing.isolated, standing.rule) == (colour, isolated, kind.value)


def test_the_most_severe_wins() -> None:
    standing = colours.standing(
        "r",
        [
            evidence(EvidenceKind.FEVER, -1, 2, "fever"),
            evidence(EvidenceKind.ISOLATION, -1, None, "case"),
            evidence(EvidenceKind.RISK_TRAVEL, -2, 9, "journey"),
        ],
        NOW,
        USUAL.colour_of,
    )
    assert (standing.colour, standing.evidence, standing.until) == (Colour.RED, "case", None)


def test_of_equal_colours_the_one_that_lasts_longest_counts() -> None:
    fever, journey = evidence(EvidenceKind.FEVER, -1, 2, "fever"), evidence(EvidenceKind.RISK_TRAVEL, -2, 9, "journey")
    for order in ([fever, journey], [journey, fever]):
        standing = colours.standing("r", order, NOW, USUAL.colour_of)
        assert (standing.colour, standing.evidence, standing.until) == (Colour.YELLOW, "journey", journey.until)


def test_a_change_is_published_and_a_first_green_is_not() -> None:
    green = colours.standing("r", [], NOW, USUAL.colour_of)
    yellow = colours.standing("r", [evidence(EvidenceKind.FEVER, -1, 2)], NOW, USUAL.colour_of)
    assert not colours.differs(None, green)
    assert colours.differs(None, yellow)
    assert colours.differs(yellow, green)
    assert not colours.differs(yellow, yellow)
    assert not colours.differs(green, colours.standing("r", [], NOW + timedelta(days=1), USUAL.colour_of))
