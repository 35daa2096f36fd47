"""The rush, played event by event, to check the plan's arithmetic: `python -m tests.load.simulate` says what came out.

Gates -> processes -> lanes of partitions -> recorders. What is played is a slice of the city: some processes with the
share of the gates that is theirs. That is exact and no approximation: a Poisson stream that is split by chance is again
Poisson and its parts do not know of each other (thinning), processes share nothing but the bus, and each recorder has
partitions of its own. A rush is played shorter than it is planned: lag, and the time in which it goes, grow with its
length in proportion. Time is counted, and not the machine's.
"""

import heapq
import random
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import NamedTuple

from services.checkpoint.handlers import RECORDER_BATCH
from tests.load.sizing import Plan

POLL_S = 0.1  # how long a recorder waits for a partition in which nothing is
LOOK_EVERY_S = 0.1


class Phase(NamedTuple):
    """A load that lasts: seconds, and scans a second of the slice."""

    seconds: float
    rate: float


@dataclass(frozen=True)
class Slice:
    """A slice of the city: its processes, partitions and recorders, and what each step takes, in seconds."""

    processes: int
    partitions: int
    recorders: int
    scan_s: float
    batch_scan_s: float
    passage_s: float
    ack_s: float
    batched: float = 0.0  # share of the scans that come in batches
    batch: int = 500
    jitter: float = 0.25  # squared coefficient of variation of a scan's service time
    limit: int = 20_000  # scans in flight in a process
    poll_s: float = POLL_S


@dataclass
class Outcome:
    """What happened: waits for a process and for the answer, scans turned away, and the lag as it was seen."""

    waits: list[tuple[float, float]] = field(default_factory=list)  # when they arrived, how long
    answers: list[tuple[float, float]] = field(default_factory=list)
    turned_away: int = 0
    turned_away_at: float | None = None
    most_in_flight: int = 0
    recorded: int = 0
    lags: list[tuple[float, int]] = field(default_factory=list)

    def p99(self, of: Sequence[tuple[float, float]], since: float, until: float) -> float:
        """Return what 99 % of those who arrived in between stayed under."""
        waits = sorted(took for at, took in of if since <= at < until)
        return waits[int(0.99 * len(waits))] if waits else 0.0

    def lag_at(self, at: float) -> int:
        """Return how many passages waited for a recorder then."""
        return next((lag for seen, lag in reversed(self.lags) if seen <= at), 0)

    def lag_gone_at(self, usual: int) -> float:
        """Return when the lag was last above what is usual."""
        return max((seen for seen, lag in self.lags if lag > usual), default=0.0)


class _Request(NamedTuple):
    arrived: float
    scans: int
    service_s: float


@dataclass
class _Process:
    waiting: deque[_Request] = field(default_factory=deque)
    busy: bool = False
    in_flight: int = 0


@dataclass
class _Lane:
    """What one process has for one partition: one batch on its way, the rest waits for it."""

    waiting: list[tuple[_Process, _Request]] = field(default_factory=list)
    under_way: bool = False


