"""Invented people and places: the sizes are those of field reports, the names and numbers belong to no real person.

Everything follows from the seed. ID numbers have a valid check digit and the unassigned region 999999.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from shared.base.cells import cell

SEED = 20200201
HOUSEHOLDS = 5_926
AREAS = 5
CHECKPOINTS = 15
CARE_HOUSEHOLDS = 10
COMMUNITY = "/jinhe/hedong/chunhua/c01"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文志红春梅海燕雪晨宇浩然子涵欣怡思远"
CARE = ("独居老人", "重症慢性病", "残疾", "困难家庭", "医护家属")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Person:
    """A row of a roster."""

    compound: str
    building: str
    unit: str
    room: str
    name: str
    id_number: str
    phone: str
    categories: str = ""

    @property
    def household(self) -> tuple[str, str, str, str]:
        """The door."""
        return self.compound, self.building, self.unit, self.room


@dataclass(frozen=True)
class Compound:
    """A compound with its gate."""

    path: str
    name: str
    gate_id: str

    @property
    def grid(self) -> str:
        """The path of the grid it lies in."""
        return self.path.rpartition("/")[0]


def places() -> list[tuple[str, str, str, str]]:
    """Return the place roster: level, code, name, parent."""
    rows = [
        ("city", "jinhe", "津河市", ""),
        ("district", "hedong", "河东区", "/jinhe"),
        ("street", "chunhua", "春华街道", "/jinhe/hedong"),
        ("community", "c01", "春华社区", "/jinhe/hedong/chunhua"),
    ]
    rows += [("area", f"a{n}", f"第{n}片区", COMMUNITY) for n in range(1, AREAS + 1)]
    for compound in compounds():
        grid_code = compound.grid.rpartition("/")[2]
        rows.append(("grid", grid_code, f"第{int(grid_code[1:])}网格", compound.grid.rpartition("/")[0]))
        rows.append(("compound", compound.path.rpartition("/")[2], compound.name, compound.grid))
    return rows


def compounds() -> list[Compound]:
    """Return the compounds, one a grid, each with a checkpoint."""
    rows = []
    for n in range(1, CHECKPOINTS + 1):
        area = (n - 1) * AREAS // CHECKPOINTS + 1
        path = f"{COMMUNITY}/a{area}/g{n:02}/p{n:02}"
        rows.append(Compound(path, f"春华{n}号院", f"gate-{n:02}"))
    return rows


def people(today: date, households: int = HOUSEHOLDS) -> Iterator[Person]:
    """Yield all residents, compound by compound, household by household."""
    chance = random.Random(SEED)
    where = compounds()
    serial = 0
    for n in range(households):
        at = n * len(where) // households
        door = n - at * households // len(where)
        care = CARE[n % len(CARE)] if n % (households // CARE_HOUSEHOLDS) == 7 else ""
        door_address = (where[at].path, f"{door // 66 + 1}号楼", f"{door % 66 // 22 + 1}单元", str(_room(door % 22)))
        for _ in range(1 if care else chance.choices((1, 2, 3, 4, 5), (14, 30, 32, 18, 6))[0]):
            serial += 1
            name = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, chance.choice((1, 2))))
            born = today - timedelta(days=chance.randrange(365, 365 * (90 if not care else 88)))
            yield Person(*door_address, name, id_number(born, serial), f"1990{serial:07}", care)


def _room(door: int) -> int:
    return (door // 2 + 1) * 100 + door % 2 + 1


def id_number(born: date, serial: int) -> str:
    """Return an 18-digit number with its check character (GB 11643-1999), unique over `serial`."""
    # The sequence has three digits; the region's last digits carry the rest. No region begins with 99.
    body = f"99{serial // 1000:04}{born:%Y%m%d}{serial % 1000:03}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def write_places(path: Path) -> None:
    """Write the place roster as .xlsx."""
    _write(path, ("级别", "编码", "名称", "上级"), places())


def write_roster(path: Path, residents: list[Person]) -> None:
    """Write a residents' roster as .xlsx."""
    heading = ("小区", "楼栋", "单元", "房号", "姓名", "身份证号", "电话", "特殊人群")
    _write(path, heading, [tuple(vars(person).values()) for person in residents])


def _write(path: Path, heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    from openpyxl import Workbook  # other commands need not load it

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(heading)
    for row in rows:
        sheet.append([cell(value) for value in row])
    book.save(path)
