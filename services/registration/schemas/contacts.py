"""Bodies about how residents and colleagues are reached."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from services.registration.schemas import Body, View


class ContactBody(Body):
    """How a person is reached; `urls` are Apprise addresses by channel (email, chat, sms, webhook)."""

    phone: Annotated[str, StringConstraints(max_length=40)] | None = None
    language: Annotated[str, StringConstraints(pattern="^(zh|en)$")] = "zh"
    urls: dict[str, Annotated[str, StringConstraints(max_length=500)]] = Field(default_factory=dict, max_length=5)


class ClaimView(View):
    """An office's claim of a colleague, without the contact; it counts once an office above has confirmed it."""

    claim_id: str
    person_id: str
    area_path: str
    asked_by: str
    at: datetime
    confirmed_by: str | None


class FormerContactView(View):
    """How a person was reached until an official changed it."""

    phone: str | None
    urls: dict[str, str]
    language: str
    area_path: str
    replaced_by: str
    at: datetime
