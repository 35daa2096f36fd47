"""Bodies of notification's HTTP interface."""

from datetime import datetime

from pydantic import BaseModel

from services.notification.domain import State
from shared.events.notification import Channel


class MessageView(BaseModel):
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


class Inbox(BaseModel):
    """A page of the caller's messages, newest first; `next` goes into `before`. `unread` counts all of them."""

    items: list[MessageView]
    next: str | None
    unread: int


class CopyView(BaseModel):
    """A copy by another channel; `at` is when it was last settled."""

    channel: Channel
    state: State
    attempts: int
    failure: str
    at: datetime


class ReceiptView(BaseModel):
    """Who was told, when it was read, and by which channels copies went."""

    message_id: str
    recipient_id: str
    template: str
    cause: str
    subject: str
    area_path: str
    created_at: datetime
    read_at: datetime | None
    copies: list[CopyView]


class ReceiptPage(BaseModel):
    """A page of receipts, newest first; `next` goes into `before`."""

    items: list[ReceiptView]
    next: str | None
