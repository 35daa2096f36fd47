"""What the gate keeper sees: a word to be read from afar, why, how it was decided, and what is not as it should be."""

from datetime import timedelta
from typing import Any

import pytest

from services.checkpoint.client.gate import Shown
from services.checkpoint.client.screen import Around, Screen
from shared.events.checkpoint import Mode, Verdict
from tests.checkpoint.gate import NOW

DENIED = Shown(Verdict.DENY, ("code_red", "fever"), Mode.CACHED, NOW - timedelta(minutes=7), seq=3)
AROUND = Around(NOW, 12, "", {})
STOP = [
    " ████  █████   ███   ████ ",
    "█        █    █   █  █   █",
    " ███     █    █   █  ████ ",
    "    █    █    █   █  █    ",
    "████     █     ███   █    ",
]


def seen(capsys: pytest.CaptureFixture[str], language: str, shown: Shown, plain: bool = False, **around: Any) -> str:
    Screen(language, plain).show(shown, AROUND._replace(**around))
    return capsys.readouterr().out


def test_the_word_is_in_large_letters_that_stand_in_their_places(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = seen(capsys, "en", DENIED).splitlines()
    first = next(at for at, line in enumerate(lines) if STOP[0].strip() in line)
    left = lines[first].index(STOP[0].strip()) - 1
    assert [line[left : left + len(row)] for line, row in zip(lines[first:], STOP, strict=False)] == STOP


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh", ["禁止通行", "红码，请人工处置", "离线名单", "名单时效 7 分", "未上传 12"]),
        ("en", ["STOP", "Red code: follow the red-code procedure", "own list", "list age 7 min", "unsent 12"]),
    ],
)
def test_everything_that_matters_is_told_in_the_keepers_language(
    capsys: pytest.CaptureFixture[str], language: str, told: list[str]
) -> None:
    said = seen(capsys, language, DENIED)
    assert [text for text in told if text not in said] == []


def test_a_scan_that_is_not_recorded_is_said_first_and_not_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    lost = Shown(Verdict.ALLOW, (), Mode.LIVE, NOW, recorded=False, note="The disk is full")
    assert "未记录: The disk is full" in seen(capsys, "zh", lost)
    assert seen(capsys, "en", lost, plain=True).split("\t")[:3] == ["allow", "-", "NOT RECORDED: The disk is full"]


def test_a_reason_that_this_program_does_not_know_is_told_as_the_service_says_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    strange = Shown(Verdict.RECHECK, ("moonlight",), Mode.LIVE, NOW)
    assert "月光" in seen(capsys, "zh", strange, texts={"moonlight": ("月光", "Moonlight")})
    assert "moonlight" in seen(capsys, "en", strange)


def test_what_is_wrong_with_the_device_stands_below_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert "sign in again" in seen(capsys, "en", DENIED, trouble="The token has expired: sign in again")
