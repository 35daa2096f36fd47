"""What a clerk's file may be, and what it may not: formats, encodings, headings, sizes (R1.12)."""

import io
import struct
import zipfile
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.conftest import MakeService
from tests.registration.office import ENGLISH, HEADING, Office, counts, id_number, office, person, text, xlsx


async def refused(here: Office, content: bytes, status: int, code: str) -> str:
    """The file is refused with that code; return the sentence."""
    answer = await here.send(content)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await here.service.database["residents"].count_documents({}) == 0
    return str(answer.json()["detail"])


@pytest.mark.parametrize("heading", [HEADING, ENGLISH, tuple(title.upper() for title in ENGLISH)])
@pytest.mark.parametrize(
    "make",
    [
        xlsx,
        text,
        lambda rows, heading: text(rows, heading, "utf-8-sig"),
        lambda rows, heading: text(rows, heading, "gbk"),
        lambda rows, heading: text(rows, heading, "gb18030"),
        lambda rows, heading: text(rows, heading, "utf-16").replace(b",\0", b"\t\0"),
    ],
    ids=["xlsx", "utf-8", "utf-8 with mark", "gbk", "gb18030", "Unicode text"],
)
async def test_a_roster_is_read_as_what_it_is(
    service: MakeService, make: Callable[..., bytes], heading: tuple[str, ...]
) -> None:
    here = await office(service)
    answer = await here.send(make([person(1, name="王伟"), person(2, categories="残疾")], heading))
    assert counts(answer.json()) == (2, 0, 0, 0)
    assert (await here.find_resident(1))["name"] == "王伟"
    assert (await here.find_resident(2))["categories"] == ["disabled"]


async def test_the_same_people_in_another_format_are_the_same_people(service: MakeService) -> None:
    here = await office(service)
    rows = [person(n) for n in range(1, 4)]
    await here.send(xlsx(rows))
    for content in (text(rows), text(rows, encoding="gbk"), text(rows, ENGLISH)):
        assert counts((await here.send(content)).json()) == (0, 0, 3, 0)


async def test_a_title_above_the_heading_and_decoration_in_it_do_no_harm(service: MakeService) -> None:
    here = await office(service)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["春华社区居民花名册(2026年2月)"])
    sheet.append([])
    sheet.append([f"* {title[0]} {title[1:]}:" for title in HEADING])
    sheet.append(person(1))
    sheet.append([None] * 9)
    sheet.append(person(2, name=""))
    packed = io.BytesIO()
    book.save(packed)
    report = (await here.send(packed.getvalue())).json()
    assert counts(report) == (1, 0, 0, 1)
    assert report["problems"][0]["row"] == 6


async def test_numbers_in_a_workbook_are_read_as_they_are_meant(service: MakeService) -> None:
    here = await office(service)
    row: list[Any] = person(1)
    row[3], row[6] = 1201.0, 19900000001
    assert counts((await here.send(xlsx([row]))).json()) == (1, 0, 0, 0)
    file = await here.find_resident(1)
    assert (file["area_path"].rpartition("/")[2], file["phone"]) == ("1201", "19900000001")


async def test_an_id_number_that_the_spreadsheet_made_a_number_of_is_refused_with_what_to_do(
    service: MakeService,
) -> None:
    here = await office(service)
    row: list[Any] = person(1)
    row[5] = float(id_number(1)[:-1] + "0")
    report = (await here.send(xlsx([row]))).json()
    assert "lost digits: make the column text" in report["problems"][0]["problem"]


async def test_unknown_columns_are_named_and_not_read(service: MakeService) -> None:
    here = await office(service)
    report = (await here.send(xlsx([[*person(1), "党员", ""]], [*HEADING, "政治面貌", "备注"]))).json()
    assert counts(report) == (1, 0, 0, 0)
    assert report["unknown_columns"] == ["政治面貌", "备注"]


async def test_missing_columns_are_named_with_the_known_ones(service: MakeService) -> None:
    here = await office(service)
    sentence = await refused(here, text([["a", "b"]], ["小区", "房间"]), 400, "import.columns_missing")
    assert "lacks the columns 房号、姓名、身份证号" in sentence
    assert "小区、楼栋、单元、房号" in sentence


async def test_two_columns_of_one_meaning_are_refused(service: MakeService) -> None:
    here = await office(service)
    content = xlsx([[*person(1), "19911112222"]], [*HEADING, "联系电话"])
    assert "电话" in await refused(here, content, 400, "import.columns_repeated")


def workbook_of(**parts: bytes) -> bytes:
    """A zip archive that begins like a workbook and holds these parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """A sound workbook in which one part is another."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx([person(1)]))) as sound, zipfile.ZipFile(packed, "w") as broken:
        for entry in sound.infolist():
            broken.writestr(entry.filename, content if entry.filename == name else sound.read(entry))
    return packed.getvalue()


