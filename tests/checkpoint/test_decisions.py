"""The rules of a gate (R2.3): who may pass, who is checked again, who is refused, and why."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services import checkpoint
from services.checkpoint.domain import alerts, decision
from services.checkpoint.domain.decision import GREEN, Decision, Measured, Proof, Rules, Standing, decide, of_vehicle
from services.checkpoint.domain.reasons import REASON_TEXTS, Reason
from services.checkpoint.domain.scan import check_scan, is_late
from services.checkpoint.settings import Settings
from shared.base.settings import ServiceSettings
from shared.events.checkpoint import AlertRule, CredentialKind, Direction, Verdict
from shared.events.registration import Colour

YELLOW, RED = Standing(Colour.YELLOW, False), Standing(Colour.RED, False)
ISOLATED = Standing(Colour.RED, True)
IN, OUT = Direction.IN, Direction.OUT
ALLOW, DENY, RECHECK = Verdict.ALLOW, Verdict.DENY, Verdict.RECHECK
RESIDENT = Proof(CredentialKind.CODE, "r1")
NOW = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)


def decided(
    proof: Proof = RESIDENT,
    standing: Standing | None = GREEN,
    direction: Direction = IN,
    temperature_c: float | None = 36.5,
    mask: bool | None = True,
    rules: Rules = Rules(),  # noqa: B008  # frozen
) -> Decision:
    result = decide(proof, standing, Measured(direction, temperature_c, mask), rules)
    return of_vehicle(result, (), watched=False) if proof.kind is CredentialKind.PLATE else result


@pytest.mark.parametrize(
    ("standing", "direction", "verdict", "reasons"),
    [
        (GREEN, IN, ALLOW, ()),
        (GREEN, OUT, ALLOW, ()),
        (YELLOW, IN, RECHECK, (Reason.CODE_YELLOW,)),
        (YELLOW, OUT, RECHECK, (Reason.CODE_YELLOW,)),
        (RED, IN, RECHECK, (Reason.CODE_RED,)),
        (RED, OUT, DENY, (Reason.CODE_RED,)),
        (ISOLATED, IN, RECHECK, (Reason.ISOLATED_ESCORT,)),
        (ISOLATED, OUT, DENY, (Reason.ISOLATED_NO_EXIT,)),
    ],
)
def test_a_colour_decides_by_the_direction(
    standing: Standing, direction: Direction, verdict: Verdict, reasons: tuple[Reason, ...]
) -> None:
    assert decided(standing=standing, direction=direction) == Decision(verdict, reasons)


@pytest.mark.parametrize(("temperature_c", "verdict"), [(None, ALLOW), (37.2, ALLOW), (37.3, ALLOW), (37.4, DENY)])
def test_a_fever_is_over_37_3_and_not_at_it(temperature_c: float | None, verdict: Verdict) -> None:
    assert decided(temperature_c=temperature_c).verdict is verdict


@pytest.mark.parametrize("direction", [IN, OUT])
def test_a_fever_is_stopped_in_both_directions_whatever_the_credential_is(direction: Direction) -> None:
    for proof in (RESIDENT, Proof(CredentialKind.VISITOR), Proof(CredentialKind.PLATE)):
        result = decided(proof, direction=direction, temperature_c=38.2)
        assert result.verdict is DENY
        assert Reason.FEVER in result.reasons


def test_a_missing_mask_is_asked_for_and_an_unseen_one_is_not() -> None:
    assert decided(mask=False) == Decision(RECHECK, (Reason.MASK_MISSING,))
    assert decided(mask=None) == Decision(ALLOW, ())


def test_a_forged_code_is_refused() -> None:
    assert decided(Proof(CredentialKind.CODE, None, Reason.CODE_FORGED)) == Decision(DENY, (Reason.CODE_FORGED,))


def test_an_expired_code_is_refreshed() -> None:
    expired = Proof(CredentialKind.CODE, "r1", Reason.CODE_EXPIRED)
    assert decided(expired) == Decision(RECHECK, (Reason.CODE_EXPIRED,))


def test_an_expired_code_does_not_hide_who_is_isolated() -> None:
    expired = Proof(CredentialKind.CODE, "r1", Reason.CODE_EXPIRED)
    result = decided(expired, ISOLATED, OUT)
    assert result == Decision(DENY, (Reason.CODE_EXPIRED, Reason.ISOLATED_NO_EXIT))


@pytest.mark.parametrize("kind", [CredentialKind.CARD, CredentialKind.ID_NUMBER])
def test_an_unknown_card_or_number_is_registered_by_hand(kind: CredentialKind) -> None:
    proof = Proof(kind, None, Reason.CREDENTIAL_UNKNOWN)
    assert decided(proof, None) == Decision(RECHECK, (Reason.CREDENTIAL_UNKNOWN,))


def test_a_plate_proves_no_person() -> None:
    assert decided(Proof(CredentialKind.PLATE), None) == Decision(RECHECK, (Reason.PERSON_NOT_SHOWN,))


def test_a_visitor_passes_by_temperature_alone_and_not_without_one() -> None:
    assert decided(Proof(CredentialKind.VISITOR), None) == Decision(ALLOW, ())
    unmeasured = decided(Proof(CredentialKind.VISITOR), None, temperature_c=None)
    assert unmeasured == Decision(RECHECK, (Reason.TEMPERATURE_MISSING,))


def test_without_the_list_no_resident_is_taken_for_green() -> None:
    assert decided(standing=None) == Decision(RECHECK, (Reason.STANDINGS_UNAVAILABLE,))


def test_without_the_list_a_red_code_is_still_red() -> None:
    proof = Proof(CredentialKind.CODE, "r1", colour=Colour.RED)
    result = decided(proof, None, OUT)
    assert result == Decision(DENY, (Reason.STANDINGS_UNAVAILABLE, Reason.CODE_RED))


def test_a_newer_code_makes_the_list_stricter_and_never_milder() -> None:
    assert decided(Proof(CredentialKind.CODE, "r1", colour=Colour.YELLOW)).reasons == (Reason.CODE_YELLOW,)
    assert decided(Proof(CredentialKind.CODE, "r1", colour=Colour.GREEN), RED).reasons == (Reason.CODE_RED,)


def test_a_decision_has_every_reason_and_the_worst_decides() -> None:
    result = decided(standing=YELLOW, temperature_c=38.0, mask=False)
    assert result == Decision(DENY, (Reason.CODE_YELLOW, Reason.FEVER, Reason.MASK_MISSING))


PASS_REASONS = (
    "pass_missing",
    "pass_of_another",
    "pass_early",
    "pass_expired",
    "pass_used_up",
    "pass_revoked",
    "pass_wrong_plate",
    "pass_elsewhere",
)


def test_the_codes_of_the_reasons_are_stable() -> None:
    assert [reason.value for reason in Reason] == [
        "code_forged",
        "code_expired",
        "credential_unknown",
        "standings_unavailable",
        "isolated_no_exit",
        "isolated_escort",
        "code_red",
        "code_yellow",
        "fever",
        "mask_missing",
        "person_not_shown",
        "temperature_missing",
        "code_revoked",
        "exit_needs_permit",
        "curfew",
        "not_listed",
        "visitors_barred",
        "visitor_unregistered",
        "plate_watched",
        "policy_unavailable",
        "offline_unknown",
        "credential_unreadable",
        "id_number_wrong",
        "tries_held",
        "second_compound",
        "zone_no_exit",
        "zone_no_entry",
        "zone_return",
        "zone_part",
        "household_quota",
        *PASS_REASONS,
    ]


def test_every_reason_has_a_chinese_and_an_english_text() -> None:
    assert REASON_TEXTS.keys() == set(Reason)
    for chinese, english in REASON_TEXTS.values():
        assert any("一" <= letter <= "鿿" for letter in chinese)
        assert english.isprintable()
        assert not any("一" <= letter <= "鿿" for letter in english)


def test_a_scan_is_late_after_five_minutes() -> None:
    assert not is_late(NOW - timedelta(minutes=5), NOW)
    assert is_late(NOW - timedelta(minutes=5, seconds=1), NOW)


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=5), -timedelta(days=30)])
def test_a_device_may_be_five_minutes_ahead_and_keep_its_scans_for_thirty_days(ahead: timedelta) -> None:
    check_scan(NOW + ahead, 36.5, NOW)


@pytest.mark.parametrize("ahead", [timedelta(minutes=5, seconds=1), -timedelta(days=30, seconds=1)])
def test_a_time_that_cannot_be_meant_is_refused(ahead: timedelta) -> None:
    with pytest.raises(ValueError, match="'at' lies"):
        check_scan(NOW + ahead, 36.5, NOW)


@pytest.mark.parametrize("temperature_c", [98.6, 29.9, 45.1, -1.0])
def test_a_temperature_that_is_no_body_s_is_refused(temperature_c: float) -> None:
    with pytest.raises(ValueError, match="measure again"):
        check_scan(NOW, temperature_c, NOW)


@pytest.mark.parametrize(
    ("reasons", "rules"),
    [
        (["isolated_no_exit", "fever"], [AlertRule.BREACH, AlertRule.FEVER]),
        (["code_red"], [AlertRule.COLOUR]),
        (["code_yellow"], [AlertRule.COLOUR]),
        (["isolated_escort"], [AlertRule.COLOUR]),
        (["code_forged"], [AlertRule.FORGED]),
        (["code_expired"], [AlertRule.EXPIRED]),
        (["mask_missing", "standings_unavailable", "credential_unknown"], []),
        (["a_reason_of_a_newer_version"], []),
    ],
)
def test_reasons_raise_the_alerts_of_their_rules(reasons: list[str], rules: list[AlertRule]) -> None:
    assert alerts.alert_rules(reasons, "code") == rules


def test_an_alert_is_about_the_resident_else_the_gate_else_one_feverish_stranger() -> None:
    assert alerts.alert_subject(AlertRule.FEVER, "r1", "s1", "g1", "d1") == "r1"
    assert alerts.alert_subject(AlertRule.FORGED, None, "s1", "g1", "d1") == "gate:g1"
    assert alerts.alert_subject(AlertRule.FEVER, None, "s1", "g1", "d1") == "scan:s1"
    assert alerts.alert_subject(AlertRule.PROBING, "r1", "s1", "g1", "d1") == "device:d1"


def test_an_episode_is_a_day_of_the_city() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    before, after = datetime(2026, 2, 10, 15, 59, tzinfo=UTC), datetime(2026, 2, 10, 16, 0, tzinfo=UTC)
    assert alerts.episode(AlertRule.FEVER, "r1", before, zone) == ("fever", "r1", "2026-02-10")
    assert alerts.episode(AlertRule.FEVER, "r1", after, zone) == ("fever", "r1", "2026-02-11")


def readme_rows() -> dict[str, list[str]]:
    """Return the rows of the README's verdict table, by the reason that each is about."""
    lines = (Path(checkpoint.__file__).with_name("README.md")).read_text(encoding="utf-8").splitlines()
    table = lines[lines.index("| reason | in | out | alert | text |") + 2 :]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in takewhile(bool, table)]
    return {row[0].strip("`").partition("`")[0]: row[1:] for row in rows}


def test_the_readme_tells_every_reason_as_it_is_decided() -> None:
    rows = readme_rows()
    assert rows.keys() - {"none: green, no fever"} == set(Reason)
    for reason in Reason:
        stated = dict(zip((IN, OUT), rows[reason][:2], strict=True))
        actual = {way: decision._verdict([reason], way).value for way in (IN, OUT) if stated[way]}
        assert actual == {way: verdict for way, verdict in stated.items() if verdict}
        assert rows[reason][2] == (alerts.ALERTS[reason].value if reason in alerts.ALERTS else "")
        assert rows[reason][3] == REASON_TEXTS[reason][0]


def test_the_readme_names_every_setting() -> None:
    text = (Path(checkpoint.__file__).with_name("README.md")).read_text(encoding="utf-8")
    for name in Settings.model_fields.keys() - ServiceSettings.model_fields.keys():
        assert f"`LASTMETRE_{name.upper()}`" in text
