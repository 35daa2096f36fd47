"""Rosters of a community, in files as a clerk posts them."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from deploy.demo.people import Person, people, write_roster

ROWS_A_FILE = 5_000
RESIDENTS_A_HOUSEHOLD = 2.65  # a little less than there are, so that the households are enough


class RosterFile(NamedTuple):
    """A file and who stands in it."""

    path: Path
    residents: list[Person]


def write_rosters(directory: Path, residents: int, today: date, rows_a_file: int = ROWS_A_FILE) -> list[RosterFile]:
    """Write that many residents in files of so many rows."""
    all_residents = list(islice(people(today, round(residents / RESIDENTS_A_HOUSEHOLD)), residents))
    files = []
    for number, part in enumerate(parts(all_residents, rows_a_file), start=1):
        path = directory / f"residents-{number:02}.xlsx"
        write_roster(path, part)
        files.append(RosterFile(path, part))
    return files


def parts(rows: Sequence[Person], size: int) -> Iterator[list[Person]]:
    """Yield the rows in lists of up to `size`."""
    for at in range(0, len(rows), size):
        yield list(rows[at : at + size])
