"""`lastmetre-scanner`: a gate's scanner, which goes on with the network pulled."""

import errno
import logging
import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from services.checkpoint.client import words
from services.checkpoint.client.book import BookUnusable
from services.checkpoint.client.cli.session import MASKS, log_beside, scan_or_report
from services.checkpoint.client.errors import BadArgument, Broken, ClientError, Gone
from services.checkpoint.client.terminal import TerminalLost
from shared.base.commands import Command, Given, exclude, option, run_program
from shared.base.terminal import BROKEN, DONE, FAILED, MISUSE, NEGATIVE, is_chinese, text
from shared.events.checkpoint import Direction

PROGRAM = "lastmetre-scanner"
LOST = 129  # as a shell has it of a program that a hang-up ended
_PATH = click.Path(path_type=Path)
_BOOK = Path("lastmetre") / "gate.db"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_program(command(), PROGRAM, arguments)


def command(program: str = PROGRAM) -> Command:
    """Describe the program, which is called so."""
    return Command(
        program,
        run,
        [*_whose(), *_seen(), *_on_screen()],
        summary=text("在闸口扫码, 断网也能继续", "Scan at a gate, also with the network pulled."),
        examples=(
            (
                f"{program} --book gate.db --url http://127.0.0.1:8003 --enrol CODE",
                text("第一次: 用一次性码注册", "the first time: enrol with a one-time code"),
            ),
            (
                f"{program} --book gate.db --url http://127.0.0.1:8003 --serial /dev/ttyUSB0",
                text("以后: 用串口扫码枪", "later: with a serial scanner"),
            ),
            (program, text("询问缺少的地址和一次性码", "asks for the address and the one-time code")),
            (f"{program} --book gate.db --status", text("尚未发送多少", "what is not sent yet")),
        ),
        exits={
            DONE: text("全部接受", "every scan was accepted"),
            NEGATIVE: text(
                "有的未发送或被退回, 或文件中有的行未读取",
                "some are not sent or were rejected, or lines of a file were not read",
            ),
            MISUSE: text(
                "选项有误, 记录簿无法使用, 或文件一行也未读取",
                "a wrong option, a book that cannot be used, or a file of which nothing was read",
            ),
            FAILED: text(
                "设备未登记, 或有的扫码未能记录", "the device was not enrolled, or some scans were not recorded"
            ),
            BROKEN: text("程序有缺陷, 记录簿无损", "a defect of the program; the book is whole"),
            LOST: text("终端已断开", "the terminal was lost"),
        },
        codes=(DONE, MISUSE, FAILED),
    )


def _whose() -> list[click.Option]:
    """Return the options of the device: its book, its service, what it is known by."""
    return [
        option(
            "--book",
            type=_PATH,
            metavar="FILE",
            show_default="~/.local/share/lastmetre/gate.db",
            help=text("扫码保存在此, 直到发送", "where scans are kept until sent"),
        ),
        option("--url", help=text("闸口服务; 以后记录簿记得", "the checkpoint service; then the book knows it")),
        option(
            "--enrol",
            metavar="CODE",
            help=text("办公室给的一次性码, 只用一次", "the one-time code of the office, once; a terminal asks for it"),
        ),
        option("--token", help=text("令牌, 代替设备自己的", "a token instead of a device's own")),
        option(
            "--gate",
            metavar="ID",
            help=text("闸口, 与 --token 或 --enrol 同用", "the gate, with --token or --enrol; then the book knows it"),
        ),
        option("--status", is_flag=True, help=text("显示保存的内容后结束", "print what the book holds, and end")),
    ]


def _seen() -> list[click.Option]:
    """Return the options of what is scanned, and where it comes from."""
    return [
        option(
            "--direction",
            type=click.Choice([str(way) for way in Direction]),
            default="in",
            help=text("开始时的方向", "the way at the start"),
        ),
        option(
            "--mask",
            type=click.Choice(list(MASKS)),
            default="unknown",
            help=text("所有人的口罩", "what is seen of everybody"),
        ),
        option(
            "--input",
            metavar="FILE",
            show_default="-",
            help=text("每行一个码; - 为键盘", "one code a line; - for the keyboard"),
        ),
        option(
            "--serial", type=_PATH, metavar="DEV", help=text("串口扫码枪", "a serial scanner, such as /dev/ttyUSB0")
        ),
        option(
            "--simulate", type=float, metavar="RATE", help=text("模拟, 每秒若干次", "simulated scans, so many a second")
        ),
    ]


