"""Bodies of notification's HTTP interface."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.notification.domain import State
from shared.events.notification import Channel
from shared.web.pages import Page


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


class CopyView(View):
    """A copy by another channel; `at` is when it was last settled."""

    channel: Channel
    state: State
    attempts: int
    failure: str
    at: datetime


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
