"""What one scan, passage or resident costs, and the city it is planned for. Each figure says where it comes from."""

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

MIB, GIB = 1 << 20, 1 << 30
DAY_S = 86_400


class Append(NamedTuple):
    """CPU microseconds to append a passage to the bus, one a request and 500 a request, by the topic's partitions."""

    partitions: int
    single_us: float
    batch_us: float


def figure(value: Any, unit: str, where: str) -> Any:
    """Return a field with its unit and where the figure comes from."""
    return field(default=value, metadata={"unit": unit, "where": where})


BENCH = "`make bench`"
SIZE = "encoded, a usual passage"


@dataclass(frozen=True)
class Costs:
    """What was measured, on one pinned core with the embedded servers. Nothing here is an estimate."""

    single_us: float = figure(110.0, "us CPU", f"{BENCH}, row `single`: a scan in a request of its own, 12 partitions")
    batch_us: float = figure(18.7, "us CPU", f"{BENCH}, row `batch`: a scan of a batch of 500, 12 partitions")
    signed_us: float = figure(3.6, "us CPU", f"{BENCH}, row `signed` less `batch`: a sealed code instead of a card")
    recorder_us: float = figure(99.0, "us CPU", f"{BENCH}, row `recorder`: a passage, the recorder's own part")
    store_us: float = figure(333.0, "us", f"{BENCH}, row `recorder`: a passage, the embedded store's part")
    process_mib: float = figure(99.0, "MiB", "`python -m tests.bench.memory 1000`: a process without residents")
    million_mib: float = figure(170.0, "MiB", f"{BENCH}, row `memory`: the same with a million exceptions")
    credentials_bytes: float = figure(941.0, "bytes", "resident memory: a resident with 1.5 cards or ID numbers")
    credentials_us: float = figure(47.0, "us CPU", "a resident's credentials, read from the bus into memory")
    presence_us: float = figure(4.7, "us CPU", "a resident of a presence bucket, read and written again")
    presence_bytes: float = figure(148.0, "bytes", "a resident in a presence bucket: 108, and 40 of the count by place")
    bus_bytes: float = figure(868.0, "bytes", f"{SIZE}, alone in a batch: key 36, value 505, headers 243, framing")
    bus_zipped_bytes: float = figure(455.0, "bytes", "the same with gzip; in batches of ten 89")
    stored_bytes: float = figure(522.0, "bytes", f"{SIZE} as BSON")
    index_bytes: float = figure(270.0, "bytes", "the embedded store's sizes of the five indexes, a passage")
    resident_index_bytes: float = figure(101.0, "bytes", "of which the index of resident and time")
    request_bytes: float = figure(720.0, "bytes", "a scan of 300 bytes with its headers and token")
    answer_bytes: float = figure(250.0, "bytes", "the answer with its headers")
    append: tuple[Append, ...] = (
        Append(12, 11.4, 5.4),
        Append(48, 19.4, 7.0),
        Append(96, 25.0, 7.7),
        Append(240, 35.3, 10.6),
    )


@dataclass(frozen=True)
class Assumed:
    """What could not be measured here: Apache Kafka, MongoDB and a cluster's network, set with care."""

    slower: float = figure(2.0, "times", "a core of a cluster is half a core, and has neighbours")
    ack_ms: float = figure(10.0, "ms", "acks=all with two of three copies in other zones")
    shard_writes: float = figure(10_000.0, "writes/s", "a shard's primary of 8 cores on NVMe, five indexes, majority")
    shard_busy: float = figure(0.7, "share", "of that, so that reading and balancing have room")
    shard_cache_gib: float = figure(24.0, "GiB", "WiredTiger's cache of a member with 48 GiB")
    data_zipped: float = figure(0.4, "share", "of a document's bytes on disk, with snappy")
    index_zipped: float = figure(0.6, "share", "of an index entry's bytes, on disk and in cache, by common prefixes")
    hashed_bytes: float = figure(20.0, "bytes", "an entry of the hashed index that sharding needs")
    broker_mb_s: float = figure(100.0, "MB/s", "in and out that a broker of 4 cores carries with TLS")
    disk_full: float = figure(0.6, "share", "of a volume that may be used")
    handshake_us: float = figure(300.0, "us CPU", "a TLS handshake at the edge, ECDSA P-256")
    tls_bytes: float = figure(120.0, "bytes", "TLS and TCP framing each way")
    metrics_s: float = figure(30.0, "s", "until an autoscaler sees a new load")
    pod_start_s: float = figure(15.0, "s", "until a pod's process runs, its replicas still empty")
    jitter: float = figure(0.25, "", "squared coefficient of variation of a scan's service time")


@dataclass(frozen=True)
class City:
    """The city that is planned for, and what it is promised."""

    residents: int = figure(10_000_000, "", "R8")
    scans_a_day: int = figure(40_000_000, "", "R8")
    usual: float = figure(2_000.0, "scans/s", "a busy hour")
    step: float = figure(10.0, "times", "R8: the rush, within one step")
    rush_s: float = figure(3_600.0, "s", "how long it lasts at most; at seven scans a resident, far more than a day's")
    rushes_a_month: int = figure(4, "", "days of such an hour in 30")
    exceptional: float = figure(0.01, "share", "residents who are yellow, red or isolated")
    signed: float = figure(0.8, "share", "scans that show a signed code")
    batched: float = figure(0.05, "share", "scans that come in batches, kept while offline")
    batch: int = figure(500, "scans", "in such a batch")
    scan_takes_s: float = figure(2.0, "s", "a person at a busy gate")
    zones: int = figure(3, "", "of which one may be lost in the rush")
    districts: int = figure(16, "", "")
    busy: float = figure(0.85, "share", "of its core that a process uses in the rush, with a zone lost")
    p99_wait_ms: float = figure(100.0, "ms", "that one scan in a hundred may wait for its turn in a process")
    recorded_within_s: float = figure(900.0, "s", "after the rush until the recorder's lag is gone")
    residents_a_bucket: int = figure(100, "", "of presence (`LASTMETRE_PRESENCE_BUCKETS`)")
    partitions_a_recorder: int = figure(4, "", "at planning, so that recorders can be made four times as many")
    passages_kept_days: int = figure(30, "days", "`PASSAGES_S`")
    topic_kept_hours: int = figure(72, "hours", "`deploy/topics.yaml`")
    copies: int = figure(3, "", "of a partition, and of a shard")

    @property
    def rush(self) -> float:
        """Scans a second in the rush."""
        return self.usual * self.step


def described(of: Any) -> list[tuple[str, str, str]]:
    """Return name, value with unit, and source of each figure."""
    rows = []
    for one in fields(of):
        if one.metadata:
            value = getattr(of, one.name)
            text = f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
            rows.append((one.name, f"{text} {one.metadata['unit']}".strip(), one.metadata["where"]))
    return rows
