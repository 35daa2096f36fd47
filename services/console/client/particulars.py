"""What registration answers about a file beside name and number."""

from datetime import date

from pydantic import BaseModel


class Paper(BaseModel):
    """A paper beside the ID number."""

    kind: str
    number: str

    @property
    def words(self) -> str:
        """What a list has of it."""
        return self.number


class Address(BaseModel):
    """An address beside the lived-in one."""

    kind: str
    text: str
    path: str = ""

    @property
    def words(self) -> str:
        """What a list has of it."""
        return self.text


class Consent(BaseModel):
    """A consent, withdrawn or not."""

    text_version: str
    given_on: date
    witness: str
    withdrawn_on: date | None = None


class State(BaseModel):
    """Whether the person lives here, and since when."""

    presence: str
    since: date | None = None
    note: str = ""


class Particulars(BaseModel):
    """What a file holds beside name and number."""

    resident_id: str
    id_number: str
    papers: list[Paper] = []
    addresses: list[Address] = []
    relation: str = ""
    consent: Consent | None = None
    state: State
    left: bool = False
