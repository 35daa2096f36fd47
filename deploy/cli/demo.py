"""`lastmetre demo`: a community of real size, and a morning of its work with one complete chain of events."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deploy.cli.chosen import add_choice, chosen
from deploy.demo.goods import deliver_kits, stock_depot
from deploy.demo.morning import PASSAGES, exit_scan, write_morning
from deploy.demo.office import Office
from deploy.demo.people import HOUSEHOLDS, Compound, Person, compounds
from deploy.launcher.errors import BadOption
from deploy.launcher.state import RunningCity
from services.checkpoint.client.batch_sender import BatchSender
from shared.base.clock import SystemClock

CLIENTS = 3
CODES = 600
PATIENCE_S = 60.0
ZONE = ZoneInfo("Asia/Shanghai")


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("demo", help="fill the running city with a community and play a morning")
    parser.add_argument("--households", type=int, default=HOUSEHOLDS, help=f"number of households ({HOUSEHOLDS})")
    parser.add_argument("--passages", type=int, default=PASSAGES, help=f"passages in the morning ({PASSAGES})")
    parser.add_argument(
        "--pause", type=float, default=0.3, metavar="S", help="seconds between a client's requests (0.3)"
    )
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Play the demo. Returns 0 when everything was accepted and the exit was refused."""
    if args.households < 300:
        raise BadOption("--households is at least 300: the cases are spread over that many")
    city = chosen(args)
    clock = SystemClock(city.clock_path)
    office = Office(city, city.directory / "demo")
    try:
        return _play(args, city, clock, office)
    finally:
        office.close()


def _play(args: argparse.Namespace, city: RunningCity, clock: SystemClock, office: Office) -> int:
    today = clock.now().astimezone(ZONE).date()
    with _step("places, keepers, gates and goods"):
        office.define_places()
        office.define_gates(clock.now())
        stock_depot(office)
        office.publish_risk_regions(today)
    with _step("rosters imported from .xlsx"):
        residents, counts = office.register(today, args.households)
        _say(f"  {args.households} households, {counts['added']} residents added, {counts['unchanged']} known")
    with _step("isolation ordered for 46 people at home and 17 at a site"):
        ordered = _ready_then(lambda: office.order_isolation(residents, today))
    with _step("kits brought to the households in isolation"):
        _say(f"  {deliver_kits(office)} households have a kit")
    isolated = {person.id_number for person in ordered.values()}
    traveller = next(person for person in residents[200:] if person.id_number not in isolated)
    with _step(f"health codes of {CODES} residents"):
        codes = _codes(office, [p for p in residents[::7] if p.id_number not in isolated][:CODES])
    isolated.add(traveller.id_number)
    with _step("a morning's passages through 15 gates"):
        clients = _scanners(
            args,
            office,
            write_morning(office.directory, residents, codes, isolated, clock.now(), args.passages),
        )
        refused_s = _chain(city, clock, office, traveller, today)
        failed = [client for client in clients if client.wait() != 0]
    office.remember(traveller=office.resident_id(traveller), cases=sorted(ordered), refused_after_s=refused_s)
    _say(f"  journey declared to exit refused: {refused_s:.1f} s" if refused_s else "  the exit was NOT refused")
    _say(f"Demo done. Check it with: lastmetre audit --receipts {office.directory}/receipts-*.ndjson")
    return 0 if refused_s and not failed else 1


def _codes(office: Office, chosen_people: list[Person]) -> dict[str, str]:
    with ThreadPoolExecutor(4) as pool:
        got = pool.map(lambda person: office.code(office.resident_id(person)), chosen_people)
        return dict(zip((person.id_number for person in chosen_people), got, strict=True))


def _scanners(args: argparse.Namespace, office: Office, files: dict[str, Path]) -> list[subprocess.Popen[bytes]]:
    """Start the scanner clients, each a process of its own with the gates it serves."""
    paths = list(files.values())
    data = ["--data", str(office.city.directory)]
    clients = []
    for n in range(CLIENTS):
        receipts = office.directory / f"receipts-{n}.ndjson"
        options = ["--receipts", str(receipts), "--pause", str(args.pause), *data]
        command = [sys.executable, "-m", "deploy.cli.main", "scan", *map(str, paths[n::CLIENTS]), *options]
        clients.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
    return clients


def _chain(city: RunningCity, clock: SystemClock, office: Office, traveller: Person, today: Any) -> float | None:
    """Declare a journey from a high-risk region; return after how many seconds the gate refused the exit."""
    where = next(compound for compound in compounds() if compound.path == traveller.compound)
    resident_id = office.resident_id(traveller)
    token = city.mint_token("device", area=where.path, gate=where.gate_id, subject=f"device-{where.gate_id}")
    sender = BatchSender(city.url("checkpoint"), token, give_up_s=10)
    code = office.code(resident_id)
    office.declare_journey(resident_id, today)
    began = time.monotonic()
    try:
        for seq in range(100_000, 200_000):
            if _refused(sender, office.directory / "receipts-chain.ndjson", where, code, clock.now(), seq):
                return time.monotonic() - began
            if time.monotonic() - began > PATIENCE_S:
                return None
            time.sleep(0.2)
    finally:
        sender.close()
    return None


def _refused(sender: BatchSender, receipts: Path, where: Compound, code: str, now: datetime, seq: int) -> bool:
    (receipt,) = sender.send([exit_scan(where, code, now, seq)])
    with receipts.open("a", encoding="utf-8") as out:
        out.write(json.dumps(receipt._asdict()) + "\n")
    return receipt.verdict == "deny"


def _ready_then(attempt: Any) -> Any:
    """Retry until isolation has read the residents from the bus."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return attempt()
        except RuntimeError as error:
            if "isolation.no_such_resident" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.5)


@contextmanager
def _step(what: str) -> Iterator[None]:
    began = time.monotonic()
    _say(f"{what} ...")
    yield
    _say(f"  done in {time.monotonic() - began:.1f} s")


def _say(line: str) -> None:
    print(f"demo: {line}", flush=True)
