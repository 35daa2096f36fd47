"""Posting scans as a gate's device does: in batches, the same ids again until they are durable, with receipts."""

import csv
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx

BATCH = 200
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0


class Receipt(NamedTuple):
    """What became of a scan: accepted (durable), rejected (never will be), or parked (not durable when we gave up)."""

    scan_id: str
    state: str
    verdict: str | None
    reasons: tuple[str, ...]


def read_scans(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the scans of an NDJSON or a .csv file. Raises `ValueError` naming the line that cannot be read."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix.lower() == ".csv":
            for row in csv.DictReader(file):
                yield _from_csv(row)
            return
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                scan = json.loads(line)
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: no JSON ({error})") from None
            if not isinstance(scan, dict):
                raise ValueError(f"{path}, line {number}: a scan is a JSON object")
            yield scan


def _from_csv(row: dict[str, str]) -> dict[str, Any]:
    scan: dict[str, Any] = {name: value for name, value in row.items() if value and "credential" not in name}
    scan["credential"] = {"kind": row.get("credential_kind", ""), "value": row.get("credential_value", "")}
    for name, read in (("seq", int), ("temperature_c", float)):
        if name in scan:
            scan[name] = read(scan[name])
    if "mask" in scan:
        scan["mask"] = scan["mask"].lower() in ("true", "1", "yes", "是")
    return scan


class Sender:
    """Posts scans to one checkpoint service; a scan that is not durable goes again, with the same id."""

    def __init__(self, url: str, token: str, give_up_s: float, post_s: float = 30) -> None:
        self._client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=post_s, trust_env=False
        )
        self._give_up_s = give_up_s

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(self, scans: Sequence[dict[str, Any]]) -> list[Receipt]:
        """Return a receipt for each scan, in their order."""
        receipts: dict[int, Receipt] = {}
        waiting = list(range(len(scans)))
        deadline, pause = time.monotonic() + self._give_up_s, FIRST_PAUSE_S
        while waiting:
            answers, wait_s = self._post([scans[at] for at in waiting])
            for at, answer in zip(waiting, answers, strict=False):
                receipts[at] = _receipt(scans[at], answer)
            waiting = [at for at in waiting if at not in receipts or receipts[at].state == "parked"]
            if not waiting or time.monotonic() > deadline:
                break
            time.sleep(max(wait_s, random.uniform(0, pause)))
            pause = min(pause * 2, LONGEST_PAUSE_S)
        return [receipts.get(at) or _receipt(scan, {}) for at, scan in enumerate(scans)]

    def _post(self, scans: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], float]:
        """Return the answers, or none and how long to wait when the service is away or full."""
        try:
            response = self._client.post("/v1/scans/batch", content=json.dumps(scans))
        except httpx.TransportError:
            return [], 0
        if response.status_code in (502, 503, 504):
            return [], float(response.headers.get("Retry-After", 1))
        if response.status_code != 200:
            problem = _problem(response)
            return [{"scan_id": s.get("scan_id"), "error": problem} for s in scans], 0
        return list(response.json()), 0


def _problem(response: httpx.Response) -> dict[str, str]:
    try:
        found = response.json()
    except ValueError:
        found = {}
    return {"code": str(found.get("code", response.status_code)), "detail": str(found.get("detail", ""))}


def _receipt(scan: dict[str, Any], answer: dict[str, Any]) -> Receipt:
    scan_id = str(scan.get("scan_id"))
    if error := answer.get("error"):
        return Receipt(scan_id, "rejected", None, (error["code"], error["detail"]))
    state = "accepted" if answer.get("durable") else "parked"
    return Receipt(scan_id, state, answer.get("verdict"), tuple(answer.get("reasons", ())))


def batches(scans: Iterable[dict[str, Any]], size: int = BATCH) -> Iterator[list[dict[str, Any]]]:
    """Yield the scans in lists of up to `size`."""
    batch: list[dict[str, Any]] = []
    for scan in scans:
        batch.append(scan)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def send_file(
    sender: Sender, path: Path, receipts: Path, size: int, pause_s: float, told: Callable[[list[Receipt]], None]
) -> dict[str, int]:
    """Send a file's scans and append a receipt for each; return how many came to which state."""
    counts = {"accepted": 0, "rejected": 0, "parked": 0}
    with receipts.open("a", encoding="utf-8") as out:
        for batch in batches(read_scans(path), size):
            got = sender.send(batch)
            out.writelines(json.dumps(receipt._asdict(), ensure_ascii=False) + "\n" for receipt in got)
            out.flush()
            told(got)
            for receipt in got:
                counts[receipt.state] += 1
            time.sleep(pause_s)
    return counts
