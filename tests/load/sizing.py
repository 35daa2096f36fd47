"""The arithmetic of the plan: how many pods, partitions, brokers and shards, and how much memory, disk and network."""

import math
from dataclasses import dataclass, field
from functools import cached_property

from services.checkpoint.handlers import RECORDER_BATCH
from tests.load import queueing
from tests.load.costs import DAY_S, GIB, MIB, Append, Assumed, City, Costs

PARTITIONS_STEP = 12  # divides among three brokers or zones, four and six
SMALLEST_CLUSTER = 3
_HPA_STEP_S = 15  # k8s/base/api/autoscaler.yaml: it may double that often


def _append(points: tuple[Append, ...], partitions: int) -> tuple[float, float]:
    """Return the microseconds of appending, between the measured numbers of partitions in a straight line."""
    below = max((p for p in points if p.partitions <= partitions), default=points[0])
    above = min((p for p in points if p.partitions >= partitions), default=points[-1])
    width = above.partitions - below.partitions
    share = (partitions - below.partitions) / width if width else 0.0
    return (
        below.single_us + share * (above.single_us - below.single_us),
        below.batch_us + share * (above.batch_us - below.batch_us),
    )


@dataclass(frozen=True)
class Scanning:
    """What the scan API needs, with that many partitions to append to."""

    city: City
    costs: Costs
    assumed: Assumed
    partitions: int

    def scan_s(self, batched: bool = False) -> float:
        """Seconds of a cluster's core for a scan: as measured, with codes and more lanes, times `slower`."""
        single, batch = _append(self.costs.append, self.partitions)
        codes = self.city.signed * self.costs.signed_us
        if batched:
            own = self.costs.batch_us + batch - self.costs.append[0].batch_us
        else:
            own = self.costs.single_us + single - self.costs.append[0].single_us
        return self.assumed.slower * (own + codes) / 1e6

    def cores(self, rate: float) -> float:
        """Return the cores that so many scans a second use: the offered load, rate x service time."""
        batched = self.city.batched
        return rate * ((1 - batched) * self.scan_s() + batched * self.scan_s(batched=True))

    @property
    def devices(self) -> float:
        """Devices at work in the rush: Little's law, rush x how long a person takes."""
        return queueing.in_system(self.city.rush, self.city.scan_takes_s)

    def at_work(self, rate: float) -> int:
        """Return the pods of which the busiest uses at most `busy` of its core, and where the wait is short enough."""
        pods, most_s = max(1, math.ceil(self.cores(rate) / self.city.busy)), self.city.p99_wait_ms / 1000
        while (
            queueing.busiest(self.cores(rate), pods, self.devices) > self.city.busy
            or self.p99_wait_s(pods, rate) > most_s
        ):
            pods += 1
        return pods

    def pods(self, rate: float) -> int:
        """Return the pods to have, so that those at work are left when a zone is lost."""
        zones = self.city.zones
        return zones * math.ceil(self.at_work(rate) / (zones - 1))

    def p99_wait_s(self, pods: float, rate: float) -> float:
        """Return the wait for a process that 99 % stay under: M/G/1 of scans and whole batches, or one batch."""
        batch_s = self.city.batch * self.scan_s(batched=True)
        longest_s = batch_s if self.city.batched else 0.0
        singles = rate * (1 - self.city.batched) / pods
        batches = rate * self.city.batched / self.city.batch / pods
        moment = (singles * self.scan_s() ** 2 * (1 + self.assumed.jitter) + batches * batch_s**2) / (singles + batches)
        busy = self.cores(rate) / pods
        return queueing.wait_quantile(busy, queueing.mean_wait(busy, moment, singles + batches)) + longest_s

    def in_flight(self, pods: float, rate: float) -> float:
        """Return the scans in a process at a time (Little's law): each waits, and then for at most two acks."""
        return queueing.in_system(rate / pods, self.p99_wait_s(pods, rate) + 2 * self.assumed.ack_ms / 1000)

    def turned_away_after_s(self, pods: float, rate: float, limit: int) -> float:
        """Return after how long an overloaded process answers 503: its queue grows by what it cannot serve."""
        busy = self.cores(rate) / pods
        growth = rate / pods * (1 - 1 / busy) if busy > 1 else 0.0
        return limit / growth if growth else math.inf

    def caught_up_s(self, pods: int, residents: float) -> float:
        """Return how long an autoscaler takes from so many pods to what the rush needs.

        The metric's delay, its doublings, a pod's start, and then the pod reads the residents' credentials.
        """
        doublings = max(0, math.ceil(math.log2(self.at_work(self.city.rush) / pods)))
        reading = residents * self.costs.credentials_us * self.assumed.slower / 1e6
        ready = self.assumed.pod_start_s + reading
        return self.assumed.metrics_s + _HPA_STEP_S * doublings + ready if doublings else 0.0


