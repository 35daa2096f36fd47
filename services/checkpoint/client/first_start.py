"""Which device this is: by its book, by a token, or enrolled now with a one-time code, which a terminal asks for."""

import os
import sys
from typing import NamedTuple

from services.checkpoint.client.book import Book
from services.checkpoint.client.device import Credential, credential, enrol
from services.checkpoint.client.errors import BadArgument, NotEnrolled, Pair
from services.checkpoint.client.link import Away, Link, Refused, is_address

_TRIES = 5
_URL: Pair = (
    "缺少卡口服务的地址。例如 https://checkpoint.example，请向社区办公室询问。",
    "The address of the checkpoint service is missing, as https://checkpoint.example: ask the office for it.",
)
_CODE: Pair = (
    "本机尚未登记。请向社区办公室领取本卡口的一次性登记码（30 分钟内有效）。",
    "This device is not enrolled. Ask the office for a one-time code for this gate; it is good for 30 minutes.",
)
_BAD_URL: Pair = (
    "--url 是卡口服务的地址，例如 http://127.0.0.1:8000",
    "--url names the checkpoint service, as http://127.0.0.1:8000",
)
_NO_DEVICE: Pair = (
    "记录簿里没有设备：请用 --enrol 登记码 登记（登记码向社区办公室领取），或给出 --token 和 --gate",
    "This book has no device: enrol it with --enrol CODE (the office makes the code), or give --token and --gate",
)
_URL_PROMPT: Pair = ("服务地址 > ", "address > ")
_CODE_PROMPT: Pair = ("登记码 > ", "one-time code > ")


class Given(NamedTuple):
    """What the command line gave."""

    url: str | None
    code: str | None
    token: str | None
    gate_id: str | None
    language: int


class Known(NamedTuple):
    """Where the device scans, as whom, and its name for the screen."""

    url: str
    gate_id: str
    token: str
    device: str


def identify(book: Book, given: Given) -> Known:
    """Return the gate and the token: those given, those of the book, or new ones for a one-time code.

    Raises `BadArgument`, `NotEnrolled`, `BookUnusable`.
    """
    asks = sys.stdin.isatty() and sys.stdout.isatty()
    url = given.url or book.fact("url") or (_asked_url(given.language) if asks else None)
    if url is None or not is_address(url):
        raise BadArgument(_BAD_URL[1], _BAD_URL[0])
    host = os.uname().nodename
    if given.token:
        return Known(url, given.gate_id or "", given.token, host)
    known = credential(book)
    if given.code:
        known = _enrolled(book, url, given, given.code)
    elif known is None:
        if not asks:
            raise BadArgument(_NO_DEVICE[1], _NO_DEVICE[0])
        known = _ask_for_code(book, url, given)
    if book.fact("url") != url:
        book.keep(url=url)
    return Known(url, known.gate_id, known.token, f"{host} · {known.device_id}")


def _enrolled(book: Book, url: str, given: Given, code: str) -> Credential:
    link = Link(url)
    try:
        return enrol(link, book, code, os.uname().nodename, given.gate_id or "")
    except (Away, Refused) as error:
        zh, en = error.texts
        raise NotEnrolled(f"The device was not enrolled: {en}", f"设备未登记：{zh}") from None
    finally:
        link.close()


def _asked_url(language: int) -> str:
    _say(_URL)
    for _ in range(_TRIES):
        url = _answer(_URL_PROMPT[language])
        if is_address(url):
            return url
        _say(_BAD_URL)
    raise BadArgument(_BAD_URL[1], _BAD_URL[0])


def _ask_for_code(book: Book, url: str, given: Given) -> Credential:
    _say(_CODE)
    for left in range(_TRIES - 1, -1, -1):
        code = _answer(_CODE_PROMPT[given.language])
        try:
            return _enrolled(book, url, given, code)
        except NotEnrolled as error:
            if not left:
                raise
            _say(error.texts)
    raise BadArgument(_NO_DEVICE[1], _NO_DEVICE[0])


def _answer(prompt: str) -> str:
    try:
        return input(prompt).strip()
    except EOFError:
        raise BadArgument(_NO_DEVICE[1], _NO_DEVICE[0]) from None


def _say(texts: Pair) -> None:
    """Print a sentence in both languages: which of them the keeper reads is not known at the first start."""
    print(*texts, sep="\n")  # noqa: T201  # a terminal is asked
