"""Posting scans as a gate's device does: in batches, the same ids again until they are durable, with receipts."""

import json
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from deploy.local.errors import LauncherError
from deploy.scan_files import read_scans

BATCH = 200
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
ACCEPTED, REJECTED, PARKED = "accepted", "rejected", "parked"
_TOO_LARGE = 413
_LATER = (429, 500, 502, 503, 504)


class Receipt(NamedTuple):
    """What became of a scan: accepted (durable), rejected (never will be), or parked (not durable when we gave up)."""

    scan_id: str
    state: str
    verdict: str | None
    reasons: tuple[str, ...]


class ScansRefused(LauncherError):
    """The service takes no scans from us, whatever they hold: a wrong token, or no checkpoint service at all."""


class Sender:
    """Posts scans to one checkpoint service; a scan that is not durable goes again, with the same id."""

    def __init__(
        self,
        url: str,
        token: str,
        give_up_s: float,
        post_s: float = 30,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=post_s, trust_env=False)
        self._give_up_s = give_up_s
        self._sleep = sleep

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(self, scans: Sequence[dict[str, Any]]) -> list[Receipt]:
        """Return a receipt for each scan, in their order. Raises `ScansRefused` when no scan would be taken."""
        receipts = [Receipt(str(scan.get("scan_id")), PARKED, None, ()) for scan in scans]
        waiting = list(range(len(scans)))
        deadline, pause = time.monotonic() + self._give_up_s, FIRST_PAUSE_S
        while True:
            answers, wait_s = self._post([scans[at] for at in waiting])
            for at, answer in zip(waiting, answers, strict=False):
                receipts[at] = _receipt(receipts[at].scan_id, answer)
            waiting = [at for at in waiting if receipts[at].state == PARKED]
            left = deadline - time.monotonic()
            if not waiting or left <= 0:
                return receipts
            # Everybody was told the same time: whoever adds some of their own does not meet all others again.
            self._sleep(min(left, wait_s + random.uniform(0, pause)))
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def _post(self, scans: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], float]:
        """Return the answers, or none and how long to wait when the service is away or full."""
        try:
            response = self._client.post("/v1/scans/batch", content="\n".join(map(json.dumps, scans)))
        except httpx.TransportError:
            return [], 0
        if response.status_code in _LATER:
            return [], _retry_after(response)
        if response.status_code == _TOO_LARGE and len(scans) > 1:
            return self._post_halves(scans)
        if response.status_code == _TOO_LARGE:
            return [{"error": _problem(response)}], 0
        return self._answers(response), 0

    def _post_halves(self, scans: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], float]:
        middle = len(scans) // 2
        first, wait_s = self._post(scans[:middle])
        if len(first) < middle:
            return first, wait_s
        second, wait_s = self._post(scans[middle:])
        return first + second, wait_s

    def _answers(self, response: httpx.Response) -> list[dict[str, Any]]:
        try:
            if response.status_code == httpx.codes.OK:
                return [dict(answer) for answer in response.json()]
        except (ValueError, TypeError):
            pass
        problem = _problem(response)
        raise ScansRefused(f"{response.url} takes no scans ({problem['code']}): {problem['detail']}")


def _retry_after(response: httpx.Response) -> float:
    said = response.headers.get("Retry-After", "")
    return float(said) if said.isdecimal() else 1.0


def _problem(response: httpx.Response) -> dict[str, str]:
    try:
        found = dict(response.json())
    except (ValueError, TypeError):
        found = {}
    told = "it is no checkpoint service: name another with --url"
    return {"code": str(found.get("code", response.status_code)), "detail": str(found.get("detail", told))}


def _receipt(scan_id: str, answer: dict[str, Any]) -> Receipt:
    if error := answer.get("error"):
        return Receipt(scan_id, REJECTED, None, (error["code"], error["detail"]))
    state = ACCEPTED if answer.get("durable") else PARKED
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


def accepted_before(receipts: Path) -> set[str]:
    """Return the scans that an earlier run got accepted; cut off the half line that it left when it was killed.

    Raises `ValueError` for a file that holds something else.
    """
    content = receipts.read_bytes() if receipts.exists() else b""
    whole = content.rfind(b"\n") + 1
    found = [_accepted(receipts, number, line) for number, line in enumerate(content[:whole].splitlines(), start=1)]
    if whole < len(content):
        os.truncate(receipts, whole)
    return {scan_id for scan_id in found if scan_id is not None}


def _accepted(receipts: Path, number: int, line: bytes) -> str | None:
    try:
        receipt = json.loads(line)
        return str(receipt["scan_id"]) if receipt["state"] == ACCEPTED else None
    except (ValueError, LookupError, TypeError):
        raise ValueError(f"{receipts}, line {number}: no receipt: name another file for the receipts") from None


def send_file(
    sender: Sender, path: Path, receipts: Path, size: int, pause_s: float, told: Callable[[list[Receipt]], None]
) -> None:
    """Send a file's scans that are not accepted yet, append a receipt for each, and tell each batch's receipts."""
    done = accepted_before(receipts)
    waiting = (scan for scan in read_scans(path) if scan.get("scan_id") not in done)
    with receipts.open("a", encoding="utf-8") as out:
        for batch in batches(waiting, size):
            got = sender.send(batch)
            out.writelines(json.dumps(receipt._asdict(), ensure_ascii=False) + "\n" for receipt in got)
            out.flush()
            told(got)
            time.sleep(pause_s)
