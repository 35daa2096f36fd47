"""What notification publishes: what became of each message."""

from enum import StrEnum

from shared.envelope import Event

OUTCOMES = "notification.outcomes.v1"


class Channel(StrEnum):
    """By what a message travels (R5.1)."""

    IN_APP = "in_app"
    SMS = "sms"
    EMAIL = "email"
    CHAT = "chat"
    WEBHOOK = "webhook"
    PHONE_LIST = "phone_list"


class _Outcome(Event):
    """`cause` is the id of the event that the message tells of."""

    message_id: str
    recipient_id: str
    template: str
    cause: str
    area_path: str
    channel: Channel


class MessageSent(_Outcome, topic=OUTCOMES, key="message_id"):
    """The message left by that channel."""


class MessageRead(_Outcome, topic=OUTCOMES, key="message_id"):
    """The recipient opened it (R5.3)."""


class MessageFailed(_Outcome, topic=OUTCOMES, key="message_id"):
    """The channel refused it for good."""

    failure: str
