"""Posting scans to the service, and what became of each."""

import json
import random
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import httpx

from services.checkpoint.client.errors import Pair
from services.checkpoint.client.link import LATER, Away, Link, problem, refused, retry_after_s
from shared.base.json_types import JsonView

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
ACCEPTED, REJECTED, PARKED = "accepted", "rejected", "parked"
_TOO_LARGE = 413

Answer = JsonView


class Receipt(NamedTuple):
    """What became of a scan: accepted (durable), rejected (never will be), or parked (not durable so far)."""

    scan_id: str
    state: str
    verdict: str | None
    reasons: tuple[str, ...]


class Posted(NamedTuple):
    """The answers to the first of the scans, in their order, and how long the service asks us to wait."""

    answers: list[Answer]
    wait_s: float = 0.0


class Pause:
    """How long to wait before the next try: up to twice as long each time, by chance, unlike all other devices."""

    def __init__(self) -> None:
        self._longest_s = FIRST_PAUSE_S

    def next_s(self, asked_s: float = 0.0) -> float:
        """Return the seconds to wait: the `asked_s` of the service, and a random part."""
        # The service asks all devices for the same wait: with a random part they do not come back all at once.
        seconds = asked_s + random.uniform(0, self._longest_s)
        self._longest_s = min(self._longest_s * 2, LONGEST_PAUSE_S)
        return seconds

    def reset(self) -> None:
        """Begin with a short wait again: something got through."""
        self._longest_s = FIRST_PAUSE_S


class Poster:
    """Posts scans to one checkpoint service."""

    def __init__(self, link: Link, timeout_s: float) -> None:
        self._link = link
        self._timeout_s = timeout_s

    def post(self, scans: Sequence[JsonView], device_time: datetime | None = None) -> Posted:
        """Return the answers as far as they came; `device_time` is what the clock of these scans says now.

        Raises `Refused` when no scan would be taken.
        """
        try:
            lines = "\n".join(map(json.dumps, scans))
            response = self._link.post("/v1/scans/batch", lines, self._timeout_s, "application/x-ndjson", device_time)
        except Away:
            return Posted([])
        if response.status_code in LATER:
            return Posted([], retry_after_s(response))
        if response.status_code == _TOO_LARGE:
            return self._post_halves(scans, device_time) if len(scans) > 1 else Posted([{"error": problem(response)}])
        return Posted(_answers(response))

    def _post_halves(self, scans: Sequence[JsonView], device_time: datetime | None) -> Posted:
        middle = len(scans) // 2
        first = self.post(scans[:middle], device_time)
        if len(first.answers) < middle:
            return first
        second = self.post(scans[middle:], device_time)
        return Posted(first.answers + second.answers, second.wait_s)

    def ask(self, scan: JsonView, device_time: datetime | None = None) -> Answer | None:
        """Return the answer to one scan while a person waits for it; None when there is none in time."""
        try:
            response = self._link.post("/v1/scans", json.dumps(scan), self._timeout_s, device_time=device_time)
        except Away:
            return None
        if response.status_code == httpx.codes.BAD_REQUEST:
            return {"error": problem(response)}
        return None if response.status_code in LATER else _answers(response, one=True)[0]


def receipt_of(scan_id: str, answer: Answer) -> Receipt:
    """Return what an answer means for the scan."""
    if error := answer.get("error"):
        return Receipt(scan_id, REJECTED, None, (error["code"], error["detail"]))
    state = ACCEPTED if answer.get("durable") else PARKED
    return Receipt(scan_id, state, answer.get("verdict"), tuple(answer.get("reasons", ())))


def fault_of(answer: Answer) -> Pair:
    """Return why a scan was rejected, in Chinese where the service has it, and in English."""
    fault = answer["error"]
    return str(fault.get("detail_zh") or fault["detail"]), str(fault["detail"])


def clock_offset_of(answers: Sequence[Answer]) -> float | None:
    """Return by how many seconds the clock of the scans was wrong by the service's answers; None without an answer."""
    accepted = [answer for answer in answers if "error" not in answer]
    return float(accepted[-1].get("clock_offset_s") or 0.0) if accepted else None


def _answers(response: httpx.Response, one: bool = False) -> list[Answer]:
    try:
        if response.status_code == httpx.codes.OK:
            return [dict(answer) for answer in ([response.json()] if one else response.json())]
    except (ValueError, TypeError):
        pass
    raise refused(response, ("不接收扫码记录", "takes no scans"))