class Simulation:
    """Plays a slice; the same seed gives the same outcome."""

    def __init__(self, of: Slice, seed: int) -> None:
        self._slice = of
        self._chance = random.Random(seed)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._now = 0.0
        self._processes = [_Process() for _ in range(of.processes)]
        self._lanes = [[_Lane() for _ in range(of.partitions)] for _ in range(of.processes)]
        self._waiting = [0] * of.partitions  # passages on the bus that no recorder has taken
        self._unrecorded = 0
        self._open = 0  # scans that were admitted and are not recorded yet
        self.outcome = Outcome()

    def play(self, phases: Sequence[Phase]) -> Outcome:
        """Play the loads one after the other, and go on until all is recorded."""
        ends = sum(phase.seconds for phase in phases)
        begins = 0.0
        for phase in phases:
            self._after(begins, partial(self._arrive, phase, begins + phase.seconds))
            begins += phase.seconds
        for number in range(self._slice.recorders):
            self._after(0.0, partial(self._record, number, ends))
        self._after(0.0, partial(self._look, ends))
        while self._due:
            self._now, _, happens = heapq.heappop(self._due)
            happens()
        return self.outcome

    def _after(self, seconds: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self._now + seconds, next(self._order), happens))

    def _arrive(self, phase: Phase, ends: float, begun: bool = False) -> None:
        if begun:
            self._admit(self._request())
        of = self._slice
        requests = phase.rate * (1 - of.batched + of.batched / of.batch)  # a batch is one of them
        pause = self._chance.expovariate(requests)
        if self._now + pause < ends:
            self._after(pause, partial(self._arrive, phase, ends, True))

    def _request(self) -> _Request:
        of = self._slice
        batches = of.batched / of.batch
        if self._chance.random() < batches / (1 - of.batched + batches):
            return _Request(self._now, of.batch, of.batch * of.batch_scan_s)
        return _Request(self._now, 1, of.scan_s * self._chance.gammavariate(1 / of.jitter, of.jitter))

    def _admit(self, request: _Request) -> None:
        number = self._chance.randrange(self._slice.processes)
        process = self._processes[number]
        if process.in_flight + request.scans > self._slice.limit:
            self.outcome.turned_away += request.scans
            if self.outcome.turned_away_at is None:
                self.outcome.turned_away_at = self._now
            return
        process.in_flight += request.scans
        self._open += request.scans
        self.outcome.most_in_flight = max(self.outcome.most_in_flight, process.in_flight)
        process.waiting.append(request)
        if not process.busy:
            self._serve(number)

    def _serve(self, number: int) -> None:
        process = self._processes[number]
        request = process.waiting.popleft()
        process.busy = True
        self.outcome.waits.append((request.arrived, self._now - request.arrived))
        self._after(request.service_s, partial(self._served, number, request))

    def _served(self, number: int, request: _Request) -> None:
        process = self._processes[number]
        for _ in range(request.scans):
            partition = self._chance.randrange(self._slice.partitions)
            lane = self._lanes[number][partition]
            lane.waiting.append((process, request))
            if not lane.under_way:
                self._send(lane, partition)
        process.busy = False
        if process.waiting:
            self._serve(number)

    def _send(self, lane: _Lane, partition: int) -> None:
        batch, lane.waiting = lane.waiting, []
        lane.under_way = True
        self._after(self._slice.ack_s * self._chance.uniform(0.5, 1.5), partial(self._acked, lane, partition, batch))

    def _acked(self, lane: _Lane, partition: int, batch: Sequence[tuple[_Process, _Request]]) -> None:
        self._waiting[partition] += len(batch)
        self._unrecorded += len(batch)
        for process, request in batch:
            process.in_flight -= 1
            self.outcome.answers.append((request.arrived, self._now - request.arrived))
        lane.under_way = False
        if lane.waiting:
            self._send(lane, partition)

    def _record(self, number: int, ends: float) -> None:
        room, mine = RECORDER_BATCH, range(number, self._slice.partitions, self._slice.recorders)
        for partition in mine:
            taken = min(room, self._waiting[partition])
            self._waiting[partition] -= taken
            room -= taken
        run = RECORDER_BATCH - room
        if run:
            self._after(run * self._slice.passage_s, partial(self._recorded, number, run, ends))
        elif self._now < ends or self._open:
            self._after(self._slice.poll_s, partial(self._record, number, ends))

    def _recorded(self, number: int, run: int, ends: float) -> None:
        self._unrecorded -= run
        self._open -= run
        self.outcome.recorded += run
        self._record(number, ends)

    def _look(self, ends: float) -> None:
        self.outcome.lags.append((self._now, self._unrecorded))
        if self._now < ends or self._open:
            self._after(LOOK_EVERY_S, partial(self._look, ends))


def at_the_gates(plan: Plan, share: float = 1.0, processes: int = 2, limit: int = 20_000) -> tuple[Slice, float]:
    """Return some of the city's processes and how much of its load is theirs, with `share` of the pods it needs.

    Needed are the cores of the rush by the part of one that a process uses; whole pods are a little more.
    """
    scanning, city = plan.scanning(plan.partitions), plan.city
    pods = share * scanning.cores(city.rush) / city.busy
    scan_s, batch_scan_s, ack_s = scanning.scan_s(), scanning.scan_s(batched=True), plan.assumed.ack_ms / 1000
    kind = (city.batched, city.batch, plan.assumed.jitter, limit)
    return Slice(processes, plan.partitions, 1, scan_s, batch_scan_s, 0.0, ack_s, *kind), processes / pods


def at_the_recorder(plan: Plan) -> tuple[Slice, float]:
    """Return one of the city's recorders with its partitions, and how much of the load is in them."""
    recording, city = plan.recording(plan.partitions), plan.city
    passage_s = recording.pods / recording.rate
    return Slice(
        1, city.partitions_a_recorder, 1, 1e-6, 1e-6, passage_s, plan.assumed.ack_ms / 1000
    ), 1 / recording.pods


def rush(plan: Plan, share: float, usual_s: float, rush_s: float, after_s: float) -> list[Phase]:
    """Return the tenfold step with the share of the load that a slice has."""
    usual, most = share * plan.city.usual, share * plan.city.rush
    return [Phase(usual_s, usual), Phase(rush_s, most), Phase(after_s, usual)]


def main(seed: int = 1) -> int:
    """Play both slices and say what came out beside what was planned."""
    plan, tell = Plan(), sys.stdout.write
    for share in (1.0, 0.8):
        part, load = at_the_gates(plan, share)
        played = Simulation(part, seed).play(rush(plan, load, 2, 60, 2))
        waits, answers = (1000 * played.p99(of, 2, 62) for of in (played.waits, played.answers))
        tell(f"{share:.0%} of the pods: p99 wait {waits:,.0f} ms, p99 answer {answers:,.0f} ms, ")
        tell(f"most in flight {played.most_in_flight:,}, turned away {played.turned_away:,}\n")
    part, load = at_the_recorder(plan)
    played = Simulation(part, seed).play(rush(plan, load, 5, 60, 30))
    scale, planned = 60 / plan.city.rush_s, plan.recording(plan.partitions)
    gone = played.lag_gone_at(int(plan.city.usual * load)) - 65
    tell(f"lag at the end of the rush {played.lag_at(65):,}, planned {planned.lag * load * scale:,.0f}; ")
    tell(f"gone after {gone:.1f} s, planned {planned.drain_s * scale:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
