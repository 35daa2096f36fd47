"""An hour of a keeper in some seconds: 300 people by a wedge and by hand, errors mixed in, the network pulled twice."""

import asyncio
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

import pytest_asyncio

from services.checkpoint.client import words
from services.checkpoint.client.book import Book
from shared.base.ids import new_id
from shared.events.checkpoint import Direction, Verdict
from shared.events.registration import Colour
from tests.checkpoint.gate import COMPOUND, GATE, standing
from tests.scanner.post import Post
from tests.scanner.terminal import Keeper, keeper

PEOPLE = 300
PULLED = {100: 150, 220: 250}  # from this person on, until that one
SEEN_BEFORE = 220  # the first time a person's scan shows it, the second time the screen does before the next person
F2, F3, F4, F6, F7 = "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[17~", "\x1b[18~"
IN_TIME_S = 60.0
PAUSE_S = 0.2
RED, YELLOW = new_id(), new_id()


class Scan(NamedTuple):
    """What is to be in the store of one scan."""

    direction: str
    verdict: str
    temperature_c: float | None = None
    mask: bool | None = None
    kind: str = "code"
    override: str | None = None
    on_board: int = 0


class Rush:
    """What the keeper does, person by person, and what every scan must have become."""

    def __init__(self, post: Post, hands: Keeper) -> None:
        self.post, self.hands = post, hands
        self.expected: list[Scan] = []
        self.slips: list[str] = []
        self.way = Direction.IN
        self.offline = False
        self._chance = Random(18)

    def code(self, resident: str = "") -> str:
        """Return a code of a resident, by default of a green one."""
        return self.post.gate.code(resident or new_id())

    async def person(self, number: int) -> None:
        """Let the person come with that number: most of them simply scan."""
        act, every = divmod(number % 39, 3)
        if every == 0:
            await self._acts[act]()
        else:
            await self.simply()

    @property
    def _acts(self) -> Sequence[Callable[[], Awaitable[None]]]:
        return (
            self.simply, self.turns_round, self.colour, self.unreadable, self.temperature_then_scan,
            self.scan_at_the_prompt, self.mask, self.half_typed, self.vehicle, self.fever, self.emergency,
            self.framed, self.visitor,
        )  # fmt: skip

    async def simply(self) -> None:
        """Scan a code."""
        self.hands.types(self.code() + self._chance.choice(("\r", "\n", "\r\n")))
        await self.see_answer(Scan(self.way, "allow"))

    async def turns_round(self) -> None:
        """Change the direction, and scan at once, without waiting."""
        self.way = Direction.OUT if self.way is Direction.IN else Direction.IN
        self.hands.types(self._chance.choice((F2, f".{self.way.name}.\r", f".{words.DIRECTIONS[self.way][0]}\r")))
        self.hands.types(self.code() + "\r")
        await self.see_answer(Scan(self.way, "allow"))

    async def colour(self) -> None:
        """Scan a red and a yellow code."""
        self.hands.types(self.code(RED) + "\r")
        await self.see_answer(Scan(self.way, "recheck" if self.way is Direction.IN else "deny"))
        self.hands.types(self.code(YELLOW) + "\r")
        await self.see_answer(Scan(self.way, "recheck"))

    async def unreadable(self) -> None:
        """Scan what is no credential, and an unknown command; then the person's code."""
        for text, sentence in (("https://example.org/x", "网址"), (".OTU.", "没有命令"), ("LM1:aLM1:b", "两次扫描")):
            self.hands.types(text + "\r")
            await self.hands.reads(sentence)
        self.hands.types(self.code() + "\r")
        await self.see_answer(Scan(self.way, "allow"))

    async def temperature_then_scan(self) -> None:
        """Type a temperature, scan; the next person has none."""
        self.hands.types("36.8\r" + self.code() + "\r")
        await self.see_answer(Scan(self.way, "allow", 36.8))
        self.hands.types(self.code() + "\r")
        await self.see_answer(Scan(self.way, "allow"))

    async def scan_at_the_prompt(self) -> None:
        """Ask for the temperature, and scan instead."""
        self.hands.types(F4)
        await self.hands.reads("输入 36.8")
        self.hands.types(self.code() + "\r")
        await self.see_answer(Scan(self.way, "allow"))

    async def mask(self) -> None:
        """Note a missing mask; the next person's is not looked at."""
        self.hands.types(F3 + F3 + self.code() + "\r")
        await self.see_answer(Scan(self.way, "recheck", mask=False))
        self.hands.types(self.code() + "\r")
        await self.see_answer(Scan(self.way, "allow"))

    async def half_typed(self) -> None:
        """Begin to type a temperature; the wedge scans into it."""
        self.hands.types("36.")
        await self.hands.reads("> 36.")
        await asyncio.sleep(PAUSE_S)  # the pause that parts a person from a wedge
        self.hands.types(self.code() + "\r")
        await self.see_answer(Scan(self.way, "allow"))

    async def vehicle(self) -> None:
        """Scan a plate, two people, and Enter."""
        self.hands.types("津A12345\r")
        for count in (1, 2):
            self.hands.types(self.code() + "\r")
            await self.hands.reads(f"津A12345  +{count}")
        await asyncio.sleep(PAUSE_S)  # an Enter that comes with a scan is the scanner's
        self.hands.types("\r")
        await self.see_answer(Scan(self.way, "allow", kind="plate", on_board=2))

    async def fever(self) -> None:
        """Scan with a fever in the line, and of a code that is not read."""
        self.hands.types(self.code() + ";38.5\r")
        await self.see_answer(Scan(self.way, "deny", 38.5))
        self.hands.types("#!?;38.4\r")
        await self.see_answer(Scan(self.way, "deny", 38.4, kind="card"))

    async def emergency(self) -> None:
        """Let a person with a fever pass, who was stopped; the next person is decided on as ever."""
        self.hands.types(self.code(YELLOW) + "\r")
        await self.see_answer(Scan(self.way, "recheck"))
        self.hands.types(F7)
        await self.hands.reads("放行刚才被拦下的人")
        self.hands.types("\r")
        await self.see_answer(Scan(self.way, "allow", override="medical_emergency"))
        self.hands.types(self.code(YELLOW) + "\r")
        await self.see_answer(Scan(self.way, "recheck"))

    async def framed(self) -> None:
        """Scan with STX and ETX; with a repeat of the same code."""
        code = self.code()
        for _ in range(2):
            self.hands.types(f"\x02{code}\x03\r")
            await self.see_answer(Scan(self.way, "allow"))

    async def visitor(self) -> None:
        """Register a visitor, with another person's scan in between, and scan the slip; offline it is refused."""
        self.hands.types(F6)
        for question, answer in (("姓名", "王小明"), ("电话", "13812345678"), ("事由", "2"), ("停留几小时", "4")):
            await self.hands.reads(f">> {question}")
            self.hands.types(answer + "\r")
        await self.hands.reads(">> 身份证号")
        self.hands.types(self.code() + "\r")
        await self.see_answer(Scan(self.way, "allow"))
        await asyncio.sleep(PAUSE_S)
        self.hands.types("\r")
        if self.offline:
            await self.hands.reads("没有应答")
            self.hands.types(".CANCEL.\r")
            return
        await self.hands.reads("抄给访客", "V-")
        self.hands.types("36.5\r")
        await asyncio.sleep(PAUSE_S)
        self.hands.types("\r")
        await self.see_answer(Scan(self.way, "allow", 36.5, kind="visitor"))

    async def see_answer(self, scan: Scan) -> None:
        """Wait for the answer to a scan, and look at it."""
        self.expected.append(scan)
        number = f"#{len(self.expected)}  "
        await self.hands.sees(lambda screen: number in screen.text, IN_TIME_S)
        screen = self.hands.screen
        word = " ".join(words.VERDICTS[Verdict(scan.verdict)][0])
        (facts,) = [line for line in screen.lines if number in line and "·" in line]
        live = scan.verdict == "allow" and not self.offline
        wrong = {
            "word": word not in screen.text,
            "direction": f" {words.DIRECTIONS[Direction(scan.direction)][0]} " not in facts,
            "mode": ("在线" in facts) is self.offline,
            "band": (words.DECIDED_OFFLINE[0] in screen.text) is not (self.offline and not scan.override),
            "green": (screen.share("42") > 0.3) is not (live or (bool(scan.override) and not self.offline)),
        }
        self.slips += [f"{number}{name}\n{screen.text}" for name, is_wrong in wrong.items() if is_wrong]


