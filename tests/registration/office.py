"""A community office with its place tree, its rosters and its clerks, seen through registration's own routes."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import httpx
from openpyxl import Workbook

from deploy.demo import people
from services.registration import main
from services.registration.settings import Settings
from services.registration.usecases.import_work import STEP
from tests.conftest import MakeService
from tests.support.imports import finished
from tests.support.prepared import Prepared
from tests.support.service import AREA, ServiceUnderTest

GRID = f"{AREA}/a1/g01"
COMPOUND = f"{GRID}/p01"
TREE = ("city", "district", "street", "community", "area", "grid", "compound")
HEADING = ("小区", "楼栋", "单元", "房号", "姓名", "身份证号", "电话", "特殊人群", "卡号")
ENGLISH = ("compound", "building", "unit", "room", "name", "id_number", "phone", "categories", "card")
TODAY = date(2026, 2, 10)

Cells = Sequence[Any]


def id_number(serial: int = 1, born: date = date(1980, 5, 17)) -> str:
    """Return a valid ID number that belongs to no person."""
    return people.id_number(born, serial)


def person(serial: int = 1, **changes: str) -> list[str]:
    """A row of a roster: a person who lives in the compound, with changes by English heading."""
    cells = dict(zip(ENGLISH, ("春华1号院", "1号楼", "2单元", f"{100 + serial}", f"王伟{serial}"), strict=False))
    cells |= {"id_number": id_number(serial), "phone": f"1990000{serial:04}", "categories": "", "card": ""}
    return [(cells | changes)[name] for name in ENGLISH]


def xlsx(rows: Iterable[Cells], heading: Cells = HEADING) -> bytes:
    """A workbook."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (heading, *rows):
        sheet.append(list(row))
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def text(rows: Iterable[Cells], heading: Cells = HEADING, encoding: str = "utf-8") -> bytes:
    """A .csv file."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([heading, *rows])
    return out.getvalue().encode(encoding)


class Office:
    """Registration in a community with one compound."""

    def __init__(self, service: ServiceUnderTest) -> None:
        self.service = service
        self.city = service.client("city", area="/", subject="city-office")
        self.clerk = service.client("community", subject="office-liu")
        self.elsewhere = service.client("community", area="/jinhe/hexi/qingshui/c02")
        self.prepared: Any = None

    async def define(self, path: str, name: str = "") -> None:
        """Define a place and everything above it."""
        rows, above = [], ""
        for level, code in zip(TREE, path.strip("/").split("/"), strict=False):
            here = f"{above}/{code}"
            rows.append((level, code, name if here == path and name else code, above))
            above = here
        report = (await self.send(text(rows, ("Level", "Code", "Name", "Parent")), "places", self.city)).json()
        assert report["rejected"] == 0, report

    async def post(
        self, content: bytes, kind: str = "residents", client: Any = None, name: str = "roster", **fields: str
    ) -> httpx.Response:
        """Post a file, and `fields` beside it; return the answer, which may be that it is accepted."""
        response: httpx.Response = await (client or self.clerk).post(
            f"/v1/imports/{kind}", files={"file": (name, content)}, data=fields
        )
        return response

    async def send(self, content: bytes, kind: str = "residents", client: Any = None) -> httpx.Response:
        """Import a file; return the refusal, or the report once the import is finished."""
        answer = await self.post(content, kind, client)
        if answer.status_code != httpx.codes.ACCEPTED:
            return answer
        return await finished(client or self.clerk, answer, self.step)

    async def step(self) -> bool:
        """Carry out a step of the import whose turn it is; whether there was one."""
        service = self.service
        handlers = {STEP: service.parts.deadlines[STEP]}
        return bool(await service.deps.deadlines.handle_one(handlers, service.deps))

    async def imported(self, *rows: Cells, client: Any = None) -> dict[str, Any]:
        """Import these residents from a text file, which costs a sixth of a workbook; return the report."""
        answer = await self.send(text(rows), client=client)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def resident(self, serial: int = 1) -> dict[str, Any]:
        """Register a person and return the file."""
        await self.imported(person(serial))
        return await self.find_resident(serial)

    async def find_resident(self, serial: int = 1) -> dict[str, Any]:
        """Return the file of the person with that serial number."""
        answer = await self.city.post("/v1/residents/find", json={"id_number": id_number(serial)})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def events_since(self, since: int = 0) -> list[Any]:
        """The events that registration has published, without the first `since`."""
        return list((await self.service.emitted())[since:])


async def _define(service: ServiceUnderTest) -> None:
    await Office(service).define(COMPOUND, "春华1号院")


_defined = Prepared(_define)


async def office(service: MakeService, prepared: Prepared[Any] = _defined) -> Office:
    """Return an office whose place tree is defined, or for which everything else is prepared."""
    made = Office(await service(main.build, Settings))
    made.prepared = await prepared.on(made.service)
    return made


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    """How many rows were added, changed, unchanged and rejected."""
    return report["added"], report["changed"], report["unchanged"], report["rejected"]
