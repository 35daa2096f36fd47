"""The morning's passages, written as scan files for the scanner clients."""

import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.demo.people import SEED, Compound, Person, compounds
from shared.base import id_numbers
from shared.base.ids import new_id

PASSAGES = 9_000
WINDOW = timedelta(hours=3)
FEVERS, FORGED, UNKNOWN, VISITORS = 3, 2, 4, 40


def write_morning(
    directory: Path, residents: Sequence[Person], codes: dict[str, str], isolated: set[str], now: datetime, count: int
) -> dict[str, Path]:
    """Write one NDJSON file of scans a gate; return them by gate. `codes` is by ID number."""
    chance = random.Random(SEED)
    walkers = [person for person in residents if person.id_number not in isolated]
    by_path = {where.path: where for where in compounds()}
    scans: dict[str, list[dict[str, Any]]] = {where.gate_id: [] for where in by_path.values()}
    for n in range(count):
        person = chance.choice(walkers)
        gate = by_path[person.compound].gate_id
        seconds = chance.random() * WINDOW.total_seconds()
        scan = _scan(
            gate, now - timedelta(seconds=seconds), chance.choice(("out", "out", "in")), _credential(person, codes)
        )
        temperature_c = 38.2 if n < FEVERS else min(37.2, round(chance.gauss(36.5, 0.2), 1))
        scans[gate].append(scan | {"temperature_c": temperature_c, "mask": chance.random() > 0.01})
    gates = list(scans)
    for n in range(FORGED + UNKNOWN + VISITORS):
        gate = gates[n % len(gates)]
        scans[gate].append(_scan(gate, now - timedelta(minutes=n), "in", _odd(n)) | {"temperature_c": 36.4})
    return {gate: _write(directory / f"{gate}.ndjson", lines) for gate, lines in scans.items()}


def _credential(person: Person, codes: dict[str, str]) -> dict[str, str]:
    if code := codes.get(person.id_number):
        return {"kind": "code", "value": code}
    return {"kind": "id_number", "value": person.id_number}


def _odd(n: int) -> dict[str, str]:
    if n < FORGED:
        return {"kind": "code", "value": "LM1:" + "A" * 180}
    if n < FORGED + UNKNOWN:
        first = f"99000019500101{n:03}"
        last = next(last for last in "0123456789X" if id_numbers.is_checked(first + last))
        return {"kind": "id_number", "value": first + last}
    return {"kind": "visitor", "value": f"courier-{n}"}


def _scan(gate: str, at: datetime, direction: str, credential: dict[str, str]) -> dict[str, Any]:
    return {
        "scan_id": new_id(),
        "gate_id": gate,
        "at": at.isoformat(),
        "direction": direction,
        "credential": credential,
    }


def _write(path: Path, scans: list[dict[str, Any]]) -> Path:
    ordered = sorted(scans, key=lambda scan: str(scan["at"]))
    lines = [json.dumps(scan | {"seq": seq}, ensure_ascii=False) + "\n" for seq, scan in enumerate(ordered)]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def exit_scan(where: Compound, code: str, now: datetime, seq: int) -> dict[str, Any]:
    """Return the scan of a resident who wants to leave the compound with a health code."""
    scan = _scan(where.gate_id, now, "out", {"kind": "code", "value": code})
    return scan | {"temperature_c": 36.6, "mask": True, "seq": seq}
