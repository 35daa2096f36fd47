"""The device itself: enrolled with a one-time code, its token renewed in time, a sign of life every minute (R2.1)."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

import httpx

from services.checkpoint.client.background import Condition
from services.checkpoint.client.book import Book, BookUnusable
from services.checkpoint.client.clock import DeviceClock
from services.checkpoint.client.copy import Copy
from services.checkpoint.client.errors import Pair
from services.checkpoint.client.link import LATER, Away, Link, Refused, refused, retry_after_s
from services.checkpoint.client.posting import LONGEST_PAUSE_S
from shared.base.json_types import Json

EVERY_S = 60.0
TIMEOUT_S = 10.0
RENEW_BEFORE = timedelta(days=7)
_MOST_REJECTED = 1_000
_LONGEST_VERSION = 64


class Credential(NamedTuple):
    """What the device was given when it was enrolled or renewed."""

    device_id: str
    gate_id: str
    token: str
    expires_at: str


def credential(book: Book) -> Credential | None:
    """Return the credential that the book keeps, or None. Raises `BookUnusable`."""
    text = book.fact("credential")
    return Credential(**json.loads(text)) if text else None


def enrol(link: Link, book: Book, code: str, name: str, gate_id: str = "") -> Credential:
    """Enrol the device with a one-time code; killed on the way, it asks again as the same request.

    With `gate_id` wrong codes are counted for that gate alone, and a code of another gate is refused.

    Raises `Away`, `Refused`, `BookUnusable`.
    """
    request_id = book.fact("enrolment") or str(uuid4())
    book.keep(enrolment=request_id)
    asked = {"code": code, "request_id": request_id, "name": name} | ({"gate_id": gate_id} if gate_id else {})
    body = json.dumps(asked)
    return _keep(book, link.post("/v1/devices/enrol", body, TIMEOUT_S), ("未登记设备", "enrols no device"))


def _keep(book: Book, response: httpx.Response, what: Pair) -> Credential:
    if response.status_code in LATER:
        wait_s = f"{retry_after_s(response):.0f}"
        raise Away(f"服务繁忙：请 {wait_s} 秒后再试", f"the service is busy: try again in {wait_s} s")
    if response.status_code != httpx.codes.OK:
        raise refused(response, what)
    try:
        given = {name: response.json()[name] for name in Credential._fields}
    except (ValueError, LookupError, TypeError):  # another server answers at the address
        raise refused(response, what) from None
    book.keep(credential=json.dumps(given))
    return Credential(**given)


class Heart:
    """Says once a minute that the device is alive and what it holds, and renews its credential in time."""

    def __init__(
        self, link: Link, book: Book, copy: Copy, condition: Condition, clock: DeviceClock, version: str
    ) -> None:
        self._link = link
        self._book = book
        self._copy = copy
        self._condition = condition
        self._clock = clock
        self._version = version

    def turn(self) -> float:
        """Give one sign of life; return how many seconds may pass before the next."""
        try:
            response = self._link.post("/v1/devices/me/heartbeat", json.dumps(self._report()), TIMEOUT_S)
            if response.status_code in LATER:
                return retry_after_s(response) + LONGEST_PAUSE_S
            if response.status_code != httpx.codes.OK:
                self._condition.trouble = refused(response, ("不接受心跳", "takes no heartbeat")).texts
                return EVERY_S
            self._learn_time(response)
            self._renew_in_time()
        except Away:
            self._condition.mark_offline()
        except Refused as error:
            self._condition.mark_offline(error.texts)
        except BookUnusable as error:
            self._condition.trouble = error.texts
        return EVERY_S

    def _report(self) -> Json:
        unsent, lowest = self._book.unsent()
        lists = self._copy.lists
        return {
            "sent_at": self._clock.raw().isoformat(),  # not corrected: the office learns that the clock is wrong
            "last_seq": self._book.last_seq(),
            "unsent": unsent,
            "unsent_from": lowest,
            "rejected": self._book.rejected(_MOST_REJECTED),
            "list_version": lists.version[:_LONGEST_VERSION] if lists else None,
            "list_as_of": lists.as_of.isoformat() if lists else None,
            "app_version": self._version,
        }

    def _learn_time(self, response: httpx.Response) -> None:
        with suppress(ValueError, LookupError, TypeError):  # an answer without a time teaches nothing
            self._clock.learn((datetime.fromisoformat(response.json()["now"]) - self._clock.raw()).total_seconds())

    def _renew_in_time(self) -> None:
        known = credential(self._book)
        if known is None or datetime.fromisoformat(known.expires_at) - self._clock.now() > RENEW_BEFORE:
            return
        renewed = _keep(
            self._book, self._link.post("/v1/devices/me/renew", "", TIMEOUT_S), ("未更新凭证", "renews no credential")
        )
        self._link.token = renewed.token
