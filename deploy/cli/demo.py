"""`lastmetre demo`: a community of real size, and a morning of its work with one complete chain of events."""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from deploy.cli.chosen import choice, chosen
from deploy.cli.summaries import summaries
from deploy.demo.goods import deliver_kits, stock_depot
from deploy.demo.morning import FORGED, PASSAGES, UNKNOWN, VISITORS, exit_scan, write_morning
from deploy.demo.office import CENTRAL_PEOPLE, HOME_PEOPLE, Office
from deploy.demo.people import HOUSEHOLDS, Compound, Person, compounds, people
from deploy.demo.progress import Progress, Step
from deploy.launcher.errors import BadOption
from deploy.launcher.program import program
from deploy.launcher.servers.store_server import PYTHON_PROGRAM
from deploy.launcher.state import RunningCity
from services.checkpoint.client.batch_sender import BatchSender
from shared.base.clock import SystemClock
from shared.base.commands import Command, Given, option
from shared.base.terminal import DONE, NEGATIVE, text

STEPS = 6
CLIENTS = 3
CODES, CODES_AT_ONCE = 150, 4
ODD_ONES = FORGED + UNKNOWN + VISITORS
RECEIPTS_POLL_S = 0.5
PATIENCE_S = 60.0
ZONE = ZoneInfo("Asia/Shanghai")


def command() -> Command:
    """Describe the command."""
    return Command(
        "demo",
        run,
        [
            option(
                "--households", type=int, default=HOUSEHOLDS, help=text("户数, 至少 300", "households, at least 300")
            ),
            option("--passages", type=int, default=PASSAGES, help=text("上午的通行次数", "passages in the morning")),
            option(
                "--pause",
                type=click.FloatRange(min=0),
                default=0.3,
                metavar="S",
                help=text("每个客户端两次请求之间的秒数", "seconds between a client's requests"),
            ),
            *choice(),
        ],
        summary=summaries()["demo"],
        examples=(
            ("lastmetre demo", text("全部规模", "in full size")),
            ("lastmetre demo --households 300 --passages 600", text("小规模, 更快", "a small one, sooner done")),
        ),
        exits={
            DONE: text("全部接受, 且出行人员出门被拒", "everything was accepted, and the traveller's exit refused"),
            NEGATIVE: text("有扫码未被接受, 或出门未被拒", "scans were not accepted, or the exit was not refused"),
        },
    )


def run(args: Given) -> int:
    """Play the demo. Returns 0 when everything was accepted and the exit was refused. Raises `LauncherError`."""
    if args.households < 300:
        raise BadOption("--households is at least 300: the cases are spread over that many")
    city = chosen(args)
    progress = Progress(STEPS)
    office = Office(city, city.directory / "demo", progress.say)
    try:
        return _play(args, city, office, progress)
    finally:
        office.close()


def _play(args: Given, city: RunningCity, office: Office, progress: Progress) -> int:
    clock, began = SystemClock(city.clock_path), time.monotonic()
    today = clock.now().astimezone(ZONE).date()
    first_day = office.first_day(today)
    slow = city.store.startswith(PYTHON_PROGRAM)
    takes = "two to six minutes (one to three with 'make store')" if slow else "one to three minutes"
    progress.say(f"a community's morning in {STEPS} steps, {takes}")
    with progress.step("defining places, keepers, gates and goods", "places, keepers, gates and goods defined"):
        office.define_places()
        office.define_gates(clock.now())
        stock_depot(office)
        office.publish_risk_regions(today)
    residents = list(people(first_day, args.households))
    with progress.step("importing the rosters", "rosters imported", len(residents), "residents") as step:
        step.result = _register(office, residents, args.households, step)
    with progress.step("ordering isolation", "isolation ordered", HOME_PEOPLE + CENTRAL_PEOPLE, "people") as step:
        step.result = f"{HOME_PEOPLE} people at home, {CENTRAL_PEOPLE} at a site"
        ordered = office.order_isolation(residents, first_day, step.more)
    with progress.step("bringing kits to the isolated", "kits brought") as step:
        step.result = f"{deliver_kits(office)} households have one"
    isolated = {person.id_number for person in ordered.values()}
    traveller = next(person for person in residents[200:] if person.id_number not in isolated)
    coded = [p for p in residents[::7] if p.id_number not in isolated][:CODES]
    with progress.step("getting health codes", "health codes issued", len(coded), "residents") as step:
        step.result = f"{len(coded)} residents have one"
        codes = _codes(office, coded, step)
    isolated.add(traveller.id_number)
    morning = write_morning(office.directory, residents, codes, isolated, clock.now(), args.passages)
    with progress.step("a morning at 15 gates", "a morning at 15 gates", args.passages + ODD_ONES, "passages") as step:
        sent = Receipts(office.directory)
        clients = _scanners(args, office, morning)
        refused_s = _chain(city, clock, office, traveller, today)
        failed = _await(clients, sent, step)
        step.result = f"{sent.count():,} passages"
    office.remember(traveller=office.resident_id(traveller), cases=sorted(ordered), refused_after_s=refused_s)
    return _conclude(office, progress, refused_s, failed, time.monotonic() - began)


def _conclude(office: Office, progress: Progress, refused_s: float | None, failed: int, took_s: float) -> int:
    """Print what came of the morning and return the exit code."""
    if refused_s:
        progress.say("a resident declared a journey from a high-risk region;")
        progress.say(f"  {refused_s:.1f} s later the gate refused the exit")
    else:
        progress.say("the gate did NOT refuse the exit of a resident from a high-risk region")
    if failed:
        progress.say(f"{failed} of {CLIENTS} scanner programs did not get all their scans accepted")
    progress.say(f"done in {took_s:.0f} s. Check every scan of it with:")
    progress.say_command(f"  {program()} audit --receipts \\", f"    '{office.directory}/receipts-*.ndjson'")
    return 0 if refused_s and not failed else 1


def _register(office: Office, residents: list[Person], households: int, step: Step) -> str:
    """Import the rosters unless an earlier demo did so; return what came of it."""
    if office.is_registered(residents[-1]):
        return f"{len(residents):,} people are there since an earlier demo"
    counts = office.register(residents, step.more)
    known = f", {counts['unchanged']:,} known before" if counts["unchanged"] else ""
    return f"{households:,} households, {counts['added']:,} people added{known}"


def _codes(office: Office, chosen_people: list[Person], step: Step) -> dict[str, str]:
    def code(person: Person) -> str:
        signed = office.code(office.resident_id(person))
        step.more(1)
        return signed

    with ThreadPoolExecutor(CODES_AT_ONCE) as pool:
        got = pool.map(code, chosen_people)
        return dict(zip((person.id_number for person in chosen_people), got, strict=True))


class Receipts:
    """The receipts that the scanner programs of this demo append to their files."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._before = self._lines()

    def count(self) -> int:
        """Return how many there are of this demo."""
        return self._lines() - self._before

    def _lines(self) -> int:
        return sum(path.read_bytes().count(b"\n") for path in self._directory.glob("receipts-[0-9].ndjson"))


def _await(clients: list[subprocess.Popen[bytes]], sent: Receipts, step: Step) -> int:
    """Wait until the scanner programs have ended; return how many of them failed."""
    counted = 0
    while any(client.poll() is None for client in clients):
        time.sleep(RECEIPTS_POLL_S)
        now = sent.count()
        step.more(now - counted)
        counted = now
    return sum(client.returncode != 0 for client in clients)


def _scanners(args: Given, office: Office, files: dict[str, Path]) -> list[subprocess.Popen[bytes]]:
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
