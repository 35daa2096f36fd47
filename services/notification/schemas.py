"""Bodies of notification's HTTP interface."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.notification.domain.copies import State
from shared.events.notification import Channel
from shared.web.pages import Page
from shared.web.request_body import Body


class View(BaseModel):
    """An answer, made of the attributes of what it shows."""

    model_config = ConfigDict(from_attributes=True)


class MessageView(View):
    """A message as its recipient sees it; `link` holds the ids of what it is about."""

    message_id: str
    template: str
    cause: str
    area_path: str
    language: str
    title: str
    body: str
    link: dict[str, str]
    created_at: datetime
    read_at: datetime | None


class Inbox(Page[MessageView]):
    """A page of the caller's messages, newest first. `unread` counts all of the caller's unread messages."""

    unread: int


class AttemptView(View):
    """How an attempt ended, and when: `sent`, or why it failed."""

    at: datetime
    outcome: str


class CopyView(View):
    """A copy by another channel; `at` is when it was last settled, `tries` are the attempts that have ended."""

    channel: Channel
    state: State
    attempts: int
    failure: str
    at: datetime
    allowed: int
    next_try_at: datetime | None
    tries: list[AttemptView]


class ReceiptView(View):
    """Who got a message, when it was read, and by which channels copies went."""

    message_id: str
    recipient_id: str
    template: str
    cause: str
    subject: str
    area_path: str
    created_at: datetime
    read_at: datetime | None
    copies: list[CopyView]


class MessageCounts(BaseModel):
    """How many copies of the area's messages have failed, and how many are on their way."""

    failed: int
    sending: int


class ResendBody(Body):
    """By which channel a failed copy is sent again."""

    channel: Channel
