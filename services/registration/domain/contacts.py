"""How a person is reached (R5.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ContactPoints:
    """How a person is reached, in clear; `urls` are Apprise addresses by channel."""

    phone: str | None = None
    language: str = "zh"
    urls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contact:
    """How a person is reached, as it is stored and published: phone and addresses are `sealed`."""

    person_id: str
    area_path: str
    sealed: str
    language: str = "zh"
