"""The console's pure rules: curves, cookies' digests, settings."""

import itertools
from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from services.console.client.views import Case
from services.console.domain.curve import HIGHEST, LOWEST, NARROW, WIDE, Reading, Shape, curve_of
from services.console.domain.sessions import form_token, is_form_token
from services.console.settings import Settings
from tests.console.answers import OF_CASE

DAY = date(2026, 2, 3)
_KNOWN = {"kafka_bootstrap": "k", "mongo_url": "m", "issuer": "i", "jwks": "j", "session_seal_key": "s"}


def _reading(half_days: int, temperature: float | None, missed: bool = False) -> Reading:
    return Reading(DAY + timedelta(days=half_days // 2), half_days % 2, temperature, is_missed=missed)


@pytest.mark.parametrize("shape", [WIDE, NARROW])
def test_a_curve_is_in_the_order_of_time_and_within_its_picture(shape: Shape) -> None:
    curve = curve_of([_reading(3, 36.9), _reading(0, 36.5), _reading(1, 38.4)], shape)
    assert curve
    assert [point.reading.temperature_c for point in curve.points] == [36.5, 38.4, 36.9]
    xs = [point.x for point in curve.points]
    assert xs == sorted(xs)
    assert all(0 < point.x < shape.width and 0 < point.y < shape.height for point in curve.points)
    assert curve.points[1].y < curve.fever_y < curve.points[0].y


def test_a_line_is_broken_where_a_report_is_missing() -> None:
    curve = curve_of([_reading(0, 36.5), _reading(1, 36.6), _reading(2, None, missed=True), _reading(3, 36.7)])
    assert curve
    assert len(curve.lines) == 1
    assert [point.reading.day for point in curve.gaps] == [DAY + timedelta(days=1)]


@pytest.mark.parametrize("extreme", [LOWEST - 3, HIGHEST + 2])
def test_a_reading_beyond_the_usual_range_widens_the_scale(extreme: float) -> None:
    curve = curve_of([_reading(0, 36.5), _reading(1, extreme)])
    assert curve
    assert all(0 < point.y < WIDE.height for point in curve.points)


def test_a_phone_names_so_many_days_that_they_do_not_touch() -> None:
    curve = curve_of([_reading(at, 36.5) for at in range(30)], NARROW)
    assert curve
    xs = [x for x, _ in curve.days]
    assert 3 <= len(xs) <= NARROW.days
    assert min(after - before for before, after in itertools.pairwise(xs)) > 40


def test_a_single_reading_is_a_point_and_no_reading_is_no_curve() -> None:
    curve = curve_of([_reading(0, 36.5)])
    assert curve
    assert (len(curve.points), curve.lines) == (1, ())
    assert curve_of([_reading(0, None, missed=True)]) is None


def test_a_form_belongs_to_one_session() -> None:
    assert is_form_token("cookie", form_token("cookie"))
    assert not is_form_token("cookie", form_token("other"))
    assert not is_form_token("cookie", "汉字")


@pytest.mark.parametrize("url", ["http://console.example", "http://10.0.0.8:8008"])
def test_browsers_reach_the_console_over_https_unless_on_this_machine(url: str) -> None:
    with pytest.raises(ValidationError, match="https"):
        Settings(**_KNOWN, public_url=url)
    assert Settings(**_KNOWN, public_url="https://console.example").is_secure
    assert not Settings(**_KNOWN, public_url="http://127.0.0.1:8008/").is_secure


_AT = {"by": "doctor-chen", "at": "2026-02-10T01:00:00Z"}


@pytest.mark.parametrize(
    ("waiting", "subject", "waits"),
    [
        ({"proposed_by": "doctor-chen"}, "office-liu", True),
        ({"proposed_by": "doctor-chen"}, "Doctor-Chen", False),
        ({"proposed_by": "worker-1"}, "doctor-chen", False),
        ({"proposed_by": "doctor-chen", "confirmed_by": "office-liu"}, "office-sun", False),
        ({"proposed_by": "doctor-chen", "state": "cancelled"}, "office-liu", False),
        ({"extensions_asked": [_AT | {"days": 7, "until": None}]}, "office-liu", True),
        ({"extensions_asked": [_AT | {"days": 7, "until": None}]}, "doctor-chen", False),
        ({"extensions_asked": [_AT | {"by": "worker-1"}]}, "doctor-chen", True),
        ({"referral": _AT}, "office-liu", True),
        ({"referral": _AT}, "doctor-chen", False),
        ({}, "office-liu", False),
    ],
)
def test_a_case_waits_for_a_person_who_has_not_asked_for_what_waits(
    waiting: dict[str, object], subject: str, waits: bool
) -> None:
    case = Case.model_validate(OF_CASE | {"proposed_by": None, "state": "observing"} | waiting)
    assert case.waits_for(subject) is waits
