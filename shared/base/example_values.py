"""What fields usually hold, by their names: the values of the examples in API documents. No person is a real one."""

import hashlib
from types import MappingProxyType
from typing import Any

AT, DAY = "2026-02-10T09:00:00+08:00", "2026-02-10"
PATH = "/jinhe/hedong/chunhua/c01/a1/g01/p01"


def uuid_of(name: str) -> str:
    """Return the id that stands for a field of this name in every example: a UUIDv7 of the day of the examples."""
    h = hashlib.sha256(name.encode()).hexdigest()
    return f"019c4548-{h[:4]}-7{h[4:7]}-8{h[7:10]}-{h[10:22]}"


# By the name of a field, of a parameter, or of the members of a list; the first that a schema takes is its example.
VALUES: MappingProxyType[str, tuple[Any, ...]] = MappingProxyType(  # Any: JSON values
    {
        "act": ("case.order",),
        "advice": ("Correct the row and import the file again",),
        "after": ("",),
        "app_version": ("0.1.0",),
        "area": (PATH,),
        "body": ("请于今日 18:00 前报告体温。",),
        "by": ("doctor-01",),
        "card": ("A1024071",),
        "cause": ("reported_by_phone",),
        "code": ("p01", "K7Q2M9XD"),
        "birth_year": (1949,),
        "code_keys": ("-----BEGIN PUBLIC KEY-----",),
        "failure": ("the file is no workbook",),
        "problem": ("the check digit is wrong: look at the number again",),
        "value": ("A1024071",),
        "column": ("身份证号",),
        "credential": ("A1024071",),
        "curfew": (["23:00", "05:00"],),
        "depot_id": ("depot-c01",),
        "detail": ("body.at: Field required. Correct what 'errors' names and send it again",),
        "detail_zh": ("body.at：缺少此项：请填写。请更正 errors 中列出的各项，然后重新提交",),
        "device_id": (uuid_of("device_id"),),
        "donor": ("春华超市",),
        "door": ("3号楼2单元501",),
        "file": ("residents.xlsx",),
        "gate_id": ("gate-p01",),
        "gate_name": ("春华1号院大门",),
        "checkpoint_id": ("kakou-p01",),
        "headings": (["小区", "楼栋", "单元", "房号", "姓名", "身份证号", "电话"],),
        "id_number": ("11010519491231002X",),
        "item": ("isolation_kit", "rice"),
        "keeper_id": ("keeper-g01",),
        "doctor_id": ("doctor-01",),
        "recipient_id": ("keeper-g01",),
        "length_days": (14,),
        "ends_on": ("2026-02-24",),
        "until": ("2026-02-24T09:00:00+08:00", "2026-02-24"),
        "expires_at": ("2026-02-24T09:00:00+08:00",),
        "breaches": (["missed_measurement"],),
        "label": ("春华1号院大门的手持机",),
        "language": ("zh",),
        "letter_id": ("0-1234-1770685200000",),
        "link": ({"day": DAY, "head": "9f2c"},),
        "list": ("residents",),
        "lot": ("2026-01",),
        "name": ("春华1号院", "gate-p01"),
        "next": ("kx3sMDE5YzQ1NDg",),
        "note": ("电话核实，家中无人接听",),
        "number": (7,),
        "origin_region": ("hubei/wuhan",),
        "own_area": ("/jinhe/hedong/chunhua/c01",),
        "person_id": ("keeper-g01",),
        "phone": ("13800000001",),
        "plate": ("津A12345",),
        "pointer": ("#/at",),
        "purpose": ("核实返程人员登记", "export"),
        "q": ("王小",),
        "qr_svg": ("<svg xmlns='http://www.w3.org/2000/svg'/>",),
        "quantity": (2,),
        "reason": ("电话核实：居民本人已确认",),
        "region": ("hubei/wuhan",),
        "retry_after_s": (2.0,),
        "role": ("all",),
        "route": ("G301 次列车, 武汉至津河",),
        "rule": ("fever", "isolation_case"),
        "sample": ([["春华1号院", "3号楼", "2", "501", "王*", "110105********002X", "138****0001"]],),
        "seq": (41,),
        "serial": (41,),
        "service": ("registration",),
        "size": (512,),
        "slip": ("LM1:8b1f3c",),
        "source": ("purchase",),
        "status": (422,),
        "subject": ("keeper-g01",),
        "temperature_c": (36.6,),
        "template": ("measurement_due",),
        "text": ("LM1:6BF5ZDN9N$Q",),
        "text_en": ("Isolation ordered: stay in",),
        "text_zh": ("隔离中：请留在家中",),
        "title": ("体温报告提醒",),
        "token": ("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl",),
        "topic": ("registration.places.v1",),
        "transport": ("train",),
        "url": ("ntfys://ntfy.example/keeper-g01",),
        "urls": ({"ntfy": "ntfys://ntfy.example/keeper-g01"},),
        "version": ("0.1.0",),
        "where": ("body.at",),
        "why": ("the resident has moved since",),
        "within": ("/jinhe/hedong/chunhua/c01",),
        "zone": ("Asia/Shanghai",),
    }
)

# By how the name of a field ends, where the table above does not have the name.
ENDINGS: tuple[tuple[str, tuple[Any, ...]], ...] = (  # Any: JSON values
    ("_at", (AT,)),
    ("_on", (DAY,)),
    ("day", (DAY,)),
    ("_path", (PATH,)),
    ("path", (PATH,)),
    ("place_id", (uuid_of("place_id"),)),
    ("_by", ("doctor-01",)),
    ("officer", ("doctor-01",)),
    ("reader", ("keeper-g01",)),
    ("parent", ("/jinhe/hedong/chunhua/c01/a1/g01",)),
    ("en", ("Rice",)),
    ("zh", ("大米",)),
)

# What a pattern may want where no name helps.
BY_PATTERN: tuple[str, ...] = (
    "keeper-g01",
    PATH,
    "0-1234-1770685200000",
    "residents",
    "hubei/wuhan",
    "zh",
    uuid_of("any"),
    uuid_of("any").replace("-", ""),
    "08:00",
    "",
)
