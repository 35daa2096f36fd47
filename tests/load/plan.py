"""The tables of docs/capacity.md: `python -m tests.load.plan` prints them, `--write` puts them into the page."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from deploy.launcher.processes.child import ROOT
from services.checkpoint.settings import Settings
from tests.load import queueing
from tests.load.costs import GIB, MIB, described
from tests.load.sizing import Plan

PAGE = ROOT / "docs" / "capacity.md"
_MARKED = re.compile(r"(<!-- table: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
IN_FLIGHT: int = Settings.model_fields["max_scans_in_flight"].default
TODAY_PARTITIONS = 12
OTHER_PARTITIONS = (TODAY_PARTITIONS, 48, 240)
BUCKET_SIZES = (1_000, 100, 20)
BUCKETS: int = Settings.model_fields["presence_buckets"].default
WITHINS_S = (0.0, 900.0, 1_800.0)  # kept up with, or late for so long

Rows = Sequence[Sequence[object]]


def costs(plan: Plan) -> str:
    """What was measured."""
    points = plan.costs.append
    append = [("append", f"{p.single_us} / {p.batch_us} us CPU", _append_where(p.partitions)) for p in points]
    return _table(("measured", "value", "from"), [*described(plan.costs), *append])


def _append_where(partitions: int) -> str:
    return f"a passage appended, one and 500 a request, {partitions} partitions on the embedded bus"


def assumed(plan: Plan) -> str:
    """What is assumed."""
    return _table(("assumed", "value", "of"), described(plan.assumed))


def city(plan: Plan) -> str:
    """What is planned for."""
    return _table(("city", "value", "of"), described(plan.city))


def gates(plan: Plan) -> str:
    """The scan API at three loads."""
    scanning, most = plan.scanning(plan.partitions), plan.city.rush
    rows = []
    for name, rate in (("usual", plan.city.usual), ("rush", most), ("twice the rush", 2 * most)):
        at_work = scanning.at_work(rate)
        rows.append(
            {
                "load": name,
                "scans/s": f"{rate:,.0f}",
                "cores": f"{scanning.cores(rate):.2f}",
                "pods at work": at_work,
                "pods to have": scanning.pods(rate),
                "busy, a zone lost": f"{scanning.cores(rate) / at_work:.2f}",
                "p99 wait, ms": f"{1000 * scanning.p99_wait_s(at_work, rate):.0f}",
                "in flight in each": f"{scanning.in_flight(at_work, rate):,.0f}",
            }
        )
    return _listed(rows)


def step(plan: Plan) -> str:
    """What happens when the rush finds only the pods of the usual load."""
    scanning, most = plan.scanning(plan.partitions), plan.city.rush
    pods = scanning.pods(plan.city.usual)
    most_carried = pods / scanning.cores(1.0)
    residents, district = plan.city.residents, plan.city.residents / plan.city.districts
    rows = [
        ("pods at the usual load", pods),
        ("scans/s that they carry at most", f"{most_carried:,.0f}"),
        ("until they answer 503", _seconds(scanning.turned_away_after_s(pods, most, IN_FLIGHT))),
        (
            "until the autoscaler has made enough, credentials of a district",
            _minutes(scanning.caught_up_s(pods, district)),
        ),
        ("the same, credentials of the whole city", _minutes(scanning.caught_up_s(pods, residents))),
    ]
    return _table(("the step, met by the usual pods", ""), rows)


def recorder(plan: Plan) -> str:
    """The recorder, by how late it may be."""
    rows = []
    for within in WITHINS_S:
        recording = plan.recording(plan.partitions, _rate(plan, within))
        rows.append(
            {
                "recorded after the rush": _minutes(within) if within else "at once",
                "passages/s": f"{recording.rate:,.0f}",
                "recorder pods": recording.pods,
                "shards for writing": recording.shards,
                "lag at its end, millions": f"{recording.lag / 1e6:.1f}",
                "oldest then": _minutes(recording.oldest_s),
                "lag gone after": _minutes(recording.drain_s),
            }
        )
    return _listed(rows)


def _rate(plan: Plan, within_s: float) -> float:
    town = plan.city
    return queueing.rate_for_drain(town.rush, town.usual, town.rush_s, within_s)


def partitions(plan: Plan) -> str:
    """What another number of partitions would mean."""
    rows = []
    for number in sorted({*OTHER_PARTITIONS, plan.partitions}):
        scanning, recording = plan.scanning(number), plan.recording(number)
        rows.append(
            {
                "partitions": number,
                "": "plan" if number == plan.partitions else "now" if number == TODAY_PARTITIONS else "",
                "us a scan": f"{1e6 * scanning.scan_s() / plan.assumed.slower:.0f}",
                "us a scan in a batch": f"{1e6 * scanning.scan_s(batched=True) / plan.assumed.slower:.0f}",
                "API pods": scanning.pods(plan.city.rush),
                "buckets written a passage": f"{recording.buckets_touched:.2f}",
                "recorder pods": recording.pods,
                "there can be so many": "yes" if recording.pods <= number else "no",
            }
        )
    return _listed(rows)


def presence(plan: Plan) -> str:
    """What the size of presence buckets means; the first is that of the number of buckets that is set by default."""
    rows = []
    for size in (plan.city.residents // BUCKETS, *BUCKET_SIZES):
        recording = replace(plan, city=replace(plan.city, residents_a_bucket=size)).recording(plan.partitions)
        rows.append(
            {
                "buckets": f"{plan.city.residents / size:,.0f}",
                "residents a bucket": f"{size:,}",
                "MiB a bucket": f"{size * plan.costs.presence_bytes / MIB:,.3f}",
                "written a passage": f"{recording.buckets_touched:.3f}",
                "us a passage": f"{1e6 * recording.passage_s / plan.assumed.slower:,.0f}",
                "recorder pods": recording.pods,
                "shards for writing": recording.shards,
                "MB/s read and written": f"{recording.presence_mb_s:,.0f}",
            }
        )
    return _listed(rows)


def bus(plan: Plan) -> str:
    """Brokers, in the rush."""
    rows = []
    for brokers in (2 * plan.brokers, plan.brokers, plan.brokers - 1):
        into, out = plan.broker_mb_s(brokers)
        rows.append(
            {
                "brokers": brokers,
                "": "plan" if brokers == plan.brokers else "one lost" if brokers < plan.brokers else "",
                "MB/s in, each": f"{into:.0f}",
                "MB/s out, each": f"{out:.0f}",
                "GiB of volume, each": f"{plan.topic_bytes / brokers / plan.assumed.disk_full / GIB:,.0f}",
            }
        )
    return _listed(rows)


def store(plan: Plan) -> str:
    """MongoDB, by what is kept."""
    shards = plan.shards
    whole = plan.passages_kept * plan.passage_disk_bytes
    rows = [
        ("passages kept, millions", f"{plan.passages_kept / 1e6:,.0f}"),
        ("bytes of one on disk, with its index entries", f"{plan.passage_disk_bytes:,.0f}"),
        ("GiB of passages, one copy", f"{whole / GIB:,.0f}"),
        ("GiB of the two indexes that have to be in memory", f"{plan.random_index_bytes / GIB:,.0f}"),
        ("shards for writing", plan.recording(plan.partitions).shards),
        ("**shards**", shards),
        ("GiB of volume, each member", f"{whole / shards / GIB / plan.assumed.disk_full:,.0f}"),
        ("GiB of presence, one copy", f"{plan.city.residents * plan.costs.presence_bytes / GIB:,.1f}"),
    ]
    return _table(("store", ""), rows)


def edge(plan: Plan) -> str:
    """The network in front of the API."""
    into, out = plan.edge_mb_s
    scanning = plan.scanning(plan.partitions)
    rows = [
        ("devices at work in the rush", f"{scanning.devices:,.0f}"),
        ("Mbit/s in", f"{8 * into:,.0f}"),
        ("Mbit/s out", f"{8 * out:,.0f}"),
        ("core seconds when all devices connect anew", f"{scanning.devices * plan.assumed.handshake_us / 1e6:,.0f}"),
    ]
    return _table(("edge", ""), rows)


def memory(plan: Plan) -> str:
    """A process of the scan API, by whose credentials it holds."""
    rows = []
    for name, share in (("no resident", 0.0), ("a district", 1 / plan.city.districts), ("the whole city", 1.0)):
        residents = share * plan.city.residents
        mib, reading = plan.process_mib(residents), plan.reading_s(residents)
        rows.append((name, f"{residents:,.0f}", f"{mib:,.0f}", _minutes(reading)))
    return _table(("credentials of", "residents", "MiB a process", "reads them in"), rows)


def _seconds(seconds: float) -> str:
    return f"{seconds:,.1f} s"


def _minutes(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds < 120 else f"{seconds / 60:,.0f} min"


def _listed(rows: Sequence[Mapping[str, object]]) -> str:
    return _table(list(rows[0]), [list(row.values()) for row in rows])


def _table(titles: Sequence[str], rows: Rows) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines) + "\n"


TABLES: Mapping[str, Callable[[Plan], str]] = {
    made.__name__: made
    for made in (city, costs, assumed, gates, step, partitions, recorder, presence, bus, store, edge, memory)
}


def filled(page: str, plan: Plan) -> str:
    """Return the page with its tables made from the plan."""
    return _MARKED.sub(lambda match: match[1] + TABLES[match[2]](plan) + match[4], page)


def main(arguments: Sequence[str], page: Path = PAGE) -> int:
    """Print the tables, or put them into the page."""
    plan = Plan()
    if list(arguments) == ["--write"]:
        page.write_text(filled(page.read_text(encoding="utf-8"), plan), encoding="utf-8")
        return 0
    for name, made in TABLES.items():
        sys.stdout.write(f"{name}\n\n{made(plan)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
