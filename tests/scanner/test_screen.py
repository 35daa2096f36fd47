"""What the gate keeper sees: a word to be read from afar, why, how it was decided, and what is not as it should be."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from rich.cells import cell_len

from services.checkpoint.client.counter import Counter, Note
from services.checkpoint.client.gate import Display, OnBoard, Passing
from services.checkpoint.client.keys import Entered
from services.checkpoint.client.recognition import recognised
from services.checkpoint.client.screen import Around, Lines
from services.checkpoint.client.view import Outcome, Site, View, frame
from services.checkpoint.domain.decision import Measured
from services.checkpoint.domain.reading import UNREAD_TEXTS, Unread
from services.checkpoint.domain.scan import Override
from shared.events.checkpoint import Direction, Mode, Verdict
from tests.checkpoint.gate import NOW

DENIED = Display(Verdict.DENY, ("code_red", "fever"), Mode.CACHED, NOW - timedelta(minutes=7), seq=3)
GREEN = Display(Verdict.ALLOW, (), Mode.LIVE, NOW, seq=4)
AROUND = Around(NOW, 12, None, {}, online=True, as_of=NOW - timedelta(minutes=7))
SITE = Site("gate-p01", "东门", "锦绣社区", "pc-7 · device-1")
SIZES = [(80, 24), (120, 40)]
STOP = [
    " ████  █████   ███   ████ ",
    "█        █    █   █  █   █",
    " ███     █    █   █  ████ ",
    "    █    █    █   █  █    ",
    "████     █     ███   █    ",
]


def view(language: str = "zh", display: Display | None = None, answer: int = 1, **around: Any) -> View:
    """Return a screen with a verdict on it, or without one."""
    made = View(("zh", "en").index(language), SITE, Counter(Direction.IN, None, True), AROUND._replace(**around))
    if display is not None:
        passing = Passing(recognised("K-7110;36.5"), Measured(Direction.IN, 36.5))
        made.latest = Outcome(answer, NOW, display, passing)
        made.recent.appendleft(made.latest)
    return made


def drawn(made: View, size: tuple[int, int] = (80, 24)) -> str:
    return "\n".join("".join(text for text, _ in row) for row in frame(made, *size))


def surface(made: View, style: str) -> float:
    """Return the share of the screen whose style has that colour."""
    cells = [(cell_len(text), own) for row in frame(made, 80, 24) for text, own in row]
    return sum(size for size, own in cells if style in own.split(";")) / (80 * 24)


def printed(capsys: pytest.CaptureFixture[str], language: str, display: Display, **around: Any) -> list[str]:
    Lines(language).show(display, AROUND._replace(**around))
    return capsys.readouterr().out.rstrip("\n").split("\t")


def test_the_word_is_in_large_letters_that_stand_in_their_places() -> None:
    lines = drawn(view("en", DENIED)).splitlines()
    first = next(at for at, line in enumerate(lines) if STOP[0].strip() in line)
    left = lines[first].index(STOP[0].strip()) - 1
    assert [line[left : left + len(row)] for line, row in zip(lines[first:], STOP, strict=False)] == STOP


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "zh",
            [
                "禁 止 通 行",
                "红码，请人工处置",
                "离线名单",
                "名单时效 7 分",
                "未上传 12",
                "东门 (gate-p01)",
                "锦绣社区",
            ],
        ),
        ("en", ["Red code: follow the red-code procedure", "own list", "list age 7 min", "unsent 12", "[进 IN]"]),
    ],
)
def test_everything_that_matters_is_displayed_in_the_keepers_language(language: str, texts: list[str]) -> None:
    for size in SIZES:
        output = drawn(view(language, DENIED), size)
        assert [text for text in texts if text not in output] == []


def test_on_a_large_terminal_the_word_is_twice_as_large() -> None:
    assert "".join(sign * 2 for sign in STOP[0].strip()) in drawn(view("en", DENIED), (120, 40))


def test_among_the_last_scans_a_pass_by_emergency_is_named_as_one() -> None:
    passed = replace(DENIED, verdict=Verdict.ALLOW, override=Override.POLICE)
    (row,) = [line for line in drawn(view("zh", passed)).splitlines() if line.startswith(" #")]
    assert "公安" in row


def test_every_screen_fills_the_terminal_exactly_in_both_languages() -> None:
    board = tuple(OnBoard(Verdict.DENY, ("code_red", "fever"), "王** 1953") for _ in range(12))
    long = replace(DENIED, on_board=board, override=Override.FIRE, unread=Unread.LETTER_CASE, recorded=False)
    for language, display, size in product(("zh", "en"), (None, DENIED, GREEN, long), [*SIZES, (93, 31), (60, 20)]):
        made = view(language, display, trouble=("很长" * 60, "very long " * 30), online=False)
        rows = [sum(cell_len(text) for text, _ in row) for row in frame(made, *size)]
        assert rows == [size[0]] * size[1], (language, display, size)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "zh",
            [
                "请扫码",
                "卡口",
                "东门 (gate-p01)",
                "锦绣社区",
                "进 IN",
                "pc-7 · device-1",
                "已连接",
                "7 分",
                "未上传  12",
            ],
        ),
        ("en", ["Scan a code", "东门 (gate-p01)", "place", "IN", "pc-7 · device-1", "connected", "7 min", "F1: help"]),
    ],
)
def test_before_the_first_scan_the_screen_says_where_it_is_and_what_to_do(language: str, texts: list[str]) -> None:
    output = drawn(view(language))
    assert [text for text in texts if text not in output] == []


def test_that_the_service_answers_is_not_assumed() -> None:
    assert "已连接" not in drawn(view(online=None))
    assert "正在连接" in drawn(view(online=None))
    assert "未连接，由本机判定" in drawn(view(online=False))


def test_a_green_of_the_device_itself_is_no_green_surface_and_has_a_band_of_its_own() -> None:
    own = replace(GREEN, mode=Mode.CACHED)
    assert surface(view(display=GREEN), "42") > 0.4
    assert surface(view(display=own), "42") == 0
    assert "离线判定，服务器未核验" in drawn(view(display=own))
    assert "DECIDED OFFLINE" in drawn(view("en", own))
    assert "离线判定" not in drawn(view(display=GREEN))


def test_two_equal_verdicts_look_like_two() -> None:
    first, second = (drawn(view(display=replace(GREEN, seq=number), answer=number)) for number in (4, 5))
    assert "#4" in first
    assert "#5" in second
    assert "▌" in second
    assert "▌" not in first


def test_a_name_is_on_the_verdict_and_a_card_is_in_the_list_by_its_last_signs_alone() -> None:
    output = drawn(view(display=replace(GREEN, person="王** 1953")))
    assert "请核对: 王** 1953" in output
    assert "K-7110" not in output
    assert "卡 ..7110 36.5" in output


def test_what_a_line_that_is_not_read_needs_fills_the_middle() -> None:
    made = view("en")
    made.note = Note(UNREAD_TEXTS[Unread.WEB_ADDRESS], bad=True)
    assert drawn(made).count("open the health code") >= 1
    assert surface(made, "44") > 0.4


def test_a_vehicle_lists_its_people_and_says_how_it_is_finished() -> None:
    made = view()
    for text in ("津A12345", "K-7110", "K-7111"):
        made.counter.enter(Entered(text), 0.0)
    assert "津A12345  +2" in drawn(made)
    assert "扫完按回车" in drawn(made)


def test_a_credential_that_was_not_read_says_why_before_the_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    fever = Display(Verdict.DENY, ("credential_unreadable", "fever"), Mode.LIVE, NOW, unread=Unread.LETTER_CASE)
    assert "请关闭大写锁定" in drawn(view("zh", fever))
    assert "switch off caps lock" in printed(capsys, "en", fever)[2]


def test_that_a_scan_is_not_recorded_stands_before_all_else(capsys: pytest.CaptureFixture[str]) -> None:
    lost = Display(Verdict.ALLOW, (), Mode.LIVE, NOW, recorded=False, note=("磁盘已满", "The disk is full"))
    assert "未记录！请手工登记" in drawn(view("zh", lost))
    assert "磁盘已满" in drawn(view("zh", lost))
    assert printed(capsys, "en", lost)[:3] == ["allow", "-", "NOT RECORDED: write it down: The disk is full"]


def test_a_reason_that_this_program_does_not_know_is_displayed_in_the_words_of_the_service() -> None:
    strange = Display(Verdict.RECHECK, ("moonlight",), Mode.LIVE, NOW)
    assert "月光" in drawn(view("zh", strange, texts={"moonlight": ("月光", "Moonlight")}))
    assert "moonlight" in drawn(view("en", strange))


@pytest.mark.parametrize(("language", "text"), [("zh", "请核对: 王** 1953"), ("en", "compare: 王** 1953")])
def test_whom_the_keeper_compares_stands_first_and_is_not_kept(
    capsys: pytest.CaptureFixture[str], language: str, text: str
) -> None:
    display = Display(Verdict.ALLOW, (), Mode.LIVE, NOW, seq=3, person="王** 1953")
    assert printed(capsys, language, display)[2] == text
    assert "王" not in str(display.as_entry())


def test_what_is_wrong_with_the_device_stands_above_the_verdict() -> None:
    trouble = ("令牌已过期：请重新登录", "The token has expired: sign in again")
    assert "sign in again" in drawn(view("en", DENIED, trouble=trouble))
    assert "请重新登录" in drawn(view("zh", DENIED, trouble=trouble))
