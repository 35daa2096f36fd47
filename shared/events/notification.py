"""What notification publishes: what became of each message."""

from enum import StrEnum

from shared.envelope.event import Event
from shared.envelope.log_head import LogHead

OUTCOMES = "notification.outcomes.v1"
LOG_HEADS = "notification.log-heads.v1"


class Channel(StrEnum):
    """By what a message travels (R5.1)."""

    IN_APP = "in_app"
    SMS = "sms"
    EMAIL = "email"
    CHAT = "chat"
    WEBHOOK = "webhook"
    PHONE_LIST = "phone_list"


class OutcomeEvent(Event, topic=OUTCOMES, key="message_id", base=True):
    """What every outcome of a message carries.

    `cause` is the id of the event that made the message.

    `channel` is `in_app` also where there is no other channel: no recipient, or a contact that does not open.
    """

    message_id: str
    recipient_id: str
    template: str
    cause: str
    area_path: str
    channel: Channel


class MessageSent(OutcomeEvent):
    """The message left by that channel."""


class MessageRead(OutcomeEvent):
    """The recipient opened it (R5.3)."""


class MessageFailed(OutcomeEvent):
    """It will not arrive by that channel; `failure` is a stable word, such as `no_recipient` or `refused`."""

    failure: str


class MessageResumed(OutcomeEvent):
    """An operator replayed the dead letter of a failed message: it is tried again by that channel."""


class LogHeadPublished(LogHead, topic=LOG_HEADS, key="day", compacted=True):
    """How far the log of acts had come at the beginning of a day."""
