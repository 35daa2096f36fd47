"""What notification answers about messages: to whom they went, by which channels, and each attempt."""

from datetime import datetime

from pydantic import BaseModel


class Attempt(BaseModel):
    """How an attempt ended."""

    at: datetime
    outcome: str


class Copy(BaseModel):
    """A copy of a message by a channel other than the inbox."""

    channel: str
    state: str
    attempts: int
    failure: str
    at: datetime
    allowed: int = 5
    next_try_at: datetime | None = None
    tries: list[Attempt] = []


class Receipt(BaseModel):
    """A message without its text: the recipient, what it is about, and its copies."""

    message_id: str
    recipient_id: str
    template: str
    cause: str
    subject: str
    area_path: str
    created_at: datetime
    read_at: datetime | None
    copies: list[Copy]

    @property
    def person_id(self) -> str:
        """The recipient's id; a message to the contact that a person had before names that person."""
        return self.recipient_id.partition("#")[0]

    @property
    def is_for_resident(self) -> bool:
        """Whether the recipient is a resident: staff have the subjects of their tokens."""
        return len(self.person_id) == 36 and self.person_id.count("-") == 4

    @property
    def state(self) -> str:
        """The worst state of its copies; `in_app` where the inbox alone has it."""
        states = {one.state for one in self.copies}
        return next((one for one in ("failed", "sending", "sent") if one in states), "in_app")


class MessageCounts(BaseModel):
    """How many copies have failed, and how many are on their way."""

    failed: int
    sending: int
