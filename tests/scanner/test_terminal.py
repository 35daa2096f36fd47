"""The program in a terminal, from its first start to a terminal that is lost: a sentence and an exit code for each."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from services.checkpoint.client import words
from services.checkpoint.client.book import Book
from services.checkpoint.client.cli import scanner
from services.checkpoint.client.device import credential
from shared.base.ids import new_id
from tests.checkpoint.gate import GATE
from tests.scanner.post import Post
from tests.scanner.terminal import Keeper, keeper
from tests.scanner.test_enrolment import code_at

IN_TIME_S = 60.0


@pytest_asyncio.fixture
async def opens(post: Post) -> AsyncIterator[Callable[..., Keeper]]:
    """Starts the program in a terminal; whatever still runs at the end is killed."""
    made: list[Keeper] = []

    def start(*arguments: str | Path, **environment: str) -> Keeper:
        made.append(keeper(*arguments, **environment))
        return made[-1]

    yield start
    for one in made:
        one.close()


def options_of(post: Post, *more: str) -> list[str]:
    """Return the arguments of a program with a token."""
    return ["--book", str(post.book), "--url", post.url, "--token", post.token, "--gate", GATE, "--give-up", "0", *more]


async def test_the_first_start_asks_for_address_and_code_and_the_next_one_asks_for_nothing(
    post: Post, opens: Callable[..., Keeper], tmp_path: Path
) -> None:
    code = await code_at(post)
    first = opens(XDG_DATA_HOME=str(tmp_path))
    await first.reads("缺少卡口服务的地址", "The address of the checkpoint service is missing")
    first.types("checkpoint.example\r")
    await first.reads("--url 是卡口服务的地址")
    first.types(post.url + "\r")
    await first.reads("请向社区办公室领取", "Ask the office for a one-time code")
    first.types("ABCDEFGH\r")
    await first.reads("设备未登记", "The device was not enrolled")
    first.types(code + "\r")
    await first.sees(lambda screen: "请扫码" in screen.text and GATE in screen.text, IN_TIME_S)
    assert await first.leaves(IN_TIME_S) == 0
    book = Book(tmp_path / "lastmetre/gate.db")
    device = credential(book)
    book.close()
    assert device is not None
    again = opens("--lang", "en", XDG_DATA_HOME=str(tmp_path))
    await again.sees(lambda screen: "Scan a code" in screen.text and device.device_id in screen.text, IN_TIME_S)
    again.types("\x1b[19~")
    await again.reads("请扫码")
    again.resize(120, 40)
    await again.sees(lambda screen: "Esc 取消" in screen.lines[39])


async def test_a_terminal_that_is_lost_ends_the_program_with_its_own_code_and_no_scan_is_lost(
    post: Post, opens: Callable[..., Keeper]
) -> None:
    hands = opens(*options_of(post))
    await hands.sees(lambda screen: "请扫码" in screen.text, IN_TIME_S)
    await post.pull()
    hands.types(post.gate.code(new_id()) + "\r")
    await hands.reads(words.DECIDED_OFFLINE[0])
    hands.hang_up()
    assert await hands.ends(IN_TIME_S) == scanner.LOST
    book = Book(post.book)
    assert book.unsent() == (1, 1)
    book.close()
    assert not Path(f"{post.book}.log").exists()


async def test_a_book_that_is_removed_makes_every_scan_not_recorded_and_the_end_says_so(
    post: Post, opens: Callable[..., Keeper]
) -> None:
    hands = opens(*options_of(post))
    await hands.sees(lambda screen: "请扫码" in screen.text, IN_TIME_S)
    post.book.unlink()
    hands.types(post.gate.code(new_id()) + "\r")
    await hands.reads("未记录！请手工登记", "请清理磁盘空间，或换一个文件")
    assert await hands.leaves(IN_TIME_S) == 4
    assert "有 1 次扫码未能记录" in hands.written


async def test_a_certificate_that_is_not_trusted_is_displayed_and_when_enrolling(
    post: Post, free_port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"https://127.0.0.1:{free_port + 7}"
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", free_port + 7, ssl=_self_signed(tmp_path))
    (lines := tmp_path / "lines").write_text("V-7K2M9QXD;36.5\n")
    given = ["--book", str(post.book), "--url", url, "--give-up", "0", "--lang"]
    scan = [*given, "zh", "--token", "t", "--gate", GATE, "--input", str(lines)]
    assert await asyncio.to_thread(scanner.main, scan) == 1
    assert "证书不可信" in capsys.readouterr().out
    assert await asyncio.to_thread(scanner.main, [*given, "en", "--enrol", "ABCDEFGH"]) == 4
    assert "is not trusted (self-signed certificate)" in capsys.readouterr().err
    server.close()


def _self_signed(folder: Path) -> ssl.SSLContext:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-nodes"]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", *subject]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_a_defect_of_the_program_is_a_sentence_and_its_traceback_is_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("services.checkpoint.client.cli.session.identify", breaks)
    assert scanner.main(["--book", str(tmp_path / "b.db"), "--lang", "en"]) == 70
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert "The program has a defect; every scan is in" in printed.err
    assert "ZeroDivisionError" in (tmp_path / "b.db.log").read_text()


def test_without_a_terminal_what_is_missing_is_one_sentence_in_the_language_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--book", str(tmp_path / "b.db"), "--url", "http://127.0.0.1:9", "--lang"]
    for language, sentence in (("zh", "登记码向社区办公室领取"), ("en", "the office makes the code")):
        assert scanner.main([*given, language]) == 2
        printed = capsys.readouterr()
        assert sentence in printed.err
        assert printed.err.count("\n") == 1
