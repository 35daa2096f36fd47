"""What the gate keeper sees: a word to be read from afar, why, how it was decided, and what is not as it should be."""

from datetime import timedelta
from typing import Any

import pytest

from services.checkpoint.client.gate import Display
from services.checkpoint.client.screen import Around, Screen
from services.checkpoint.domain.reading import Unread
from shared.events.checkpoint import Mode, Verdict
from tests.checkpoint.gate import NOW

DENIED = Display(Verdict.DENY, ("code_red", "fever"), Mode.CACHED, NOW - timedelta(minutes=7), seq=3)
AROUND = Around(NOW, 12, "", {})
STOP = [
    " ████  █████   ███   ████ ",
    "█        █    █   █  █   █",
    " ███     █    █   █  ████ ",
    "    █    █    █   █  █    ",
    "████     █     ███   █    ",
]


def seen(
    capsys: pytest.CaptureFixture[str], language: str, display: Display, plain: bool = False, **around: Any
) -> str:
    Screen(language, plain).show(display, AROUND._replace(**around))
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
    ("language", "texts"),
    [
        ("zh", ["禁止通行", "红码，请人工处置", "离线名单", "名单时效 7 分", "未上传 12"]),
        ("en", ["STOP", "Red code: follow the red-code procedure", "own list", "list age 7 min", "unsent 12"]),
    ],
)
def test_everything_that_matters_is_displayed_in_the_keepers_language(
    capsys: pytest.CaptureFixture[str], language: str, texts: list[str]
) -> None:
    output = seen(capsys, language, DENIED)
    assert [text for text in texts if text not in output] == []


def test_a_credential_that_was_not_read_says_why_before_the_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    fever = Display(Verdict.DENY, ("credential_unreadable", "fever"), Mode.LIVE, NOW, unread=Unread.LETTER_CASE)
    assert "请关闭大写锁定" in seen(capsys, "zh", fever)
    assert "switch off caps lock" in seen(capsys, "en", fever, plain=True).split("\t")[2]


def test_that_a_scan_is_not_recorded_stands_before_all_else(capsys: pytest.CaptureFixture[str]) -> None:
    lost = Display(Verdict.ALLOW, (), Mode.LIVE, NOW, recorded=False, note="The disk is full")
    assert "未记录: The disk is full" in seen(capsys, "zh", lost)
    assert seen(capsys, "en", lost, plain=True).split("\t")[:3] == ["allow", "-", "NOT RECORDED: The disk is full"]


def test_a_reason_that_this_program_does_not_know_is_displayed_in_the_words_of_the_service(
    capsys: pytest.CaptureFixture[str],
) -> None:
    strange = Display(Verdict.RECHECK, ("moonlight",), Mode.LIVE, NOW)
    assert "月光" in seen(capsys, "zh", strange, texts={"moonlight": ("月光", "Moonlight")})
    assert "moonlight" in seen(capsys, "en", strange)


@pytest.mark.parametrize(("language", "text"), [("zh", "请核对: 王** 1953"), ("en", "compare: 王** 1953")])
def test_whom_the_keeper_compares_stands_first_and_is_not_kept(
    capsys: pytest.CaptureFixture[str], language: str, text: str
) -> None:
    display = Display(Verdict.ALLOW, (), Mode.LIVE, NOW, seq=3, person="王** 1953")
    assert seen(capsys, language, display, plain=True).split("\t")[2] == text
    assert "王" not in str(display.as_entry())


def test_what_is_wrong_with_the_device_stands_below_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert "sign in again" in seen(capsys, "en", DENIED, trouble="The token has expired: sign in again")
