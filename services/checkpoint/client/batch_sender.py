"""Posting the scans of files as a gate's device does: the same ids again until they are durable, with receipts."""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from services.checkpoint.client.errors import ScansRefused
from services.checkpoint.client.link import Link, Refused
from services.checkpoint.client.posting import ACCEPTED, PARKED, Pause, Poster, Receipt, receipt_of
from services.checkpoint.client.scan_files import read_scans
from shared.base.json_types import Json

BATCH = 200


class BatchSender:
    """Posts scans to one checkpoint service; a scan that is not durable goes again, with the same id."""

    def __init__(
        self,
        url: str,
        token: str,
        give_up_s: float,
        post_s: float = 30,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._link = Link(url, token)
        self._poster = Poster(self._link, post_s)
        self._give_up_s = give_up_s
        self._sleep = sleep

    def close(self) -> None:
        """Close the connections."""
        self._link.close()

    def send(self, scans: Sequence[Json]) -> list[Receipt]:
        """Return a receipt for each scan, in their order. Raises `ScansRefused` when no scan would be taken."""
        receipts = [Receipt(str(scan.get("scan_id")), PARKED, None, ()) for scan in scans]
        waiting = list(range(len(scans)))
        deadline, pause = time.monotonic() + self._give_up_s, Pause()
        while True:
            try:
                posted = self._poster.post([scans[at] for at in waiting])
            except Refused as error:
                raise ScansRefused(str(error)) from None
            for at, answer in zip(waiting, posted.answers, strict=False):
                receipts[at] = receipt_of(receipts[at].scan_id, answer)
            waiting = [at for at in waiting if receipts[at].state == PARKED]
            left = deadline - time.monotonic()
            if not waiting or left <= 0:
                return receipts
            self._sleep(min(left, pause.next_s(posted.wait_s)))


def batches(scans: Iterable[Json], size: int = BATCH) -> Iterator[list[Json]]:
    """Yield the scans in lists of up to `size`."""
    batch: list[Json] = []
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
    scan_ids = [_accepted(receipts, number, line) for number, line in enumerate(content[:whole].splitlines(), start=1)]
    if whole < len(content):
        os.truncate(receipts, whole)
    return {scan_id for scan_id in scan_ids if scan_id is not None}


def _accepted(receipts: Path, number: int, line: bytes) -> str | None:
    try:
        receipt = json.loads(line)
        return str(receipt["scan_id"]) if receipt["state"] == ACCEPTED else None
    except (ValueError, LookupError, TypeError):
        raise ValueError(f"{receipts}, line {number}: no receipt: name another file for the receipts") from None


def send_file(
    sender: BatchSender, path: Path, receipts: Path, size: int, pause_s: float, report: Callable[[list[Receipt]], None]
) -> None:
    """Send a file's scans that are not accepted yet, append a receipt for each; `report` gets each batch's receipts."""
    done = accepted_before(receipts)
    waiting = (scan for scan in read_scans(path) if scan.get("scan_id") not in done)
    with receipts.open("a", encoding="utf-8") as out:
        for batch in batches(waiting, size):
            got = sender.send(batch)
            out.writelines(json.dumps(receipt._asdict(), ensure_ascii=False) + "\n" for receipt in got)
            out.flush()
            report(got)
            time.sleep(pause_s)
