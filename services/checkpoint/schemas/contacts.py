"""Contacts over HTTP."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.web.pages import Page


class ContactView(BaseModel):
    """A resident who was at the same gates: at how many of the passages, which, when, and how close at the closest.

    `gate_names` are in the order of `gates`; a gate that is not known yet stands there by its id.
    """

    model_config = ConfigDict(from_attributes=True)

    resident_id: str
    times: int
    closest_s: float
    first_at: datetime
    last_at: datetime
    gates: list[str]
    gate_names: list[str] = []
    same_vehicle: bool


class ContactsView(Page[ContactView]):
    """A page of those who were at the same gates as a resident: of one vehicle first, then by how often and how close.

    `found` counts all contacts; `strangers` counts passages of unknown
    people. With `cut` the answer reaches back to `since` only: ask again with that as `until`.
    """

    resident_id: str
    since: datetime
    until: datetime
    cut: bool
    passages: int
    found: int
    strangers: int