@dataclass(frozen=True)
class Recording:
    """What the recorder needs to record at a rate, with that many partitions."""

    city: City
    costs: Costs
    assumed: Assumed
    partitions: int
    rate: float

    @property
    def buckets_touched(self) -> float:
        """Presence buckets that a passage makes be written: distinct ones of a run, by the run's passages."""
        run = RECORDER_BATCH / self.city.partitions_a_recorder
        buckets = self.city.residents / self.city.residents_a_bucket / self.partitions
        return queueing.touched(run, buckets) / run

    @property
    def passage_s(self) -> float:
        """Seconds of a cluster's core for a passage: its own, and all residents of the buckets it touches."""
        presence = self.buckets_touched * self.city.residents_a_bucket * self.costs.presence_us
        return self.assumed.slower * (self.costs.recorder_us + presence) / 1e6

    @property
    def pods(self) -> int:
        """Recorders: the offered load, of which each takes `busy`; when one is lost its partitions go to the others."""
        return math.ceil(self.rate * self.passage_s / self.city.busy)

    @property
    def shards(self) -> int:
        """Shards by what is written: each passage once, and the buckets that it touches."""
        writes = self.rate * (1 + self.buckets_touched)
        return math.ceil(writes / (self.assumed.shard_writes * self.assumed.shard_busy))

    @property
    def lag(self) -> float:
        """Passages that wait at the end of the rush."""
        return queueing.lag(self.city.rush, self.rate, self.city.rush_s)

    @property
    def oldest_s(self) -> float:
        """How old the passage is that is recorded when the rush ends: what waits, by the rate."""
        return self.lag / self.rate

    @property
    def drain_s(self) -> float:
        """How long after the rush nothing waits any more."""
        return queueing.drain_s(self.lag, self.city.usual, self.rate)

    @property
    def presence_mb_s(self) -> float:
        """Megabytes a second of presence that are read, and again written, at the rate."""
        return self.rate * self.buckets_touched * self.city.residents_a_bucket * self.costs.presence_bytes / 1e6


@dataclass(frozen=True)
class Plan:
    """The whole plan."""

    city: City = field(default_factory=City)
    costs: Costs = field(default_factory=Costs)
    assumed: Assumed = field(default_factory=Assumed)

    def scanning(self, partitions: int) -> Scanning:
        """Return what scanning needs with that many partitions."""
        return Scanning(self.city, self.costs, self.assumed, partitions)

    def recording(self, partitions: int, rate: float | None = None) -> Recording:
        """Return what recording needs; at the rate that the city's promise asks for, if none is given."""
        city = self.city
        least = queueing.rate_for_drain(city.rush, city.usual, city.rush_s, city.recorded_within_s)
        return Recording(city, self.costs, self.assumed, partitions, least if rate is None else rate)

    @cached_property
    def partitions(self) -> int:
        """Partitions of passages: enough for four times the recorders, and none of them slower than its share."""
        partitions = PARTITIONS_STEP
        while not self._suffice(partitions):
            partitions += PARTITIONS_STEP
        return partitions

    def _suffice(self, partitions: int) -> bool:
        recording = self.recording(partitions)
        one_by_one = 1 / (recording.passage_s + self.costs.store_us / 1e6)  # a partition is recorded in order
        members = self.city.partitions_a_recorder * recording.pods
        return members <= partitions and recording.rate <= partitions * one_by_one * self.city.busy

    @property
    def passages_kept(self) -> float:
        """Passages in the store: usual days, and what the rushes add."""
        rushes = self.city.rushes_a_month * self.city.passages_kept_days / 30
        added = (self.city.rush - self.city.usual) * self.city.rush_s
        return self.city.passages_kept_days * self.city.scans_a_day + rushes * added

    @property
    def bus_in_mb_s(self) -> float:
        """Megabytes a second that reach the leaders in the rush."""
        return self.city.rush * self.costs.bus_bytes / 1e6

    @property
    def topic_bytes(self) -> float:
        """Bytes of the passages' topic on all brokers: its days with one rush among them, every copy."""
        usual = self.city.topic_kept_hours / 24 * self.city.scans_a_day
        rush = (self.city.rush - self.city.usual) * self.city.rush_s
        return (usual + rush) * self.costs.bus_bytes * self.city.copies

    def broker_mb_s(self, brokers: int, readers: int = 1) -> tuple[float, float]:
        """Return megabytes a second into and out of each broker: every copy in; copies, and each reader, out."""
        share = self.bus_in_mb_s / brokers
        return share * self.city.copies, share * (self.city.copies - 1 + readers)

    @property
    def brokers(self) -> int:
        """Brokers that carry it when one is lost, and at least as many as copies."""
        brokers = SMALLEST_CLUSTER
        while sum(self.broker_mb_s(brokers - 1)) > self.assumed.broker_mb_s:
            brokers += 1
        return brokers

    @property
    def passage_disk_bytes(self) -> float:
        """Bytes of a stored passage and its index entries on disk."""
        data = self.costs.stored_bytes * self.assumed.data_zipped
        return data + self.costs.index_bytes * self.assumed.index_zipped + self.assumed.hashed_bytes

    @property
    def random_index_bytes(self) -> float:
        """Bytes of the two indexes in which every insert lands anywhere, so that all of them have to be in memory."""
        entry = self.costs.resident_index_bytes * self.assumed.index_zipped + self.assumed.hashed_bytes
        return self.passages_kept * entry

    @property
    def shards(self) -> int:
        """Shards: the most that writing, or the indexes in memory, ask for."""
        by_cache = math.ceil(self.random_index_bytes / GIB / self.assumed.shard_cache_gib)
        return max(by_cache, self.recording(self.partitions).shards)

    def process_mib(self, residents: float) -> float:
        """Return the memory of a process with the exceptions of the whole city and so many residents' credentials."""
        exception = (self.costs.million_mib - self.costs.process_mib) / 1e6
        exceptions = self.city.residents * self.city.exceptional * exception
        return self.costs.process_mib + exceptions + residents * self.costs.credentials_bytes / MIB

    def reading_s(self, residents: float) -> float:
        """Return how long a process reads credentials before it is ready."""
        return residents * self.costs.credentials_us * self.assumed.slower / 1e6

    @property
    def edge_mb_s(self) -> tuple[float, float]:
        """Megabytes a second into and out of the city's edge in the rush."""
        rate, framing = self.city.rush / 1e6, self.assumed.tls_bytes
        return rate * (self.costs.request_bytes + framing), rate * (self.costs.answer_bytes + framing)

    @property
    def mean_rate(self) -> float:
        """Scans a second over a whole usual day."""
        return self.city.scans_a_day / DAY_S
