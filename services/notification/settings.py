"""The settings of notification."""

from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from shared.base.settings import ServiceSettings


class Settings(ServiceSettings):
    """Adds the key of the sealed contacts, and to which schemes and hosts a contact's address may point."""

    service: ClassVar[str] = "notification"

    seal_key: str
    channel_schemes: frozenset[str] = frozenset({"jsons", "mailtos", "wecombot", "dingtalk", "feishu"})
    channel_hosts: frozenset[str] = frozenset()
    channel_timeout_s: Annotated[float, Field(gt=0, le=20)] = 10.0  # less than the lease of due work
    sms_gateway: SecretStr = SecretStr("")