def _on_screen() -> list[click.Option]:
    """Return the options of the screen and of the end."""
    seconds = click.FloatRange(min=0)
    return [
        option(
            "--lang",
            type=click.Choice(["zh", "en"]),
            show_default="zh",
            help=text("屏幕的语言", "the language of the screen"),
        ),
        option(
            "--plain", is_flag=True, help=text("每次扫码一行, 不用全屏", "one line a scan instead of the whole screen")
        ),
        option(
            "--receipts",
            type=_PATH,
            metavar="FILE",
            help=text("结束时写入每次扫码的结果", "write what became of each scan there at the end"),
        ),
        option(
            "--give-up",
            type=seconds,
            default=10.0,
            metavar="S",
            help=text("结束时再发送的秒数", "at the end, go on sending so long"),
        ),
        option(
            "--cached-hours",
            type=seconds,
            default=24.0,
            metavar="H",
            help=text("名单有效的小时数", "how long a list counts"),
        ),
    ]


def run(args: Given) -> int:
    """Scan until the input ends or Ctrl-C. Raises `ClientError` with a sentence in the keeper's language."""
    try:
        exclude(args, "enrol", "token")
        exclude(args, "input", "serial", "simulate")
        args.input, args.book = args.input or "-", args.book or _usual_book()
        _check(args)
        with log_beside(args.book):
            return _guarded(args)
    except ClientError as error:
        error.args = (error.texts[_language(args)],)
        raise
    except BookUnusable as error:
        raise BadArgument(error.texts[_language(args)]) from None


def _language(args: Given) -> int:
    """Return the language of an error: that of the screen, and before there is one the terminal's."""
    return 0 if (args.lang == "zh" if args.lang else is_chinese()) else 1


def _guarded(args: Given) -> int:
    """Scan; whatever goes wrong ends with a sentence."""
    try:
        return scan_or_report(args)
    except TerminalLost as error:
        raise _lose_terminal(error) from None
    except (ClientError, BookUnusable, BrokenPipeError):
        raise
    except OSError as error:
        if error.errno == errno.EIO:
            raise _lose_terminal(TerminalLost()) from None
        zh, en = words.unusable(error)
        raise BadArgument(en, zh) from None
    except Exception:
        logging.getLogger("services.checkpoint.client").exception("the program has a defect")
        zh, en = words.broken(args.book)
        raise Broken(en, zh) from None


def _lose_terminal(error: TerminalLost) -> Gone:
    """Return the end of a run without its terminal, to which nothing more is written."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a test's output is no file
            number = stream.fileno()
            if stat.S_ISCHR(os.fstat(number).st_mode) and not os.isatty(number):
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    zh, en = error.texts
    return Gone(en, zh)


def _usual_book() -> Path:
    """Return the book of a computer with one gate; its folder is made where it is missing."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    path = Path(data) / _BOOK
    with suppress(OSError):  # `_check` says so
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def _check(args: Given) -> None:
    """Raise `BadArgument` for what cannot be meant."""
    for name, path in (("--book", args.book), ("--receipts", args.receipts)):
        if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
            zh, en = words.no_file(f"{name} {path}")
            raise BadArgument(en, zh)
    if args.status:
        if not args.book.exists():
            raise BadArgument(f"There is no book {args.book}: name another with --book", f"没有记录簿 {args.book}")
        return
    if args.token and not args.gate:
        zh, en = "--token 须同时给出 --gate 卡口编号", "--token goes with --gate: name the gate where it scans"
        raise BadArgument(en, zh)
    if args.simulate is not None and not args.simulate > 0:
        raise BadArgument("--simulate is a number of scans a second, more than 0", "--simulate 须大于 0")


if __name__ == "__main__":
    sys.exit(main())