BOMB = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a0 "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 and then nothing of the kind",
        xlsx([person(1)])[:-40],
        xlsx([person(1)])[:200],
        workbook_of(**{"word__document.xml": b"<w/>"}),
        with_part("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row><c>"),
        with_part("xl/workbook.xml", b"<workbook"),
        with_part("xl/worksheets/sheet1.xml", BOMB + b"]><worksheet>&a9;</worksheet>"),
    ],
    ids=["text", "cut off", "cut short", "a letter", "half a sheet", "half a book", "entities in entities"],
)
async def test_a_workbook_that_is_none_is_refused(service: MakeService, content: bytes) -> None:
    here = await office(service)
    await refused(here, content, 400, "import.not_a_workbook")


async def test_a_workbook_whose_checksum_is_wrong_is_refused(service: MakeService) -> None:
    here = await office(service)
    content = bytearray(xlsx([person(n) for n in range(1, 50)]))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as packed:
        at = packed.getinfo("xl/worksheets/sheet1.xml").header_offset
    struct.pack_into("<I", content, content.rindex(b"xl/worksheets/sheet1.xml") - 30, 0xDEADBEEF)
    assert at >= 0
    await refused(here, bytes(content), 400, "import.not_a_workbook")


async def test_a_zip_bomb_is_refused_before_it_is_unpacked(service: MakeService) -> None:
    here = await office(service)
    bomb = with_part("xl/worksheets/sheet1.xml", b"")
    packed = io.BytesIO(bomb)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(65 << 20))
    assert len(packed.getvalue()) < 1 << 20
    assert "split it by grid" in await refused(here, packed.getvalue(), 400, "import.too_large")


@pytest.mark.parametrize("content", [b"", b"  \r\n\r\n", b"\xef\xbb\xbf\n", text([]), xlsx([]), xlsx([], [])])
async def test_an_empty_file_is_refused(service: MakeService, content: bytes) -> None:
    here = await office(service)
    await refused(here, content, 400, "import.empty")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "import.not_text"),
        (b"\x00\x01\x02\x03", "import.not_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64), "import.not_a_workbook"),
        (b"name,id_number\n" + b'"' + b"x" * 200_000, "import.bad_csv"),
        ("姓名,身份证号,小区,房号\n".encode() + b'"' + b"x" * 200_000, "import.bad_csv"),
    ],
    ids=["a picture", "bytes", "an old .xls", "an endless cell in the heading", "an endless cell"],
)
async def test_what_is_neither_workbook_nor_text_is_refused(service: MakeService, content: bytes, code: str) -> None:
    here = await office(service)
    assert "save it" in await refused(here, content, 400, code)


async def test_a_file_with_more_lines_than_a_spreadsheet_has_is_refused_whole(service: MakeService) -> None:
    here = await office(service)
    content = text([person(1)]) + b"\n" * (2 << 20)
    assert "split it by grid" in await refused(here, content, 400, "import.too_many_rows")


async def test_a_file_of_more_than_five_thousand_rows_is_one_import(service: MakeService) -> None:
    here = await office(service)
    bad = [person(n, phone="1") for n in range(1, 6_001)]
    for content in (text([*bad, person(6_001)]), xlsx([*bad, person(6_001)])):
        report = (await here.send(content)).json()
        assert (report["rows"], report["rejected"]) == (6_001, 6_000)
    assert counts(report) == (0, 0, 1, 6_000)


async def test_a_sheet_with_a_stray_cell_far_away_is_read_all_the_same(service: MakeService) -> None:
    here = await office(service)
    book = load_workbook(io.BytesIO(xlsx([person(1)])))
    sheet = book.active
    assert sheet is not None
    sheet["XFD1"] = "?"
    sheet["A1048576"] = " "
    packed = io.BytesIO()
    book.save(packed)
    assert counts((await here.send(packed.getvalue())).json()) == (1, 0, 0, 0)


async def test_a_file_of_25_megabytes_is_refused_and_one_of_10_is_read(service: MakeService) -> None:
    here = await office(service)
    answer = await here.send(bytes(25 << 20))
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
    people = [person(n) for n in range(1, 1_000) if not id_number(n).endswith("000")]
    remarks = text([[*one, "备注" * 2_000] for one in people], [*HEADING, "备注"])
    assert len(remarks) > 10 << 20
    assert counts((await here.send(remarks)).json()) == (len(people), 0, 0, 0)


async def test_a_body_that_hides_its_size_is_refused_too(service: MakeService) -> None:
    here = await office(service)

    async def endless() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="r.csv"\r\n\r\n'
        for _ in range(25):
            yield bytes(1 << 20)

    answer = await here.clerk.post(
        "/v1/imports/residents", content=endless(), headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


async def test_a_request_without_its_file_is_refused(service: MakeService) -> None:
    here = await office(service)
    for body in ({}, {"files": {"other": ("a.csv", b"x")}}, {"json": {"file": "x"}}):
        answer = await here.clerk.post("/v1/imports/residents", **body)
        assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
