"""Sending by Apprise: e-mail, chat, SMS gateways and webhooks, only to where the operator allows."""

import asyncio
import logging
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import apprise
from apprise.plugins import url_to_dict

from services.notification.domain import Address, Message
from services.notification.domain.copies import Outcome
from shared.base.json_types import Json

THREADS = 16
# The options of a stated address after '?'. Every other option of Apprise is refused: with it the address could follow
# redirects, read files, skip certificates, send other headers or go by another server than the host it names.
OPTIONS = frozenset({"to", "from", "name", "cc", "bcc"})

logger = logging.getLogger(__name__)


class Channels:
    """Sends messages to addresses of the allowed schemes; where an address names a host, to the allowed hosts alone."""

    def __init__(self, schemes: Collection[str], hosts: Collection[str], timeout_s: float) -> None:
        self._schemes = frozenset(schemes)
        self._hosts = frozenset(host.lower() for host in hosts)
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="channel")
        self._asset = apprise.AppriseAsset(app_id="Lastmetre", http_redirects=False)
        # Both write hosts and addresses of contacts into their logs.
        for talkative in ("apprise", "urllib3.connectionpool"):
            logging.getLogger(talkative).disabled = True

    async def send(self, address: Address, message: Message) -> Outcome:
        """Send the message to the address and return the outcome; it takes no longer than the time-out.

        After a time-out the receiver may have it nevertheless: a webhook knows the repeat by its `message_id`.
        """
        sending = asyncio.get_running_loop().run_in_executor(self._threads, self._send, address, message)
        try:
            return await asyncio.wait_for(sending, self._timeout_s)
        except TimeoutError:
            return Outcome.TIMED_OUT

    def _send(self, address: Address, message: Message) -> Outcome:
        try:
            sender = self._sender(address, message)
            if sender is None:
                return Outcome.NOT_ALLOWED
            return Outcome.SENT if sender.notify(message.body, title=message.title) else Outcome.REFUSED
        except Exception as error:  # a plugin may raise anything, and its text may hold the address
            logger.warning("a channel failed: %s", type(error).__name__, extra={"message_id": message.message_id})
            return Outcome.REFUSED

    def _sender(self, address: Address, message: Message) -> Any:  # Any: Apprise has no type for its plugins
        """Return what sends to the address, or None where it is none or not allowed."""
        parts = url_to_dict(address.url)  # type: ignore[no-untyped-call]
        if parts is None or not (address.trusted or self._allows_options(parts)):
            return None
        # Only to end the thread of an attempt that has timed out already.
        parts |= {"cto": 2 * self._timeout_s, "rto": 2 * self._timeout_s}
        if "payload" in parts:  # a webhook, by JSON, XML or form
            known = {"message_id": message.message_id, "cause": message.cause, "template": message.template}
            parts["payload"] |= known | dict(message.link)
        sender = apprise.Apprise.instantiate(parts, asset=self._asset)
        return sender if sender and (address.trusted or self._allows_host(sender)) else None

    def _allows_options(self, parts: Json) -> bool:  # Any: an address as Apprise takes it apart
        return parts["schema"] in self._schemes and set(parts.get("qsd", ())) <= OPTIONS

    def _allows_host(self, sender: Any) -> bool:  # Any: a plugin of Apprise
        if "host" not in sender.template_tokens:  # a service with one address of its own
            return True
        return (getattr(sender, "smtp_host", "") or sender.host or "").lower() in self._hosts