@pytest_asyncio.fixture
async def rush(post: Post) -> Any:
    """A keeper at the gate, whose program is connected and has its list."""
    office = post.gate.service.client("community", area=COMPOUND)
    await office.put("/v1/gates", json={"gate_id": GATE, "name": "大门", "area_path": COMPOUND})
    post.gate.learns(standing(RED, Colour.RED), standing(YELLOW, Colour.YELLOW))
    hands = keeper("--book", post.book, "--url", post.url, "--token", post.token, "--gate", GATE, "--give-up", "60")
    await hands.sees(lambda screen: all(text in screen.text for text in ("已连接", "大门", "请扫码")), IN_TIME_S)
    yield Rush(post, hands)
    hands.close()


def stored(rows: list[Any]) -> Iterator[Scan]:
    """Yield what the store has of each scan, in their order."""
    on_board = Tally(row["vehicle_scan_id"] for row in rows if row.get("vehicle_scan_id"))
    for row in sorted((row for row in rows if not row.get("vehicle_scan_id")), key=lambda row: row["seq"]):
        kind, override = row["credential_kind"], row.get("override")
        yield Scan(
            row["direction"], row["verdict"], row["temperature_c"], row["mask"], kind, override, on_board[row["_id"]]
        )


async def test_a_rush_of_300_people_has_no_slip(rush: Rush, post: Post) -> None:
    for number in range(PEOPLE):
        if number in PULLED:
            await post.pull()
            rush.offline = True
            if number == SEEN_BEFORE:
                await rush.hands.reads(words.CUT_OFF[0])
        if number in PULLED.values():
            await post.plug()
            await rush.hands.sees(lambda screen: "* 已连接" in screen.text, IN_TIME_S)
            rush.offline = False
        await rush.person(number)
    assert await rush.hands.leaves(IN_TIME_S) == 0, rush.hands.screen.text
    assert rush.slips == []
    assert len(rush.expected) >= PEOPLE
    assert list(stored(await post.stored())) == rush.expected
    book = Book(post.book)
    assert book.counts()["accepted"] == len(rush.expected)
    book.close()
    assert rush.hands.screen.bells >= len(rush.expected)
    assert rush.hands.screen.strange == set()
