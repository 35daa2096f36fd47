"""Keeping the device's copy of the lists new: a change every minute, the whole list when the copy differs."""

import random

import httpx

from services.checkpoint.client.background import Condition
from services.checkpoint.client.book import BookUnusable
from services.checkpoint.client.copy import Copy, ListDiffers
from services.checkpoint.client.link import LATER, Away, Link, Refused, refused, retry_after_s
from services.checkpoint.client.posting import Pause

EVERY_S = 60.0
TIMEOUT_S = 30.0


class Fetcher:
    """Asks for what changed in the lists of one gate."""

    def __init__(self, link: Link, copy: Copy, gate_id: str, condition: Condition) -> None:
        self._link = link
        self._copy = copy
        self._gate_id = gate_id
        self._condition = condition
        self._pause = Pause()

    def turn(self) -> float:
        """Fetch once; return how many seconds may pass before the next time."""
        try:
            return self._fetch(self._copy.lists.version if self._copy.lists else "")
        except Away:
            self._condition.mark_offline()
        except Refused as error:
            self._condition.mark_offline(error.texts)
        except (BookUnusable, ValueError, LookupError, TypeError) as error:
            self._condition.trouble = f"名单无法保存：{error}", f"The lists cannot be kept: {error}"
        return self._pause.next_s(EVERY_S)

    def _fetch(self, version: str) -> float:
        response = self._link.get("/v1/lists", {"version": version, "gate_id": self._gate_id}, TIMEOUT_S)
        if response.status_code in LATER:
            return self._pause.next_s(retry_after_s(response))
        if response.status_code != httpx.codes.OK:
            self._condition.mark_offline(refused(response, ("未下发名单", "sends no lists")).texts)
            return self._pause.next_s(EVERY_S)
        try:
            self._copy.take(response.json())
        except ListDiffers:
            return self._fetch("") if version else self._pause.next_s(EVERY_S)
        self._condition.mark_online()
        self._pause.reset()
        return EVERY_S * random.uniform(0.8, 1.2)  # a city's devices were switched on at the same time
