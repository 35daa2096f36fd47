"""The one search box over a large city: the rows `search` (200,000 residents) and `search.1m`.

The store is filled directly: the import is another row. Each kind of search is asked over HTTP by a clerk of the city
and by one of a community, so each answer has its names, and its readings are recorded.
"""

import asyncio
import base64
import json
import multiprocessing
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import httpx

from deploy.demo import people
from deploy.launcher.secrets.keys import Keys
from deploy.launcher.state import RunningCity
from services.registration.domain import pinyin
from services.registration.domain.residents import Resident, Sealed
from services.registration.store.search_parts import MAPPER, SearchParts
from services.registration.usecases import Deps
from services.registration.usecases.hashes_brought import FORM
from services.registration.usecases.names import ID_NUMBER, NAME, name_hashes
from services.registration.usecases.numbers import number_hashes
from services.registration.usecases.phones import phone_hashes
from services.registration.usecases.search_hashes import hash_of
from shared.base.ids import derived_id
from shared.base.sealing import Sealer, keyed_hash, seal_keys_from
from shared.store.mongo import Document, connect
from tests.bench.importing import quantile

COMMUNITIES, HOUSE = 100, 3
BATCH, WORKERS, TRIES = 500, 2, 20
ANSWER_S = 60.0
SEED = 7
_BORN_FROM, _BORN_DAYS = date(1940, 1, 1), 80 * 365
# How often a surname is met falls with its rank, roughly as in a census.
_WEIGHTS = [1 / (rank + 4) for rank in range(len(people.SURNAMES))]


class Person(NamedTuple):
    """A resident of the large city."""

    number: int
    name: str
    id_number: str
    phone: str
    path: str
    first: bool  # of the household


class Asked(NamedTuple):
    """Of a kind of search by a clerk the milliseconds of each answer, and how many answers were errors or empty."""

    kind: str
    ms: list[float]
    errors: int


