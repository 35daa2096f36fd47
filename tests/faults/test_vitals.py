"""Whether something grows."""

import os
import random

from tests.faults.vitals import Growth, Vitals

LOOKS, EVERY_S, SCANS_A_SECOND = 150, 10.0, 20.0


def looks(grows_by_kb_a_scan: float = 0.0, files_a_look: float = 0.0) -> list[Vitals]:
    chance = random.Random(1)
    grown = [n * EVERY_S * SCANS_A_SECOND * grows_by_kb_a_scan / 1024 for n in range(LOOKS)]
    return [
        Vitals(n * EVERY_S, 120 + grown[n] + chance.uniform(-3, 3), 40 + int(n * files_a_look), 12)
        for n in range(LOOKS)
    ]


def test_what_varies_is_level() -> None:
    assert Growth.over(looks()).level


def test_a_kilobyte_that_stays_with_each_scan_is_seen() -> None:
    assert not Growth.over(looks(grows_by_kb_a_scan=1.0)).level


def test_a_file_that_stays_open_every_three_minutes_is_seen() -> None:
    assert not Growth.over(looks(files_a_look=EVERY_S / 180)).level


def test_a_process_is_seen_as_it_is() -> None:
    before = Vitals.of(os.getpid())
    kept = [open(os.devnull) for _ in range(10)]  # noqa: SIM115
    after = Vitals.of(os.getpid())
    assert after.files == before.files + 10
    assert after.memory_mb > 10
    assert after.threads >= 1
    for one in kept:
        one.close()
