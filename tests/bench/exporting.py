"""The rows `export.csv` and `export.xlsx`: a million residents as a sheet, and the memory that this takes.

`python -m tests.bench.exporting ROWS` measures another number of residents.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from deploy.launcher.processes.child import ROOT
from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.servers.embedded import EmbeddedMongo
from services.registration import main
from services.registration.domain.contacts import Contact, ContactPoints
from services.registration.domain.residents import Resident, Sealed
from services.registration.settings import Settings
from services.registration.store.search_parts import MAPPER
from services.registration.usecases import Deps, exporting
from services.registration.usecases.contacts import seal_contact
from services.registration.usecases.names import ID_NUMBER, NAME
from shared.base.clock import SystemClock
from shared.base.ids import derived_id, new_id
from shared.base.sheet_streams import Form
from shared.store.documents import Mapper
from shared.store.mongo import Database, connect
from tests.support.service import settings_for

ROWS_EXPORTED = 1_000_000
COMMUNITIES, HOUSEHOLD, AT_ONCE = 40, 3, 5_000
MOST_MIB = 300  # of which a process of registration takes two thirds without any work


class Exported(NamedTuple):
    """An export: how many residents, as what, in how many seconds, how large, and the most memory of the process."""

    residents: int
    form: str
    seconds: float
    megabytes: float
    peak_mib: float


def measure(residents: int = ROWS_EXPORTED) -> list[Exported]:
    """Fill a store with residents and export them, in a process of its own."""
    command = (sys.executable, "-m", "tests.bench.exporting", str(residents))
    output = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [Exported(**json.loads(line)) for line in output.splitlines() if line.startswith("{")]


async def _measure(residents: int, directory: Path) -> None:
    with EmbeddedMongo(directory / "mongo", directory, durable=False) as store:
        client = connect(store.url)
        database = client["registration"]
        issuer = Issuer.at(directory / "issuer")
        settings = settings_for(Settings, database, "127.0.0.1:1", store.url, issuer, directory / "keys")
        deps: Deps = main.build(settings, SystemClock()).state.deps
        await database["residents"].create_index([("left", 1), ("area_path", 1), ("_id", 1)])
        for at in range(0, residents, AT_ONCE):
            await _fill(deps, database, range(at, min(at + AT_ONCE, residents)))
        for form in Form:
            began, size = time.monotonic(), 0
            _forget_peak()
            async for piece in exporting.write(deps, exporting.RESIDENTS, "/", form):
                size += len(piece)
            seconds = round(time.monotonic() - began, 1)
            made = Exported(residents, form.value, seconds, round(size / 1e6, 1), _peak_mib())
            sys.stdout.write(json.dumps(made._asdict()) + "\n")
        client.close()


async def _fill(deps: Deps, database: Database, serials: Sequence[int]) -> None:
    made = [_resident(deps, serial) for serial in serials]
    points = [
        seal_contact(deps, one.resident_id, one.area_path, ContactPoints(phone=f"1990{serial:07}"))
        for serial, one in zip(serials, made, strict=True)
    ]
    files, contacts = MAPPER, Mapper(Contact, key="person_id")
    await database["residents"].insert_many([files.document(one) for one in made])
    await database["contacts"].insert_many([contacts.document(one) for one in points])


def _resident(deps: Deps, serial: int) -> Resident:
    resident_id, door = new_id(), serial // HOUSEHOLD
    path = f"/jinhe/hedong/chunhua/c{door % COMMUNITIES:02}/a1/g01/p01/{door // 2_000}/{door % 4}/{door}"
    name, id_number = f"王伟{serial}", f"{serial:018}"
    sealed = Sealed(deps.sealer.seal(name, NAME, resident_id), deps.sealer.seal(id_number, ID_NUMBER, resident_id))
    return Resident(resident_id, derived_id("household", path), path, f"{serial:032x}", sealed)


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mib() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024, 1)


def described(rows: Sequence[Exported]) -> Iterator[str]:
    """Yield a line for each export."""
    for one in rows:
        mark = "" if one.peak_mib <= MOST_MIB else ", short"
        yield (
            f"export.{one.form}: {one.residents:,} residents in {one.seconds:,.1f} s, {one.megabytes:,.0f} MB;"
            f" memory at most {one.peak_mib:.0f} MiB ({MOST_MIB}){mark}"
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as of_this_run:
        asyncio.run(_measure(int(sys.argv[1]), Path(of_this_run)))
