"""Days and instants that a request may name: those with which every rule can count, from 1900 to 2199."""

from datetime import date, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime

from shared.base.years import is_countable

D = TypeVar("D", date, datetime)


def _countable(at: D) -> D:
    if not is_countable(at):
        raise ValueError("the year lies between 1900 and 2199: correct it (年份须在 1900 至 2199 之间)")
    return at


Day = Annotated[date, AfterValidator(_countable)]
Instant = Annotated[datetime, AfterValidator(_countable)]
ZonedInstant = Annotated[AwareDatetime, AfterValidator(_countable)]