def person(number: int, count: int) -> Person:
    """Return the resident of that number among so many; the same for the same numbers."""
    chance = random.Random(SEED * 1_000_003 + number)
    given = "".join(chance.choices(people.GIVEN, k=chance.choice((1, 2, 2))))
    name = chance.choices(people.SURNAMES, _WEIGHTS)[0] + given
    born = _BORN_FROM + timedelta(days=chance.randrange(_BORN_DAYS))
    phone = f"1{chance.choice('3578')}{number % 1_000:03}{chance.randrange(10**6):06}"
    home = number * COMMUNITIES // count
    door, member = divmod(number - -(-home * count // COMMUNITIES), HOUSE)
    path = f"{community(home)}/a1/g01/p{home:03}/{door // 60 + 1}/{door // 20 % 3 + 1}/{door % 20 + 101}"
    return Person(number, name, people.id_number(born, number), phone, path, member == 0)


def community(home: int) -> str:
    """Return the path of a community."""
    return f"/jinhe/d{home // 25}/s{home // 5 % 5}/c{home:03}"


def fill(city: RunningCity, count: int) -> None:
    """Store the places, and so many residents with their contacts, by some processes."""
    asyncio.run(_fill_places(city))
    step = -(-count // WORKERS)
    spawn = multiprocessing.get_context("spawn")
    parts = [(city, count, start, min(start + step, count)) for start in range(0, count, step)]
    with spawn.Pool(WORKERS) as pool:
        pool.starmap(_fill_part, parts)


async def _fill_places(city: RunningCity) -> None:
    client = connect(city.mongo)
    database = client[city.database_name("registration")]
    rows = [("city", "jinhe", "津河市", "/jinhe")]
    rows += [("compound", f"p{n:03}", f"春华{n}号院", f"{community(n)}/a1/g01/p{n:03}") for n in range(COMMUNITIES)]
    keys = ("level", "code", "name", "path")
    await database["places"].insert_many(
        [dict(zip(keys, row, strict=True)) | {"_id": derived_id("place", row[3]), "keepers": []} for row in rows]
    )
    # The round that brings older files along has nothing to do.
    by, now = hash_of(_deps(city), "form", FORM), datetime.now(UTC)
    whole = {"$set": {"after": "", "whole_at": now, "by": by}}
    await database["brought_files"].update_one({"_id": "search_hashes"}, whole, upsert=True)
    client.close()


def _fill_part(city: RunningCity, count: int, start: int, end: int) -> None:
    asyncio.run(_fill_residents(city, count, start, end))


async def _fill_residents(city: RunningCity, count: int, start: int, end: int) -> None:
    client, deps = connect(city.mongo), _deps(city)
    database, mapper = client[city.database_name("registration")], MAPPER
    await SearchParts(database).remember({community(home) for home in range(COMMUNITIES)})
    for at in range(start, end, BATCH):
        persons = [person(number, count) for number in range(at, min(at + BATCH, end))]
        await database["residents"].insert_many([mapper.document(_resident(deps, one)) for one in persons])
        await database["contacts"].insert_many([_contact(deps, one) for one in persons])
        await database["households"].insert_many(
            [{"_id": derived_id("household", path), "area_path": path} for path in _new_doors(persons)]
        )
    client.close()


def _new_doors(persons: Sequence[Person]) -> Iterator[str]:
    """Return the doors of those who are the first of their households."""
    return (one.path for one in persons if one.first)


def _resident(deps: Deps, one: Person) -> Resident:
    resident_id = _id(one.number)
    return Resident(
        resident_id=resident_id,
        household_id=derived_id("household", one.path),
        area_path=one.path,
        id_number_hash=keyed_hash(deps.id_hash_key, "id_number", one.id_number),
        sealed=Sealed(
            deps.sealer.seal(one.name, NAME, resident_id), deps.sealer.seal(one.id_number, ID_NUMBER, resident_id)
        ),
        name_hashes=name_hashes(deps, one.name),
        phone_hashes=phone_hashes(deps, one.phone),
        number_hashes=number_hashes(deps, one.id_number),
    )


def _contact(deps: Deps, one: Person) -> Document:
    resident_id = _id(one.number)
    sealed = deps.sealer.seal(json.dumps({"phone": one.phone, "urls": {}}), "contact", resident_id)
    return {"_id": resident_id, "area_path": one.path, "sealed": sealed, "language": "zh"}


def _id(number: int) -> str:
    return f"019c4548-{number >> 16:04x}-7{number >> 4 & 0xFFF:03x}-8000-{number:012x}"


def _deps(city: RunningCity) -> Deps:
    """Return what the hashes and seals of registration are made with: the city's own keys."""
    secrets = Keys(city.keys).environment_of("registration")
    key = base64.b64decode(secrets["LASTMETRE_ID_HASH_KEY"])
    sealer = Sealer(seal_keys_from(secrets["LASTMETRE_SEAL_KEY"]))
    # Any: the functions that make hashes and seals read these three alone
    made: Any = SimpleNamespace(id_hash_key=key, search_keys=(key,), sealer=sealer)
    return cast(Deps, made)


async def ask(city: RunningCity, count: int) -> list[Asked]:
    """Ask for residents by each kind of search, as a clerk of the city and as one of a community."""
    asked = []
    for role, area in (("city", "/"), ("community", community(COMMUNITIES // 2))):
        headers = {"Authorization": f"Bearer {city.mint_token(role, area=area, subject=f'clerk-{role}')}"}
        base = city.url("registration")
        async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False, timeout=ANSWER_S) as http:
            for kind, texts in _texts(count, area):
                asked.append(await _ask(http, f"{role} {kind}", texts))
    return asked


async def _ask(http: httpx.AsyncClient, kind: str, texts: Sequence[str]) -> Asked:
    ms, errors = [], 0
    for text in texts:
        began = time.perf_counter()
        answer = await http.post("/v1/residents/look-up", json={"text": text, "limit": 50})
        ms.append(1_000 * (time.perf_counter() - began))
        errors += answer.status_code != httpx.codes.OK or not answer.json()["items"]
    return Asked(kind, ms, errors)


def _texts(count: int, area: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the kinds of searches, each with some texts that have matches within the area."""
    chance = random.Random(SEED)
    home = COMMUNITIES // 2
    low, high = (0, count) if area == "/" else (home * count // COMMUNITIES, (home + 1) * count // COMMUNITIES - 1)
    persons = [person(chance.randrange(low, high), count) for _ in range(TRIES)]
    spelt = [pinyin.spellings(one.name)[0] for one in persons]
    yield "surname", [one.name[0] for one in persons]
    yield "name", [one.name for one in persons]
    yield "pinyin of a surname", ["".join(one[:1]) for one in spelt]
    yield "pinyin", ["".join(one) for one in spelt]
    yield "initials", ["".join(part[0] for part in one) for one in spelt]
    yield "last four", [one.phone[-4:] for one in persons[::2]] + [one.id_number[-4:] for one in persons[1::2]]
    yield "phone", [one.phone for one in persons]
    yield "door", [_door(one.path) for one in persons]


def _door(path: str) -> str:
    """Return a door as a clerk types it, with its compound."""
    *_, compound, building, unit, room = path.split("/")
    return f"春华{int(compound[1:])}号院 {building}-{unit}-{room}"


def p95(asked: Sequence[Asked]) -> float:
    """Return the time within which 95 of 100 answers came, of all kinds together."""
    return quantile([ms for one in asked for ms in one.ms], 0.95)


def details(asked: Sequence[Asked]) -> str:
    """Return median and 95th percentile of each kind."""
    return ", ".join(f"{one.kind} {quantile(one.ms, 0.5):.0f}/{quantile(one.ms, 0.95):.0f}" for one in asked)
